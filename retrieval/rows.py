"""Documents and passages as rows: how they are written, taken out and looked up, by statements on a connection.

Knows nothing about transactions, threads or files; whoever calls has begun what must be whole. Passages come in
reading order unless their ids say which.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

import numpy as np

from .errors import StoreError
from .fulltext import index_words, remove_words
from .passages import Document, Passage, searchable_text
from .sql import Connection, marks, portions

_DOCUMENT = "SELECT id, name, suffix, pages, passages, added, size, folder, modified FROM documents"
_PASSAGE = (
    "SELECT p.id, p.document_id, d.name, p.page, p.heading, p.text, p.position, p.enabled, p.edited "
    "FROM passages p JOIN documents d ON d.id = p.document_id"
)


@dataclass(frozen=True)
class NewPassage:
    """A passage on its way in; `vector` is float32 [d] of unit length."""

    page: int | None
    heading: str
    text: str
    vector: np.ndarray
    enabled: bool = True


def text_key(heading: str, text: str) -> bytes:
    """What tells two embedded texts apart; the model is the same for all vectors of one store."""
    return blake2b(searchable_text(heading, text).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def write_document(
    connection: Connection, document: Document, passages: Sequence[NewPassage], metadata: dict[str, Any]
) -> None:
    """The document with all its passages and their words."""
    connection.execute(
        "INSERT INTO documents(id, name, suffix, pages, passages, added, size, folder, modified, metadata) "
        "VALUES(?,?,?,?,?,?,?,?,?,?)",
        (
            document.id,
            document.name,
            document.suffix,
            document.pages,
            sum(new.enabled for new in passages),
            document.added or time.time(),
            document.size,
            document.folder,
            document.modified,
            json.dumps(metadata, ensure_ascii=True),
        ),
    )
    write_passages(connection, document.id, 0, passages)


def write_passages(connection: Connection, document_id: str, first: int, passages: Sequence[NewPassage]) -> list[int]:
    """The passages, from position `first` on, and the words of those that can be found; their ids."""
    connection.executemany(
        "INSERT INTO passages(document_id, position, page, heading, text, text_key, vector, enabled) "
        "VALUES(?,?,?,?,?,?,?,?)",
        [
            (
                document_id,
                position,
                new.page,
                new.heading,
                new.text,
                text_key(new.heading, new.text),
                new.vector.astype(np.float16),
                new.enabled,
            )
            for position, new in enumerate(passages, start=first)
        ],
    )
    ids = ids_of(connection, document_id)[first : first + len(passages)]
    found = [(i, searchable_text(new.heading, new.text)) for i, new in zip(ids, passages, strict=True) if new.enabled]
    index_words(connection, found)
    return ids


def ids_of(connection: Connection, document_id: str) -> list[int]:
    """The passages of a document, in reading order."""
    rows = connection.execute("SELECT id FROM passages WHERE document_id = ? ORDER BY position", (document_id,))
    return [row[0] for row in rows]


def delete_document(connection: Connection, document_id: str) -> None:
    remove_words(connection, document_id)
    connection.execute("DELETE FROM passages WHERE document_id = ?", (document_id,))
    connection.execute("DELETE FROM edits WHERE document_id = ?", (document_id,))
    connection.execute("DELETE FROM documents WHERE id = ?", (document_id,))


def all_documents(connection: Connection) -> list[Document]:
    """Oldest first."""
    return [Document(*row) for row in connection.execute(f"{_DOCUMENT} ORDER BY added, rowid")]


def documents_called(connection: Connection, name_or_id: str) -> list[Document]:
    """The documents of exactly this name, or whose id begins so (8 characters or more)."""
    rows = connection.execute(f"{_DOCUMENT} WHERE name = ? OR id = ?", (name_or_id, name_or_id)).fetchall()
    if not rows and len(name_or_id) >= 8:
        rows = connection.execute(
            f"{_DOCUMENT} WHERE substr(id, 1, ?) = ?", (len(name_or_id), name_or_id.lower())
        ).fetchall()
    return [Document(*row) for row in rows]


def documents_named(connection: Connection, name: str) -> list[Document]:
    return [Document(*row) for row in connection.execute(f"{_DOCUMENT} WHERE name = ?", (name,))]


def documents_below(connection: Connection, name: str, column: str) -> list[Document]:
    """The documents that are called '<name>/...'; `column` is that of the names, ordered by their bytes."""
    after = f"{name}0"  # "0" is the sign after "/"
    rows = connection.execute(f"{_DOCUMENT} WHERE {column} >= ? AND {column} < ?", (f"{name}/", after))
    return [Document(*row) for row in rows]


def folders(connection: Connection) -> list[str]:
    """Those that documents came from, in order."""
    rows = connection.execute("SELECT DISTINCT folder FROM documents WHERE folder <> '' ORDER BY folder")
    return [row[0] for row in rows]


def document_of(connection: Connection, document_id: str) -> Document | None:
    row = connection.execute(f"{_DOCUMENT} WHERE id = ?", (document_id,)).fetchone()
    return Document(*row) if row else None


def passages_in(connection: Connection, document_id: str | None, disabled: bool = False) -> list[Passage]:
    """All passages, or those of one document; with the ones that are switched off, if asked."""
    where = " AND ".join(["true" if disabled else "p.enabled", "true" if document_id is None else "d.id = ?"])
    rows = connection.execute(
        f"{_PASSAGE} WHERE {where} ORDER BY d.added, d.rowid, p.position", () if document_id is None else (document_id,)
    )
    return [_passage(row) for row in rows]


def passages_by_id(connection: Connection, ids: Sequence[int], disabled: bool = False) -> dict[int, Passage]:
    """Those that exist and can be found, in ascending order; with the ones that are switched off, if asked."""
    only = "" if disabled else " AND p.enabled"
    return {
        row[0]: _passage(row)
        for some in portions(sorted(ids))
        for row in connection.execute(f"{_PASSAGE} WHERE p.id IN ({marks(some)}){only} ORDER BY p.id", some)
    }


def passages_between(connection: Connection, document_id: str, first: int, last: int) -> list[Passage]:
    """A document's passages from position `first` to `last`, those that there are and can be found."""
    rows = connection.execute(
        f"{_PASSAGE} WHERE p.document_id = ? AND p.enabled AND p.position BETWEEN ? AND ? ORDER BY p.position",
        (document_id, first, last),
    )
    return [_passage(row) for row in rows]


