"""Some of many, spread over all of them: of a list sorted by kind, the first ones are of one kind.

Knows nothing about what the items are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


def evenly(items: Sequence[Item], most: int | None) -> list[Item]:
    """At most `most` of the items, at even distances and in their order; all of them where `most` is None or 0."""
    if not most or most >= len(items):
        return list(items)
    return [items[n * len(items) // most] for n in range(most)]
