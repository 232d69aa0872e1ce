"""XLSX -> blocks: a sheet is a page, its name the heading, its rows keep their header.

Knows nothing about how rows are written; that is `tables.py`. Cells are read as a person sees them: the values of
formulas, dates without a midnight, 12.5% and not 0.125. Macros are never run and links never followed.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from datetime import datetime, time
from typing import Any
from zipfile import BadZipFile

from .errors import BrokenDocument
from .passages import Block
from .tables import blocks_of_rows


def read_xlsx(data: bytes) -> tuple[list[Block], int]:
    """(blocks, number of sheets). Sheets are streamed row by row."""
    import openpyxl

    logging.getLogger("openpyxl").setLevel(logging.ERROR)
    blocks: list[Block] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            for number, sheet in enumerate(workbook.worksheets, start=1):
                sheet.reset_dimensions()  # what a file says about its size is often wrong
                blocks += blocks_of_rows(_rows(sheet), number, sheet.title)
            return blocks, len(workbook.worksheets)
    except (MemoryError, RecursionError):
        raise
    except (BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, SyntaxError) as error:
        # a damaged part shows as any of these; ElementTree's ParseError is a SyntaxError
        raise BrokenDocument(
            f"The Excel workbook is damaged ({type(error).__name__}). Open it in Excel, save it again, and try that."
        ) from error


def _rows(sheet: Any) -> Iterator[list[str]]:
    for row in sheet.iter_rows():
        yield [_shown(cell.value, cell) for cell in row]


def _shown(value: Any, cell: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if "%" in (cell.number_format or ""):
            return f"{round(value * 100, 6):g}%"
        return f"{value:.15g}"
    if isinstance(value, int) and "%" in (cell.number_format or ""):
        return f"{value * 100}%"
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes") if value.time() != time() else value.date().isoformat()
    return str(value)