def _passage(row: Sequence[Any]) -> Passage:
    passage = Passage(*row)
    return replace(passage, enabled=bool(passage.enabled), edited=bool(passage.edited))


def ids_within(
    connection: Connection, documents: Sequence[str] | None, folder: str, since: float | None, until: float | None
) -> np.ndarray:
    """int64 [n], ascending: the passages of these documents (all, if None), below the folder and of that time."""
    tests: list[str] = ["p.enabled"]
    values: list[str | float] = []
    if documents is not None:
        tests.append(f"d.id IN ({marks(documents)})")
        values += documents
    if folder:
        tests.append("(d.folder = ? OR substr(d.folder, 1, ?) = ?)")
        values += [folder, len(folder) + 1, f"{folder}/"]
    for moment, sign in ((since, ">="), (until, "<=")):
        if moment is not None:
            tests.append(f"coalesce(d.modified, d.added) {sign} ?")
            values.append(moment)
    rows = connection.execute(
        "SELECT p.id FROM passages p JOIN documents d ON d.id = p.document_id "
        f"WHERE {' AND '.join(tests)} ORDER BY p.id",
        values,
    )
    return np.array([row[0] for row in rows], np.int64)


def last_change(connection: Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(number), 0) FROM changes").fetchone()[0])


def changed_since(connection: Connection, number: int) -> tuple[np.ndarray, np.ndarray]:
    """(ids that can be found, ids that cannot), int64 and ascending, of the passages changed after that change."""
    rows = connection.execute(
        "SELECT c.passage, coalesce(p.enabled, false) FROM (SELECT DISTINCT passage FROM changes WHERE number > ?) c "
        "LEFT JOIN passages p ON p.id = c.passage ORDER BY c.passage",
        (number,),
    ).fetchall()
    there = np.array([row[0] for row in rows if row[1]], np.int64)
    return there, np.array([row[0] for row in rows if not row[1]], np.int64)


def vectors_of(connection: Connection, ids: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """(ids int64 [n], vectors float32 [n, d]) of those that exist, in ascending order of id."""
    found: list[int] = []
    data: list[bytes] = []
    for some in portions(sorted(ids)):
        for row in connection.execute(f"SELECT id, vector FROM passages WHERE id IN ({marks(some)}) ORDER BY id", some):
            found.append(row[0])
            data.append(row[1])
    width = len(data[0]) // 2 if data else 0
    halves = np.frombuffer(b"".join(data), np.float16).reshape(len(data), width)
    return np.array(found, np.int64), halves.astype("f4")


def write_vectors(connection: Connection, ids: Sequence[int], vectors: np.ndarray) -> None:
    """New vectors for all passages. Raises StoreError where they are not the ones of these ids (ascending) any more."""
    if [row[0] for row in connection.execute("SELECT id FROM passages ORDER BY id")] != list(ids):
        raise StoreError("The corpus changed while its vectors were made anew. Run the rebuild again.")
    halves = vectors.astype(np.float16)
    connection.executemany(
        "UPDATE passages SET vector = ? WHERE id = ?",
        ((half, int(i)) for half, i in zip(halves, ids, strict=True)),
    )


def vectors_of_texts(connection: Connection, keys: Sequence[bytes]) -> dict[bytes, np.ndarray]:
    """Vectors of texts that were embedded before, by `text_key`."""
    return {
        row[0]: np.frombuffer(row[1], np.float16).astype("f4")
        for some in portions(list(dict.fromkeys(keys)))
        for row in connection.execute(f"SELECT text_key, vector FROM passages WHERE text_key IN ({marks(some)})", some)
    }


def note(connection: Connection, key: str) -> str | None:
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return row[0] if row else None


def write_notes(connection: Connection, notes: dict[str, str]) -> None:
    connection.executemany(
        "INSERT INTO meta(key, value) VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
        list(notes.items()),
    )
