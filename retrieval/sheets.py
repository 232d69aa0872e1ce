"""XLSX -> blocks: a sheet is a page, its name the heading, its rows keep their header.

Knows nothing about how rows are written; that is `tables.py`. Cells are read as a person sees them: the values of
formulas, dates without a midnight, 12.5% and not 0.125. Macros are never run and links never followed.

Cells that are merged over several rows repeat what they say in each. Where cells are merged stands behind the rows
in a file, so that a sheet's part is looked through once before its rows are streamed.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, time
from functools import lru_cache
from typing import Any
from zipfile import BadZipFile

from .errors import BrokenDocument
from .passages import LONGEST_HEADING, Block
from .tables import blocks_of_rows

_MERGED = re.compile(rb'mergeCell [^<>]*?ref="(\w+:\w+)"')
_UNKNOWN = re.compile(rb"f>\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>")  # no value after it
_PART, _LONGEST = 2**20, 2**15  # bytes looked through at once, and of the longest cell; Excel's formulas have 8,192
_LITERAL = re.compile(r'"[^"]*"|[\\_*].|\[[^\]]*\]')  # what a number format shows as it is written
# Of a number format the digits, and what it writes beside them: "kg", an escaped sign, [$EUR-407], a sign as it is
_FORM = re.compile(r'([0#?][0#?.,]*)|"([^"]*)"|\\(.)|[_*].|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|([ $€£¥])')


def read_xlsx(data: bytes) -> tuple[list[Block], int, str | None]:
    """(blocks, number of sheets, what is missing). Sheets are streamed row by row."""
    import openpyxl

    logging.getLogger("openpyxl").setLevel(logging.ERROR)
    blocks: list[Block] = []
    unknown = 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            for number, sheet in enumerate(workbook.worksheets, start=1):
                sheet.reset_dimensions()  # what a file says about its size is often wrong
                merged, without_value = _looked_through(sheet)
                unknown += without_value
                blocks += blocks_of_rows(_rows(sheet, merged), number, sheet.title)
            return blocks, len(workbook.worksheets), _note(unknown)
    except (MemoryError, RecursionError):
        raise
    except (BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, SyntaxError) as error:
        # a damaged part shows as any of these; ElementTree's ParseError is a SyntaxError
        raise BrokenDocument(
            f"The Excel workbook is damaged ({type(error).__name__}). Open it in Excel, save it again, and try that."
        ) from error


def _note(unknown: int) -> str | None:
    said = "1 formula has" if unknown == 1 else f"{unknown} formulas have"
    return f"{said} no stored value and cannot be read. Open and save the workbook in Excel." if unknown else None


def _looked_through(sheet: Any) -> tuple[dict[int, dict[int, int]], int]:
    """(row -> column -> last row of the cells merged from there on, number of formulas without a value)."""
    from openpyxl.utils.cell import range_boundaries

    merged: dict[int, dict[int, int]] = defaultdict(dict)
    unknown, rest = 0, b""
    with sheet._get_source() as part:
        while read := part.read(_PART):
            rest, end = rest + read, 0
            for found in _MERGED.finditer(rest):
                column, row, _, last = range_boundaries(found[1].decode())
                if last > row:
                    merged[row][column - 1] = last
            for found in _UNKNOWN.finditer(rest):
                end = found.end()
                unknown += b't="str"' not in rest[rest.rfind(b"c r=", 0, end) : end]  # it gives a text without signs
            rest = rest[max(end, len(rest) - _LONGEST) :]
    return merged, unknown


def _rows(sheet: Any, merged: dict[int, dict[int, int]]) -> Iterator[list[str]]:
    below: dict[int, tuple[str, int]] = {}  # column -> (what a merged cell says, its last row)
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = [_shown(cell.value, cell) for cell in row]
        starting = merged.get(number, {})
        if any(cells):
            cells += [""] * (max([*below, *starting], default=-1) + 1 - len(cells))
            for column, (text, last) in below.items():
                cells[column] = cells[column] or (text if number <= last else "")
            names = {column: cells[column] for column in starting if len(cells[column]) <= LONGEST_HEADING}
            below |= {column: (name, starting[column]) for column, name in names.items()}
        yield cells


def _shown(value: Any, cell: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return shown_number(value, cell.number_format or "")
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes") if value.time() != time() else value.date().isoformat()
    return str(value)


def shown_number(value: float, form: str) -> str:
    """As a person sees it: 12.5% for 0.125 in the form 0.0%, and for 12.5 in the form 0.0"%", which only writes the
    sign behind it."""
    if "%" in _LITERAL.sub("", form):
        return f"{value * 100:.15g}%"
    before, digits, behind = _written(form)
    return before + (str(value).zfill(digits) if isinstance(value, int) else f"{value:.15g}") + behind


@lru_cache(maxsize=1000)
def _written(form: str) -> tuple[str, int, str]:
    """(what stands before a number, its digits at the least, what stands behind it); of a form with several numbers or
    one that is scaled nothing."""
    digits, sides = [], ["", ""]
    for number, *written in _FORM.findall(form.partition(";")[0]):
        digits += [number] if number else []
        sides[bool(digits)] += "".join(written)
    if len(digits) != 1 or digits[0].endswith(","):
        return "", 0, ""
    return sides[0].lstrip(), len(digits[0]) if set(digits[0]) == {"0"} else 0, sides[1].rstrip()
