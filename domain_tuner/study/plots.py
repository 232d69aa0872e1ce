"""A study's results as drawings (SVG, written by hand: no plotting library is needed for a few points).

Pure functions of the results' JSON. Knows nothing about runs or files.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from statistics import mean, pstdev
from typing import Any

from domain_tuner.study.claims import curves_of
from domain_tuner.study.spectrum import SIZES, widest

_WIDTH, _HEIGHT = 720, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 220, 24, 56  # the legend stands on the right
_COLOURS = (
    "#0b6e99",
    "#c2410c",
    "#4d7c0f",
    "#7e22ce",
    "#be185d",
    "#a16207",
    "#0f766e",
    "#475569",
    "#991b1b",
)


@dataclass(frozen=True)
class Point:
    """`spread` is the half height of the bar, 0 for none."""

    x: float
    y: float
    spread: float = 0.0


@dataclass(frozen=True)
class Series:
    name: str
    points: tuple[Point, ...]


def drawings(results: dict[str, Any]) -> dict[str, str]:
    """SVG by file name: quality against parameters, and curves over sizes where a method has several."""
    rows = [row for row in results["rows"] if row["f1"] is not None]
    if not rows:
        return {}
    curves = {name: curve for name, curve in curves_of(rows).items() if len({row["size"] for row in curve}) > 1}
    found = {}
    for score, suffix, y_name in (
        ("f1", "", "F1 closed-book, percent"),
        ("f1_with_passages", "-with-passages", "F1 with passages, percent"),
    ):
        methods: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            methods.setdefault(row["method"], []).append(row)
        dots = _series(methods, "trainable_parameters", score)
        found[f"quality{suffix}.svg"] = chart(dots, "trainable parameters", y_name, lines=False)
        if curves:
            lines = _series(curves, "size", score)
            found[f"sizes{suffix}.svg"] = chart(lines, "rank, bottleneck or tokens", y_name, lines=True)
    spectra = widest(rows)
    if spectra:
        lines = [Series(row["label"], _shares(row["spectrum"])) for row in spectra]
        found["spectrum.svg"] = chart(lines, "first singular directions", "energy of the update, percent", lines=True)
    return found


def _shares(matrices: Sequence[dict[str, Any]]) -> tuple[Point, ...]:
    """The mean over all matrices; the bars reach as far as the layers differ (one standard deviation)."""
    columns = list(zip(*(matrix["shares"] for matrix in matrices), strict=True))
    return tuple(
        Point(size, 100 * mean(column), 100 * pstdev(column)) for size, column in zip(SIZES, columns, strict=True)
    )


def _series(groups: dict[str, list[dict[str, Any]]], x: str, score: str) -> list[Series]:
    return [
        Series(name, tuple(Point(row[x], 100 * row[score], 100 * (row["spread"][score] or 0.0)) for row in group))
        for name, group in groups.items()
    ]


def chart(series: Sequence[Series], x_name: str, y_name: str, lines: bool) -> str:
    """Points (joined, if `lines`) over a logarithmic x, with bars of their spread and a legend."""
    points = [point for one in series for point in one.points]
    low, high = min(p.x for p in points), max(p.x for p in points)
    bottom, top = min(p.y - p.spread for p in points), max(p.y + p.spread for p in points)
    span = (top - bottom) or 1.0
    bottom, top = bottom - 0.05 * span, top + 0.05 * span

    def across(x: float) -> float:
        share = math.log(x / low) / math.log(high / low) if high > low else 0.5
        return _LEFT + 10 + share * (_WIDTH - _LEFT - _RIGHT - 20)

    def down(y: float) -> float:
        return _TOP + (top - y) / (top - bottom) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [_frame(x_name, y_name)]
    parts += [_text(across(x), _HEIGHT - _BOTTOM + 18, _short(x), "middle") for x in _marks(points)]
    for step in range(5):
        y = bottom + (top - bottom) * step / 4
        parts.append(_text(_LEFT - 6, down(y) + 4, f"{y:.1f}", "end"))
    for number, one in enumerate(series):
        parts.append(_drawn(one, _COLOURS[number % len(_COLOURS)], across, down, lines))
        parts.append(_legend(number, one.name, _COLOURS[number % len(_COLOURS)]))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="12"><title>{escape(y_name)} against {escape(x_name)}</title>'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>' + "".join(parts) + "</svg>\n"
    )


def _drawn(
    series: Series, colour: str, across: Callable[[float], float], down: Callable[[float], float], lines: bool
) -> str:
    parts = []
    if lines:
        path = " ".join(f"{across(p.x):.1f},{down(p.y):.1f}" for p in series.points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
    for p in series.points:
        x, y = across(p.x), down(p.y)
        if p.spread:
            ends = f'y1="{down(p.y - p.spread):.1f}" y2="{down(p.y + p.spread):.1f}"'
            parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" {ends} stroke="{colour}"/>')
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>')
    return "".join(parts)


def _frame(x_name: str, y_name: str) -> str:
    right, floor = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    middle = (_TOP + floor) / 2
    return (
        f'<path d="M{_LEFT},{_TOP}V{floor}H{right}" fill="none" stroke="#64748b"/>'
        + _text((_LEFT + right) / 2, _HEIGHT - 12, x_name, "middle")
        + f'<text x="16" y="{middle}" text-anchor="middle" transform="rotate(-90 16 {middle})">{escape(y_name)}</text>'
    )


def _legend(number: int, name: str, colour: str) -> str:
    y = _TOP + 8 + 20 * number
    return f'<circle cx="{_WIDTH - _RIGHT + 20}" cy="{y}" r="4" fill="{colour}"/>' + _text(
        _WIDTH - _RIGHT + 30, y + 4, name, "start"
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _marks(points: Sequence[Point]) -> list[float]:
    """At most six of the x that occur, no two nearer than a sixth of the way."""
    found = sorted({p.x for p in points})
    span = math.log(found[-1] / found[0])
    kept: list[float] = []
    for x in found:
        if not kept or math.log(x / kept[-1]) >= span / 6:
            kept.append(x)
    return kept


def _short(value: float) -> str:
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:g}"
