"""A FAISS index over the store's vectors: a cache that may be thrown away at any time.

Knows nothing about texts or models. It follows the store's log of changes, and its file says up to which of them it
has come and is read only when its checksum is right. Up to a size it is exact; past it, clusters are made in the
background of an ingest and take the place of the exact one when they are ready. Nothing a user owns is in it.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from . import index_kinds
from .background import Background
from .errors import CorpusError
from .index_kinds import IndexStatus
from .sqlite_store import SqliteStore
from .temporaries import discard, temporary_of

log = logging.getLogger(__name__)
_MAGIC = "domain-tuner vectors 3"
_LONGEST_HEAD, _DIGEST = 4096, 16  # bytes
_BATCH = 50_000  # vectors at once
_SHARE_FOLLOWED = 50  # one in so many passages may have changed since the file was written: that is soon followed
# Exact takes 32 ms over a million passages on one thread and loses nothing; clusters take 1 ms, and a minute to build.
EXACT_UP_TO = 500_000
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError)


class VectorIndex:
    """Nearest passages by inner product, kept equal to the store by `refresh`."""

    def __init__(self, store: SqliteStore, file: Path, exact_up_to: int = EXACT_UP_TO) -> None:
        self._store = store
        self._file = file
        self._exact_up_to = exact_up_to
        self._lock = threading.RLock()
        self._builder = Background("index")
        self._forget()

    def _forget(self) -> None:
        self._index: Any = None
        self._made = IndexStatus("exact", 0)  # as it was when it was built
        self._ids = np.zeros(0, np.int64)
        self._state: str | None = None
        self._generation: str | None = None
        self._change = 0
        self._in_file = False  # but for changes since

    def search(self, queries: np.ndarray, k: int, within: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """(scores float32 [n, k], passage ids int64 [n, k], -1 where there are no more), of those `within` if given."""
        with self._lock:
            self.refresh()
            most = min(k, len(self._ids) if within is None else len(within))
            if self._index is None or not most or not len(self._ids):
                return np.zeros((len(queries), 0), np.float32), np.zeros((len(queries), 0), np.int64)
            # a search for more than a few reads more clusters, so that there are enough to choose from
            probes = self._made.probes * -(-most // 50)
            return index_kinds.search(self._index, queries, most, min(probes, self._made.clusters), within)

    @property
    def loaded(self) -> bool:
        """Whether this process has it in memory."""
        return self._index is not None

    def status(self) -> IndexStatus:
        """What it is now. Reads or builds it where it is not in memory yet."""
        with self._lock:
            self.refresh()
            return replace(self._made, passages=len(self._ids))

    def refresh(self) -> None:
        """Makes the index what the store says: read from its file, brought up to date, or built anew."""
        with self._lock:
            state = self._store.meta("state")
            if state == self._state:
                return
            generation = self._store.meta("generation")
            if self._index is None:
                self._read(generation)
            elif generation != self._generation:
                self._forget()
            change = self._store.last_change()
            if self._index is None:
                self._take_in(self._store.passage_ids())
            else:
                there, gone = self._store.changed_since(self._change)
                self._take_out(gone)
                self._take_in(np.setdiff1d(there, self._ids, assume_unique=True))
            self._state, self._generation, self._change = state, generation, change

    def save(self) -> None:
        """Writes the file for the next process, unless that has few changes to follow. A cache: a full disk costs a
        rebuild, not an error."""
        with self._lock:
            if self._kept():
                return
            self.refresh()
            if self._index is None:
                return
            head = _Head(self._generation, self._change, self._made, len(self._ids))
            temporary = temporary_of(self._file)
            try:
                with temporary.open("wb") as opened:
                    opened.write(json.dumps({"magic": _MAGIC, **asdict(head)}).encode() + b"\n")
                    digest = blake2b(digest_size=_DIGEST)

                    def written(portion: bytes) -> None:
                        digest.update(portion)
                        opened.write(portion)

                    index_kinds.write(self._index, written)
                    opened.write(digest.digest())
                    opened.flush()
                    os.fsync(opened.fileno())
                temporary.replace(self._file)
                self._in_file = True
            except OSError as error:
                log.warning("the vector cache was not saved (%s); it will be built again", error.strerror)
                discard(temporary)

    def _kept(self) -> _Head | None:
        """The head of the file, if that is of this generation, few changes behind and not known to be unreadable."""
        head = None if self.loaded and not self._in_file else _head_of(self._file)
        if head is None or head.generation != self._store.meta("generation"):
            return None
        behind = self._store.last_change() - head.change
        return head if 0 <= behind <= head.passages // _SHARE_FOLLOWED else None

    # -- clusters

    def outgrown(self) -> bool:
        """Whether there are too many passages to be exact, or twice or half as many as clusters were made for."""
        with self._lock:
            kept = None if self.loaded else self._kept()
            if kept is None:
                self.refresh()
                kept = _Head(self._generation, self._change, self._made, len(self._ids))
            if kept.made.kind == "exact":
                return kept.passages > self._exact_up_to
            return kept.passages > 0 and not kept.made.passages // 2 <= kept.passages <= 2 * kept.made.passages

    def build_in_background(self) -> None:
        """Makes clusters, if it is time to, while searches go on with what there is."""
        with self._lock:
            if not self._builder.at_work and self.outgrown():
                self._builder.start(self._build)

    def wait(self) -> None:
        """Until what is built in the background is ready."""
        self._builder.wait()

    def _build(self) -> None:
        try:
            generation, change = self._store.meta("generation"), self._store.last_change()
            ids = self._store.passage_ids()
            if len(ids) > self._exact_up_to:
                made, status = index_kinds.clustered(lambda: self._batches(ids), len(ids))
            else:  # it has shrunk
                _, one = self._store.vectors(ids[:1].tolist())
                made, status = index_kinds.exact(one.shape[1]), IndexStatus("exact", len(ids))
                for some, vectors in self._batches(ids):
                    made.add_with_ids(vectors, some)
            found = index_kinds.ids_of(made)
        except (CorpusError, MemoryError, RuntimeError) as error:
            log.warning("the index could not be made anew (%s); the old one stays", error)
            return
        with self._lock:
            self._index, self._made, self._ids = made, status, found
            self._generation, self._change, self._state, self._in_file = generation, change, None, False
        self.save()

    def _batches(self, ids: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for start in range(0, len(ids), _BATCH):
            yield self._store.vectors(ids[start : start + _BATCH].tolist())

    # -- what it holds

    def _read(self, generation: str | None) -> None:
        """Takes the file, if it is of this generation; what changed since is followed."""
        try:
            with self._file.open("rb") as opened:
                head, body = _head(opened), opened.tell()
                if head.generation != generation:
                    return
                _check_sum(opened)
                opened.seek(body)
                index = index_kinds.read(opened.read)
            ids = index_kinds.ids_of(index)
        except FileNotFoundError:
            return
        except (*_UNREADABLE, RuntimeError) as error:
            log.warning("the vector cache is not usable (%s); building it again", error)
            return
        if head.change > self._store.last_change():
            return
        self._index, self._made, self._ids = index, head.made, ids
        self._generation, self._change, self._in_file = generation, head.change, True

    def _take_out(self, gone: np.ndarray) -> None:
        held = gone[np.isin(gone, self._ids, assume_unique=True)]
        if len(held):
            self._index.remove_ids(held)
            self._ids = np.delete(self._ids, np.searchsorted(self._ids, held))

    def _take_in(self, new: np.ndarray) -> None:
        for ids, vectors in self._batches(new):
            if not len(ids):
                continue
            if self._index is None:
                self._index = index_kinds.exact(vectors.shape[1])
            self._index.add_with_ids(np.ascontiguousarray(vectors, np.float32), ids)
            self._ids = np.insert(self._ids, np.searchsorted(self._ids, ids), ids)


@dataclass(frozen=True)
class _Head:
    """What the file says of itself in its first line: of which vectors it is, and how many."""

    generation: str | None
    change: int
    made: IndexStatus  # as it was when it was built
    passages: int


def _head(opened: BinaryIO) -> _Head:
    """Raises one of _UNREADABLE for what is no file of ours."""
    said = json.loads(opened.readline(_LONGEST_HEAD))
    if said.pop("magic") != _MAGIC:
        raise ValueError("it is of another version of this program")
    return _Head(**{**said, "made": IndexStatus(**said["made"])})


def _head_of(file: Path) -> _Head | None:
    try:
        with file.open("rb") as opened:
            return _head(opened)
    except _UNREADABLE:
        return None


def kept_status(file: Path) -> IndexStatus | None:
    """What the index was when it was last saved, from the head of its file alone; None where there is none."""
    head = _head_of(file)
    return replace(head.made, passages=head.passages) if head else None


def _check_sum(opened: BinaryIO) -> None:
    """ValueError where what follows does not end with its checksum."""
    left = os.fstat(opened.fileno()).st_size - opened.tell() - _DIGEST
    digest = blake2b(digest_size=_DIGEST)
    while left > 0 and (portion := opened.read(min(left, 1 << 20))):
        digest.update(portion)
        left -= len(portion)
    if left or opened.read(_DIGEST) != digest.digest():
        raise ValueError("its checksum is wrong")
