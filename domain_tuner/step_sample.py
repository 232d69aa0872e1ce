"""A few steps of a run in place of all of them: which to make, and what their times say about the rest.

A run's batches are of all sizes, many short ones and a few that hold whole passages. They are sorted by their padded
tokens and cut into strata of alike tokens in all; some of each are made, and the rest of a stratum is taken to be as
quick a token as those. Knows nothing about models: it sees shapes and seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

STRATA, EACH = 5, 2
Shape = tuple[int, int]  # rows of a batch, and tokens of its longest row


def padded(shape: Shape) -> int:
    """Tokens of a batch with its padding: what a step computes."""
    return shape[0] * shape[1]


def strata_of(shapes: Sequence[Shape]) -> list[list[int]]:
    """The batches by number, smallest first, in at most STRATA parts that have about as many tokens each."""
    order = sorted(range(len(shapes)), key=lambda n: (padded(shapes[n]), shapes[n][1]))
    share = sum(padded(shape) for shape in shapes) / STRATA
    parts: list[list[int]] = [[] for _ in range(STRATA)]
    tokens = 0
    for n in order:
        parts[min(STRATA - 1, int(tokens / share))].append(n)
        tokens += padded(shapes[n])
    return [part for part in parts if part]


def steps_to_make(shapes: Sequence[Shape]) -> list[int]:
    """Batches by number, in the order in which to make them, most telling first, so that one may stop early.

    The first is small and made twice: what a first step costs on top shows in it. Then comes the largest, and the one
    with the longest row: they need the most memory. Then each stratum in turn.
    """
    parts = strata_of(shapes)
    largest = parts[-1][-1]
    longest = max(range(len(shapes)), key=lambda n: (shapes[n][1], shapes[n][0]))
    spread = [part[len(part) * (2 * turn + 1) // (2 * EACH)] for turn in range(EACH) for part in reversed(parts)]
    first = parts[0][len(parts[0]) // 2]
    return [first, *dict.fromkeys([largest, longest, first, *spread])]


@dataclass(frozen=True)
class Steps:
    """All steps of a run, extrapolated: their seconds, of which the first took `first` longer than one of its kind."""

    seconds: float
    first: float


def all_steps(shapes: Sequence[Shape], made: Sequence[int], seconds: Sequence[float]) -> Steps:
    """From the seconds of the steps that were made, of which the first is a warm-up. At least two are needed."""
    parts = strata_of(shapes)
    stratum = {n: at for at, part in enumerate(parts) for n in part}
    took: dict[int, list[tuple[int, float]]] = {}
    for n, second in list(zip(made, seconds, strict=True))[1:]:
        took.setdefault(stratum[n], []).append((padded(shapes[n]), second))
    rates = {at: sum(s for _, s in steps) / sum(tokens for tokens, _ in steps) for at, steps in took.items()}

    def rate(at: int) -> float:
        return rates[min(rates, key=lambda known: (abs(known - at), known))]

    whole = sum(rate(at) * sum(padded(shapes[n]) for n in part) for at, part in enumerate(parts))
    again = [second for n, second in zip(made[1:], seconds[1:], strict=True) if n == made[0]]
    usual = median(again) if again else rate(stratum[made[0]]) * padded(shapes[made[0]])
    return Steps(whole, max(0.0, seconds[0] - usual))
