"""A FAISS index over the store's vectors: a cache that may be thrown away at any time.

Knows nothing about texts or models. It is exact (inner product over float16); its file carries the state of
the store that it was made from, and is read only when that state and its checksum are right. Nothing a user
owns is in it.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from .store import Store

log = logging.getLogger(__name__)
_MAGIC = "domain-tuner vectors 1"


class VectorIndex:
    """Nearest passages by inner product, kept equal to the store by `refresh`."""

    def __init__(self, store: Store, file: Path) -> None:
        self._store = store
        self._file = file
        self._lock = threading.RLock()
        self._index: Any = None
        self._ids: set[int] = set()
        self._state: str | None = None
        self._generation: str | None = None
        self._saved: str | None = None

    def search(self, queries: np.ndarray, k: int, within: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """(scores float32 [n, k], passage ids int64 [n, k], -1 where there are no more), of those `within` if given."""
        with self._lock:
            self.refresh()
            most = min(k, len(self._ids) if within is None else len(within))
            if self._index is None or not self._ids or not most:
                return np.zeros((len(queries), 0), np.float32), np.zeros((len(queries), 0), np.int64)
            scores, ids = self._index.search(
                np.ascontiguousarray(queries, np.float32), most, params=_only(within) if within is not None else None
            )
            return scores, ids

    @property
    def loaded(self) -> bool:
        """Whether this process has it in memory."""
        return self._index is not None

    def refresh(self) -> None:
        """Makes the index what the store says: read from its file, brought up to date, or built anew."""
        with self._lock:
            state = self._store.meta("state")
            if state == self._state:
                return
            generation = self._store.meta("generation")
            if self._index is None and self._read(state):
                self._state, self._generation = state, generation
                return
            if generation != self._generation:
                self._index, self._ids = None, set()
            self._follow(set(self._store.passage_ids().tolist()))
            self._state, self._generation = state, generation

    def save(self) -> None:
        """Writes the file for the next process. A cache: a full disk costs a rebuild, not an error."""
        with self._lock:
            self.refresh()
            if self._index is None or self._saved == self._state:
                return
            import faiss

            body = faiss.serialize_index(self._index).tobytes()
            head = {"magic": _MAGIC, "state": self._state, "count": len(self._ids), "sum": _sum(body)}
            temporary = self._file.with_name(f"{self._file.name}.{os.getpid()}.tmp")
            try:
                with temporary.open("wb") as opened:
                    opened.write(json.dumps(head).encode() + b"\n" + body)
                    opened.flush()
                    os.fsync(opened.fileno())
                temporary.replace(self._file)
                self._saved = self._state
            except OSError as error:
                log.warning("the vector cache was not saved (%s); it will be built again", error.strerror)
                temporary.unlink(missing_ok=True)

    def _read(self, state: str | None) -> bool:
        import faiss

        try:
            with self._file.open("rb") as opened:
                head = json.loads(opened.readline(4096))
                if head["magic"] != _MAGIC or head["state"] != state:
                    return False
                body = opened.read()
            if head["sum"] != _sum(body):
                raise ValueError("its checksum is wrong")
            index: Any = faiss.deserialize_index(np.frombuffer(body, np.uint8))
            ids = set(faiss.vector_to_array(index.id_map).tolist())
        except FileNotFoundError:
            return False
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError) as error:
            log.warning("the vector cache is not usable (%s); building it again", error)
            return False
        if len(ids) != head["count"]:
            return False
        self._index, self._ids, self._saved = index, ids, state
        return True

    def _follow(self, wanted: set[int]) -> None:
        """Takes out and adds what differs; ids are never reused, so equal ids are equal vectors."""
        gone, new = self._ids - wanted, sorted(wanted - self._ids)
        if gone and self._index is not None:
            self._index.remove_ids(np.array(sorted(gone), np.int64))
        self._ids -= gone
        for start in range(0, len(new), 50_000):
            ids, vectors = self._store.vectors(new[start : start + 50_000])
            self._add(ids, vectors)

    def _add(self, ids: Sequence[int] | np.ndarray, vectors: np.ndarray) -> None:
        import faiss

        if not len(ids):
            return
        if self._index is None:
            flat = faiss.IndexScalarQuantizer(
                vectors.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
            )
            self._index = faiss.IndexIDMap2(flat)
        self._index.add_with_ids(np.ascontiguousarray(vectors, np.float32), np.asarray(ids, np.int64))
        self._ids.update(int(i) for i in ids)


def _only(ids: np.ndarray) -> Any:
    """An exact filter: the ids are looked up before a vector is compared (1% of 100,000 passages in 0.6 ms)."""
    import faiss

    parameters: Any = faiss.SearchParameters  # faiss adds the keywords when it is imported
    return parameters(sel=faiss.IDSelectorBatch(np.ascontiguousarray(ids, np.int64)))


def _sum(body: bytes) -> str:
    return blake2b(body, digest_size=16).hexdigest()
