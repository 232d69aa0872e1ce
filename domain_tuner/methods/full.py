"""Full tuning: every weight is trained, as a copy of its own beside the base. Knows nothing about training.

The adapter is as large as the model; it is saved, switched and taken off like any other, and off is the base exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain_tuner.methods.method import Method


@dataclass(frozen=True)
class FullOptions:
    """There is nothing to choose."""


def attach(model: Any, options: FullOptions) -> Any:
    """A PeftModel in which every weight can be trained."""
    from peft import get_peft_model

    from domain_tuner.methods.full_copy import FullCopyConfig

    return get_peft_model(model, FullCopyConfig(task_type="CAUSAL_LM"))


def count(model: Any, options: FullOptions) -> int:
    """Every parameter of the model; one that is shared counts once."""
    return sum(weight.numel() for weight in model.parameters())


METHOD = Method(
    name="full",
    title="Full tuning",
    summary="Trains every weight: the most that can be learned, at the price of a second model in memory and on disk.",
    paper="https://arxiv.org/abs/1801.06146",
    options=FullOptions,
    learning_rate=2e-5,
    attach=attach,
    count=count,
    own_tuner=True,
)
