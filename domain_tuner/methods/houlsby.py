"""Adapter^H (Houlsby et al. 2019): a series bottleneck after attention and another after the MLP, in every layer.

H_o <- H_o + silu(H_o W_down + b_down) W_up + b_up on what the sub-layer gives, before the residual sum; W_up and the
biases start at zero. The layer norms, which the paper trains as well, stay as they are: the counts of the LoRA paper
leave them out too. Knows nothing about training.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from domain_tuner.methods.method import Method
from domain_tuner.methods.sublayers import attach_bottlenecks, sublayer_names, width_of

_SUBLAYERS = ("attention", "mlp")


@dataclass(frozen=True)
class HoulsbyOptions:
    """Default: a small bottleneck, since there are two of them in a layer."""

    bottleneck: int = field(
        default=32,
        metadata={"help": "width of each adapter; two stand in every layer", "low": 1, "high": 4096},
    )


def attach(model: Any, options: HoulsbyOptions) -> Any:
    """A PeftModel with fresh adapters after attention and MLP."""
    names = sublayer_names(model, _SUBLAYERS, "series")
    return attach_bottlenecks(
        model, names, form="series", bottleneck=options.bottleneck, activation="silu", with_biases=True
    )


def count(model: Any, options: HoulsbyOptions) -> int:
    """2 d r + r + d for each sub-layer, two sub-layers a layer: L x 2 (2 d r + r + d)."""
    d, r = width_of(model), options.bottleneck
    return len(sublayer_names(model, _SUBLAYERS, "series")) * (2 * d * r + r + d)


METHOD = Method(
    name="houlsby",
    title="Adapter^H (Houlsby)",
    summary="Puts a small network after attention and after the MLP of every layer; can be switched but not merged.",
    paper="https://arxiv.org/abs/1902.00751",
    options=HoulsbyOptions,
    learning_rate=1e-3,
    attach=attach,
    count=count,
    own_tuner=True,
)
