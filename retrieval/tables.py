"""Rows of cells -> text that a model can read, with every cell's column named; CSV and TSV.

Knows nothing about where rows come from. A narrow table stays a table, 'a | b | c' a line with its header in
front: `chunking.py` repeats the header in every passage. Rows of a wide table, or with long texts in them, name
each cell instead ('Item: Bolt M8; Colour: grey'), since a header that fills a quarter of a passage is dropped there.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, groupby, islice, pairwise, zip_longest
from operator import itemgetter

from .errors import BrokenDocument
from .passages import Block

_WIDE = 160  # characters of a header row: about 40 tokens of the 210 of a passage
_LONG = 400  # characters of a row, after which it is written in several lines that all name the row
_NAME = 60  # characters of a row's first cell that stand for the row
_SAMPLE = 50  # rows that say whether there is a header, and how wide the table is
_TITLES = 10  # rows above the header that a table may have
_NUMBER = re.compile(r"^[-+(]?[$€£¥]?\s?\d[\d\s.,:/%()-]*[%€$]?$")
_DATE = re.compile(r"(19|20)\d\d([-/]\d\d?){1,2}|(\d\d?[-/.]){1,2}(19|20)\d\d")  # names a column of numbers
_QUOTED = re.compile(r'(?:^|\t)"(?:[^"\t]|"")*"\s*(?:\t|$)', re.M)  # a cell between tabs that stands in quotes
_DELIMITERS = (",", ";", "\t", "|")


def read_csv(text: str, delimiter: str | None = None) -> list[Block]:
    """The blocks of its rows. The delimiter is the one that cuts the first lines into the same number of cells."""
    csv.field_size_limit(2**31 - 1)
    delimiter = delimiter or _delimiter(text[:20_000])
    inches = delimiter == "\t" and not _QUOTED.search(text)
    reader = partial(csv.reader, quoting=csv.QUOTE_NONE) if inches else csv.reader
    try:
        return blocks_of_rows(reader(io.StringIO(text, newline=""), delimiter=delimiter), None, "")
    except csv.Error as error:
        raise BrokenDocument(f"The table is damaged ({error}). Open it in a spreadsheet and save it again.") from error


def _delimiter(sample: str) -> str:
    def fit(delimiter: str) -> tuple[float, int]:
        try:
            rows = islice(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter), 30)
            widths = Counter(len(row) for row in rows if row)
        except csv.Error:
            return 0.0, 0
        width, rows_so_wide = widths.most_common(1)[0] if widths else (0, 0)
        return (rows_so_wide / sum(widths.values()), width) if width > 1 else (0.0, 0)

    return max(_DELIMITERS, key=fit)


def blocks_of_rows(rows: Iterable[Sequence[str]], page: int | None, heading: str, named: bool = False) -> list[Block]:
    """A block of text for the lines above each table, and one of rows that keep their header. Rows are streamed.

    `named`: the first row is known to be the header, and there is one table.
    """
    cleaned = map(_cleaned, rows)
    numbered = ((0, cells) for cells in cleaned if any(cells)) if named else _numbered(cleaned)
    tables = groupby(numbered, key=itemgetter(0))
    return [block for _, table in tables for block in _table(map(itemgetter(1), table), page, heading, named)]


def _numbered(rows: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Each filled row with the number of its table: below an empty row, and titles, a header begins the next one."""
    number, widest = 0, 0
    waiting: list[list[str]] | None = None  # what is above a header, if there is one
    for cells, below in pairwise(chain(rows, [[]])):
        if not any(cells):
            yield from ((number, row) for row in waiting or [])
            waiting = []
        elif waiting is None:
            widest = max(widest, len(cells))
            yield number, cells
        elif len(waiting) < _TITLES and sum(map(bool, cells)) == 1:
            waiting.append(cells)
        else:
            if 2 * widest > len(cells) and _begins(cells, below):
                number, widest = number + 1, 0
            widest = max(widest, len(cells))
            yield from ((number, row) for row in [*waiting, cells])
            waiting = None
    yield from ((number, row) for row in waiting or [])


def _begins(cells: list[str], below: list[str]) -> bool:
    """Whether it names columns of numbers: rows of words below an empty one may be of the same table."""
    numbers = any(_NUMBER.match(cell) and not _NUMBER.match(name) for name, cell in zip(cells, below, strict=False))
    return numbers and all(cells) and len(below) <= len(cells) and _is_header([cells, below])


def _table(rows: Iterator[list[str]], page: int | None, heading: str, named: bool) -> list[Block]:
    first = list(islice(rows, _SAMPLE))
    titles, first = ([], first) if named else _titles(_with_one_header(first))
    blocks = [Block("\n".join(titles), page, heading)] if titles else []
    width = _width(first)
    if width == 1:
        lines: Iterator[str] = (" | ".join(filter(None, row)) for row in chain(first, rows))
    elif named or _is_header(first):
        lines = _lines(first[0], chain(first[1:], rows), first)
    else:
        lines = _lines([f"Column {number}" for number in range(1, width + 1)], chain(first, rows), first)
    return [*blocks, Block("\n".join(lines), page, heading)]


