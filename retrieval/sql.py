"""What statements with many values need, and how much of a database connection the other modules see.

Knows nothing about tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol


class Connection(Protocol):
    """A database connection, as far as our statements go."""

    def execute(self, sql: str, parameters: Any = ..., /) -> Any: ...


def marks(values: Sequence[Any]) -> str:
    """'?,?,?' for an IN (...)."""
    return ",".join("?" * len(values))


def portions(values: Sequence[Any], size: int = 500) -> Iterator[list[Any]]:
    """SQLite takes a limited number of parameters in one statement; numpy's integers become Python's."""
    for start in range(0, len(values), size):
        yield [value if isinstance(value, (bytes, str)) else int(value) for value in values[start : start + size]]
