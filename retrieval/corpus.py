"""The corpus in a folder or on a server: files go in, passages are found. The one door to this package.

Knows nothing about questions' answers, models that write, or the page. It puts the other modules together:
parser -> chunking -> embedding -> store (the truth) -> index (a cache) -> search.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from . import editing
from .calibration import Calibration, calibrated
from .edits import Edit, carry
from .embedded import add_carried, with_vectors
from .embedding import Embedder, SentenceEmbedder
from .encodings import storable, whole
from .errors import (
    AmbiguousDocument,
    DifferentEmbeddingModel,
    DocumentNotFound,
    EmbeddingModelError,
    InvalidMetadata,
    InvalidQuery,
    PassageNotFound,
)
from .finding import PLAIN, SearchOptions, find
from .index_kinds import IndexStatus
from .ingest import Ingest
from .passages import Document, Draft, Hit, IngestProgress, IngestResult, Passage, searchable_text
from .search import DENSE_WEIGHT, SEARCHES, Searchable
from .sources import sources
from .store import FINGERPRINT, made_anew
from .stores import opened
from .weights import PACKAGED_MODEL, fingerprint_of, is_of

MODES = tuple(SEARCHES)
_EVERY_PASSAGE = 2**31  # more than a corpus has, and a number that every database takes


class Corpus:
    """Documents, their passages and the search over them, in one folder, or in the PostgreSQL database of `url`
    (postgresql://user@host/database?schema=name), which many machines may use at once. Threads may share it.

    Opening is cheap: no model is loaded before it is needed. `embedding_model` is a name (of the packaged
    model or on the hub) or a folder; None takes the one that the corpus was made with. `embedder` takes the
    place of both. Raises DifferentEmbeddingModel when the corpus was made with another model.
    """

    def __init__(
        self,
        folder: Path,
        embedding_model: str | None = None,
        *,
        embedder: Embedder | None = None,
        url: str | None = None,
    ) -> None:
        self.folder = Path(folder)
        self.store, self._index = opened(self.folder, url)
        self._ingesting = threading.Lock()
        made_with = self.store.meta("embedding_model")
        self._embedder: Embedder | None = embedder
        # The generation of the vectors that the model was found to fit; there are none yet where none made any.
        self._checked = self.store.meta("generation") if made_with else None
        self._asked = embedder.name if embedder else embedding_model
        self._name = self._asked or made_with or PACKAGED_MODEL
        if self._asked and made_with:
            self._check_model(made_with)

    def _check_model(self, made_with: str) -> None:
        fingerprint = self._embedder.fingerprint if self._embedder else fingerprint_of(self._name)
        if is_of(fingerprint, self.store.meta(FINGERPRINT)):
            return
        self.close()
        raise DifferentEmbeddingModel(
            f"The corpus in {self.store.place} was made with the embedding model {made_with!r}, not "
            f"{self._name!r}; vectors of "
            "two models cannot be compared. Open it without naming a model, or open it so and make "
            "the vectors anew with "
            f"rebuild({self._name!r})."
        )

    @property
    def embedder(self) -> Embedder:
        """The embedding model, checked against the one that made the vectors, and again where those were made anew."""
        generation = self.store.meta("generation")
        if self._embedder is None or generation != self._checked:
            embedder: Embedder = self._embedder or SentenceEmbedder(self._name)
            known = self.store.meta(FINGERPRINT)
            if known and not is_of(embedder.fingerprint, known):
                if self._embedder:
                    raise made_anew(self.store.place)
                raise DifferentEmbeddingModel(
                    f"The embedding model {self._name!r} is not the one any more that the corpus in "
                    f"{self.store.place} was made "
                    "with: its files have changed. Put the old ones back, or make the vectors anew "
                    "with rebuild()."
                )
            self._embedder, self._checked = embedder, generation
        return self._embedder

    # -- documents

    def ingest(
        self,
        paths: Iterable[Path],
        progress: Callable[[IngestProgress], None] | None = None,
        names: Sequence[str] | None = None,
        leave_out: Sequence[Path] = (),
    ) -> list[IngestResult]:
        """Takes files and folders in; a bad file is reported as failed and the others go in.

        `names` are the display names of `paths` where those are not the files' own (uploads); `leave_out` are files
        and folders that are passed over where they lie in a folder. A document is wholly in or wholly out. Raises
        NothingToIngest for nothing but folders without documents, DiskFull and other StoreErrors.
        """
        found = sources([Path(path) for path in paths], names, leave_out)
        with self._ingesting:
            if any(source.problem is None for source in found):
                self.store.check_writable()  # before files are read, which may take hours
                self._note_model()
            results = Ingest(self.store, lambda: self.embedder, progress).run(found)
            if any(result.status in ("indexed", "replaced", "removed") for result in results):
                self._index.save()
                self._index.build_in_background()
        return results

    def add_texts(self, texts: Sequence[str], ids: Sequence[str], metadatas: Sequence[dict[str, Any]]) -> None:
        """Takes each text in as a document of one passage, as it is but for halves of signs; an id that is there is
        replaced, and edits of it are kept as those of a file are. Raises InvalidMetadata before anything is taken in.
        """
        texts, ids = [whole(text) for text in texts], [whole(key) for key in ids]
        for key, metadata in zip(ids, metadatas, strict=True):
            _check_metadata(key, metadata)
        self._note_model()
        with self._ingesting:
            made_with = self.store.meta(FINGERPRINT)
            cuts = [[Draft(text, None, "")] for text in texts]
            carried = [carry(cut, self.store.edits([key])) for cut, key in zip(cuts, ids, strict=True)]
            drafts = [draft for drafts, _ in carried for draft in drafts]
            passages = iter(with_vectors(self.store, lambda: self.embedder, drafts))
            for cut, key, metadata, each in zip(cuts, ids, metadatas, carried, strict=True):
                size, name = len(cut[0].text.encode()), whole(str(metadata.get("source", key)))
                document = Document(key, name, "", None, 1, time.time(), size)
                mine = list(islice(passages, len(each[0])))
                add_carried(self.store, lambda: self.embedder, document, [key], cut, each, mine, made_with, metadata)
            self._index.build_in_background()

    def _note_model(self) -> None:
        if self.store.meta("embedding_model") is None:
            embedder = self.embedder
            self.store.note_model(
                {
                    "embedding_model": embedder.name,
                    FINGERPRINT: embedder.fingerprint,
                    "dimensions": str(embedder.dimensions),
                }
            )
        if self._embedder:  # another process may have been faster, with another model
            self._check_model(str(self.store.meta("embedding_model")))

    def remove(self, name_or_id: str) -> Document:
        """Takes a document out, by its name or the beginning of its id, and returns what was removed."""
        document = self.find(name_or_id)
        self.store.remove(document.id)
        return document

    def find(self, name_or_id: str) -> Document:
        """The document of this name, or whose id begins so. Raises DocumentNotFound, AmbiguousDocument."""
        found = self.store.find(name_or_id)
        if not found:
            raise DocumentNotFound(
                f"There is no document {name_or_id!r} in the corpus. Expected a name or the first 8 signs of an id "
                "or more, as `domain-tuner documents` lists them."
            )
        if len(found) > 1:
            raise AmbiguousDocument(
                f"{len(found)} documents fit {name_or_id!r}: "
                + ", ".join(f"{document.name} ({document.id[:12]})" for document in found)
                + ". Give the id of one."
            )
        return found[0]

    def documents(self) -> list[Document]:
        """All documents, oldest first."""
        return self.store.documents()

    def passages(self, document_id: str | None = None, disabled: bool = False) -> list[Passage]:
        """All passages, or those of one document, in reading order; with those switched off, if `disabled`."""
        return self.store.passages(document_id, disabled)

    # -- passages that people change: each has a new id after, and stands in the next version of its document, too

    def edit_passage(self, passage_id: int, text: str) -> Passage:
        """The passage with another text. Raises PassageNotFound; InvalidEdit for no text or too much of it."""
        with self._ingesting:
            return editing.edit_text(self.store, self.embedder, passage_id, text)

    def split_passage(self, passage_id: int, offset: int, text: str | None = None) -> list[Passage]:
        """The passage as two, cut before the character `offset` of its text, or of `text`, which takes its place.
        Raises PassageNotFound, InvalidEdit."""
        with self._ingesting:
            return editing.split_at(self.store, self.embedder, passage_id, offset, text)

    def merge_passages(self, first: int, second: int) -> Passage:
        """Two neighbours of one document as one. Raises PassageNotFound, InvalidEdit."""
        with self._ingesting:
            return editing.merge(self.store, self.embedder, first, second)

    def revert_passage(self, passage_id: int) -> list[Passage]:
        """The passages as they were cut, in the place of all that was made of them. Raises PassageNotFound."""
        with self._ingesting:
            return editing.revert(self.store, self.embedder, passage_id)

    def enable_passage(self, passage_id: int, enabled: bool = True) -> Passage:
        """Switches a passage on or off, under the same id: off, it is not found, cited or learned from.

        Sentences that its neighbours repeat are found there. Raises PassageNotFound.
        """
        with self._ingesting:
            return self.store.enable(passage_id, enabled)

    def edits_aside(self, document_id: str) -> list[Edit]:
        """Edits of a document whose text its present version does not have; the next one may."""
        return [edit for edit in self.store.edits([document_id]) if not edit.placed]

    def discard_edit(self, edit_id: int) -> None:
        """Forgets an edit that was set aside. Raises PassageNotFound where there is none of that id."""
        if not self.store.discard_edit(edit_id):
            raise PassageNotFound(f"There is no edit {edit_id} that was set aside. 'passages DOCUMENT' lists them.")

    # -- search

    def search(self, query: str, k: int = 5, mode: str = "hybrid", options: SearchOptions = PLAIN) -> list[Hit]:
        """The k best passages, best first; fewer where the corpus has fewer. Modes: hybrid, dense, text, rrf.

        A passage must hold what the question has in quotes. Filters, neighbours and a reranker are `options`.
        """
        return self.search_many([query], k, mode, options)[0]

    def search_many(
        self, queries: Sequence[str], k: int = 5, mode: str = "hybrid", options: SearchOptions = PLAIN
    ) -> list[list[Hit]]:
        """As `search`, for many questions with one embedding batch."""
        if mode not in SEARCHES:
            raise InvalidQuery(f"There is no search mode {mode!r}. Expected one of {', '.join(MODES)}.")
        if k < 1:
            raise InvalidQuery(f"The number of passages must be 1 or more, not {k}.")
        if any(not query.strip() for query in queries):
            raise InvalidQuery("The question is empty. Type some words to search for.")
        if not queries or self.store.meta("embedding_model") is None:
            return [[] for _ in queries]
        asked = [storable(query) for query in queries]
        return find(self._searchable(), SEARCHES[mode], asked, min(k, _EVERY_PASSAGE), options)

    def nearest(self, vector: np.ndarray, k: int = 5) -> list[Hit]:
        """The k passages nearest to a vector (float [d], of any length) by cosine, best first. Raises InvalidQuery for
        a vector of another width."""
        width = int(self.store.meta("dimensions") or 0)
        if width and vector.shape != (width,):
            raise InvalidQuery(
                f"The vector has the shape {vector.shape}; those of this corpus have {width} numbers. Make it with the "
                f"embedding model {self.store.meta('embedding_model')!r}."
            )
        length = float(np.linalg.norm(vector)) or 1.0
        scores, ids = self._index.search(np.asarray(vector, np.float32)[None] / length, min(k, _EVERY_PASSAGE))
        passages = self.store.passages_of(ids[0].tolist())
        scored = zip(ids[0].tolist(), scores[0].tolist(), strict=True)
        return [Hit(passages[i], score) for i, score in scored if i in passages]

    def _searchable(self) -> Searchable:
        return Searchable(self.store, self._index, lambda: self.embedder, dense_weight=self.dense_weight)

    @property
    def dense_weight(self) -> float:
        """What meaning weighs against words in hybrid search, between 0 and 1."""
        return float(self.store.meta("dense_weight") or DENSE_WEIGHT)

    def calibrate(self, questions: Sequence[tuple[str, Collection[int]]]) -> Calibration:
        """Sets that weight to what finds the answers of this corpus's own questions best.

        Each question comes with the ids of the passages that answer it. Do not measure with the same questions
        after. Raises InvalidQuery for fewer than 30.
        """
        found = calibrated(self._searchable(), questions)
        self.store.set_meta({"dense_weight": str(found.weight)})
        return found

    # -- the whole

    def rebuild(
        self,
        embedding_model: str | None = None,
        *,
        embedder: Embedder | None = None,
        progress: Callable[[IngestProgress], None] | None = None,
    ) -> None:
        """Makes the vectors of all passages anew, with another model if one is named. All or nothing.

        Passages stay as they were cut; a model that reads fewer tokens than the old one embeds their
        beginnings.
        """
        new: Embedder = embedder or SentenceEmbedder(embedding_model or self._name)
        with self._ingesting:
            passages = sorted(self.passages(disabled=True), key=lambda passage: passage.id)

            def told(done: int) -> None:
                if progress:
                    progress(IngestProgress("embedding", "", 0, 0, done, len(passages)))

            vectors = new.encode(
                [searchable_text(passage.heading, passage.text) for passage in passages], progress=told
            )
            if len(passages) and vectors.shape != (len(passages), new.dimensions):
                raise EmbeddingModelError(
                    f"The embedding model {new.name!r} gave {vectors.shape} numbers for {len(passages)} "
                    "passages. It is not a sentence embedding model."
                )
            notes = {
                "embedding_model": new.name,
                FINGERPRINT: new.fingerprint,
                "dimensions": str(new.dimensions),
                "dense_weight": "",  # it was the old model's
            }
            self.store.replace_vectors([passage.id for passage in passages], vectors, notes)
            self._embedder, self._name, self._checked = new, new.name, self.store.meta("generation")
            self._index.save()
            self._index.build_in_background()

    def index_status(self) -> IndexStatus:
        """The index over the vectors: exact or clusters, and what of the exact answers it was measured to find."""
        return self._index.status()

    def close(self) -> None:
        """Saves the cache and closes the database; an index that is being built is waited for."""
        self._index.wait()
        if self._index.loaded and self.store.meta("embedding_model") is not None:
            self._index.save()
        self.store.close()


def _check_metadata(key: str, metadata: dict[str, Any]) -> None:
    for name, value in metadata.items():
        try:
            json.dumps(value)
        except (TypeError, ValueError) as error:
            raise InvalidMetadata(
                f"The metadata {name!r} of the text {key!r} is of the type {type(value).__name__}. Expected what JSON "
                "has: texts, numbers, true, false, null, and lists and objects of these. Nothing was taken in."
            ) from error
