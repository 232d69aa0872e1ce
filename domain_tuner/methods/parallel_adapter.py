"""The parallel adapter: H_o <- H_o + scaling f(H_i W_down) W_up beside a sub-layer. Knows nothing about training.

H_i is what enters the sub-layer (MLP, attention), H_o what it gives to the residual sum; W_up = 0 at the start.
The form and the placement are those of He et al. 2022 and LLM-Adapters (arXiv 2304.01933).
Unlike LoRA it has a non-linearity f between its matrices, so it cannot be merged into the weights.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from domain_tuner.methods.method import Method
from domain_tuner.methods.sublayers import ACTIVATIONS, PLACEMENTS, attach_bottlenecks, sublayer_names, width_of


@dataclass(frozen=True)
class ParallelAdapterOptions:
    """Defaults: beside the MLP, where the placement study of LLM-Adapters found it best; 64 suits small models."""

    bottleneck: int = field(
        default=64,
        metadata={"help": "width of the adapter; 64 for small models, 256 for 7B", "low": 1, "high": 4096},
    )
    placement: str = field(
        default="mlp", metadata={"help": "which sub-layers get an adapter beside them", "choices": tuple(PLACEMENTS)}
    )
    activation: str = field(default="relu", metadata={"help": "f, between the two matrices", "choices": ACTIVATIONS})
    scaling: float = field(
        default=1.0, metadata={"help": "factor of what the adapter adds; 4 in He et al.", "low": 0.01, "high": 16.0}
    )


def attach(model: Any, options: ParallelAdapterOptions) -> Any:
    """A PeftModel with fresh parallel adapters on the model."""
    return attach_bottlenecks(
        model,
        sublayer_names(model, PLACEMENTS[options.placement], "parallel"),
        bottleneck=options.bottleneck,
        activation=options.activation,
        scaling=options.scaling,
    )


def count(model: Any, options: ParallelAdapterOptions) -> int:
    """2 x d x bottleneck for each sub-layer (d: the model's width, which enters and leaves a sub-layer)."""
    names = sublayer_names(model, PLACEMENTS[options.placement], "parallel")
    return len(names) * 2 * width_of(model) * options.bottleneck


METHOD = Method(
    name="parallel-adapter",
    title="Parallel adapter",
    summary="Runs a small network beside each MLP (or attention) and adds its output; can be switched but not merged.",
    paper="https://arxiv.org/abs/2110.04366",
    options=ParallelAdapterOptions,
    learning_rate=1e-3,
    attach=attach,
    count=count,
    own_tuner=True,
)
