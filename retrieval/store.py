"""The single source of truth: documents, passages, float16 vectors and full text, in one of two databases.

A document is wholly in or wholly out: everything about it is written in ONE transaction. Knows nothing about files,
models or how the nearest vectors are found, nor which database it is: `sqlite_store.py` keeps one in a file,
`postgres_store.py` one on a server, and most statements are the same for both.
"""

from __future__ import annotations

import json
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any

import numpy as np

from . import edit_rows, rows
from .edits import Edit
from .errors import DifferentEmbeddingModel
from .passages import Document, Draft, Passage
from .rows import NewPassage
from .sql import Connection
from .weights import is_of

FINGERPRINT = "embedding_fingerprint"  # the note of which model makes the vectors


def made_anew(place: str) -> DifferentEmbeddingModel:
    return DifferentEmbeddingModel(
        f"The vectors in {place} were made anew with another embedding model meanwhile. Open the corpus again."
    )


class _Undone(Exception):
    """Ends a transaction that is to leave nothing."""


class Store(ABC):
    """What a corpus is kept in. Safe to use from several threads and processes. All that fails is a StoreError."""

    place: str  # where it is, in words for people
    name_column = "name"  # of documents, ordered by bytes

    @abstractmethod
    def reading(self) -> AbstractContextManager[Connection]:
        """A connection to look something up with."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[Connection]:
        """A connection in a transaction: all or nothing, and nobody else writes meanwhile."""

    @abstractmethod
    def close(self) -> None:
        """Closes every connection."""

    def check_writable(self) -> None:
        """Raises StoreError where nothing can be written; writes nothing that stays."""
        with suppress(_Undone), self.writing() as connection:
            rows.write_notes(connection, {"tried": uuid.uuid4().hex})
            raise _Undone

    # -- what it says about itself

    def meta(self, key: str) -> str | None:
        """A note kept beside the data: state, generation, model, fingerprint, dimensions."""
        with self.reading() as connection:
            return rows.note(connection, key)

    def set_meta(self, notes: dict[str, str]) -> None:
        with self.writing() as connection:
            rows.write_notes(connection, notes)

    def note_model(self, notes: dict[str, str]) -> None:
        """Notes what the vectors will be made with, unless that is known by now."""
        with self.writing() as connection:
            if rows.note(connection, "embedding_model") is None:
                rows.write_notes(connection, notes)

    # -- documents

    def add(
        self,
        document: Document,
        passages: Sequence[NewPassage],
        replaces: Iterable[str] = (),
        metadata: dict[str, Any] | None = None,
        edits: Sequence[Edit] | None = None,
        made_with: str | None = None,
    ) -> list[int]:
        """Writes the document with all its passages and takes out the ones it replaces; the passages' ids.

        `edits` are those of the replaced ones, with their places in the new one; None drops them. Raises EditsChanged
        where there are others by now, and DifferentEmbeddingModel where `made_with` is not the fingerprint of the model
        that the vectors are made with by now.
        """
        old = list(replaces)
        with self.writing() as connection:
            self._check_model(connection, made_with)
            if edits is not None:
                edit_rows.check_edits(connection, old, edits)
            for each in old:
                rows.delete_document(connection, each)
            if rows.document_of(connection, document.id):  # another process was faster with the same bytes
                edit_rows.write_edits(connection, document.id, edit_rows.set_aside(edits or ()))
            else:
                rows.write_document(connection, document, passages, metadata or {})
                edit_rows.write_edits(connection, document.id, edits or ())
            return rows.ids_of(connection, document.id)

    def remove(self, document_id: str, heir: str | None = None) -> int:
        """Takes a document out; its edits go, too, or are set aside with the document `heir`: how many."""
        with self.writing() as connection:
            edits = edit_rows.edits_of(connection, [document_id])
            rows.delete_document(connection, document_id)
            if heir:
                edit_rows.write_edits(connection, heir, edit_rows.set_aside(edits))
            return len(edits)

    def rename(self, document_id: str, name: str, suffix: str, folder: str, modified: float | None) -> None:
        """The document as one of that name, from that folder."""
        with self.writing() as connection:
            connection.execute(
                "UPDATE documents SET name = ?, suffix = ?, folder = ?, modified = ? WHERE id = ?",
                (name, suffix, folder, modified, document_id),
            )

    def documents(self) -> list[Document]:
        """All documents, oldest first."""
        with self.reading() as connection:
            return rows.all_documents(connection)

    def document(self, document_id: str) -> Document | None:
        with self.reading() as connection:
            return rows.document_of(connection, document_id)

    def find(self, name_or_id: str) -> list[Document]:
        """The documents of exactly this name, or whose id begins so (8 characters or more)."""
        with self.reading() as connection:
            return rows.documents_called(connection, name_or_id)

    def named(self, name: str) -> list[Document]:
        """The documents of exactly this name."""
        with self.reading() as connection:
            return rows.documents_named(connection, name)

    def named_below(self, archive: str) -> list[Document]:
        """The documents of the archive of this name: those called '<archive>/...'."""
        with self.reading() as connection:
            return rows.documents_below(connection, archive, self.name_column)

    def folders(self) -> list[str]:
        """The folders that documents came from, in order."""
        with self.reading() as connection:
            return rows.folders(connection)

    def metadata(self, document_id: str) -> dict[str, Any]:
        with self.reading() as connection:
            row = connection.execute("SELECT metadata FROM documents WHERE id = ?", (document_id,)).fetchone()
        return json.loads(row[0]) if row else {}

    # -- passages

    def passages(self, document_id: str | None = None, disabled: bool = False) -> list[Passage]:
        """All passages (of one document), in reading order; with those that are switched off, if asked."""
        with self.reading() as connection:
            return rows.passages_in(connection, document_id, disabled)

    def passages_of(self, ids: Sequence[int], disabled: bool = False) -> dict[int, Passage]:
        with self.reading() as connection:
            return rows.passages_by_id(connection, ids, disabled)

    def stretch(self, document_id: str, first: int, last: int) -> list[Passage]:
        """A document's passages from position `first` to `last`, those that there are."""
        with self.reading() as connection:
            return rows.passages_between(connection, document_id, first, last)

    def passage_ids(self) -> np.ndarray:
        """int64 [n], ascending: what can be found. An id is never given twice; its vector changes with the
        generation alone."""
        with self.reading() as connection:
            found = connection.execute("SELECT id FROM passages WHERE enabled ORDER BY id")
            return np.fromiter((row[0] for row in found), np.int64)

    def passage_ids_of(
        self, documents: Sequence[str] | None, folder: str, since: float | None, until: float | None
    ) -> np.ndarray:
        """int64 [n], ascending: the passages of these documents (all, if None), below the folder and of that time."""
        with self.reading() as connection:
            return rows.ids_within(connection, documents, folder, since, until)

    def vectors(self, ids: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """(ids int64 [n], vectors float32 [n, d]) of those that exist, in ascending order of id."""
        with self.reading() as connection:
            return rows.vectors_of(connection, ids)

    def known_vectors(self, keys: Sequence[bytes]) -> dict[bytes, np.ndarray]:
        """Vectors of texts that were embedded before, by `text_key`."""
        with self.reading() as connection:
            return rows.vectors_of_texts(connection, keys)

    def replace_vectors(self, ids: Sequence[int], vectors: np.ndarray, notes: dict[str, str]) -> None:
        """New vectors for all passages and the notes on their model, or neither."""
        with self.writing() as connection:
            self._write_vectors(connection, ids, vectors, notes)

    def _check_model(self, connection: Connection, made_with: str | None) -> None:
        known = rows.note(connection, FINGERPRINT)
        if made_with and known and not is_of(made_with, known):
            raise made_anew(self.place)

    def _write_vectors(
        self, connection: Connection, ids: Sequence[int], vectors: np.ndarray, notes: dict[str, str]
    ) -> None:
        rows.write_vectors(connection, ids, vectors)
        rows.write_notes(connection, {**notes, "generation": uuid.uuid4().hex})

    # -- edits

    def edits(self, documents: Sequence[str]) -> list[Edit]:
        """What was made of these documents' passages, in reading order; edits without a place come last."""
        with self.reading() as connection:
            return edit_rows.edits_of(connection, documents)

    def edit_around(self, passage_id: int) -> tuple[tuple[Draft, ...], list[int]] | None:
        """What the edit of this passage was made of, and the ids of the passages it left; None if it has none."""
        with self.reading() as connection:
            return edit_rows.edit_around(connection, passage_id)

    def rewrite(self, ids: Sequence[int], new: Sequence[NewPassage], made_with: str | None = None) -> list[Passage]:
        """Puts `new` in the place of neighbouring passages. Raises PassageNotFound, InvalidEdit, and as `add` does."""
        with self.writing() as connection:
            self._check_model(connection, made_with)
            made = edit_rows.rewrite(connection, ids, new)
            return list(rows.passages_by_id(connection, made, disabled=True).values())

    def enable(self, passage_id: int, enabled: bool) -> Passage:
        """Switches a passage on or off. Raises PassageNotFound."""
        with self.writing() as connection:
            edit_rows.enable(connection, passage_id, enabled)
            return rows.passages_by_id(connection, [passage_id], disabled=True)[passage_id]

    def discard_edit(self, edit_id: int) -> bool:
        """Forgets an edit that has no place; False where there is none of that id."""
        with self.writing() as connection:
            done = connection.execute("DELETE FROM edits WHERE id = ? AND aside IS NOT NULL", (edit_id,))
            return bool(done.rowcount)

    # -- full text: each database has its own

    @abstractmethod
    def match(self, query_words: Sequence[str], k: int, within: np.ndarray | None = None) -> list[tuple[int, float]]:
        """(passage id, BM25, higher is better) of the k best passages with any of the words, given as stems."""

    @abstractmethod
    def holding(self, phrases: Sequence[Sequence[str]]) -> np.ndarray:
        """int64 [n], ascending: the ids of the passages with all these phrases in them."""
