"""What of a question is in quotes and must stand so in a passage; and where a question's words stand in a text.

Knows nothing about how passages are found. Words are those of `words.py`, so capitals and punctuation make no
difference, and Chinese is matched sign by sign. What is in quotes must have the endings and accents that it has there;
other words are found, and marked, in their other forms, too.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from .stems import indexed, stem, stems
from .words import begins_with_sign, lone_sign, query_words, single_words, words_at

Span = tuple[int, int]  # of characters, the end not included
_PAIRS = (('"', '"'), ("“", "”"), ("„", "“"), ("«", "»"), ("»", "«"), ("「", "」"), ("『", "』"))


def _quoted_in(opens: str, closes: str) -> str:
    """A pattern. Straight quotes open after a space and close before one: 5" is a measure, and no phrase begins there.
    « opens in French what it closes in German; it stands outside, at no word."""
    if opens == closes:
        return rf"(?<![\w{opens}]){opens}(?=\S)([^{closes}]+?){closes}(?!\w)"
    if "«" in (opens, closes):
        return rf"(?<!\w){opens}([^{closes}]+){closes}(?!\w)"
    return f"{opens}([^{closes}]+){closes}"


_QUOTED = re.compile("|".join(_quoted_in(opens, closes) for opens, closes in _PAIRS))


@dataclass(frozen=True)
class Question:
    """A question as it is searched: its words without the marks, and the phrases (as words) it insists on."""

    text: str
    phrases: tuple[tuple[str, ...], ...] = ()


def parsed(query: str) -> Question:
    """The question and its quoted phrases; quotes with no words in them are none."""
    quoted = [next(filter(None, match.groups())) for match in _QUOTED.finditer(query)]
    phrases = tuple(found for each in quoted if (found := tuple(single_words(each))))
    if not phrases:
        return Question(query)
    return Question(_QUOTED.sub(lambda match: f" {next(filter(None, match.groups()))} ", query).strip(), phrases)


def phrase_pattern(phrase: Sequence[str]) -> str:
    """A regular expression (of Python and of PostgreSQL) that finds the phrase in what is indexed of a text, which is
    joined by spaces and has one before and one behind.

    The text may join a word with what stands beside it: COVID-19 in COVID-19-related. A Chinese sign that is alone in
    the phrase, as a digit or nothing is beside it, has others beside it in the text, where it is half of a bigram.
    """
    last = len(phrase) - 1
    pattern = " "
    for at, word in enumerate(phrase):
        if at and not begins_with_sign(word):
            pattern += "(?:[^ _]+_[^ ]* )?"
        alone, said = lone_sign(word), indexed(word)
        said += "" if " " in said else "(?! _)"  # else it is the stem of another word
        pattern += f"{'[^ ]?' if alone and at == 0 else ''}{said}{'[^ ]?' if alone and at == last else ''} "
    return pattern


def spans(question: Question, text: str) -> tuple[Span, ...]:
    """Where the question's words stand in `text`; a phrase is one span, and so are words side by side."""
    written = list(words_at(text))
    told = set(stems(query_words(question.text)))
    singles = {word for word in told if lone_sign(word)}
    places = [place for word, place in written if stem(word) in told]
    if singles:
        places += [(place[0], place[0] + 1) for word, place in written if word[:1] in singles]
    if question.phrases:
        found = [(term, place) for word, place in written for term in indexed(word).split()]
        spoken = f" {' '.join(term for term, _ in found)} "
        begins = [0, *accumulate(len(word) + 1 for word, _ in found)]  # of each word, with the space before it
        for phrase in question.phrases:
            for match in re.finditer(f"(?={phrase_pattern(phrase)[:-1]}( ))", spoken):
                first, end = bisect_right(begins, match.start()) - 1, bisect_right(begins, match.start(1)) - 1
                places.append(_place(phrase, found[first], found[end - 1]))
    return tuple(_joined(sorted(places), text))


def _place(phrase: Sequence[str], first: tuple[str, Span], last: tuple[str, Span]) -> Span:
    """From the first word of the text to the last one, without the signs of theirs that are not in the phrase."""
    before = lone_sign(phrase[0]) and first[0][0] != phrase[0]
    behind = lone_sign(phrase[-1]) and last[0][-1] != phrase[-1]
    return first[1][0] + before, last[1][1] - behind


def _joined(places: Iterable[Span], text: str) -> list[Span]:
    joined: list[Span] = []
    for start, end in places:
        if joined and (start <= joined[-1][1] or not text[joined[-1][1] : start].strip()):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
