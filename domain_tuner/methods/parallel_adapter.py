"""The parallel adapter: H_o <- H_o + scaling f(H_i W_down) W_up beside a sub-layer. Knows nothing about training.

H_i is what enters the sub-layer (MLP, attention), H_o what it gives to the residual sum; W_up = 0 at the start.
The form and the placement are those of He et al. 2022 and LLM-Adapters (arXiv 2304.01933).
Unlike LoRA it has a non-linearity f between its matrices, so it cannot be merged into the weights.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from domain_tuner.errors import BadOption
from domain_tuner.methods.method import Method
from domain_tuner.methods.places import find_places, short_targets

_PLACEMENTS = {"mlp": ("mlp",), "attention": ("attention",), "both": ("attention", "mlp")}


@dataclass(frozen=True)
class ParallelAdapterOptions:
    """Defaults: beside the MLP, where the placement study of LLM-Adapters found it best; 64 suits small models."""

    bottleneck: int = field(
        default=64,
        metadata={"help": "width of the adapter; 64 for small models, 256 for 7B", "low": 1, "high": 4096},
    )
    placement: str = field(
        default="mlp", metadata={"help": "which sub-layers get an adapter beside them", "choices": tuple(_PLACEMENTS)}
    )
    activation: str = field(
        default="relu",
        metadata={"help": "f, between the two matrices", "choices": ("relu", "gelu", "silu", "identity")},
    )
    scaling: float = field(
        default=1.0, metadata={"help": "factor of what the adapter adds; 4 in He et al.", "low": 0.01, "high": 16.0}
    )


def sublayer_names(model: Any, options: ParallelAdapterOptions) -> list[str]:
    """Full names of the modules that the adapters go beside."""
    places = find_places(model)
    for role in _PLACEMENTS[options.placement]:
        if role not in places.sublayers:
            raise BadOption(
                f"{type(model).__name__} keeps its {role} layers loose, not in one module, so an adapter cannot be "
                "put beside them. Choose another placement, or LoRA."
            )
    return [name for role in _PLACEMENTS[options.placement] for name in places.sublayers[role]]


def attach(model: Any, options: ParallelAdapterOptions) -> Any:
    """A PeftModel with fresh parallel adapters on the model."""
    from peft import get_peft_model

    from domain_tuner.methods.bottleneck import BottleneckAdapterConfig

    config = BottleneckAdapterConfig(
        bottleneck=options.bottleneck,
        activation=options.activation,
        scaling=options.scaling,
        target_modules=short_targets(model, sublayer_names(model, options)),
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, config)


def count(model: Any, options: ParallelAdapterOptions) -> int:
    """2 x d x bottleneck for each sub-layer (d: the model's width, which enters and leaves a sub-layer)."""
    width = int(model.config.get_text_config().hidden_size)
    return len(sublayer_names(model, options)) * 2 * width * options.bottleneck


METHOD = Method(
    name="parallel-adapter",
    title="Parallel adapter",
    summary="Runs a small network beside each MLP (or attention) and adds its output; can be switched but not merged.",
    paper="https://arxiv.org/abs/2110.04366",
    options=ParallelAdapterOptions,
    learning_rate=1e-3,
    attach=attach,
    count=count,
)
