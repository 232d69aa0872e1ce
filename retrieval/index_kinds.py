"""What an index is to a search, and the two kinds of FAISS index: exact up to a size, and clusters of vectors of which
a search reads a few.

Knows nothing about the store. Exact is inner product over float16: no loss, added to and removed from at once, and
faster than anything approximate up to some 100,000 vectors. Clusters are IVF over the same numbers (over bytes where
float16 would not fit the memory): HNSW answers as fast, but takes nothing out and twice as long to build.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

Kind = Literal["exact", "clusters", "graph"]
Batches = Callable[[], Iterable[tuple[np.ndarray, np.ndarray]]]  # (ids int64 [n], vectors float32 [n, d]), all of them
ASKED = 200  # vectors that are looked for to measure recall
DEPTH = 10
AIM = 0.99  # recall@10 that the number of clusters read is chosen for
_PER_CLUSTER = 40  # training vectors; faiss warns below 39
_MEMORY_SHARE = 0.25  # of the machine's memory that float16 vectors may take


@dataclass(frozen=True)
class IndexStatus:
    """What kind of index there is over how many `passages`, and what it finds of what an exact one would.

    `recall_at_10` was measured on `measured_on` passages of this corpus when the clusters (or a server's graph) were
    made; an exact index has 1. A search reads `probes` of `clusters`. `bytes_per_number`: 2 for float16, 1 where the
    memory is too small for it.
    """

    kind: Kind
    passages: int
    recall_at_10: float = 1.0
    clusters: int = 0
    probes: int = 0
    bytes_per_number: int = 2
    measured_on: int = 0


class Index(Protocol):
    """Nearest passages by inner product, always those of the store as it is now."""

    @property
    def loaded(self) -> bool:
        """Whether this process has it in memory."""

    def search(self, queries: np.ndarray, k: int, within: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """(scores float32 [n, k], passage ids int64 [n, k], -1 where there are no more), of those `within` if given."""

    def status(self) -> IndexStatus:
        """What it is now."""

    def save(self) -> None:
        """Keeps what the next process would have to make again."""

    def build_in_background(self) -> None:
        """Makes what many passages need to be searched fast, if it is time to; searches go on meanwhile."""

    def wait(self) -> None:
        """Until what is built in the background is ready."""


def exact(width: int) -> Any:
    """An empty index of the exact kind."""
    import faiss

    flat = faiss.IndexScalarQuantizer(width, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    return faiss.IndexIDMap2(flat)


def clustered(batches: Batches, count: int, memory: int | None = None) -> tuple[Any, IndexStatus]:
    """An index of 4 sqrt(n) clusters over all the vectors, and what it was measured to find.

    `memory` is that of the machine in bytes. The vectors are read three times: to learn clusters from some, to add
    them, and for the exact answers that recall is measured against.
    """
    import faiss

    clusters = max(int(4 * count**0.5), 1)
    sample = _some(batches, count, min(count, clusters * _PER_CLUSTER))
    width = sample.shape[1]
    memory = memory or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    small = count * width * 2 > _MEMORY_SHARE * memory
    quantizer = faiss.ScalarQuantizer.QT_8bit if small else faiss.ScalarQuantizer.QT_fp16
    index: Any = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(width), width, clusters, quantizer, faiss.METRIC_INNER_PRODUCT, False
    )
    index.cp.spherical = True  # the vectors are of unit length
    index.train(sample)
    for ids, vectors in batches():
        index.add_with_ids(np.ascontiguousarray(vectors, np.float32), ids)
    asked = _some(batches, count, min(count, ASKED))
    truth = _nearest(batches, asked)
    probes, recall = 1, 0.0
    while True:
        recall = _recall(search(index, asked, min(DEPTH, count), probes)[1], truth)
        if recall >= AIM or probes >= clusters:
            break
        probes = min(2 * probes, clusters)
    return index, IndexStatus("clusters", count, recall, clusters, probes, 1 if small else 2, len(asked))


def search(
    index: Any, queries: np.ndarray, k: int, probes: int, within: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """(scores float32 [n, k], ids int64 [n, k]). Within given ids it is exact: they are looked up before a vector is
    compared (1% of 100,000 passages in 0.6 ms)."""
    import faiss

    options: dict[str, Any] = {}
    if within is not None:
        options["sel"] = faiss.IDSelectorBatch(np.ascontiguousarray(within, np.int64))
    if is_clustered(index):
        options["nprobe"] = index.nlist if within is not None else probes
        kind: Any = faiss.SearchParametersIVF
    else:
        kind = faiss.SearchParameters
    scores, ids = index.search(
        np.ascontiguousarray(queries, np.float32), k, params=kind(**options) if options else None
    )
    return scores, ids


def is_clustered(index: Any) -> bool:
    return hasattr(index, "nlist")


def ids_of(index: Any) -> np.ndarray:
    """int64, ascending: the ids that it holds."""
    import faiss

    if not is_clustered(index):
        return np.sort(faiss.vector_to_array(index.id_map))
    lists = index.invlists
    found = [faiss.rev_swig_ptr(lists.get_ids(n), lists.list_size(n)).copy() for n in range(index.nlist)]
    return np.sort(np.concatenate(found)).astype(np.int64)


def write(index: Any, to: Callable[[bytes], object]) -> None:
    """In portions: all at once would need the index's memory again."""
    import faiss

    faiss.write_index(index, faiss.PyCallbackIOWriter(to))  # type: ignore[attr-defined]


def read(portion: Callable[[int], bytes]) -> Any:
    """What was written. Raises RuntimeError for what is no index."""
    import faiss

    return faiss.read_index(faiss.PyCallbackIOReader(portion))  # type: ignore[attr-defined]


def _some(batches: Batches, count: int, wanted: int) -> np.ndarray:
    """float32 [wanted, d]: vectors drawn evenly from all."""
    chosen = np.unique(np.linspace(0, count - 1, wanted).astype(np.int64))
    found, start = [], 0
    for _, vectors in batches():
        inside = chosen[(chosen >= start) & (chosen < start + len(vectors))] - start
        found.append(vectors[inside])
        start += len(vectors)
    return np.ascontiguousarray(np.concatenate(found), np.float32)


def _nearest(batches: Batches, asked: np.ndarray) -> np.ndarray:
    """int64 [n, 10]: the ids of the nearest by exact comparison with every vector."""
    scores = np.full((len(asked), 0), 0, np.float32)
    best = np.full((len(asked), 0), 0, np.int64)
    for ids, vectors in batches():
        scores = np.concatenate([scores, asked @ vectors.T], axis=1)
        best = np.concatenate([best, np.broadcast_to(ids, (len(asked), len(ids)))], axis=1)
        if scores.shape[1] > DEPTH:
            kept = np.argpartition(-scores, DEPTH - 1, axis=1)[:, :DEPTH]
            scores, best = np.take_along_axis(scores, kept, 1), np.take_along_axis(best, kept, 1)
    return best


def _recall(found: np.ndarray, truth: np.ndarray) -> float:
    same = [len(set(a) & set(b)) / len(b) for a, b in zip(found.tolist(), truth.tolist(), strict=True)]
    return float(np.mean(same))
