"""A run's loss as a small drawing: at most 400 points, axes in HTML so that they stay readable on a phone.

Pure functions; knows nothing about runs or the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from app.text import Words

MOST_POINTS = 400
_SMOOTHING = 0.9  # of the bold line: the single steps are drawn faintly behind it


def curve(metrics: Sequence[Mapping[str, Any]], words: Words, growing: bool = True) -> Markup:
    """The loss over the steps. No plot is drawn without a line in it: until there are two steps it says so, and where
    none will come (it is not `growing`) nothing is there."""
    points = [(m["step"], float(m["loss"])) for m in metrics if m.get("loss") is not None]
    if len(points) < 2:
        return Markup('<p class="dt-faint">{}</p>').format(words["curve_soon"]) if growing else Markup("")
    smooth = thinned(smoothed(points))
    raw = thinned(points)
    low, high = min(loss for _, loss in raw), max(loss for _, loss in raw)
    first, last = points[0][0], points[-1][0]
    span = high - low or 1.0

    def line(drawn: Sequence[tuple[float, float]]) -> str:
        return " ".join(
            f"{100 * (step - first) / (last - first or 1):.2f},{100 - 100 * (loss - low) / span:.2f}"
            for step, loss in drawn
        )

    return Markup(
        '<div class="dt-curve" id="loss-curve" role="img" aria-label="{name}">'
        '<span class="dt-y-name">{name}</span>'
        '<div class="dt-y"><span>{high}</span><span>{middle}</span><span>{low}</span></div>'
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none"><polyline class="raw" points="{raw}"/>'
        '<polyline class="smooth" points="{smooth}"/></svg>'
        '<div class="dt-x"><span>{first}</span><span>{step}</span><span>{last}</span></div></div>'
    ).format(
        name=words["loss"],
        high=f"{high:.3g}",
        middle=f"{(high + low) / 2:.3g}",
        low=f"{low:.3g}",
        raw=line(raw),
        smooth=line(smooth),
        first=first,
        step=words["step"],
        last=last,
    )


def smoothed(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """An exponential mean, corrected for its start (as Adam does), so that it begins at the first loss."""
    mean, weight, result = 0.0, 0.0, []
    for step, loss in points:
        mean = _SMOOTHING * mean + (1 - _SMOOTHING) * loss
        weight = _SMOOTHING * weight + (1 - _SMOOTHING)
        result.append((step, mean / weight))
    return result


def thinned(points: Sequence[tuple[float, float]], most: int = MOST_POINTS) -> list[tuple[float, float]]:
    """At most so many points, evenly taken, first and last among them."""
    if len(points) <= most:
        return list(points)
    return [points[round(n * (len(points) - 1) / (most - 1))] for n in range(most)]
