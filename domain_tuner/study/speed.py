"""What one adapter costs while it answers: milliseconds to load it, to switch to it, and for each token.

Base, adapter and merged model take turns within one process, so that a busy machine is unfair to none of them; the
medians are kept. A step of a batch writes one token in every row. Knows nothing about answers or scores.
"""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from domain_tuner.base_model import BaseModel
from domain_tuner.decoding import BASE, end_tokens, greedy

ROUNDS, TOKENS, SWITCHES = 3, 24, 5
BATCHES = (1, 8)
_NAMES = ("measured", "another")


def merged_model(base: BaseModel, folder: Path) -> Any | None:
    """The model with the saved adapter in its weights, None where the method cannot be merged; `base` is used up."""
    from domain_tuner.methods.adapted import hang, merge

    try:
        return merge(hang(base.model, folder, _NAMES[0]))
    except (NotImplementedError, ValueError, AttributeError):  # as export has it
        return None


def measure_speed(
    base: BaseModel, merged: Any | None, folder: Path, prompts: Sequence[Sequence[int]]
) -> dict[str, Any]:
    """`load_ms`, `switch_ms` and, by batch size, the ms of a step of `base`, `adapter` and `merged` (or None).

    The prompts are repeated to fill a batch. The base model has no adapter before and after.
    """
    found: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        found.setdefault(name, []).append(value)

    batches = filled(prompts)
    for turn in range(ROUNDS + 1):
        keep = note if turn else (lambda _name, _value: None)  # the first round warms up
        for size, rows in batches.items():
            keep(f"base_{size}", step_ms(base, base.model, rows))
        started = time.perf_counter()
        with hung(base, folder) as adapted:
            keep("load_ms", 1000 * (time.perf_counter() - started))
            for size, rows in batches.items():
                keep(f"adapter_{size}", step_ms(base, adapted, rows))
            if turn == ROUNDS:
                note("switch_ms", _switch_ms(adapted, folder))
        for size, rows in batches.items():
            if merged is not None:
                keep(f"merged_{size}", step_ms(dataclasses.replace(base, model=merged), merged, rows))
    middle = {name: round(median(values), 4) for name, values in found.items()}
    steps = {
        str(size): {kind: middle.get(f"{kind}_{size}") for kind in ("base", "adapter", "merged")} for size in BATCHES
    }
    return {"load_ms": middle["load_ms"], "switch_ms": middle["switch_ms"], "step_ms": steps}


def filled(prompts: Sequence[Sequence[int]]) -> dict[int, list[list[int]]]:
    """The prompts by batch size, repeated to fill it."""
    return {size: [list(prompts[n % len(prompts)]) for n in range(size)] for size in BATCHES}


@contextlib.contextmanager
def hung(base: BaseModel, folder: Path) -> Iterator[Any]:
    """The base model with the saved adapter on it, for a while."""
    from domain_tuner.methods.adapted import hang, take_off

    adapted = hang(base.model, folder, _NAMES[0])
    try:
        yield adapted
    finally:
        take_off(adapted)
        base.model.__dict__.pop("peft_config", None)  # peft leaves it behind and would warn of a second adapter


def step_ms(base: BaseModel, model: Callable[..., Any], prompts: list[list[int]]) -> float:
    """Milliseconds of a decoding step, the reading of the prompts left out. No row ends early: the tokens that end an
    answer are never chosen."""
    ends = sorted(end_tokens(base))
    at: list[float] = []

    def forward(_names: Sequence[str], **inputs: Any) -> Any:
        output = model(**inputs)
        output.logits[..., ends] = float("-inf")
        return output

    def told(row: int, _token: int) -> bool:
        if row == 0:
            at.append(time.perf_counter())
        return False

    greedy(base, forward, prompts, [BASE] * len(prompts), TOKENS, told)
    return 1000 * (at[-1] - at[0]) / (len(at) - 1)


def _switch_ms(adapted: Any, folder: Path) -> float:
    """Between two adapters that are both in memory."""
    adapted.load_adapter(str(folder), adapter_name=_NAMES[1], autocast_adapter_dtype=False)
    times = []
    for name in _NAMES[::-1] * SWITCHES:
        started = time.perf_counter()
        adapted.set_adapter(name)
        times.append(1000 * (time.perf_counter() - started))
    return median(times)
