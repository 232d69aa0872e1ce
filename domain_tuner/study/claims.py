"""What the papers claim for adapters, held against a study's own table: a number each, and whether it carries over.

The claims are those of the LoRA paper (Hu et al. 2021, arXiv 2106.09685) on GPT-3. Full tuning is known by its training
every parameter, a method that merges by its merged speed; no method is named here. Knows nothing about runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

import numpy as np

from domain_tuner.study.paired import apart
from domain_tuner.verdict import FEW, FEW_PASSAGES

Row = dict[str, Any]
Each = Mapping[str, Sequence[Sequence[float] | None]]  # by label: a list a run, in it the quality of each question
_SAME_SPEED = 1.05  # a ratio of times up to this is no difference on a machine that does other things too
_POINT = 0.01  # one point of F1: who is not so much better than the base model has learned nothing
_MARGIN = 0.02  # and what is surely no more than two points worse does as well; a choice, the papers name none
_SMALL = 300e6  # weights
_VERY_SMALL, _WIDE = 4, 8  # a rank, and how many times as large the one must be that it is held against
_BESIDE = " What a process needs beside the weights (libraries, activations) is most of it in a small model."


def claims(
    rows: Sequence[Row], each: Each, facts: np.ndarray, base: Row | None, parameters: int, weight_bytes: int
) -> list[dict[str, Any]]:
    """`claim`, `literature`, `measured` (None: not checked), `carries_over` (None: not checked, or measured and more
    uncertain than what is to be told), `sentence`.

    `each` has the quality of every question, `facts` the same number for questions about one passage, `base` the base
    model's own scores: where nothing was learned, quality is not compared.
    """
    measured = [row for row in rows if row["n"]]
    full = next((row for row in measured if row["trainable_parameters"] == parameters), None)
    adapters = [row for row in measured if row["trainable_parameters"] < parameters]
    if not adapters:
        return []
    best = max(adapters, key=quality)
    return [
        _ratio("trainable parameters", "10,000 times fewer", parameters / best["trainable_parameters"], best, 2.0),
        _ratio("file", "350 GB against 35 MB: 10,000 times smaller", weight_bytes / best["adapter_bytes"], best, 2.0),
        _against_full(
            *("training memory", "1.2 TB against 350 GB: 3.4 times less", full, best, _memory, 1.2),
            _BESIDE if parameters < _SMALL else "",
        ),
        _against_full("training speed", "25% faster", full, best, _speed, 1.1),
        _quality(full, best, each, facts, base, len(adapters)),
        _small_size(measured, each, facts, base),
        _merged(adapters),
        _unmerged(adapters),
    ]


def quality(row: Row) -> float:
    """What a row is chosen by: the mean of its F1 closed-book and with passages."""
    known = [row[name] for name in ("f1", "f1_with_passages") if row[name] is not None]
    return sum(known) / len(known) if known else 0.0


def _claim(claim: str, literature: str, measured: str | None, holds: bool | None, sentence: str) -> dict[str, Any]:
    return {
        "claim": claim,
        "literature": literature,
        "measured": measured,
        "carries_over": holds,
        "sentence": sentence,
    }


def _ratio(claim: str, literature: str, ratio: float, best: Row, least: float) -> dict[str, Any]:
    holds = ratio >= least
    told = f"{best['label']}: {ratio:,.4g} times less than the whole model"
    if not holds:
        return _claim(claim, literature, told, False, f"Does not carry over: {best['label']} is nearly a whole model.")
    why = "the factor grows with the width of the model, so a small model shows a smaller one"
    return _claim(claim, literature, told, True, f"Carries over in kind: {why}.")


def _memory(full: Row, best: Row) -> float:
    return float(full["peak_bytes"] / best["peak_bytes"])


def _speed(full: Row, best: Row) -> float:
    return float(best["train_tokens_per_second"] / full["train_tokens_per_second"])


def _against_full(
    claim: str,
    literature: str,
    full: Row | None,
    best: Row,
    ratio_of: Callable[[Row, Row], float],
    least: float,
    why: str = "",
) -> dict[str, Any]:
    if full is None:
        return _claim(claim, literature, None, None, "Not checked: no method of this study trains every parameter.")
    ratio = ratio_of(full, best)
    told = f"{best['label']} against {full['label']}: {ratio:.2f} times"
    holds = ratio >= least
    sentence = (
        f"Carries over: {ratio:.2f} is a gain here as well."
        if holds
        else f"Does not carry over at this scale: {ratio:.2f} is no gain to speak of.{why}"
    )
    return _claim(claim, literature, told, holds, sentence)


def _quality(
    full: Row | None, best: Row, each: Each, facts: np.ndarray, base: Row | None, adapters: int
) -> dict[str, Any]:
    claim, literature = "quality", "on a par with full tuning or better"
    if full is None:
        return _claim(claim, literature, None, None, "Not checked: no method of this study trains every parameter.")
    if not _learned(base, best, full):
        return _claim(claim, literature, None, None, _NOTHING_LEARNED)
    told, holds, sentence = _no_worse(best, full, each, facts)
    chosen = f" {best['label']} is the best of {adapters} by these questions, which favours it." if adapters > 1 else ""
    return _claim(claim, literature, told, holds, sentence + chosen)


_NOTHING_LEARNED = "Not checked: none of them answers better than the base model, so there is nothing to compare."


def _learned(base: Row | None, *rows: Row) -> bool:
    return base is None or max(map(quality, rows)) > quality(base) + _POINT


def _no_worse(one: Row, other: Row, each: Each, facts: np.ndarray) -> tuple[str, bool | None, str]:
    """(measured, whether `one` is at most _MARGIN worse, sentence), by the interval of their difference."""
    told = f"{one['label']} against {other['label']}: F1 {100 * (quality(one) - quality(other)):+.1f} points"
    mine, theirs = ([scores for scores in each[row["label"]] if scores is not None] for row in (one, other))
    if len(mine) < one["n"] or len(theirs) < other["n"]:
        return told, None, _OLD_MEASURES
    passages = len(set(facts))
    if len(facts) < FEW or passages < FEW_PASSAGES:
        few = f"{len(facts)} questions that the documents answer, about {passages} passages, tell little"
        return told, None, f"{_NOT_TOLD}: {few}. Ask {FEW} or more about {FEW_PASSAGES}."
    _, low, high = apart(mine, theirs, facts)
    told += f" [{100 * low:+.1f}, {100 * high:+.1f}]"
    interval, margin = "the 95% interval over questions and seeds", f"{-100 * _MARGIN:.0f} points"
    if len(mine) == len(theirs) == 1:
        interval = "the 95% interval over questions (of one seed nothing is known of chance in training)"
    if low > -_MARGIN:
        return told, True, f"Carries over: {interval} lies above {margin}."
    if high < -_MARGIN:
        return told, False, f"Does not carry over to these documents: {interval} lies below {margin}."
    return told, None, f"{_NOT_TOLD}: {interval} lies on both sides of {margin}. More questions or seeds narrow it."


_NOT_TOLD = "Cannot be told here"
_OLD_MEASURES = (
    f"{_NOT_TOLD}: runs were measured before the score of each question was kept. Take base.json and the runs' "
    "measures.json away, and the study measures them anew."
)


_NOT_WIDE = (
    f"Not checked: no method that merges was trained at a size of {_VERY_SMALL} or less and at one {_WIDE} times as "
    "large (--ranks 1,2,4,8)."
)


def _small_size(rows: Sequence[Row], each: Each, facts: np.ndarray, base: Row | None) -> dict[str, Any]:
    """The smallest against the largest rank of the widest curve of a method that merges, which has ranks."""
    claim, literature = "a very small rank suffices", "rank 1 on q and v: 73.4 on WikiSQL, rank 64: 73.5"
    merging = [row for row in rows if row["decode_ms_per_token_merged"] is not None]
    ends = [(curve[0], curve[-1]) for curve in curves_of(merging).values() if curve[0]["size"] <= _VERY_SMALL]
    wide = [(small, large) for small, large in ends if large["size"] >= _WIDE * small["size"]]
    if not wide:
        return _claim(claim, literature, None, None, _NOT_WIDE)
    small, large = max(wide, key=lambda ends: ends[1]["size"] / ends[0]["size"])
    if not _learned(base, small, large):
        return _claim(claim, literature, None, None, _NOTHING_LEARNED)
    return _claim(claim, literature, *_no_worse(small, large, each, facts))


def curves_of(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Rows that differ in their size alone, smallest first, by what they share."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row["size"] is not None:
            # The size option is the chosen one that holds the size; the rest of what was chosen names the curve.
            rest = list(row["chosen"].items())[1:]
            found.setdefault(" ".join([row["method"], *(f"{n}={v}" for n, v in rest)]), []).append(row)
    return {name: sorted(curve, key=lambda row: row["size"]) for name, curve in found.items()}


def _merged(adapters: Sequence[Row]) -> dict[str, Any]:
    claim, literature = "merged, an adapter adds no latency", "1.00 times the base model"
    ratios = [
        row["decode_ms_per_token_merged"] / row["decode_ms_per_token_base"]
        for row in adapters
        if row["decode_ms_per_token_merged"]
    ]
    if not ratios:
        return _claim(claim, literature, None, None, "Not checked: no adapter of this study can be merged.")
    ratio = median(ratios)
    holds = ratio <= _SAME_SPEED
    word = "Carries over: the time of a token is the base model's" if holds else "Does not show here"
    sentence = f"{word} (up to {_SAME_SPEED:.2f} counts as the same)."
    return _claim(claim, literature, f"{ratio:.3f} times the base model, batch 1", holds, sentence)


def _unmerged(adapters: Sequence[Row]) -> dict[str, Any]:
    claim = "adapters that cannot be merged add latency"
    literature = "1.21 to 1.30 times at batch 1 (GPT-2 medium), less in larger batches"
    slow = [row for row in adapters if row["decode_ms_per_token_merged"] is None]
    if not slow:
        return _claim(claim, literature, None, None, "Not checked: every adapter of this study can be merged.")
    one = median(row["decode_ms_per_token"] / row["decode_ms_per_token_base"] for row in slow)
    eight = median(row["decode_ms_per_step_of_8"] / row["decode_ms_per_step_of_8_base"] for row in slow)
    told = f"{one:.3f} times the base model at batch 1, {eight:.3f} at batch 8"
    holds = one > _SAME_SPEED
    sentence = "Carries over." if holds else f"Does not show here: up to {_SAME_SPEED:.2f} counts as the same."
    return _claim(claim, literature, told, holds, sentence)
