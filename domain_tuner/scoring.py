"""How close an answer is to the accepted ones: exact match and token F1, as SQuAD defines them, Chinese by character.

Other than SQuAD's script: all ways to write a letter are one (accents apart, wide letters, soft hyphens). Punctuation
stands between words and is not deleted (well-known is two words), but within numbers and abbreviations it is part of
them, so 1,200 is not 1200. A minus before a figure is part of it: -18 is not 18. No article is what a name ends with
(Class A). And what has no word is compared as it stands. Other signs are no words, so of units and comparison (€ % ≥ <)
nothing is seen: 5 € is 5 %. An answer counts with or without what models put around it: "Answer:" before it, numbers
of passages ([1]) behind it, underscores for emphasis. Knows nothing about arms, models or intervals.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

import regex

from retrieval.words import CJK, one_form, without_case


def _words_of(sign: str, letters: str, alone: str = "") -> str:
    """A pattern whose group is empty at articles. One has a word after it, and is no capital A after a word."""
    name = rf"(?<!{sign}[\s,/-]A)(?<!{sign}[ ,] A)"
    article = rf"\b(?:[aA][nN]?|[tT][hH][eE])(?!{sign}|\.{sign})(?=\W+\w){name}"
    minus = rf"-(?=\d)(?<!{sign}-)(?<![.%°′″'\"”’)\]€$£¥/-]-)"  # of 2-3 days, 5%-7%, +/-5 and EN-3 it is none
    return rf"{article}|({alone}(?:{minus})?{letters}(?:[.,:](?:(?<=\.)|(?<=\d.)(?=\d)){letters})*)"


_ASCII_WORDS = re.compile(_words_of(r"\w", r"\w+"), re.ASCII)  # nearly all, and regex takes twice as long
_LETTERS = rf"[\w--[{CJK}]][\w\p{{M}}--[{CJK}]]*"
_WORDS = regex.compile(_words_of(r"[\w\p{M}]", _LETTERS, rf"[{CJK}]|"), regex.V1)
_DASHES = dict.fromkeys(map(ord, "−–"), "-")
_SMALL_FIGURE = regex.compile(r"(?<=\d)(?=\p{No})")  # 10² and 1½ are not 102 and 11/2


def words(text: str) -> list[str]:
    """Lower-cased words without punctuation and articles (but for class A); numbers keep their inner marks (1,200.50)
    and their minus."""
    if text.isascii():
        found: list[str] = _ASCII_WORDS.findall(text)
    else:
        found = _WORDS.findall(one_form(_SMALL_FIGURE.sub(" ", text)).translate(_DASHES))
    return without_case(" ".join(found)).split()


def exact_match(answer: str, accepted: Iterable[str]) -> float:
    """1.0 if the answer's words are those of an accepted answer (Rajpurkar et al. 2016), else 0.0."""
    said = [_compared(form) for form in _forms(answer)]
    return float(any(_compared(gold) in said for gold in accepted))


def token_f1(answer: str, accepted: Iterable[str]) -> float:
    """The best harmonic mean of precision and recall of words over the accepted answers (Rajpurkar et al. 2016)."""
    said = [_compared(form) for form in _forms(answer)]
    return max((_f1(form, _compared(gold)) for gold in accepted for form in said), default=0.0)


_AROUND = " \t\n\r*_`"
_PASSAGES = re.compile(r"(?:\[\d+(?:, ?\d+)*\][\s.]*)+$")


def _forms(answer: str) -> set[str]:
    """The answer as it stands, and without what is around it."""
    bare = re.sub(r"^answer\W*:", "", answer.strip(_AROUND), flags=re.IGNORECASE)
    return {answer, _PASSAGES.sub("", bare).lstrip(_AROUND).rstrip(_AROUND + ".")}


def _compared(text: str) -> list[str]:
    """Its words; signs alone are compared as they stand."""
    return words(text) or one_form(text).split()


def _f1(answer: list[str], gold: list[str]) -> float:
    shared = sum((Counter(answer) & Counter(gold)).values())
    return 2 * shared / (len(answer) + len(gold)) if shared else 0.0


def stands_in(answer: str, text: str) -> bool:
    """Whether the text has all the answer's words (there are some), one after the other."""
    whole = spaced(text)
    return any(spaced(form) in whole for form in _forms(answer) if words(form))


def spaced(text: str) -> str:
    """Its words, with a space before and after each: a part of it that is so spaced, too, is whole words."""
    return f" {' '.join(words(text))} "


def overlap(one: Iterable[str], other: Iterable[str]) -> float:
    """Share of the words of two texts that both have (Jaccard)."""
    a, b = set(one), set(other)
    return len(a & b) / len(a | b) if a | b else 1.0
