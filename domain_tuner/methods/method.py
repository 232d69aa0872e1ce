"""What a tuning method is: its options, how it is put on a model, and what it costs. Knows no method by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Method:
    """One way to adapt a model.

    `attach(model, options)` puts a fresh adapter on a plain causal language model, in place, and returns the
    PeftModel; `count(model, options)` is how many numbers that adapter trains, from a formula and the shapes of the
    plain model alone (the meta device is enough). `learning_rate` suits AdamW on a model 1,024 wide.
    """

    name: str
    title: str
    summary: str
    paper: str
    options: type[Any]
    learning_rate: float
    attach: Callable[[Any, Any], Any]
    count: Callable[[Any, Any], int]
