"""JSON and JSON Lines -> blocks: flat records as table rows, nested ones as 'key: value' lines under their path.

Knows nothing about how rows are written; that is `tables.py`. Numbers stay as they are written ('1.50').
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .errors import BrokenDocument, DocumentTooLarge
from .passages import LONGEST_HEADING, Block
from .plain import HeadingPath
from .tables import blocks_of_rows

_TITLES = ("title", "name", "subject", "headline", "标题", "名称")
_PROSE = 200  # characters of a value that is a text of its own, not a cell
_DEEPEST = 60  # levels of nesting


def read_json(text: str) -> list[Block]:
    """The blocks of one JSON value; a file of several values, one a line, is read as JSON Lines."""
    try:
        return list(_blocks(_loads(text), HeadingPath(), 1))
    except json.JSONDecodeError as error:
        lines = text.strip().split("\n", 2)
        if len(lines) > 1 and lines[0].strip().endswith("}") and lines[1].strip().startswith("{"):
            return read_json_lines(text)
        raise BrokenDocument(
            f"It is not JSON: {error.msg} in line {error.lineno}, column {error.colno}. Check that it was written "
            "completely."
        ) from error


def read_json_lines(text: str) -> list[Block]:
    """The blocks of a value a line."""
    values = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                values.append(_loads(line))
            except json.JSONDecodeError as error:
                raise BrokenDocument(
                    f"Line {number} is not JSON ({error.msg}). Expected one value a line; check that the file was "
                    "written completely."
                ) from error
    return list(_blocks(values, HeadingPath(), 1))


def _loads(text: str) -> Any:
    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_object)
    except RecursionError as error:
        raise DocumentTooLarge(f"It is nested too deeply; at most {_DEEPEST} levels are read.") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The values of a key that stands there more than once are a list."""
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    values: dict[str, list[Any]] = {}
    for key, value in pairs:
        values.setdefault(key, []).append(value)
    return {key: several if len(several) > 1 else several[0] for key, several in values.items()}


def _blocks(value: Any, path: HeadingPath, level: int) -> Iterator[Block]:
    if level > _DEEPEST:
        raise DocumentTooLarge(f"It is nested too deeply; at most {_DEEPEST} levels are read.")
    if isinstance(value, dict):
        yield from _record(value, path, level)
    elif not isinstance(value, list):
        yield from [Block(_said(value), None, str(path))] if _said(value) else []
    elif all(map(_scalar, value)):
        lines = [_said(each) for each in value]
        yield from [Block("\n".join(filter(None, lines)), None, str(path))] if any(lines) else []
    elif all(isinstance(each, dict) and _flat(each) for each in value):
        names = list(dict.fromkeys(key for each in value for key in each))
        rows = ([_cell(each.get(name)) for name in names] for each in value)
        yield from (
            blocks_of_rows([names, *rows], None, str(path), named=True) if len(names) > 1 else _each(value, path, level)
        )
    elif value and all(isinstance(each, list) and all(map(_scalar, each)) for each in value):
        yield from blocks_of_rows(([_said(cell) for cell in each] for each in value), None, str(path))
    else:
        yield from _each(value, path, level)


def _each(values: list[Any], path: HeadingPath, level: int) -> Iterator[Block]:
    """Value after value; a record under its name, so that no passage of it is without."""
    naming = _naming([value for value in values if _is(value)])
    for value in values:
        name = _name(value, naming) if _is(value) else ""
        path.enter(level, name)
        yield from _record(value, path, level + 1, bool(name)) if _is(value) else _blocks(value, path, level + 1)
    path.enter(level, "")


def _naming(records: list[dict[str, Any]]) -> str:
    """The key that tells the records apart best, of equal ones the first."""
    cells: dict[str, set[str]] = {}
    for record in records:
        for key, value in record.items():
            if _is_cell(value):
                cells.setdefault(key, set()).add(_cell(value))
    return max(cells, key=lambda key: len(cells[key]), default="")


def _name(record: dict[str, Any], naming: str) -> str:
    """Its title, or else the cell that tells it from others ('ticket: 4711'); one of a cell alone needs no name."""
    for key in (*_TITLES, naming, *record):
        if key in record and _is_cell(record[key]) and (said := _cell(record[key])):
            return "" if len(record) == 1 else said if key in _TITLES else f"{key}: {said}"
    return ""


def _record(record: dict[str, Any], path: HeadingPath, level: int, named: bool = False) -> Iterator[Block]:
    """Short values as lines of one block; long ones and what is nested as blocks under their key.

    The long texts of a record that has a name of its own stand with its cells instead.
    """
    short = {key: value for key, value in record.items() if _is_cell(value)}
    lines = [f"{key}: {_cell(value)}" for key, value in short.items() if _cell(value)]
    if lines:
        yield Block("\n".join(lines), None, str(path))
    texts = {key: value for key, value in record.items() if named and key not in short and _scalar(value)}
    yield from (Block(f"{key}: {_said(value)}", None, str(path)) for key, value in texts.items())
    for key, value in record.items():
        if key not in short and key not in texts:
            path.enter(level, key)
            yield from [Block(key, None, str(path))] if len(key) > LONGEST_HEADING else []
            yield from _blocks(value, path, level + 1)
    path.enter(level, "")


def _is(value: Any) -> bool:
    return isinstance(value, dict)


def _scalar(value: Any) -> bool:
    return not isinstance(value, (dict, list))


def _is_cell(value: Any) -> bool:
    """A short scalar, or a list of them."""
    if isinstance(value, list):
        return all(map(_scalar, value)) and len(_cell(value)) <= _PROSE
    return _scalar(value) and len(_said(value)) <= _PROSE


def _flat(record: dict[str, Any]) -> bool:
    return all(_is_cell(value) for value in record.values())


def _cell(value: Any) -> str:
    return ", ".join(map(_said, value)) if isinstance(value, list) else _said(value)


def _said(value: Any) -> str:
    if value is None:
        return ""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
