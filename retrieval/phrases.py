"""What of a question is in quotes and must stand so in a passage; and where a question's words stand in a text.

Knows nothing about how passages are found. Words are those of `words.py`, so capitals, punctuation and line breaks
make no difference, and Chinese is matched sign by sign.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .words import lone_sign, query_words, words, words_at

Span = tuple[int, int]  # of characters, the end not included
_PAIRS = (('"', '"'), ("“", "”"), ("„", "“"), ("«", "»"), ("「", "」"), ("『", "』"))
# A straight quote opens after a space and closes before one: 5" is a measure, and no phrase begins there.
_QUOTED = re.compile(
    "|".join(
        rf"(?<![\w{a}]){re.escape(a)}(?=\S)([^{re.escape(b)}]+?){re.escape(b)}(?!\w)"
        if a == b
        else rf"{re.escape(a)}([^{re.escape(b)}]+){re.escape(b)}"
        for a, b in _PAIRS
    )
)


@dataclass(frozen=True)
class Question:
    """A question as it is searched: its words without the marks, and the phrases (as words) it insists on."""

    text: str
    phrases: tuple[tuple[str, ...], ...] = ()


def parsed(query: str) -> Question:
    """The question and its quoted phrases; quotes with no words in them are none."""
    quoted = [next(filter(None, match.groups())) for match in _QUOTED.finditer(query)]
    phrases = tuple(found for each in quoted if (found := tuple(words(each))))
    if not phrases:
        return Question(query)
    return Question(_QUOTED.sub(lambda match: f" {next(filter(None, match.groups()))} ", query).strip(), phrases)


def spans(question: Question, text: str) -> tuple[Span, ...]:
    """Where the question's words stand in `text`; a phrase is one span, and so are words side by side."""
    found = list(words_at(text))
    told = set(query_words(question.text))
    singles = {word for word in told if lone_sign(word)}
    places = [place for word, place in found if word in told]
    places += [(place[0], place[0] + 1) for word, place in found if word[:1] in singles]
    for phrase in question.phrases:
        spoken = [word for word, _ in found]
        for at in range(len(spoken) - len(phrase) + 1):
            if tuple(spoken[at : at + len(phrase)]) == phrase:
                places.append((found[at][1][0], found[at + len(phrase) - 1][1][1]))
    return tuple(_joined(sorted(places), text))


def _joined(places: Iterable[Span], text: str) -> list[Span]:
    joined: list[Span] = []
    for start, end in places:
        if joined and (start <= joined[-1][1] or not text[joined[-1][1] : start].strip()):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
