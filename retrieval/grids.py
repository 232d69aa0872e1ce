"""Words of a page in the boxes of a ruled grid -> rows, a cell of each box, of however many lines.

Knows nothing about PDF, nor about tables without ruled lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import pairwise

from .columns import WIDE, Word, run_on

Box = tuple[float, float, float, float]  # left, right, bottom and top, in points
Rule = tuple[float, float, float]  # where a ruled line stands, and from where to where it goes

THIN = 3.0  # points; what is drawn thinner is a ruled line, and pieces so near to each other are one
_HIGH = 1.5  # times the type's height: lower upright lines are of boxes to be ticked
_MOST = 1000  # ruled lines of a page with tables, upright or level
_LONGEST = 1000  # characters of a cell
_BORDER = 4.0  # points, at most, between a row's boxes and the next one's


def upright(ruled: Iterable[Box]) -> list[Rule]:
    return _joined((left, bottom, top) for left, right, bottom, top in ruled if right - left < THIN < top - bottom)


def level(ruled: Iterable[Box]) -> list[Rule]:
    return _joined((bottom, left, right) for left, right, bottom, top in ruled if top - bottom < THIN < right - left)


def _joined(rules: Iterable[Rule]) -> list[Rule]:
    """Whole lines of their pieces, as most programs draw each cell's borders by themselves; of a drawing none."""
    place = float("-inf")
    placed: list[Rule] = []
    for at, start, end in sorted(rules):
        place = at if at - place > THIN / 2 else place
        placed.append((place, start, end))
    joined: list[Rule] = []
    for at, start, end in sorted(placed):
        if joined and joined[-1][0] == at and start <= joined[-1][2] + THIN:
            joined[-1] = at, joined[-1][1], max(end, joined[-1][2])
        else:
            joined.append((at, start, end))
    return joined if len(joined) <= _MOST else []


def beside(word: Word, upright: Sequence[Rule]) -> tuple[float | None, float | None]:
    """Where the next ruled lines stand left and right of a word."""
    middle = word.bottom + word.height / 2
    at = [at for at, low, high in upright if low <= middle <= high and high - low > _HIGH * word.height]
    left = max((x for x in at if x < word.left + 1), default=None)
    return left, min((x for x in at if x > word.right - 1), default=None)


def _box(word: Word, upright: Sequence[Rule], level: Sequence[Rule]) -> Box | None:
    """The box of a grid that the word is in; one at the side of the grid may be open there."""
    left, right = beside(word, upright)
    if left is None and right is None:
        return None
    from_x, to_x = word.left if left is None else left + THIN, word.right if right is None else right - THIN
    at = [at for at, start, end in level if start < from_x and to_x < end]  # which an underline of words does not
    middle = word.bottom + word.height / 2
    bottom = max((y for y in at if y <= middle), default=None)
    top = min((y for y in at if y > middle), default=None)
    if bottom is None or top is None:
        return None
    return float("-inf") if left is None else left, float("inf") if right is None else right, bottom, top


def rows(lines: Sequence[Sequence[Word]], upright: Sequence[Rule], level: Sequence[Rule]) -> dict[Word, list[Word]]:
    """For each word in a row of a grid the row, its cells as one long word each.

    A lone row is no grid, and a box with very much text lays out the page. Where a file comes back to a box after it
    wrote another, not all rows have a ruled line between them.
    """
    bands: dict[float, dict[Box, list[list[Word]]]] = {}  # by their top: the lines in each of their boxes
    last: dict[float, Box] = {}
    mixed: set[float] = set()
    for line in lines if upright and level else ():
        begun: set[Box] = set()
        for word in line:
            if not (box := _box(word, upright, level)):
                continue
            top = box[3]
            band = bands.setdefault(top, {})
            if box in band and last[top] != box:
                mixed.add(top)
            last[top] = box
            in_box = band.setdefault(box, [])
            if box not in begun:
                in_box.append([])
            begun.add(box)
            in_box[-1].append(word)
    wide = [(top, band) for top, band in bands.items() if len(band) > 1]
    found: dict[Word, list[Word]] = {}
    for top, band in wide:
        row = [cell for box in sorted(band) for cell in _cells(band[box])]
        layout = max(len(cell.text) for cell in row) > _LONGEST or not any(_touch(band, other) for _, other in wide)
        if top not in mixed and not layout:
            found |= {word: row for in_box in band.values() for line in in_box for word in line}
    return found


def _touch(band: Iterable[Box], other: Iterable[Box]) -> bool:
    """Whether one stands right below the other."""
    return any(
        a[0] < b[1] and b[0] < a[1] and min(abs(a[2] - b[3]), abs(b[2] - a[3])) < _BORDER for a in band for b in other
    )


def _cells(lines: Sequence[Sequence[Word]]) -> list[Word]:
    """What stands in a box: one cell, but for a line with wide gaps, as not all columns need a ruled line."""
    words = [word for line in lines for word in line]
    height = words[0].height
    at = [0, *(n for n, (a, b) in enumerate(pairwise(words), 1) if b.left - a.right > WIDE * height), len(words)]
    if len(lines) == 1 and len(at) > 2:
        return [_cell([words[start:end]]) for start, end in pairwise(at)]
    return [_cell(lines)]


def _cell(lines: Sequence[Sequence[Word]]) -> Word:
    words = [word for line in lines for word in line]
    text = reduce(run_on, (" ".join(word.text for word in line) for line in lines))
    left, right = min(word.left for word in words), max(word.right for word in words)
    heights = tuple(height for word in words for height in word.heights)
    return Word(text, left, right, min(word.bottom for word in words), heights)