def _width(rows: list[list[str]]) -> int:
    """The number of cells that most rows have: notes beside a table make it no wider, titles above it no narrower."""
    widths = Counter(len(row) for row in rows if len(row) > 1)
    return max(widths, key=lambda width: (widths[width], width), default=1)


def _cleaned(cells: Sequence[str]) -> list[str]:
    """Without the breaks and bars that would part a row, and without the empty cells at its end."""
    cleaned = [" ".join(cell.replace(" | ", " / ").split()) for cell in cells]
    while cleaned and not cleaned[-1]:
        cleaned.pop()
    return cleaned


def _titles(rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """(lines above the table, the table): a report's name and date stand in one cell above its header."""
    width = _width(rows)
    if sum(len(row) > width for row in rows) > 1:  # many cells are empty, and the header knows better
        width = max([width, *(len(row) for row in rows[:_TITLES] if all(row) and _is_header([row, row]))])
    at = next((i for i, row in enumerate(rows[:_TITLES]) if 2 * sum(map(bool, row)) > width), 0)
    if width == 1 or any(sum(map(bool, row)) > 2 for row in rows[:at]):
        return [], rows
    return [" ".join(filter(None, row)) for row in rows[:at]], rows[at:]


def _with_one_header(rows: list[list[str]]) -> list[list[str]]:
    """A header of two rows as one: 'Plan' and 'Actual' below '2023', and again below '2024', are '2023 Plan' ..."""
    for at, (above, names) in enumerate(pairwise(rows[: _TITLES + 1])):
        groups: list[tuple[str, list[str]]] = []
        for title, name in zip_longest(above[: len(names)], names, fillvalue=""):
            if title or not groups:
                groups.append((title, []))
            groups[-1][1].append(name)
        wide = Counter(tuple(group) for _, group in groups if len(group) > 1)
        if max(wide.values(), default=0) > 1 and _is_header(rows[at + 1 :]):
            header = [
                f"{title} {name}" if title not in ("", name) else name for title, group in groups for name in group
            ]
            return [*rows[:at], header, *rows[at + 2 :]]
        if _is_header(rows[at:]):
            break
    return rows


def _is_header(rows: list[list[str]]) -> bool:
    """Whether the first row names columns: words, no numbers, nothing long. The same word names several where it stands
    nowhere below."""
    names = [cell.casefold() for cell in rows[0] if cell]
    if len(rows) == 1 or 2 * len(names) <= _width(rows):
        return False
    several = len(set(names)) < len(names)
    below = [[row[at] for row in rows[1:] if at < len(row)] for at in range(len(rows[0]))]
    if several and any(cell in under for cell, under in zip(rows[0], below, strict=True) if cell):
        return False
    return all(map(_may_name, rows[0], below))


def _may_name(cell: str, below: list[str]) -> bool:
    if _DATE.fullmatch(cell):
        first = next(filter(None, below), "")
        return bool(_NUMBER.match(first)) and not any(map(_DATE.fullmatch, below))
    return len(cell) <= 80 and (not _NUMBER.match(cell) or bool(re.fullmatch(r"(19|20)\d\d", cell)))


def _lines(header: list[str], rows: Iterable[list[str]], first: list[list[str]]) -> Iterator[str]:
    widest = max(len(header), _width(first))
    header = _told_apart(
        name or f"Column {n}" for n, name in enumerate(header + [""] * (widest - len(header)), start=1)
    )
    typical = sorted(sum(map(len, row)) for row in first)[len(first) // 2]
    if sum(map(len, header)) + 3 * len(header) <= _WIDE and typical <= _LONG:
        yield " | ".join(header)
        for row in rows:
            yield " | ".join([*row[:widest], *[""] * (widest - len(row)), *filter(None, row[widest:])])
        return
    for row in rows:
        yield from named(zip(header + [f"Column {n}" for n in range(widest + 1, len(row) + 1)], row, strict=False))


def _told_apart(names: Iterable[str]) -> list[str]:
    """'Value', 'Value (2)' for what is named twice."""
    counts: Counter[str] = Counter()
    apart = []
    for name in names:
        counts[name] += 1
        apart.append(name if counts[name] == 1 else f"{name} ({counts[name]})")
    return apart


def named(cells: Iterable[tuple[str, str]]) -> Iterator[str]:
    """'Item: Bolt; Colour: grey' lines of one row, each beginning with the row's first cell."""
    pairs = [f"{name}: {cell}" for name, cell in cells if cell]
    line = ""
    for pair in pairs:
        if line and len(line) + len(pair) > _LONG:
            yield line
            line = pairs[0] if len(pairs[0]) <= _NAME else f"{pairs[0][:_NAME]}…"
        line = f"{line}; {pair}" if line else pair
    if line:
        yield line
