"""Full text in PostgreSQL: the best passages for a question's words, ranked as SQLite's FTS5 ranks them.

Knows nothing about vectors. PostgreSQL has no BM25, so it is computed here by the formula of FTS5, from what
`postgres_schema.py` counts of our own words; candidates come from an inverted index over those.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .fulltext import lone_sign, telling
from .sql import Connection

_SATURATION, _LENGTH_SHARE = 1.2, 0.75  # k1 and b of BM25, those of FTS5
_LEAST_IDF = 1e-6  # of a word in over half of the passages, in FTS5 as well
_EACH = "string_to_array(words, ' ')"


def match(
    connection: Connection, query_words: Sequence[str], k: int, within: Sequence[int] | None = None
) -> list[tuple[int, float]]:
    """(passage id, BM25, higher is better) of the k best passages (`within` those, if given) with any of the words."""
    counts = telling(connection, query_words)
    total, length = connection.execute("SELECT passages, words FROM passage_totals").fetchone()
    if not counts or not length:
        return []
    candidates: list[str] = []
    parts: list[str] = []
    values: list[Any] = []
    for word, there in counts.items():
        if lone_sign(word):  # it stands for all words that it begins
            some = _beginning_with(connection, word)
            holders = connection.execute(f"SELECT count(*) FROM passage_words WHERE {_EACH} && ?::text[]", (some,))
            there = holders.fetchone()[0]
            times = f"(SELECT nullif(count(*), 0)::float8 FROM unnest({_EACH}) AS word WHERE word = ANY(?::text[]))"
            values += [_idf(total, there) * (_SATURATION + 1), some]
            candidates += some
        else:
            times = "CASE WHEN strpos(spaced, ?) > 0 THEN coalesce((often->>?)::float8, 1) END"
            values += [_idf(total, there) * (_SATURATION + 1), f" {word} ", word]
            candidates.append(word)
        # times * (k1 + 1) / (times + k1 * shorter), written so that `times` is looked up once and may be NULL
        parts.append(f"coalesce(?::float8 / (1 + shorter / ({times})), 0)")
    only = "" if within is None else "AND rowid = ANY(?::bigint[]) "
    shorter = f"{_SATURATION}::float8 * ({1 - _LENGTH_SHARE} + {_LENGTH_SHARE}::float8 * length / ?::float8)"
    once = f"LATERAL (SELECT {shorter} AS shorter, ' ' || words || ' ' AS spaced OFFSET 0) AS it"  # once for all words
    rows = connection.execute(
        f"SELECT rowid, {' + '.join(parts)} AS score FROM passage_words, {once} "
        f"WHERE {_EACH} && ?::text[] {only}ORDER BY score DESC, rowid LIMIT ?",
        (*values, length / total, candidates, *([] if within is None else [list(within)]), k),
    )
    return [(row[0], row[1]) for row in rows]


def holding(connection: Connection, phrases: Sequence[Sequence[str]]) -> list[int]:
    """The ids, ascending, of the passages that hold every phrase, its words side by side and in this order."""
    tests: list[str] = []
    values: list[Any] = []
    for phrase in phrases:
        if len(phrase) == 1 and lone_sign(phrase[0]):  # it finds the bigrams that it begins
            tests.append(f"{_EACH} && ?::text[]")
            values.append(_beginning_with(connection, phrase[0]))
        else:
            tests.append(f"{_EACH} @> ?::text[] AND strpos(' ' || words || ' ', ?) > 0")
            values += [list(phrase), f" {' '.join(phrase)} "]
    rows = connection.execute(f"SELECT rowid FROM passage_words WHERE {' AND '.join(tests)} ORDER BY rowid", values)
    return [row[0] for row in rows]


def _beginning_with(connection: Connection, sign: str) -> list[str]:
    rows = connection.execute(
        "SELECT term FROM passage_terms WHERE term >= ? AND term < ? ORDER BY term", (sign, chr(ord(sign) + 1))
    )
    return [row[0] for row in rows]


def _idf(total: int, there: int) -> float:
    total = max(total, there)  # a document may have come since it was counted
    return max(math.log((total - there + 0.5) / (there + 0.5)), _LEAST_IDF)
