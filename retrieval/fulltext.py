"""Full text: the words of passages in SQLite's FTS5, and the best passages for a question's words.

Knows nothing about vectors. Words come from `words.py` joined by spaces; the database only cuts at those.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from .sql import Connection, marks, portions
from .words import words

# bm25() scores every row that matches: 8 common words over 100,000 passages take 170 ms, and 30 ms without
# the words that stand in over 5% of them. In a small corpus a frequent word still tells something.
_FREQUENT_SHARE, _FREQUENT_FLOOR = 0.05, 2000
_MOST_TERMS = 32


def index_words(connection: Connection, passages: Iterable[tuple[int, str]]) -> None:
    """Takes in the texts of passages, each with its id."""
    connection.executemany(
        "INSERT INTO passage_words(rowid, words) VALUES(?, ?)", [(i, " ".join(words(text))) for i, text in passages]
    )


def remove_words(connection: Connection, document_id: str) -> None:
    connection.execute(
        "DELETE FROM passage_words WHERE rowid IN (SELECT id FROM passages WHERE document_id = ?)",
        (document_id,),
    )


def remove_passage_words(connection: Connection, passage: int) -> None:
    connection.execute("DELETE FROM passage_words WHERE rowid = ?", (passage,))


def match(
    connection: Connection, query_words: Sequence[str], k: int, within: Sequence[int] | None = None
) -> list[tuple[int, float]]:
    """(passage id, BM25, higher is better) of the k best passages (`within` those, if given) with any of the words."""
    terms = telling(connection, query_words)
    if not terms:
        return []
    # quoted: a word of the user is never an operator; a lone CJK sign finds the bigrams that it begins
    query = " OR ".join(_quoted([term]) for term in terms)
    only = "" if within is None else "AND rowid IN (SELECT value FROM json_each(?)) "
    rows = connection.execute(
        "SELECT rowid, -bm25(passage_words) AS score FROM passage_words "
        f"WHERE passage_words MATCH ? {only}ORDER BY score DESC, rowid LIMIT ?",
        (query, *([] if within is None else [json.dumps([int(i) for i in within])]), k),
    )
    return [(row[0], row[1]) for row in rows]


def holding(connection: Connection, phrases: Sequence[Sequence[str]]) -> list[int]:
    """The ids, ascending, of the passages that hold every phrase, its words side by side and in this order."""
    query = " AND ".join(_quoted(phrase) for phrase in phrases)
    rows = connection.execute("SELECT rowid FROM passage_words WHERE passage_words MATCH ? ORDER BY rowid", (query,))
    return [row[0] for row in rows]


def _quoted(phrase: Sequence[str]) -> str:
    return '"' + " ".join(phrase) + '"' + ("*" if len(phrase) == 1 and lone_sign(phrase[0]) else "")


def lone_sign(word: str) -> bool:
    return len(word) == 1 and not word.isascii()


def telling(connection: Connection, query_words: Sequence[str]) -> dict[str, int]:
    """The rarest of the words that are in the corpus at all, each with the number of passages it stands in."""
    asked = list(dict.fromkeys(query_words))
    counts: dict[str, int] = {word: 0 for word in asked if lone_sign(word)}
    for some in portions(asked):
        counts.update(
            connection.execute(f"SELECT term, doc FROM passage_terms WHERE term IN ({marks(some)})", some).fetchall()
        )
    total = connection.execute("SELECT coalesce(sum(passages), 0) FROM documents").fetchone()[0]
    most = max(_FREQUENT_FLOOR, _FREQUENT_SHARE * total)
    by_rarity = sorted(counts, key=counts.__getitem__)
    rare = ([word for word in by_rarity if counts[word] <= most] or by_rarity[:1])[:_MOST_TERMS]
    return {word: counts[word] for word in rare}
