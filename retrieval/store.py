"""The single source of truth: one SQLite file with documents, passages, float16 vectors and full text.

A document is wholly in or wholly out: everything about it is written in ONE transaction. Knows nothing
about files, models or FAISS; vectors are arrays that it is handed, words come from `words.py`.

journal_mode=TRUNCATE and synchronous=FULL, not WAL: SQLite before 3.51.3 can corrupt a WAL database when
several processes reset it at once, and Debian 12 ships 3.40.1. One connection a thread.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from . import edit_rows, rows
from .copies import copy_to
from .edits import Edit
from .errors import BrokenStore, NewerStore, StoreError
from .fulltext import holding, match
from .passages import Document, Draft, Passage
from .rows import NewPassage
from .schema import MIGRATIONS
from .sql import BUSY_SECONDS, error_of


class Store:
    """The database in `path`, made when it is not there. Safe to use from several threads and processes.

    One of an older schema is brought up to date, after a copy of it was put beside (unless not `keep_old`).
    """

    def __init__(self, path: Path, keep_old: bool = True) -> None:
        self.path = path
        self._keep_old = keep_old
        self._threads = threading.local()
        self._open: list[sqlite3.Connection] = []
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{path.parent} cannot be made a folder for the corpus: {error.strerror}.") from error
        self._migrate()

    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        found: sqlite3.Connection | None = getattr(self._threads, "connection", None)
        if found is None:
            found = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            for pragma in (
                "journal_mode=TRUNCATE",
                "synchronous=FULL",
                "foreign_keys=ON",
                "secure_delete=OFF",
            ):
                found.execute(f"PRAGMA {pragma}")
            self._threads.connection = found
            self._open.append(found)
        return found

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self.connection()
        except sqlite3.DatabaseError as error:
            raise error_of(str(error), self.path) from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; the state changes with every commit, so that caches know."""
        with self._reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                _set(connection, "state", uuid.uuid4().hex)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _migrate(self) -> None:
        with self._reading() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > len(MIGRATIONS):
                raise NewerStore(
                    f"{self.path} was written by a newer version of this program (schema {version}, "
                    f"this one reads up to {len(MIGRATIONS)}). Update the program."
                )
            if version == len(MIGRATIONS):
                return
            if version and self._keep_old:
                copy_to(connection, self.path.with_name(f"{self.path.stem}.schema-{version}.sqlite"), version)
        with self._writing() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]  # another process may have been first
            for number, migration in enumerate(MIGRATIONS[version:], start=version + 1):
                migration(connection)
                connection.execute(f"PRAGMA user_version = {number}")

    def close(self) -> None:
        """Closes every thread's connection."""
        while self._open:
            self._open.pop().close()
        self._threads = threading.local()

    # -- the whole

    def copy_to(self, target: Path) -> None:
        """Writes all of it to one file, as it is at this moment."""
        with self._reading() as connection:
            copy_to(connection, target)

    def check(self) -> None:
        """Reads all of it; raises BrokenStore where something is damaged."""
        with self._reading() as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise BrokenStore(f"{self.path} is damaged ({found}). Choose another backup.")

    def become(self, other: Store) -> None:
        """Holds what `other` holds, and nothing else, in one transaction."""
        other.set_meta({"generation": uuid.uuid4().hex})  # ids mean other passages now: caches must start anew

        def told(status: int, remaining: int, total: int) -> None:
            if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):  # else it would wait for ever
                raise error_of("busy", self.path)

        with self._reading() as connection:
            other.connection().backup(connection, progress=told)

    # -- what it says about itself

    def meta(self, key: str) -> str | None:
        """A note kept beside the data: state, generation, model, fingerprint, dimensions."""
        with self._reading() as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def set_meta(self, notes: dict[str, str]) -> None:
        with self._writing() as connection:
            for key, value in notes.items():
                _set(connection, key, value)

    # -- documents

    def add(
        self,
        document: Document,
        passages: Sequence[NewPassage],
        replaces: Iterable[str] = (),
        metadata: dict[str, Any] | None = None,
        edits: Sequence[Edit] | None = None,
    ) -> list[int]:
        """Writes the document with all its passages and takes out the ones it replaces; the passages' ids.

        `edits` are those of the replaced ones, with their places in the new one; None drops them. Raises EditsChanged
        where there are others by now.
        """
        old = list(replaces)
        with self._writing() as connection:
            if edits is not None:
                edit_rows.check_edits(connection, old, edits)
            for each in old:
                rows.delete_document(connection, each)
            ids = rows.write_document(connection, document, passages, metadata or {})
            edit_rows.write_edits(connection, document.id, edits or ())
            return ids

    def remove(self, document_id: str, heir: str | None = None) -> int:
        """Takes a document out; its edits go, too, or are set aside with the document `heir`: how many."""
        with self._writing() as connection:
            edits = edit_rows.edits_of(connection, [document_id])
            rows.delete_document(connection, document_id)
            if heir:
                edit_rows.write_edits(connection, heir, edit_rows.set_aside(edits))
            return len(edits)

    def documents(self) -> list[Document]:
        """All documents, oldest first."""
        with self._reading() as connection:
            return rows.all_documents(connection)

    def document(self, document_id: str) -> Document | None:
        with self._reading() as connection:
            return rows.document_of(connection, document_id)

    def find(self, name_or_id: str) -> list[Document]:
        """The documents of exactly this name, or whose id begins so (8 characters or more)."""
        with self._reading() as connection:
            return rows.documents_called(connection, name_or_id)

    def metadata(self, document_id: str) -> dict[str, Any]:
        with self._reading() as connection:
            row = connection.execute("SELECT metadata FROM documents WHERE id = ?", (document_id,)).fetchone()
        return json.loads(row[0]) if row else {}

    # -- passages

    def passages(self, document_id: str | None = None, disabled: bool = False) -> list[Passage]:
        """All passages (of one document), in reading order; with those that are switched off, if asked."""
        with self._reading() as connection:
            return rows.passages_in(connection, document_id, disabled)

    def passages_of(self, ids: Sequence[int], disabled: bool = False) -> dict[int, Passage]:
        with self._reading() as connection:
            return rows.passages_by_id(connection, ids, disabled)

    def stretch(self, document_id: str, first: int, last: int) -> list[Passage]:
        """A document's passages from position `first` to `last`, those that there are."""
        with self._reading() as connection:
            return rows.passages_between(connection, document_id, first, last)

    def passage_ids(self) -> np.ndarray:
        """int64 [n], ascending: what can be found. An id is never given twice; its vector changes with the
        generation alone."""
        with self._reading() as connection:
            found = connection.execute("SELECT id FROM passages WHERE enabled ORDER BY id")
            return np.fromiter((row[0] for row in found), np.int64)

    def last_change(self) -> int:
        """The number of the last change to what can be found."""
        with self._reading() as connection:
            return rows.last_change(connection)

    def changed_since(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Passages (int64, ascending) that can be found, and that cannot, of those changed after that change."""
        with self._reading() as connection:
            return rows.changed_since(connection, number)

    def passage_ids_of(
        self, documents: Sequence[str] | None, folder: str, since: float | None, until: float | None
    ) -> np.ndarray:
        """int64 [n], ascending: the passages of these documents (all, if None), below the folder and of that time."""
        with self._reading() as connection:
            return rows.ids_within(connection, documents, folder, since, until)

    def vectors(self, ids: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """(ids int64 [n], vectors float32 [n, d]) of those that exist, in ascending order of id."""
        with self._reading() as connection:
            return rows.vectors_of(connection, ids)

    def known_vectors(self, keys: Sequence[bytes]) -> dict[bytes, np.ndarray]:
        """Vectors of texts that were embedded before, by `text_key`."""
        with self._reading() as connection:
            return rows.vectors_of_texts(connection, keys)

    def replace_vectors(self, ids: Sequence[int], vectors: np.ndarray, notes: dict[str, str]) -> None:
        """New vectors for all passages and the notes on their model, or neither."""
        with self._writing() as connection:
            rows.write_vectors(connection, ids, vectors)
            for key, value in {**notes, "generation": uuid.uuid4().hex}.items():
                _set(connection, key, value)

    # -- edits

    def edits(self, documents: Sequence[str]) -> list[Edit]:
        """What was made of these documents' passages, in reading order; edits without a place come last."""
        with self._reading() as connection:
            return edit_rows.edits_of(connection, documents)

    def edit_around(self, passage_id: int) -> tuple[tuple[Draft, ...], list[int]] | None:
        """What the edit of this passage was made of, and the ids of the passages it left; None if it has none."""
        with self._reading() as connection:
            return edit_rows.edit_around(connection, passage_id)

    def rewrite(self, ids: Sequence[int], new: Sequence[NewPassage]) -> list[Passage]:
        """Puts `new` in the place of neighbouring passages. Raises PassageNotFound, InvalidEdit."""
        with self._writing() as connection:
            made = edit_rows.rewrite(connection, ids, new)
            return list(rows.passages_by_id(connection, made, disabled=True).values())

    def enable(self, passage_id: int, enabled: bool) -> Passage:
        """Switches a passage on or off. Raises PassageNotFound."""
        with self._writing() as connection:
            edit_rows.enable(connection, passage_id, enabled)
            return rows.passages_by_id(connection, [passage_id], disabled=True)[passage_id]

    def discard_edit(self, edit_id: int) -> bool:
        """Forgets an edit that has no place; False where there is none of that id."""
        with self._writing() as connection:
            done = connection.execute("DELETE FROM edits WHERE id = ? AND aside IS NOT NULL", (edit_id,))
            return bool(done.rowcount)

    # -- full text

    def match(self, query_words: Sequence[str], k: int, within: np.ndarray | None = None) -> list[tuple[int, float]]:
        """(passage id, BM25, higher is better) of the k best passages with any of the words."""
        with self._reading() as connection:
            return match(connection, query_words, k, None if within is None else within.tolist())

    def holding(self, phrases: Sequence[Sequence[str]]) -> np.ndarray:
        """int64 [n], ascending: the ids of the passages with all these phrases in them."""
        with self._reading() as connection:
            return np.array(holding(connection, phrases), np.int64)


def _set(connection: sqlite3.Connection, key: str, value: str) -> None:
    connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)", (key, value))
