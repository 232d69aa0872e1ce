"""Bottlenecks by the sub-layer: what the parallel adapter, the series adapter and Adapter^H choose in the same words.

Cheap to import. Knows nothing about how an adapter computes (see bottleneck.py).
"""

from __future__ import annotations

from typing import Any

from domain_tuner.errors import BadOption
from domain_tuner.methods.places import after_sublayer, find_places, short_targets

PLACEMENTS = {"mlp": ("mlp",), "attention": ("attention",), "both": ("attention", "mlp")}
ACTIVATIONS = ("relu", "gelu", "silu", "identity")


def sublayer_names(model: Any, roles: tuple[str, ...], form: str) -> list[str]:
    """Full names of the modules that adapters of that form (parallel, series) go on for these sub-layers."""
    places = find_places(model)
    for role in roles:
        if role not in places.sublayers:
            raise BadOption(
                f"{type(model).__name__} keeps its {role} layers loose, not in one module, so an adapter cannot be "
                "put beside or after them. Choose another placement, or LoRA."
            )
    names = [name for role in roles for name in places.sublayers[role]]
    return names if form == "parallel" else [after_sublayer(model, name) for name in names]


def attach_bottlenecks(model: Any, names: list[str], **settings: Any) -> Any:
    """A PeftModel with fresh bottleneck adapters on the modules of these names."""
    from peft import get_peft_model

    from domain_tuner.methods.bottleneck import BottleneckAdapterConfig

    targets = short_targets(model, names)
    return get_peft_model(model, BottleneckAdapterConfig(target_modules=targets, task_type="CAUSAL_LM", **settings))


def width_of(model: Any) -> int:
    """d, the model's width, which enters and leaves every sub-layer."""
    return int(model.config.get_text_config().hidden_size)
