"""The series adapter of LLM-Adapters: H_o <- H_o + scaling f(H_o W_down) W_up after a sub-layer, the MLP by default.

H_o is what the sub-layer gives to the residual sum; W_up = 0 at the start. It reads H_o where the parallel adapter
reads H_i. Knows nothing about training.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from domain_tuner.methods.method import Method
from domain_tuner.methods.sublayers import ACTIVATIONS, PLACEMENTS, attach_bottlenecks, sublayer_names, width_of


@dataclass(frozen=True)
class SeriesAdapterOptions:
    """Defaults: after the MLP, where the placement study of LLM-Adapters found it best."""

    bottleneck: int = field(
        default=64,
        metadata={"help": "width of the adapter; 64 for small models, 256 for 7B", "low": 1, "high": 4096},
    )
    placement: str = field(
        default="mlp", metadata={"help": "which sub-layers get an adapter after them", "choices": tuple(PLACEMENTS)}
    )
    activation: str = field(default="relu", metadata={"help": "f, between the two matrices", "choices": ACTIVATIONS})
    scaling: float = field(default=1.0, metadata={"help": "factor of what the adapter adds", "low": 0.01, "high": 16.0})


def attach(model: Any, options: SeriesAdapterOptions) -> Any:
    """A PeftModel with fresh series adapters on the model."""
    names = sublayer_names(model, PLACEMENTS[options.placement], "series")
    return attach_bottlenecks(
        model,
        names,
        form="series",
        bottleneck=options.bottleneck,
        activation=options.activation,
        scaling=options.scaling,
    )


def count(model: Any, options: SeriesAdapterOptions) -> int:
    """2 x d x bottleneck for each sub-layer (d: the model's width)."""
    names = sublayer_names(model, PLACEMENTS[options.placement], "series")
    return len(names) * 2 * width_of(model) * options.bottleneck


METHOD = Method(
    name="series-adapter",
    title="Series adapter",
    summary="Runs a small network on what each MLP gives out and adds its output; can be switched but not merged.",
    paper="https://arxiv.org/abs/2304.01933",
    options=SeriesAdapterOptions,
    learning_rate=1e-3,
    attach=attach,
    count=count,
    own_tuner=True,
)
