"""Words of a page and the lines ruled on it -> the page's lines, with their cells apart.

Knows nothing about PDF. The rows of a ruled grid are told by its boxes (grids.py). Elsewhere words are parted by a wide
gap or a ruled line, and by a small gap where a row above or below is parted as well: text as wide as its column leaves
little more than a space in front of the next cell.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from . import grids
from .columns import WIDE, Cell, Line, Word

_SMALL = 0.3  # line heights; narrower gaps part none but at a ruled line: a space takes 0.2 to 0.25
_UNLIKE = 1.4  # times a gap that may be a space
_FEW = 4  # words, and a line may have no space
_NEAR = 3.0  # line heights from a row to the next, at most
_FAR = 50  # rows
_SAME = 1.0  # points, at most, between the edges of cells in one column
_Edges = tuple[float, float]  # left and right


@dataclass
class _Row:
    """Words side by side; `ends` are the places of those that surely end a cell."""

    words: Sequence[Word]
    ends: set[int]

    @cached_property
    def height(self) -> float:
        return statistics.median(height for word in self.words for height in word.heights)

    @cached_property
    def bottom(self) -> float:
        return min(word.bottom for word in self.words)

    @cached_property
    def clear(self) -> set[int]:
        """The places of the words with a gap behind them that is no mere space."""
        gaps = [following.left - word.right for word, following in pairwise(self.words)]
        narrowest = min(gaps, default=0.0)

        def is_clear(at: int) -> bool:
            if self.words[at].spaced:  # in a text that is stretched to fill its column, all gaps are wide
                return gaps[at] > _UNLIKE * min([*gaps[max(at - 1, 0) : at], *gaps[at + 1 : at + 2]], default=gaps[at])
            return len(self.words) <= _FEW or gaps[at] > _UNLIKE * narrowest

        return {at for at, gap in enumerate(gaps) if gap > _SMALL * self.height and is_clear(at)}

    def line(self, ends: set[int]) -> Line:
        starts = [0, *(end + 1 for end in sorted(ends)), len(self.words)]
        cells = tuple(
            Cell(" ".join(word.text for word in self.words[start:stop]), *self.edges(start, stop - 1))
            for start, stop in pairwise(starts)
        )
        return Line(" | ".join(cell.text for cell in cells), self.height, self.bottom, cells)

    def edges(self, start: int, end: int) -> _Edges:
        """Those of a cell that begins and ends with the words at these places."""
        return self.words[start].left, max(word.right for word in self.words[start : end + 1])

    def around(self, end: int) -> tuple[_Edges, _Edges]:
        """Those of the cells before and behind a sure end."""
        first = max((other + 1 for other in self.ends if other < end), default=0)
        last = min((other for other in self.ends if other > end), default=len(self.words) - 1)
        return self.edges(first, end), self.edges(end + 1, last)

    def free(self) -> Iterator[tuple[int, float, float]]:
        """Where no words are, from left to right, with the place of the word in front."""
        yield -1, float("-inf"), self.words[0].left
        for at, (word, following) in enumerate(pairwise(self.words)):
            yield at, word.right, following.left
        yield len(self.words) - 1, self.words[-1].right, float("inf")


def in_cells(lines: Sequence[Sequence[Word]], ruled: Iterable[grids.Box]) -> list[Line]:
    """The lines of a page in their order; a row of a grid stands where its first word does."""
    ruled = list(ruled)
    upright = grids.upright(ruled)
    of_grid = grids.rows(lines, upright, grids.level(ruled))
    met: set[int] = set()
    rows: list[_Row] = []
    for line in lines:
        for cells in (of_grid[word] for word in line if word in of_grid):
            if id(cells) not in met:
                rows.append(_Row(cells, set(range(len(cells) - 1))))
            met.add(id(cells))
        if rest := [word for word in line if word not in of_grid]:
            rows.append(_row(rest, upright))
    return [row.line(row.ends | _small_ends(rows, at)) for at, row in enumerate(rows)]


def _row(words: Sequence[Word], upright: Sequence[grids.Rule]) -> _Row:
    row = _Row(words, set())
    for at, (word, following) in enumerate(pairwise(words)):
        rule = grids.beside(word, upright)[1] if upright else None
        if following.left - word.right > WIDE * row.height or (rule is not None and rule < following.left + 1):
            row.ends.add(at)
    return row


def _small_ends(rows: Sequence[_Row], at: int) -> set[int]:
    """The places of the words that end a cell by what the rows around say."""
    ends = rows[at].ends | rows[at].clear
    return {end for end in rows[at].clear - rows[at].ends if any(_says(rows, at, end, ends, step) for step in (-1, 1))}


def _says(rows: Sequence[_Row], at: int, end: int, ends: set[int], step: int) -> bool:
    """Whether a row above (step -1) or below (1) surely ends a cell in the gap behind the word at `end`, and its cells
    around that stand as this row's do, which may end at `ends`; none between the rows has words across the gap."""
    row = rows[at]
    low, high = row.words[end].right, row.words[end + 1].left
    before = [row.edges(start, end) for start in (0, *(other + 1 for other in ends if other < end))]
    behind = [row.edges(end + 1, other) for other in (*ends, len(row.words) - 1) if other > end]
    others = rows[at : at + _FAR] if step > 0 else rows[max(at - _FAR, 0) : at + 1][::-1]
    for last, other in pairwise(others):
        common = [gap for gap in other.free() if min(gap[2], high) - max(gap[1], low) > _SMALL * row.height]
        if not common or abs(last.bottom - other.bottom) > _NEAR * max(last.height, other.height):
            return False
        place, left, right = common[0]
        low, high = max(low, left), min(high, right)
        if place in other.ends & other.clear and _alike(before, behind, other.around(place)):
            return True
    return False


def _alike(before: Sequence[_Edges], behind: Sequence[_Edges], around: tuple[_Edges, _Edges]) -> bool:
    """Whether some of the cells before and behind a gap stand as those of another row: where the second begins says
    enough, where a line ends does not."""
    if any(abs(cell[0] - around[1][0]) < _SAME for cell in behind):
        return True
    return any(_in_column(cell, around[0]) for cell in before) and any(_in_column(cell, around[1]) for cell in behind)


def _in_column(a: _Edges, b: _Edges) -> bool:
    """Whether two cells are both set to the left, to the right or in the middle of one column."""
    left, right = a[0] - b[0], a[1] - b[1]
    return any(abs(apart) < _SAME for apart in (left, right, (left + right) / 2))
