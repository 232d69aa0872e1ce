"""What the papers claim for adapters, held against a study's own table: a number each, and whether it carries over.

The claims are those of the LoRA paper (Hu et al. 2021, arXiv 2106.09685) on GPT-3. Full tuning is known by its training
every parameter, a method that merges by its merged speed; no method is named here. Knows nothing about runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

Row = dict[str, Any]
_SAME_SPEED = 1.05  # a ratio of times up to this is no difference on a machine that does other things too
_POINT = 0.01  # one point of F1, the least difference that is called one
_SMALL = 300e6  # weights
_BESIDE = " What a process needs beside the weights (libraries, activations) is most of it in a small model."


def claims(rows: Sequence[Row], base: Row | None, parameters: int, weight_bytes: int) -> list[dict[str, Any]]:
    """`claim`, `literature`, `measured` (None: could not be checked), `carries_over` (None likewise), `sentence`.

    `base` holds the base model's own scores: where nothing was learned, quality is not compared.
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
        _quality(full, best, base, len(adapters)),
        _small_size(measured, base),
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


def _quality(full: Row | None, best: Row, base: Row | None, adapters: int) -> dict[str, Any]:
    claim, literature = "quality", "on a par with full tuning or better"
    if full is None:
        return _claim(claim, literature, None, None, "Not checked: no method of this study trains every parameter.")
    if not _learned(base, best, full):
        return _claim(claim, literature, None, None, _NOTHING_LEARNED)
    difference = quality(best) - quality(full)
    noise = max(_POINT, _noise(best), _noise(full))
    chosen = f" {best['label']} is the best of {adapters} by these questions, which favours it." if adapters > 1 else ""
    told = f"{best['label']} against {full['label']}: F1 {100 * difference:+.1f} points"
    holds = difference >= -noise
    word = "Carries over" if holds else "Does not carry over"
    return _claim(claim, literature, told, holds, f"{word}: {_uncertain(noise, best, full)}.{chosen}")


_NOTHING_LEARNED = "Not checked: none of them answers better than the base model, so there is nothing to compare."


def _learned(base: Row | None, *rows: Row) -> bool:
    return base is None or max(map(quality, rows)) > quality(base) + _POINT


def _uncertain(noise: float, *rows: Row) -> str:
    if min(row["n"] for row in rows) < 2:
        return f"of one seed nothing is known of chance; differences below {100 * noise:.1f} points count as none"
    return f"differences below {100 * noise:.1f} points are within one standard deviation over seeds (or one point)"


def _noise(row: Row) -> float:
    return max((row["spread"][name] or 0.0 for name in ("f1", "f1_with_passages")), default=0.0)


def _small_size(rows: Sequence[Row], base: Row | None) -> dict[str, Any]:
    """The smallest against the largest rank of the longest curve of a method that merges, which has ranks."""
    claim, literature = "a very small rank suffices", "rank 1 on q and v: 73.4 on WikiSQL, rank 64: 73.5"
    merging = [row for row in rows if row["decode_ms_per_token_merged"] is not None]
    curve = max(curves_of(merging).values(), key=len, default=[])
    if len(curve) < 2:
        return _claim(claim, literature, None, None, "Not checked: no method was trained at two sizes (--ranks 1,2,4).")
    small, large = curve[0], curve[-1]
    if not _learned(base, small, large):
        return _claim(claim, literature, None, None, _NOTHING_LEARNED)
    difference = quality(small) - quality(large)
    noise = max(_POINT, _noise(small), _noise(large))
    holds = difference >= -noise
    told = f"{small['label']} against {large['label']}: F1 {100 * difference:+.1f} points"
    unsure = _uncertain(noise, small, large)
    sentence = (
        f"Carries over: size {small['size']} does as well as size {large['size']}, within {100 * noise:.1f} points."
        if holds
        else f"Does not carry over to these documents: size {large['size']} is better; {unsure}."
    )
    return _claim(claim, literature, told, holds, sentence)


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
