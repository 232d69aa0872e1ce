"""Charts and SmartArt diagrams of a Word document -> HTML: the numbers behind the one, the words of the other.

Knows nothing about where in the text they stand: they are parts of their own.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from .office import elements


def drawings(data: bytes) -> Iterator[str]:
    """A list for every diagram, a table for every chart; more than one where its series have other categories."""
    for diagram in elements(data, r"word/diagrams/data\d*\.xml", "dataModel"):
        words = [_said(point) for point in diagram.iter("{*}t") if point.find("{*}p") is not None]
        yield _listed(word for word in words if word)
    for chart in elements(data, r"word/charts/chart\d*\.xml", "chartSpace"):
        if title := _said(chart.find("{*}chart/{*}title")):
            yield f"<p>{html.escape(title)}</p>"
        for categories, group in groupby(chart.iter("{*}ser"), lambda series: _points(series, "cat", "xVal")):
            named = [(_said(series.find("{*}tx")), _points(series, "val", "yVal")) for series in group]
            rows = [["Category", *(name for name, _ in named)]]
            at = sorted({each for _, values in named for each in values}, key=int)
            rows += [[categories.get(each, each), *(values.get(each, "") for _, values in named)] for each in at]
            yield f"<table>{''.join(map(_row, rows))}</table>"


def _said(element: Any) -> str:
    texts = [] if element is None else [each.text or "" for each in element.iter("{*}t", "{*}v")]
    return " ".join("".join(texts).split())


def _points(series: Any, *names: str) -> dict[str, str]:
    """What a series has at its places: numbers in the 15 digits that Excel shows."""
    found = next((each for each in series if each.tag.rpartition("}")[2] in names), None)
    points = [] if found is None else found.iter("{*}pt")
    return {point.get("idx"): _shown(_said(point)) for point in points}


def _shown(text: str) -> str:
    try:
        return f"{float(text):.15g}"
    except ValueError:
        return text


def _row(cells: list[str]) -> str:
    return f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in cells)}</tr>"


def _listed(words: Iterator[str]) -> str:
    return f"<ul>{''.join(f'<li>{html.escape(word)}</li>' for word in words)}</ul>"
