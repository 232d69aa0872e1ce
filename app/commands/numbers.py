"""Numbers on the command line, for argparse. Knows no command."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable


def whole(lowest: int) -> Callable[[str], int]:
    """Reads a whole number of at least `lowest`, which a database can hold."""

    def number(given: str) -> int:
        try:
            read = int(given)
        except ValueError:
            read = lowest - 1
        if not lowest <= read < 2**63:
            raise ArgumentTypeError(f"expected a whole number of at least {lowest}, met {given!r}")
        return read

    return number
