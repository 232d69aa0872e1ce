"""Lines of a page -> lines in the order that they are read, where a page is set in two columns.

Knows nothing about PDF. Files that draw line by line across both columns would mix two texts; such a page has a
strip that few lines cross, full lines of prose on both sides of it, and an order that jumps between the sides.
A table has short cells, and stays as it is; so does a page whose order is right already.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

WIDE = 1.2  # in line heights; wider gaps between words part the cells of a row
_FEWEST = 6  # lines on either side
_FULL, _MOSTLY = 0.8, 0.6  # a full line takes 80% of its column's width, and so do 60% of the lines of prose
_PROSE = 20  # characters of a line, on average; cells of a table are shorter
_SHARE = 0.6  # of the page's characters that stand in the columns
_JUMPS = 4  # from side to side, in a page whose order is right


@dataclass(frozen=True)
class Word:
    """What stands between two gaps of a line. Behind one that is `spaced` the file writes a space: most files do so
    within a text, and not between the cells of a row."""

    text: str
    left: float
    right: float
    bottom: float
    heights: tuple[float, ...]  # of its signs
    spaced: bool = False

    @cached_property
    def height(self) -> float:
        return statistics.median(self.heights)


@dataclass(frozen=True)
class Cell:
    """Part of a line, with wide gaps around it. Measures are in points, from the lower left corner."""

    text: str
    left: float
    right: float


@dataclass(frozen=True)
class Line:
    """A line as the file draws it; one with several cells is a row, written 'a | b'."""

    text: str
    height: float
    bottom: float
    cells: tuple[Cell, ...]

    @property
    def left(self) -> float:
        return self.cells[0].left

    @property
    def right(self) -> float:
        return max(cell.right for cell in self.cells)

    @property
    def row(self) -> bool:
        return len(self.cells) > 1


def run_on(text: str, more: str) -> str:
    """A line and the one that goes on from it: no space in Chinese, nor where a word is broken."""
    return text + more if text.endswith("\u00ad") or min(text[-1:], more[:1]) > "\u2e7f" else f"{text} {more}"


def in_reading_order(page: list[Line]) -> list[Line]:
    """The left column before the right one, between the lines that span both."""
    start = _right_column(page)
    if start is None:
        return page
    parts = [part for line in page for part in _parted(line, start)]
    sides = [side for part in parts if (side := _side(part, start))]
    if sum(a != b for a, b in pairwise(sides)) <= _JUMPS or not _is_prose(parts, start):
        return page
    return list(_ordered(sorted(parts, key=lambda part: -part.bottom), start))


def _right_column(page: Sequence[Line]) -> float | None:
    """Where most lines of the right half begin."""
    if len(page) < _FEWEST:
        return None
    left, right = min(line.left for line in page), max(line.right for line in page)
    begins = Counter(
        round(cell.left / 3) * 3
        for line in page
        for cell in line.cells
        if left + 0.35 * (right - left) < cell.left < left + 0.7 * (right - left)
    )
    return begins.most_common(1)[0][0] - 4.0 if begins else None


def _parted(line: Line, start: float) -> Iterator[Line]:
    """The line, or what of it stands left and right of the gap between the columns."""
    before = tuple(cell for cell in line.cells if cell.right < start)
    after = tuple(cell for cell in line.cells if cell.left >= start)
    if len(before) + len(after) < len(line.cells):
        yield line
        return
    for cells in filter(None, (before, after)):
        yield replace(line, text=" | ".join(cell.text for cell in cells), cells=cells)


def _side(line: Line, start: float) -> str:
    """'left', 'right', or nothing for a line that spans both columns."""
    if line.right < start:
        return "left"
    return "right" if line.left >= start else ""


def _is_prose(parts: Sequence[Line], start: float) -> bool:
    columns = [[part for part in parts if _side(part, start) == side] for side in ("left", "right")]
    inside = sum(len(part.text) for column in columns for part in column)
    if inside < _SHARE * sum(len(part.text) for part in parts):
        return False
    for column in columns:
        if len(column) < _FEWEST or sum(len(part.text) for part in column) < _PROSE * len(column):
            return False
        left, right = min(part.left for part in column), max(part.right for part in column)
        full = sum(part.right - part.left >= _FULL * (right - left) for part in column)
        if full < _MOSTLY * len(column):
            return False
    return True


def _ordered(parts: Sequence[Line], start: float) -> Iterator[Line]:
    """`parts` from top to bottom."""
    left: list[Line] = []
    right: list[Line] = []
    for part in parts:
        side = _side(part, start)
        if side:
            (left if side == "left" else right).append(part)
            continue
        yield from (*left, *right)
        left, right = [], []
        yield part
    yield from (*left, *right)
