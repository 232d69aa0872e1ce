"""Full text: the words of passages in SQLite's FTS5, and the best passages for a question's words.

Knows nothing about vectors. What is indexed are the stems of a text's words, and beside a stem that is not the word
itself the word as it is written, for phrases; joined by spaces, and the database only cuts at those.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

from .passages import searchable_text
from .phrases import phrase_pattern
from .sql import Connection
from .stems import exact, forms, indexed
from .words import lone_sign, words

# bm25() scores every row that matches, about 1 us each, and counting those of a word takes 0.05 us. So words that stand
# in over 5% of the passages are left out, if there are others (in a small corpus they still tell something), and what
# is found holds one of the rarest words, which stand in so many passages taken together. With both limits in a corpus
# of 21,687 Wikipedia paragraphs, set so low as they are among a million, hit@1 by words is 54.6% and hit@10 79.6%;
# with the first one alone 55.1% and 81.9%, with neither 56.0% and 82.7% (of words as they are written, not yet stems).
_FREQUENT_SHARE, _FREQUENT_FLOOR = 0.05, 2000
_LEADING = 10_000
_SLOW_TO_COUNT = 1000  # passages; so of a million passages a few thousand words are held
MOST_TERMS = 32
_AT_ONCE = 1000  # passages that are indexed anew
_IDS = "SELECT rowid FROM passage_words WHERE passage_words MATCH ?"
_WORDS = "SELECT rowid, words FROM passage_words WHERE passage_words MATCH ?"


def words_of(text: str) -> str:
    """What is indexed of a text."""
    return " ".join(map(indexed, words(text)))


def index_words(connection: Connection, passages: Iterable[tuple[int, str]]) -> None:
    """Takes in the texts of passages, each with its id."""
    connection.executemany(
        "INSERT INTO passage_words(rowid, words) VALUES(?, ?)", [(i, words_of(text)) for i, text in passages]
    )


def index_all(connection: Connection) -> None:
    """Takes in all passages that can be found, where none has been."""
    last = -1
    while some := connection.execute(
        "SELECT id, heading, text FROM passages WHERE enabled AND id > ? ORDER BY id LIMIT ?", (last, _AT_ONCE)
    ).fetchall():
        index_words(connection, [(i, searchable_text(heading, text)) for i, heading, text in some])
        last = some[-1][0]


def remove_words(connection: Connection, document_id: str) -> None:
    connection.execute(
        "DELETE FROM passage_words WHERE rowid IN (SELECT id FROM passages WHERE document_id = ?)",
        (document_id,),
    )


def remove_passage_words(connection: Connection, passage: int) -> None:
    connection.execute("DELETE FROM passage_words WHERE rowid = ?", (passage,))


def match(
    connection: Connection,
    total: int,
    query_words: Sequence[str],
    k: int,
    within: Sequence[int] | None = None,
    held: dict[str, int] | None = None,
) -> list[tuple[int, float]]:
    """(passage id, BM25, higher is better) of the k best of the `total` passages (`within` some, if given) with any of
    the words (stems); where they stand in very many passages, of those with one of the rarest.

    A word that is frequent everywhere may be the one that tells `within` some, so none is left out there. `held`:
    words that stand in many passages, and in how many; what is counted is added, and is true until the next change.
    """
    counts = _counts(connection, query_words, frequent(total), {} if held is None else held)
    if not counts:
        return []
    if within is not None:
        return _ranked(connection, _any(list(counts)[:MOST_TERMS]), k, within)
    leading, others = _by_rarity(telling(counts, total))
    found = dict(_ranked(connection, _any(leading), k, within))
    if others:  # those with one of the others have part of their score only: here they have all of it
        found.update(_ranked(connection, f"({_any(leading)}) AND ({_any(others)})", k, within))
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:k]


def _by_rarity(counts: dict[str, int]) -> tuple[list[str], list[str]]:
    """The rarest words, one at least, that stand in so many passages as can be scored in time; and the others."""
    held = list(accumulate(counts.values()))
    first = max(1, bisect_right(held, _LEADING))
    return list(counts)[:first], list(counts)[first:]


def _ranked(connection: Connection, query: str, k: int, within: Sequence[int] | None) -> list[tuple[int, float]]:
    # "+": else the query is asked anew for each of these ids
    only = "" if within is None else "AND +rowid IN (SELECT value FROM json_each(?)) "
    rows: list[tuple[int, float]] = connection.execute(
        "SELECT rowid, -bm25(passage_words) AS score FROM passage_words "
        f"WHERE passage_words MATCH ? {only}ORDER BY score DESC, rowid LIMIT ?",
        (query, *([] if within is None else [json.dumps([int(i) for i in within])]), k),
    ).fetchall()
    return rows


def _any(words: Sequence[str]) -> str:
    """Quoted: a word of the user is never an operator; a lone CJK sign finds the bigrams that it begins."""
    return " OR ".join(f'"{word}"{"*" if lone_sign(word) else ""}' for word in words)


def holding(connection: Connection, phrases: Sequence[Sequence[str]]) -> list[int]:
    """The ids, ascending, of the passages that hold every phrase, its words side by side and in this order."""
    return sorted(set.intersection(*(_holding(connection, phrase) for phrase in phrases)))


def _holding(connection: Connection, phrase: Sequence[str]) -> set[int]:
    certain = _certain(phrase)
    sure = {row[0] for row in connection.execute(_IDS, (certain,))}
    near = f"({_nearby(connection, phrase)}) NOT ({certain})"
    pattern = re.compile(phrase_pattern(phrase))
    return sure | {i for i, said in connection.execute(_WORDS, (near,)) if pattern.search(f" {said} ")}


def _certain(phrase: Sequence[str]) -> str:
    """The words side by side. Where the last one could be the stem of another word, none with this stem is there."""
    last, side_by_side = phrase[-1], " ".join(map(indexed, phrase))
    certain = f'"{side_by_side}"{"*" if len(phrase) == 1 and lone_sign(last) else ""}'
    return certain if exact(last) != last else f'{certain} NOT "{forms(last)}"*'


def _nearby(connection: Connection, phrase: Sequence[str]) -> str:
    """What the passages with the phrase have in common: its words close together, but for signs that are alone, which
    may be half of a bigram there; where it has no others, a bigram that begins or ends with the first of them.
    """
    whole = [f'"{exact(word)}"' for word in phrase if not lone_sign(word)]
    if whole:
        return f"NEAR({' '.join(whole)}, {3 * len(phrase)})"
    ends = connection.execute("SELECT term FROM passage_terms WHERE term GLOB ?", (f"?{phrase[0]}",))
    return _any([phrase[0], *(term for (term,) in ends)])


def _counts(connection: Connection, words: Sequence[str], most: int, held: dict[str, int]) -> dict[str, int]:
    """The words that are in the corpus (lone signs that begin one: 0), each with the number of passages it stands in.

    It stops at `most` + 1, as counting takes 0.05 us a passage; but where all words are that frequent.
    """
    new = [word for word in words if word not in held and not lone_sign(word)]
    found = {word: _holders(connection, word, most + 1) for word in new}
    held.update({word: n for word, n in found.items() if n >= _SLOW_TO_COUNT})
    found = {word: 0 if lone_sign(word) else held.get(word) or found[word] for word in words}
    found = {word: n for word, n in found.items() if n or (lone_sign(word) and begins_some(connection, word))}
    if found and min(found.values()) > most:
        found = {word: _holders(connection, word) for word in found}
    return found


def begins_some(connection: Connection, sign: str) -> bool:
    """Whether a word of the corpus begins with the sign."""
    query = "SELECT 1 FROM passage_terms WHERE term >= ? AND term < ? LIMIT 1"
    return connection.execute(query, (sign, chr(ord(sign) + 1))).fetchone() is not None


def _holders(connection: Connection, word: str, most: int = -1) -> int:
    row = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM passage_words WHERE passage_words MATCH ? LIMIT ?)", (_any([word]), most)
    ).fetchone()
    return int(row[0])


def frequent(total: int) -> int:
    """In more passages than this of so many, a word tells too little."""
    return max(_FREQUENT_FLOOR, int(_FREQUENT_SHARE * total))


def telling(counts: dict[str, int], total: int) -> dict[str, int]:
    """Of the words of a question, each with the number of passages it stands in, those that tell something: without
    the frequent ones if others are left, rarest first.
    """
    by_rarity = sorted(counts, key=counts.__getitem__)
    rare = [word for word in by_rarity if counts[word] <= frequent(total)] or by_rarity[:1]
    return {word: counts[word] for word in rare[:MOST_TERMS]}
