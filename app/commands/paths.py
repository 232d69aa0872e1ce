"""Paths on the command line, for argparse. Knows no command."""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path


def path(given: str) -> Path:
    """A path as it is given; an empty one, as of a variable that is not set, would mean the current folder."""
    if not given:
        raise ArgumentTypeError("expected a path, met an empty one")
    return Path(given)
