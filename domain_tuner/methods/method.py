"""What a tuning method is: its options, how it is put on a model, and what it costs. Knows no method by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain_tuner.errors import WrongOption


def _anywhere(_model: Any, _options: Any) -> None:
    pass


def _none(_options: Any) -> int:
    return 0


def _one_rate(_options: Any) -> Mapping[str, float]:
    return {}


@dataclass(frozen=True)
class Method:
    """One way to adapt a model.

    `attach(model, options)` puts a fresh adapter on a plain causal language model, in place, and returns the
    PeftModel; `count(model, options)` is how many numbers that adapter trains, from a formula and the shapes of the
    plain model alone (the meta device is enough). `learning_rate` suits AdamW on a model 1,024 wide; `rates(options)`
    maps parts of parameter names to factors of it, where not all learn at one rate; `in_front(options)` is how many
    tokens of the context the adapter takes for itself; `needs(model, options)` raises BadOption where this machine, or
    room in the model, is lacking.

    What it is like, as facts: `starts_as_base`, a fresh one changes no logit; `in_cache`, what it learns lives in the
    cache of keys and values, so there is nothing without a cache and no gradient checkpointing; `own_tuner`, peft can
    load it once `register` was called. What depends on the options is read from the adapter's PEFT config instead
    (see adapted.py).
    """

    name: str
    title: str
    summary: str
    paper: str
    options: type[Any]
    learning_rate: float
    attach: Callable[[Any, Any], Any]
    count: Callable[[Any, Any], int]
    rates: Callable[[Any], Mapping[str, float]] = field(default=_one_rate)
    in_front: Callable[[Any], int] = field(default=_none)
    needs: Callable[[Any, Any], None] = field(default=_anywhere)
    starts_as_base: bool = True
    in_cache: bool = False
    own_tuner: bool = False

    def check(self, model: Any, options: Any) -> None:
        """BadOption where this model or this machine cannot have the method; nothing is put on the model."""
        self.count(model, options)
        self.needs(model, options)

    def check_training(self, gradient_checkpointing: bool) -> None:
        """WrongOption where a training so set up would go wrong without a word."""
        if self.in_cache and gradient_checkpointing:
            raise WrongOption(
                f"{self.name} keeps what it learns in the cache of keys and values, and gradient_checkpointing=true "
                "throws that away. Leave gradient_checkpointing off, or choose another method."
            )
