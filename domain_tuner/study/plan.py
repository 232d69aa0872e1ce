"""A study's plan: what was asked for, and the cells of the table that come of it, frozen when the study is made.

Knows nothing about how cells are chosen (cells.py), about runs, or about scores.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain_tuner.errors import WrongOption
from domain_tuner.methods import read_options
from domain_tuner.training_config import TrainingConfig

DEFAULT, GRID, EQUAL = "default", "grid", "equal budget"


@dataclass(frozen=True)
class Request:
    """What a person asked for. `methods` none: all; `rates` are factors of each method's own learning rate; `budget`
    None: no settings of equal budget, 0: as many parameters as the first method's default. `options` are of the
    training (`epochs`) or of one method (`lora.alpha`), as typed; `limit` is of the held-out questions, 0 for all."""

    methods: tuple[str, ...] = ()
    ranks: tuple[int, ...] = ()
    targets: tuple[str, ...] = ()
    seeds: int = 3
    rates: tuple[float, ...] = (1 / 3, 1.0, 3.0)
    budget: int | None = None
    options: dict[str, str] = field(default_factory=dict)
    questions: str | None = None
    held_out: str | None = None
    limit: int = 0

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Request:
        read: dict[str, Any] = {name: tuple(part) if isinstance(part, list) else part for name, part in value.items()}
        return cls(**read)


@dataclass(frozen=True)
class Cell:
    """One line of the table. `chosen` are the options that tell it apart, `size` the value of the size option."""

    method: str
    options: dict[str, Any]
    chosen: dict[str, Any]
    size: int | None
    parameters: int
    settings: tuple[str, ...]

    @property
    def label(self) -> str:
        return " ".join([self.method, *(f"{name}={value}" for name, value in self.chosen.items())])

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Cell:
        return cls(**{**value, "settings": tuple(value["settings"])})


@dataclass(frozen=True)
class Plan:
    """Frozen when the study is made. `rates` are each method's learning rate at factor 1; `left_out` says in sentences
    what was asked for and cannot be; `parameters` and `weight_bytes` are the base model's; `mix` is the
    RowMix of the rows, empty in a plan from before it was kept."""

    request: Request
    identity: str
    base_model: str | None
    base_fingerprint: str
    template: dict[str, Any]
    documents: dict[str, str]
    training: TrainingConfig
    cells: tuple[Cell, ...]
    rates: dict[str, float]
    left_out: tuple[str, ...]
    parameters: int
    weight_bytes: int
    mix: dict[str, Any] = field(default_factory=dict)
    created: float = field(default_factory=time.time)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Plan:
        return cls(
            **{
                **value,
                "request": Request.from_json(value["request"]),
                "training": TrainingConfig(**value["training"]),
                "cells": tuple(Cell.from_json(cell) for cell in value["cells"]),
                "left_out": tuple(value["left_out"]),
            }
        )

    @property
    def methods(self) -> list[str]:
        return list(dict.fromkeys(cell.method for cell in self.cells))

    def rate(self, method: str, factor: float) -> float:
        """The learning rate of a method at that factor, to three figures."""
        return float(f"{self.rates[method] * factor:.3g}")

    def trial_cell(self, method: str) -> Cell:
        """The cell on which the method's learning rate is chosen: its default where that is in the study."""
        own = [cell for cell in self.cells if cell.method == method]
        return next((cell for cell in own if DEFAULT in cell.settings), own[0])


def identity(request: Request, **facts: Any) -> str:
    """16 hex digits: the same request over the same facts is the same study."""
    told = json.dumps([dataclasses.asdict(request), facts], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def training_of(request: Request) -> TrainingConfig:
    """How every run is trained. WrongOption for what the study decides itself, or what excludes each other."""
    own = {name: value for name, value in request.options.items() if "." not in name}
    for name, flag in (("learning_rate", "--rates"), ("seed", "--seeds")):
        if name in own:
            raise WrongOption(f"A study chooses {name} itself. Steer it with {flag} instead of --option {name}=...")
    (training,) = read_options({"the training": TrainingConfig}, own)
    training.check(None)
    return training  # type: ignore[no-any-return]
