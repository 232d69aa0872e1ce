"""What stands in front of the items of lists, which Word counts when it draws them: put into mammoth's HTML.

Knows nothing about what the items say; headings that have numbers are items too. A list goes on after a paragraph
unless it is said to begin anew.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any, NamedTuple

from .office import attribute, elements, value

_MARK = "list-number-"
_UNITS = (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1)
_ROMAN = tuple(zip(_UNITS, ["m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"], strict=True))
_CHINESE = ("chineseCounting", "chineseCountingThousand", "japaneseCounting", "taiwaneseCounting")


class _Level(NamedTuple):
    start: int = 1
    form: str = "decimal"
    text: str = ""  # '%1.%2': the numbers of the first and of the second level
    legal: bool = False  # all of them in digits


def mark_items(parts: dict[str, Any], styles: dict[str, Any]) -> None:
    """Puts a bookmark into each item of a list, which is named by what stands in front of the item."""
    lists = {attribute(each, "numId"): each for each in elements(parts, "numbering", "num")}
    kinds = {attribute(each, "abstractNumId"): each for each in elements(parts, "numbering", "abstractNum")}
    of_style = {name: each for each in kinds.values() if (name := value(each, "styleLink"))}
    kind_of = {number: value(each, "abstractNumId") for number, each in lists.items()}
    levels = {}
    for number, each in lists.items():
        kind = kinds.get(kind_of[number], each)
        levels[number] = _levels(of_style.get(value(kind, "numStyleLink"), kind), each)
    anew = {
        (number, int(attribute(each, "ilvl"))): int(start)
        for number, numbering in lists.items()
        for each in numbering.findall("{*}lvlOverride")
        if (start := value(each, "startOverride"))
    }
    counts: dict[str, dict[int, int]] = defaultdict(dict)  # kind of list -> level -> its last number
    for paragraph in elements(parts, "document", "p"):
        number, at = _place(paragraph, styles)
        if number not in lists:
            continue
        count, level = counts[kind_of[number]], levels[number].get(at, _Level())
        for deeper in [each for each in count if each > at]:
            del count[deeper]
        count[at] = anew.pop((number, at), count.get(at, level.start - 1) + 1)
        if level.form != "bullet":
            _mark(paragraph, _written(levels[number], count, at))


def with_marks(html: str) -> str:
    """HTML of a document whose items were marked, with the marks as labels of list items and as text elsewhere."""
    html = re.sub(rf'<li><a id="{_MARK}([^"]*)"></a>', r'<li data-label="\1">', html)
    return re.sub(rf'<a id="{_MARK}([^"]*)"></a>', r"\1 ", html)


def _place(paragraph: Any, styles: dict[str, Any]) -> tuple[str, int]:
    """(list, level) of a paragraph, each its own or that of its style, or of what that is based on."""
    number = level = ""
    place, base = paragraph, value(paragraph, "pStyle")
    for _ in range(20):
        own = place.find("{*}pPr/{*}numPr")
        if own is not None:
            number, level = value(own, "numId"), level or value(own, "ilvl")
        place = styles.get(base)
        if number or place is None:
            break
        base = value(place, "basedOn")
    return number, int(level or 0)


def _levels(*places: Any) -> dict[int, _Level]:
    """Those that are described in the places, of which a later one holds."""
    return {
        int(attribute(each, "ilvl") or 0): _Level(
            int(value(each, "start") or 1),
            value(each, "numFmt"),
            value(each, "lvlText"),
            each.find("{*}isLgl") is not None,
        )
        for place in places
        for each in place.iter("{*}lvl")
    }


def _written(levels: dict[int, _Level], count: dict[int, int], at: int) -> str:
    """What stands in front of an item of that level."""
    own = levels.get(at, _Level(text=f"%{at + 1}."))

    def number(place: re.Match[str]) -> str:
        level = levels.get(int(place[1]) - 1, _Level())
        digits = own.legal and not level.form.startswith("decimal")
        return _number(count.get(int(place[1]) - 1, level.start), "decimal" if digits else level.form)

    return " ".join(re.sub(r"%(\d)", number, own.text).split())


def _number(number: int, form: str) -> str:
    """In digits where the form is none of those known here."""
    written = "" if form == "none" else f"{number:0{2 if form == 'decimalZero' else 1}}"
    if form in _CHINESE and 0 < number < 100:
        tens, ones = (" 一二三四五六七八九"[figure].strip() for figure in divmod(number, 10))
        written = ("" if number < 20 else tens) + ("十" if number > 9 else "") + ones
    elif form.endswith("Letter") and 0 < number < 1000:  # z is followed by aa and bb
        written = chr(ord("a") + (number - 1) % 26) * ((number + 25) // 26)
    elif form.endswith("Roman") and 0 < number < 4000:
        written = ""
        for unit, sign in _ROMAN:
            written += sign * (number // unit)
            number %= unit
    return written.upper() if form.startswith("upper") else written


def _mark(paragraph: Any, label: str) -> None:
    if label:
        space = paragraph.tag.rpartition("}")[0] + "}"
        mark = paragraph.makeelement(f"{space}bookmarkStart", {f"{space}name": f"{_MARK}{label}"})
        paragraph.insert(int(paragraph.find("{*}pPr") is not None), mark)
