"""Text -> the words that full text search matches: lower-cased words, numbers, codes, CJK bigrams.

Knows nothing about the database. The same function cuts documents and questions, so both always fit.
Chinese has no spaces and unicode61 cannot find its two-character words: bigrams took recall@5 from 13% to
99%. Vowel signs and accents that are characters of their own (Hindi, Thai) belong to the word they stand in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import regex

CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af\U00020000-\U0003134f"
# Soft hyphens, joiners and how an emoji is drawn: they stand within words and say nothing.
_UNSEEN = "\u00ad\u200c\u200d\u20e3" + "".join(map(chr, range(0xFE00, 0xFE10)))
_WITHOUT_UNSEEN = dict.fromkeys(map(ord, _UNSEEN))
_LETTERS = rf"[\w--[{CJK}]][\w\p{{M}}{_UNSEEN}--[{CJK}]]*"
_RUNS = regex.compile(rf"[{CJK}]+|{_LETTERS}(?:[-_./:#]{_LETTERS})*", regex.V1)
_ASCII_RUNS = re.compile(r"\w+(?:[-_./:#]\w+)*", re.ASCII)  # the same, in a third of the time
_MARKS = regex.compile(rf"[\p{{M}}{_UNSEEN}]", regex.V1)
_KANA, _HANGUL = re.compile("[\u3040-\u30ff]"), re.compile("[\uac00-\ud7af]")
_CJK_START = re.compile(rf"[{CJK}]")
_PART = re.compile(r"[^-_./:#]+")
_JOINTS = re.compile(r"[-_./:#]+")
Placed = tuple[str, tuple[int, int]]  # a word, and its (start, end) in a text
_LONGEST = 64  # characters of one word; longer runs are data (base64, hashes), not words anyone asks for

_STOPPED = """
    a an and any are as at be been but by can could did do does for from had has have he her his how
    i if in into is it its me my no not of on or our she should so such than that the their them
    then there these they this those to was we were what when where which who whom whose why will
    with would you your 什么 怎么 如何 哪些 哪个 多少 是否 可以 我们 你们 他们 这个 那个 为什 么是 的是
"""
STOP_WORDS = frozenset(_STOPPED.split())


def words(text: str) -> list[str]:
    """The words in reading order, duplicates kept. 'RMA-2231' gives rma_2231, rma, 2231."""
    return [word for word, _ in _words(without_case(one_form(text)))]


def one_form(text: str) -> str:
    """Alike for all ways to write it but capitals: accents apart, wide letters, soft hyphens."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text.translate(_WITHOUT_UNSEEN))


def without_case(text: str) -> str:
    """Of a text in one form, without capitals; İ is i, without the dot that is left of it beside the letter."""
    small = text.casefold()
    return small if small.isascii() else unicodedata.normalize("NFC", small).replace("i\u0307", "i")


def single_words(text: str) -> list[str]:
    """The same without the joined ones: 'RMA-2231' gives rma, 2231."""
    return [word for word in words(text) if "_" not in word]


def words_at(text: str) -> Iterator[Placed]:
    """The same words with their places in the text as it is written."""
    return _words(text.lower()) if text.isascii() else _normalised(text)  # nearly all are, and normalising is slow


def _normalised(text: str) -> Iterator[Placed]:
    for word, (start, end) in _words(text):
        if word.isascii() and word.isalnum():
            yield word.lower(), (start, end)
            continue
        if plain := without_case(one_form(text[start:end])):
            yield _JOINTS.sub("_", plain) if "_" in word else plain[:_LONGEST], (start, end)


def _words(text: str) -> Iterator[Placed]:
    runs: Any = _ASCII_RUNS if text.isascii() else _RUNS
    for run in runs.finditer(text):
        said, place = run[0], run.span()
        if said.isascii() and said.isalnum():
            yield said[:_LONGEST], place
            continue
        start, end = place
        if _CJK_START.match(said):
            for i in range(max(len(said) - 1, 1)):
                yield said[i : i + 2], (start + i, min(start + i + 2, end))
            continue
        parts = [(part[0], (start + part.start(), start + part.end())) for part in _PART.finditer(said)]
        if 1 < len(parts) <= 6 and len(said) <= _LONGEST:
            # one joint for all, so that rma/2231 finds RMA-2231
            yield "_".join(part for part, _ in parts), place
        yield from ((part[:_LONGEST], at) for part, at in parts)


def has_marks(text: str) -> bool:
    """Whether there are characters in it that belong to a word and are no letters."""
    return not text.isascii() and _MARKS.search(unicodedata.normalize("NFKC", text).casefold()) is not None


def query_words(text: str) -> list[str]:
    """The distinct words of a question, without stop words unless nothing else is left."""
    distinct = list(dict.fromkeys(words(text)))
    telling = [word for word in distinct if word not in STOP_WORDS]
    return telling or distinct


def begins_with_sign(word: str) -> bool:
    """Whether it is of CJK signs, one or two."""
    return bool(_CJK_START.match(word))


def lone_sign(word: str) -> bool:
    """Whether the word is one CJK sign: it stands for the bigrams that it begins."""
    return len(word) == 1 and begins_with_sign(word)


def is_cjk(text: str) -> bool:
    """True where at least a third of the letters are Chinese, Japanese or Korean."""
    letters = [c for c in text if c.isalpha()]
    return bool(letters) and 3 * sum(bool(_CJK_START.match(c)) for c in letters) >= len(letters)


def cjk_language(text: str) -> str | None:
    """'Chinese', 'Japanese' or 'Korean', by the signs that it alone has; None for what is not CJK."""
    if not is_cjk(text):
        return None
    return "Korean" if _HANGUL.search(text) else "Japanese" if _KANA.search(text) else "Chinese"
