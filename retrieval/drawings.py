"""Charts and SmartArt diagrams of Office documents -> lines: the numbers behind the one, the words of the other.

Knows nothing about where they stand: Word and PowerPoint keep them in parts of their own, as the same XML. All kinds
of charts are read alike, as series of values at places on an axis, where categories may have names.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from .sheets import shown_number

_VALUES = ("val", "yVal", "size", "colorVal", "bubbleSize")  # the third and the fourth of treemaps and of maps
_Points = dict[int, str]  # place on the axis -> what is there


class _Series(NamedTuple):
    name: str
    categories: list[_Points]  # then the groups that they are in, each at its first category's place
    x: _Points
    values: list[_Points]  # those of bubbles have sizes too


def drawn(root: Any) -> Iterator[str]:
    """The lines of a part: of a diagram a list; of a chart its titles, those of its axes too, and then a table for the
    series next to each other that have the same categories."""
    if root.tag.endswith("}dataModel"):
        words = (_said(point) for point in root.iter("{*}t") if point.find("{*}p") is not None)
        yield "\n".join(f"- {word}" for word in words if word)
        return
    yield "\n".join(filter(None, map(_said, root.iter("{*}title"))))
    for _, found in groupby(_series(root), lambda series: series.categories):
        group = list(found)
        yield "\n".join(" | ".join(row) for row in (_by_category if any(group[0].categories) else _by_point)(group))


def _series(chart: Any) -> Iterator[_Series]:
    """Those that are drawn; one without categories of its own has those of the one before."""
    apart = {data.get("id"): data for data in chart.iter("{*}data")}  # newer kinds keep their points there
    categories: list[_Points] = [{}]
    for series in chart.iter(*(chart.tag.replace("chartSpace", name) for name in ("ser", "series"))):
        key = series.find("{*}dataId")
        places = series if key is None else apart.get(key.get("val"), series)
        kept = {place.get("type") or place.tag.rpartition("}")[2]: place for place in places.iterchildren("{*}*")}
        x = _levels(kept["xVal"], "General")[0] if "xVal" in kept else {}
        categories = [{}] if x else _levels(kept["cat"], "") if "cat" in kept else categories
        values = [_levels(kept[name], "General")[0] for name in _VALUES if name in kept]
        if values:
            yield _Series(_said(series.find("{*}tx")), categories, x, values)


def _by_category(group: Sequence[_Series]) -> Iterator[list[str]]:
    """A row for each category, its groups in front of its name."""
    yield ["Category", *(series.name for series in group)]
    columns = [series.values[0] for series in group]
    name, *groups = group[0].categories
    path: dict[int, str] = {}
    for at in sorted(set().union(name, *groups, *columns)):
        path |= {depth: each[at] for depth, each in enumerate(groups) if at in each}
        said = [*(path[depth] for depth in sorted(path, reverse=True)), name.get(at, "")]
        yield [" / ".join(filter(None, said)), *(column.get(at, "") for column in columns)]


def _by_point(group: Sequence[_Series]) -> list[list[str]]:
    rows = [
        [name, x.get(at, str(at + 1)), *(each.get(at, "") for each in values)]
        for name, _, x, values in group
        for at in sorted(set().union(*values))
    ]
    header = ["Series", "X", "Y", "Size"]
    return [header[: max(map(len, rows))], *rows] if rows else []


def _levels(place: Any, form: str) -> list[_Points]:
    """What is kept in a place of the file, level by level, where the file names no form in this one."""
    form = place.findtext(".//{*}formatCode") or form
    return [
        {
            int(point.get("idx")): _shown(_said(point), point.get("formatCode") or level.get("formatCode") or form)
            for point in level.iter("{*}pt")
        }
        for level in place.findall(".//{*}lvl") or [place]
    ]


def _shown(kept: str, form: str) -> str:
    """What has a form is a number, and as a date one of days."""
    from openpyxl.styles.numbers import is_date_format
    from openpyxl.utils.datetime import from_excel

    with contextlib.suppress(ValueError, OverflowError):  # '#N/A'
        if form:
            number = float(kept)
            dated = is_date_format(form)
            return str(from_excel(number)).removesuffix(" 00:00:00") if dated else shown_number(number, form)
    return kept


def _said(element: Any) -> str:
    """Its text in a line."""
    parts = [] if element is None else element.iter("{*}p", "{*}br", "{*}pt", "{*}t", "{*}v")
    return " ".join("".join(part.text or " " for part in parts).split()).replace(" | ", " / ")
