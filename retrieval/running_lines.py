"""Page numbers, and the lines that stand on page after page: told from what a document says.

Knows nothing about PDF.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter

from .columns import Line

_REPEATED = 0.6  # share of pages that carry a line for it to be a running header or footer
_EDGE_SHARE, _EDGE_LEAST = 0.1, 36.0  # of the height that a page's lines take, and points: so far in may they stand
_HEADING_HEIGHT = 1.15  # times the usual height: a year above a chapter, the number of a room
_PAGE_WORD = re.compile(
    r"(\b(pages?|pp?\.|pg\.?|seite|s\.|página|pagina|pág\.|sida|side|strona|стр\.?)|第)\s*$", re.IGNORECASE
)
_OF_PAGES = re.compile(r"\s*(of|von|de|sur)\s*$|\s*(页|頁|ページ)", re.IGNORECASE)
_EDGE = re.compile(r"^\s*$|^\s*[|–—•·-]\s|\s[|–—•·-]\s*$")
PAGE_NUMBER = re.compile(r"^(page|第)?\s*[-–]?\s*(\d{1,6})\s*(页.*|[-–]?\s*((of|/)\s*\d+)?)$", re.I)


def running_apart(pages: list[list[Line]]) -> tuple[list[list[Line]], list[Line]]:
    """The pages without page numbers and without what stands at the top or bottom of most of them; and that, once each.
    Numbers that do not count pages make lines of their own: those of invoices differ, and none is said twice."""
    placed: dict[tuple[str, int], list[tuple[int, Line]]] = {}
    bare: dict[int, list[Line]] = {}
    running: set[int] = set()
    usual = statistics.median(line.height for page in pages for line in page)
    for at, page in enumerate(pages):
        by_height = sorted(page, key=lambda line: line.bottom)
        may_run = {id(line): line for line in _at_the_edges(by_height, usual)}
        for line in may_run.values():
            place = re.sub(r"\d+", "#", line.text).strip(), _place(line)
            placed.setdefault(place, []).append((at, line))
        for line in by_height[:1] + by_height[-1:]:
            if id(line) in may_run and (found := PAGE_NUMBER.match(line.text.strip())):
                bare.setdefault(int(found[2]) - at, []).append(line)
                running |= {id(line)} if found[1] else set()
    for lines in bare.values():
        running |= {id(line) for line in lines} if len(lines) > 1 else set()
    fields = Counter((_label(line), _place(line)) for page in pages for line in page)
    repeated = [
        lines
        for found in placed.values()
        for lines in _repeated(found, len(pages))
        if not _label(lines[0]) or fields[_label(lines[0]), _place(lines[0])] <= len(lines)
    ]
    running |= {id(line) for lines in repeated for line in lines}

    def is_header_row(page: list[Line], i: int) -> bool:
        beside = [page[j] for j in (i - 1, i + 1) if 0 <= j < len(page)]
        return page[i].row and any(line.row and id(line) not in running for line in beside)

    def stays(page: list[Line], i: int) -> bool:
        return id(page[i]) not in running or is_header_row(page, i)

    kept = [[line for i, line in enumerate(page) if stays(page, i)] for page in pages]
    told = {id(line) for page in kept for line in page} | {id(line) for lines in bare.values() for line in lines}
    return kept, [lines[-1] for lines in repeated if id(lines[-1]) not in told]


def _at_the_edges(by_height: list[Line], usual: float) -> list[Line]:
    """Those of a page's lines, the lowest first, that may run through the pages."""
    if not by_height:
        return []
    lowest, high = by_height[0], by_height[-1].bottom
    edge = max(_EDGE_SHARE * (high - lowest.bottom), _EDGE_LEAST)
    return [
        line
        for line in by_height[:3] + by_height[-3:]
        if not lowest.bottom + edge < line.bottom < high - edge
        and (line is lowest or not line.text.strip().isdecimal() or line.height < _HEADING_HEIGHT * usual)
    ]


def _place(line: Line) -> int:
    """The same for lines that stand at the same height of their pages."""
    return round(line.bottom / 6)


def _label(line: Line) -> str:
    """'Material' of 'Material: steel': where pages say it otherwise in the same place, it is a form's."""
    label, value = re.split(r"(?=[:：\d])|$", line.text.strip(), maxsplit=1)
    return label if value else ""


def _repeated(found: list[tuple[int, Line]], pages: int) -> list[list[Line]]:
    """Those of these lines (page index, line; alike but for their numbers) that say on most pages what one said, or
    only the page's number beside it."""
    if pages < 3:
        return []

    def said(at: int, line: Line) -> list[tuple[str | int, ...]]:
        parts = re.split(r"(\d+)", line.text.strip())
        counted = [
            (n, int(part) - at, *parts[:n], *parts[n + 1 :])
            for n, part in enumerate(parts)
            if part.isdecimal() and _counts_pages(parts[n - 1], parts[n + 1])
        ]
        return [tuple(parts), *counted]

    ways = Counter(way for at, line in found for way in said(at, line))
    often = [way for way, count in ways.items() if count > _REPEATED * pages]
    return [[line for at, line in found if way in said(at, line)] for way in often]


def _counts_pages(before: str, behind: str) -> bool:
    """Whether a number between these texts is said to be a page's, or stands alone in the line: invoices and chapters
    are counted as well."""
    return bool(_PAGE_WORD.search(before) or _OF_PAGES.match(behind) or (_EDGE.search(before) and _EDGE.match(behind)))
