"""Full text in PostgreSQL: the best passages for a question's words, ranked as SQLite's FTS5 ranks them.

Knows nothing about vectors. PostgreSQL has no BM25, so it is computed here by the formula of FTS5, from what
`postgres_schema.py` counts of our own words; candidates come from an inverted index over those.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .fulltext import MOST_TERMS, begins_some, telling
from .phrases import phrase_pattern
from .sql import Connection, marks, portions
from .stems import exact
from .words import lone_sign

_SATURATION, _LENGTH_SHARE = 1.2, 0.75  # k1 and b of BM25, those of FTS5
_LEAST_IDF = 1e-6  # of a word in over half of the passages, in FTS5 as well
# Cutting a text into words again, which is what the test for them comes to without the inverted index, takes longer
# than scoring it. Where the words stand in so many of the passages, taken together, all are scored.
_BROAD = 0.3
_EACH = "string_to_array(words, ' ')"


def match(
    connection: Connection, query_words: Sequence[str], k: int, within: Sequence[int] | None = None
) -> list[tuple[int, float]]:
    """(passage id, BM25, higher is better) of the k best passages (`within` those, if given) with any of the words."""
    total, length = connection.execute("SELECT passages, words FROM passage_totals").fetchone()
    counts = _counts(connection, query_words)
    counts = telling(counts, total) if within is None else dict(list(counts.items())[:MOST_TERMS])
    if not counts or not length:
        return []
    terms = [_term(connection, word, there, total) for word, there in counts.items()]
    values = [value for term in terms for value in term.values] + [length / total]
    tests = ["true"]
    if sum(counts.values()) < _BROAD * total:
        tests.append(f"{_EACH} && ?::text[]")
        values.append([word for term in terms for word in term.words])
    if within is not None:
        tests.append("rowid = ANY(?::bigint[])")
        values.append(list(within))
    shorter = f"{_SATURATION}::float8 * ({1 - _LENGTH_SHARE} + {_LENGTH_SHARE}::float8 * length / ?::float8)"
    # OFFSET 0: what is inside is computed once for a passage, not wherever it is used
    once = f"LATERAL (SELECT {shorter} AS shorter, ' ' || words || ' ' AS spaced OFFSET 0) AS it"
    scores = " + ".join(term.score for term in terms)
    rows = connection.execute(
        f"SELECT rowid, score FROM (SELECT rowid, {scores} AS score FROM passage_words, {once} "
        f"WHERE {' AND '.join(tests)} OFFSET 0) AS scored WHERE score > 0 ORDER BY score DESC, rowid LIMIT ?",
        (*values, k),
    )
    return [(row[0], row[1]) for row in rows]


def _counts(connection: Connection, words: Sequence[str]) -> dict[str, int]:
    """The words that are in the corpus (lone signs that begin one: 0), each with how many passages it stands in."""
    counts = {word: 0 for word in words if lone_sign(word) and begins_some(connection, word)}
    for some in portions(words):
        counts.update(
            connection.execute(f"SELECT term, doc FROM passage_terms WHERE term IN ({marks(some)})", some).fetchall()
        )
    return counts


@dataclass(frozen=True)
class _Term:
    """What one word of a question adds to a passage's score, and the words that it may be there as."""

    score: str
    values: list[Any]
    words: list[str]


def _term(connection: Connection, word: str, there: int, total: int) -> _Term:
    if lone_sign(word):  # it stands for all words that it begins
        words = _beginning_with(connection, word)
        holders = connection.execute(f"SELECT count(*) FROM passage_words WHERE {_EACH} && ?::text[]", (words,))
        there = holders.fetchone()[0]
        times = f"SELECT nullif(count(*), 0)::float8 FROM unnest({_EACH}) AS word WHERE word = ANY(?::text[])"
        asked: list[Any] = [words]
    else:
        words, asked = [word], [f" {word} ", word]
        times = "CASE WHEN strpos(spaced, ?) > 0 THEN coalesce((often->>?)::float8, 1) END"
    # times * (k1 + 1) / (times + k1 * shorter), written so that `times` is looked up once and may be NULL
    score = f"coalesce(?::float8 / (1 + shorter / ({times})), 0)"
    return _Term(score, [_idf(total, there) * (_SATURATION + 1), *asked], words)


def holding(connection: Connection, phrases: Sequence[Sequence[str]]) -> list[int]:
    """The ids, ascending, of the passages that hold every phrase, its words side by side and in this order."""
    tests: list[str] = []
    values: list[Any] = []
    for phrase in phrases:
        whole = [exact(word) for word in phrase if not lone_sign(word)]
        # a sign that is alone in the phrase may be half of a bigram in the text
        tests.append(f"{_EACH} {'@>' if whole else '&&'} ?::text[] AND ' ' || words || ' ' ~ ?")
        values += [whole or _bigrams_with(connection, phrase[0]), phrase_pattern(phrase)]
    rows = connection.execute(f"SELECT rowid FROM passage_words WHERE {' AND '.join(tests)} ORDER BY rowid", values)
    return [row[0] for row in rows]


def _bigrams_with(connection: Connection, sign: str) -> list[str]:
    ends = connection.execute("SELECT term FROM passage_terms WHERE term LIKE ?", (f"_{sign}",))
    return [*_beginning_with(connection, sign), *(row[0] for row in ends)]


def _beginning_with(connection: Connection, sign: str) -> list[str]:
    rows = connection.execute(
        "SELECT term FROM passage_terms WHERE term >= ? AND term < ? ORDER BY term", (sign, chr(ord(sign) + 1))
    )
    return [row[0] for row in rows]


def _idf(total: int, there: int) -> float:
    total = max(total, there)  # a document may have come since it was counted
    return max(math.log((total - there + 0.5) / (there + 0.5)), _LEAST_IDF)
