"""The weight of meaning against words that finds the answers of a corpus's own questions best.

Knows nothing about where the questions are from. Weights are compared on the same candidates by nDCG@10. Few questions
tell little, so the weight goes only as far from the usual one as they show: to the nearest weight that is not
clearly worse (by a standard error of the paired difference) than the best.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from .errors import InvalidQuery
from .search import DENSE_WEIGHT, Searchable, candidates

FEWEST = 30  # questions
_WEIGHTS = tuple(round(0.05 * step, 2) for step in range(21))
_DEPTH = 10
_DISCOUNTS = 1 / np.log2(np.arange(2, _DEPTH + 2))


@dataclass(frozen=True)
class Calibration:
    """The weight, and nDCG@10 of these questions (0 to 1) with the usual weight and with this one."""

    weight: float
    before: float
    after: float
    questions: int


def calibrated(on: Searchable, questions: Sequence[tuple[str, Collection[int]]]) -> Calibration:
    """Raises InvalidQuery for fewer than 30 questions with a passage that answers them."""
    asked = [(query, set(relevant)) for query, relevant in questions if query.strip() and relevant]
    if len(asked) < FEWEST:
        raise InvalidQuery(
            f"{len(asked)} questions with a passage that answers them are too few to weigh meaning against words: "
            f"expected {FEWEST} or more. Without them the usual weight, {DENSE_WEIGHT}, is a good one."
        )
    found = candidates(on, [query for query, _ in asked], _DEPTH)
    gains = np.array(
        [
            [_gain([i for i, _ in each.fused(weight)[:_DEPTH]], right) for weight in _WEIGHTS]
            for each, (_, right) in zip(found, asked, strict=True)
        ]
    )
    best = int(gains.mean(axis=0).argmax())
    worse = gains[:, [best]] - gains
    clearly = worse.mean(axis=0) > worse.std(axis=0, ddof=1) / len(asked) ** 0.5
    weights = [weight for weight, out in zip(_WEIGHTS, clearly.tolist(), strict=True) if not out]
    chosen = min(weights, key=lambda weight: abs(weight - DENSE_WEIGHT))
    usual, new = (float(gains[:, _WEIGHTS.index(weight)].mean()) for weight in (DENSE_WEIGHT, chosen))
    return Calibration(chosen, usual, new, len(asked))


def _gain(ranked: Sequence[int], relevant: Collection[int]) -> float:
    right = np.array([passage in relevant for passage in ranked], np.float64)
    return float(right @ _DISCOUNTS[: len(right)] / _DISCOUNTS[: min(len(relevant), _DEPTH)].sum())
