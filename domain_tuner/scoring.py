"""How close an answer is to the accepted ones: exact match and token F1, as SQuAD defines them, Chinese by character.

Knows nothing about arms, models or intervals.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from retrieval.words import CJK

_WORD = re.compile(rf"[{CJK}]|[^\W{CJK}]+(?:[.,:][^\W{CJK}]+)*")
_ARTICLES = {"a", "an", "the"}


def words(text: str) -> list[str]:
    """Lower-cased words without punctuation and articles (unless there is nothing else: class A); numbers keep their
    inner marks (1,200.50)."""
    found: list[str] = _WORD.findall(text.casefold())
    return [word for word in found if word not in _ARTICLES] or found


def exact_match(answer: str, accepted: Iterable[str]) -> float:
    """1.0 if the answer's words are those of an accepted answer (Rajpurkar et al. 2016), else 0.0."""
    return float(any(_compared(answer) == _compared(gold) for gold in accepted))


def token_f1(answer: str, accepted: Iterable[str]) -> float:
    """The best harmonic mean of precision and recall of words over the accepted answers (Rajpurkar et al. 2016)."""
    return max((_f1(_compared(answer), _compared(gold)) for gold in accepted), default=0.0)


def _compared(text: str) -> list[str]:
    """Its words; signs alone are compared as they stand."""
    return words(text) or text.split()


def _f1(answer: list[str], gold: list[str]) -> float:
    shared = sum((Counter(answer) & Counter(gold)).values())
    return 2 * shared / (len(answer) + len(gold)) if shared else 0.0


def stands_in(answer: str, text: str) -> bool:
    """Whether the text has all the answer's words (there are some), one after the other."""
    return bool(words(answer)) and spaced(answer) in spaced(text)


def spaced(text: str) -> str:
    """Its words, with a space before and after each: a part of it that is so spaced, too, is whole words."""
    return f" {' '.join(words(text))} "


def overlap(one: Iterable[str], other: Iterable[str]) -> float:
    """Share of the words of two texts that both have (Jaccard)."""
    a, b = set(one), set(other)
    return len(a & b) / len(a | b) if a | b else 1.0
