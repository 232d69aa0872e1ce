"""Passages that say the same in the same words, wherever they stand; and a passage with what stands around it.

Knows nothing about how passages are found. Twins differ in capitals, punctuation, line breaks and small words only:
one number, name or 'not' apart is another fact, and the older of two versions is often what a reader must see.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .passages import Passage
from .words import STOP_WORDS, words

_NEGATIONS = frozenset({"no", "not"})
_LONGEST_OVERLAP = 1200  # characters that a passage may repeat of the one before: 40 tokens, with much to spare


def sense(text: str) -> tuple[str, ...]:
    """The words that tell something, in order; equal for twins."""
    return tuple(word for word in words(text) if word not in STOP_WORDS or word in _NEGATIONS)


def folded(found: Iterable[Passage]) -> list[tuple[Passage, tuple[Passage, ...]]]:
    """Each first passage with its twins, in order. A passage without words is like no other."""
    groups: dict[tuple[str, ...], list[Passage]] = {}
    for passage in found:
        groups.setdefault(sense(passage.text) or (str(passage.id),), []).append(passage)
    return [(first, tuple(others)) for first, *others in groups.values()]


def joined(passages: Sequence[Passage]) -> str:
    """Neighbouring passages as one text, without what one repeats of the one before (sentences, a header row)."""
    text = ""
    for passage in passages:
        text = _after(text, passage.text) if text else passage.text
    return text


def _after(before: str, text: str) -> str:
    for size in range(min(len(before), len(text), _LONGEST_OVERLAP), 15, -1):
        if before.endswith(text[:size]):
            return before + text[size:]
    header, line, rest = text.partition("\n")
    if line and " | " in header and header in before.split("\n"):
        return f"{before}\n{rest}"
    return f"{before}\n\n{text}"
