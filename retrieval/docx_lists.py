"""The numbers of list items, which Word counts when it draws them: put into the HTML that mammoth makes.

Knows nothing about what the items say. A list goes on after a paragraph unless it is said to begin anew.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from .office import attribute, elements, value

_MARK = "list-number-"


def mark_items(parts: dict[str, Any], styles: dict[str, Any]) -> None:
    """Puts a bookmark into each item of a list, which is named by the item's number."""
    lists = {attribute(each, "numId"): each for each in elements(parts, "numbering", "num")}
    kinds = {attribute(each, "abstractNumId"): each for each in elements(parts, "numbering", "abstractNum")}
    counts: dict[str, dict[int, int]] = defaultdict(dict)  # kind of list -> level -> its last number
    begun: set[tuple[str, int]] = set()
    for paragraph in elements(parts, "document", "p"):
        number, level = _place(paragraph, styles)
        if number not in lists:
            continue
        kind = value(lists[number], "abstractNumId")
        count = counts[kind]
        for deeper in [each for each in count if each > level]:
            del count[deeper]
        anew = _at(lists[number], "lvlOverride", level, "startOverride")
        if anew and (number, level) not in begun:
            count[level] = int(anew) - 1
        begun.add((number, level))
        first = int(_at(kinds.get(kind), "lvl", level, "start") or 1)
        count[level] = count.get(level, first - 1) + 1
        _mark(paragraph, count[level])


def with_marks(html: str) -> str:
    """HTML of a document whose items were marked, with the numbers as their values."""
    return re.sub(rf'<li><a id="{_MARK}(\d+)"></a>', r'<li value="\1">', html)


def _place(paragraph: Any, styles: dict[str, Any]) -> tuple[str, int]:
    """(list, level) of a paragraph, its own or that of its style."""
    own = paragraph.find("{*}pPr/{*}numPr")
    style = styles.get(value(paragraph, "pStyle"))
    for _ in range(20):
        if own is not None or style is None:
            break
        own = style.find("{*}pPr/{*}numPr")
        style = styles.get(value(style, "basedOn"))
    return ("", 0) if own is None else (value(own, "numId"), int(value(own, "ilvl") or 0))


def _at(numbering: Any, name: str, level: int, what: str) -> str:
    """What a list says of one of its levels."""
    levels = [] if numbering is None else numbering.findall(f"{{*}}{name}")
    return next((value(each, what) for each in levels if attribute(each, "ilvl") == str(level)), "")


def _mark(paragraph: Any, number: int) -> None:
    space = paragraph.tag.rpartition("}")[0] + "}"
    mark = paragraph.makeelement(f"{space}bookmarkStart", {f"{space}name": f"{_MARK}{number}"})
    paragraph.insert(int(paragraph.find("{*}pPr") is not None), mark)
