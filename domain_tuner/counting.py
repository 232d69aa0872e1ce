"""A number and its noun. Knows nothing about what is counted."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """`1 passage`, `2,000 passages`; for nouns that take an s."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
