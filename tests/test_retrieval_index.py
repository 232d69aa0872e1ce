"""The index over the vectors: exact or in clusters, it follows the store, and says what it was measured to find."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from retrieval.index import VectorIndex, kept_status
from retrieval.index_kinds import clustered
from retrieval.passages import Document
from retrieval.rows import NewPassage
from retrieval.sqlite_store import SqliteStore

WIDTH, EXACT = 16, 600


class Filled:
    """A store of documents of ten passages with random vectors."""

    def __init__(self, folder: Path) -> None:
        self.store = SqliteStore(folder / "corpus.sqlite")
        self.file = folder / "vectors.cache"
        self.random = np.random.default_rng(3)
        self.added = 0

    def add(self, documents: int) -> None:
        for _ in range(documents):
            vectors = self.unit(10)
            new = [NewPassage(None, "", f"text {self.added} {row}", vector) for row, vector in enumerate(vectors)]
            document = Document(f"d{self.added}", f"d{self.added}", ".txt", None, 10, float(self.added + 1), 1)
            self.store.add(document, new)
            self.added += 1

    def unit(self, count: int) -> np.ndarray:
        vectors = self.random.standard_normal((count, WIDTH)).astype(np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def index(self) -> VectorIndex:
        return VectorIndex(self.store, self.file, exact_up_to=EXACT)


@pytest.fixture
def filled(tmp_path: Path) -> Filled:
    found = Filled(tmp_path)
    found.add(40)
    return found


def check(index: VectorIndex, filled: Filled, least: float = 1.0) -> None:
    """It holds what can be found and nothing else, and finds so much of the exact answer."""
    ids, vectors = filled.store.vectors(filled.store.passage_ids().tolist())
    assert index.status().passages == len(ids)
    assert sorted(index.search(vectors[:1], len(ids), within=ids)[1][0].tolist()) == ids.tolist()
    queries = filled.unit(60)
    scores, found = index.search(queries, 10)
    exact = queries @ vectors.T
    truth = ids[np.argsort(-exact, axis=1)[:, :10]]
    recall = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found.tolist(), truth.tolist(), strict=True)])
    assert recall >= least - 0.01, "0.01 for what float16 makes equal"
    of = np.searchsorted(ids, np.where(found < 0, ids[0], found))
    np.testing.assert_allclose(np.where(found < 0, 0, scores - np.take_along_axis(exact, of, 1)), 0, atol=2e-3)
    some = ids[5:300:7]
    narrowed = index.search(queries, 3, within=some)[1]
    assert narrowed.tolist() == some[np.argsort(-(queries @ vectors[5:300:7].T), axis=1)[:, :3]].tolist()


def test_exact_it_follows_every_change(filled: Filled) -> None:
    index = filled.index()
    check(index, filled)
    assert (index.status().kind, index.status().recall_at_10) == ("exact", 1.0)
    filled.add(3)
    filled.store.remove("d7")
    filled.store.enable(25, False)
    filled.store.enable(26, False)
    filled.store.enable(26, True)
    check(index, filled)
    filled.store.enable(25, True)
    check(index, filled)


def test_a_file_of_an_older_state_is_brought_up_to_date(filled: Filled, caplog: pytest.LogCaptureFixture) -> None:
    index = filled.index()
    index.save()
    filled.add(2)
    filled.store.remove("d1")
    later = filled.index()
    check(later, filled)
    later.save()
    bytes_before = filled.file.read_bytes()
    check(filled.index(), filled)
    filled.file.write_bytes(bytes_before[:-9])
    check(filled.index(), filled)
    assert "building it again" in caplog.text


def test_after_few_changes_the_file_is_neither_read_nor_written(filled: Filled) -> None:
    filled.add(60)
    filled.index().save()
    written = filled.file.stat().st_ino
    for documents, kept in ((1, True), (1, True), (1, False)):  # a document has ten passages, the file a thousand
        filled.add(documents)
        index = filled.index()
        index.save()
        assert (filled.file.stat().st_ino == written) is kept
        assert index.outgrown() and index.loaded is not kept
        check(filled.index(), filled)
    kept_file = filled.file.read_bytes()
    filled.file.write_bytes(kept_file[:-1] + bytes([kept_file[-1] ^ 1]))
    index = filled.index()
    check(index, filled)
    index.save()
    assert filled.file.read_bytes() == kept_file, "one that could not be read is written anew"


def test_past_a_size_clusters_are_made_beside_searches(filled: Filled) -> None:
    index = filled.index()
    index.build_in_background()
    index.wait()
    assert index.status().kind == "exact", "too few passages"
    filled.add(60)
    index.refresh()
    assert index.outgrown() and index.status().kind == "exact"
    index.build_in_background()
    filled.add(5)  # while it is built
    filled.store.remove("d3")
    index.search(filled.unit(1), 5)
    index.wait()
    status = index.status()
    assert (status.kind, status.bytes_per_number) == ("clusters", 2) and 150 < status.measured_on <= 200
    assert status.recall_at_10 >= 0.99 and 1 <= status.probes <= status.clusters
    check(index, filled, 0.95)
    filled.add(3)
    filled.store.remove("d50")
    filled.store.enable(25, False)
    check(index, filled, 0.95)
    again = filled.index()
    check(again, filled, 0.95)
    assert again.status() == index.status(), "read from its file, and brought up to date"
    again.save()
    assert kept_status(filled.file) == again.status()
    assert kept_status(filled.file.with_name("none")) is None


def test_clusters_are_made_anew_when_it_has_doubled_and_given_up_when_it_has_shrunk(filled: Filled) -> None:
    filled.add(40)
    index = filled.index()
    index.save()
    index.build_in_background()
    index.wait()
    first = index.status().clusters
    assert kept_status(filled.file) == index.status(), "in the file, too, though the store is as it was"
    filled.add(90)
    assert index.outgrown()
    index.build_in_background()
    index.wait()
    assert index.status().clusters > first and not index.outgrown()
    check(index, filled, 0.95)
    for number in range(130):
        filled.store.remove(f"d{number}")
    assert index.outgrown()
    index.build_in_background()
    index.wait()
    assert index.status().kind == "exact"
    check(index, filled)


def test_where_memory_is_short_a_number_takes_one_byte(filled: Filled) -> None:
    ids, vectors = filled.store.vectors(filled.store.passage_ids().tolist())

    def batches() -> list[tuple[np.ndarray, np.ndarray]]:
        return [(ids[:250], vectors[:250]), (ids[250:], vectors[250:])]

    _, status = clustered(batches, len(ids), memory=4 * len(ids) * WIDTH)
    assert status.bytes_per_number == 1 and 0.9 < status.recall_at_10 < 1.0
    _, roomy = clustered(batches, len(ids), memory=2**40)
    assert roomy.bytes_per_number == 2 and roomy.recall_at_10 >= 0.99


def test_a_new_generation_starts_anew(filled: Filled) -> None:
    index = filled.index()
    check(index, filled)
    ids = filled.store.passage_ids().tolist()
    filled.store.replace_vectors(ids, filled.unit(len(ids)), {"embedding_model": "other"})
    check(index, filled)


def test_empty_it_finds_nothing(tmp_path: Path) -> None:
    index = Filled(tmp_path).index()
    assert [each.shape for each in index.search(np.ones((2, WIDTH), np.float32), 5)] == [(2, 0), (2, 0)]
    assert index.status().passages == 0
    index.save()
    assert not (tmp_path / "vectors.cache").exists()
