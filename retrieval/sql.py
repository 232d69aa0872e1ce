"""What statements with many values need, how much of a database connection the other modules see, and its errors.

Knows nothing about tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from .errors import BrokenStore, DiskFull, StoreBusy, StoreError

BUSY_SECONDS = 30  # for another process to end its transaction


class Connection(Protocol):
    """A database connection, as far as our statements go."""

    def execute(self, sql: str, parameters: Any = ..., /) -> Any: ...

    def executemany(self, sql: str, parameters: Any, /) -> Any: ...


def marks(values: Sequence[Any]) -> str:
    """'?,?,?' for an IN (...); of nothing, what nothing is in."""
    return ",".join("?" * len(values)) or "NULL"


def portions(values: Sequence[Any], size: int = 500) -> Iterator[list[Any]]:
    """SQLite takes a limited number of parameters in one statement; numpy's integers become Python's."""
    for start in range(0, len(values), size):
        yield [value if isinstance(value, (bytes, str)) else int(value) for value in values[start : start + size]]


def changed(place: str) -> str:
    """Of what was to be written and cannot stand beside what is there by now."""
    return f"What is in {place} was changed by another process meanwhile, and nothing was written. Run the same again."


def error_of(text: str, path: Path) -> StoreError:
    """What the database said, as something that a person can act on."""
    if "full" in text:
        return DiskFull(
            f"The disk is full: the corpus in {path.parent} could not be written, and was left as it "
            "was before. Free some space and run the same command again."
        )
    if "locked" in text or "busy" in text:
        return StoreBusy(
            f"Another process has been writing to {path} for over {BUSY_SECONDS} s. Try again when it is done."
        )
    if "readonly" in text or "unable to open" in text:
        return StoreError(f"{path} cannot be opened for writing ({text}). Check the folder's permissions.")
    if any(sign in text for sign in ("malformed", "corrupt", "not a database", "no such")):
        return BrokenStore(
            f"{path} cannot be used ({text}). If there is a backup, put it back; else move the file "
            "away and ingest the documents again."
        )
    return StoreError(
        f"{path} could not be read or written ({text}), and was left as it was. Free some space, look whether a quota "
        "or a limit on the size of files is reached and whether the disk is in order, and run the same command again."
    )
