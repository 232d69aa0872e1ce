"""Passages that say the same in the same words, wherever they stand; and a passage with what stands around it.

Knows nothing about how passages are found. Twins differ in capitals, line breaks, articles and the punctuation between
words only, and stand under headings of which the same is true: one number, name, sign, 'not' or 'to' apart is another
fact, and the older of two versions is often what a reader must see.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from .passages import HEADING_JOIN, Draft, Passage

_ARTICLES = frozenset({"a", "an", "the", "An", "The", "AN", "THE"})  # "A" may be a name: vitamin A
_FIRST_A = re.compile(r"(\A|[.!?]\s+)A(?=\s+\w)")
_PUNCTUATION = r"\s.,:;!?'’‘\"“”„«»…•–—−\-"  # of sentences and lists
# Words; marks within words and numbers (1.5, 1:5) and before numbers (.5); dashes that belong to what follows (-5, -$5)
# or stand between numbers (10 - 5); feet and inches; and all signs that are no punctuation.
_TELLING = re.compile(
    rf"\w+|[.,](?=\d)|[.,:;!?'’](?<=\w.)(?=\w)|[-−–](?=[^{_PUNCTUATION}]|[.,]\d)"
    rf"|[-−–](?<=\S[^\S\n].)(?=\s[^{_PUNCTUATION}\w]?[.,]?\d)|['\"](?<=\d.)|[^{_PUNCTUATION}]"
)
_LONGEST_OVERLAP = 1200  # characters that a passage may repeat of the one before: 40 tokens, with much to spare


@lru_cache(maxsize=2048)  # a search asks twice, and the next one often of the same passages
def sense(text: str) -> tuple[str, ...]:
    """The words that tell something and the signs that do, in order; equal for twins."""
    found: list[str] = _TELLING.findall(_FIRST_A.sub(r"\1a", unicodedata.normalize("NFC", text)))
    return tuple(each.casefold() for each in found if each not in _ARTICLES)


def folded(found: Iterable[Passage]) -> list[tuple[Passage, tuple[Passage, ...]]]:
    """Each first passage with its twins, in order. A passage without words is like no other."""
    groups: dict[tuple[tuple[str, ...], ...], list[Passage]] = {}
    for passage in found:
        heading = sense(passage.heading.rpartition(HEADING_JOIN)[2])
        groups.setdefault((heading, sense(passage.text) or (str(passage.id),)), []).append(passage)
    return [(first, tuple(others)) for first, *others in groups.values()]


def joined(passages: Sequence[Passage | Draft]) -> str:
    """Neighbouring passages as one text, without what one repeats of the one before (sentences, a header row)."""
    parts = [passage.text for passage in passages[:1]]
    for before, passage in pairwise(passages):
        repeated, seam = seam_of(before.text, passage.text)
        parts += [seam, passage.text[repeated:]]
    return "".join(parts)


def seam_of(before: str, text: str) -> tuple[int, str]:
    """How many characters `text` repeats of the passage before it, and what stands between them and the rest."""
    for size in range(min(len(before), len(text), _LONGEST_OVERLAP), 15, -1):
        if before.endswith(text[:size]):
            return size, ""
    header = header_of(text)
    if header and header in before.split("\n"):
        return len(header) + 1, "\n"
    return 0, "\n\n"


def header_of(text: str) -> str:
    """The header row of a passage that begins with a table of at least one row more."""
    header, line, _ = text.partition("\n")
    return header if line and " | " in header else ""
