"""The packaged embedding model itself, and the corpus with it."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from retrieval_fakes import FakeEmbedder

from retrieval import Corpus
from retrieval.embedding import SentenceEmbedder
from retrieval.errors import DifferentEmbeddingModel, EmbeddingModelUnusable
from retrieval.store import FINGERPRINT
from retrieval.weights import PACKAGED_MODEL, fingerprint_of, packaged_folder


@pytest.fixture(scope="module")
def embedder() -> SentenceEmbedder:
    return SentenceEmbedder(PACKAGED_MODEL)


TEXTS = [f"Keeper {n} of the gate counts {n * 7} carts. " * (1 + n % 25) for n in range(70)]


def test_vectors_are_those_of_sentence_transformers(embedder: SentenceEmbedder) -> None:
    from sentence_transformers import SentenceTransformer

    theirs = SentenceTransformer(str(packaged_folder()), device="cpu").encode(TEXTS, normalize_embeddings=True)
    ours = embedder.encode(TEXTS)
    assert ours.dtype == np.float32 and ours.shape == (70, embedder.dimensions) == (70, 384)
    np.testing.assert_allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-4)
    assert 1 - (ours * theirs).sum(axis=1).min() < 1e-3
    few = embedder.encode(TEXTS[:5])  # few texts are always embedded in float32
    np.testing.assert_allclose(few, theirs[:5], atol=1e-5)


def test_a_row_is_not_made_longer_than_the_model_takes(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from transformers import AutoConfig, AutoModel, AutoTokenizer

    few = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "max_position_embeddings": 42}
    AutoModel.from_config(AutoConfig.from_pretrained(packaged_folder(), **few)).save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(packaged_folder(), model_max_length=42).save_pretrained(tmp_path)
    theirs = SentenceTransformer(str(tmp_path), device="cpu").encode(TEXTS[:25], normalize_embeddings=True)
    np.testing.assert_allclose(SentenceEmbedder(str(tmp_path)).encode(TEXTS[:25]), theirs, atol=1e-5)


def test_many_texts_are_embedded_in_portions(embedder: SentenceEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, told = embedder.encode(TEXTS[:30]), list[int]()
    monkeypatch.setattr("retrieval.embedding._COUNTED_AT_ONCE", 12)
    np.testing.assert_allclose(embedder.encode(TEXTS[:30], progress=told.append), whole, atol=1e-5)
    assert told[-1] == 30 and told == sorted(told)


def test_threads_and_the_thread_count(embedder: SentenceEmbedder) -> None:
    import torch

    before = torch.get_num_threads()
    alone = embedder.encode(TEXTS[:8])
    found: list[np.ndarray] = []
    threads = [threading.Thread(target=lambda: found.append(embedder.encode(TEXTS[:8]))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.allclose(alone, each, atol=1e-5) for each in found) and len(found) == 4
    embedder.encode(TEXTS)
    assert torch.get_num_threads() == before
    seen: list[int] = []
    fresh = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
    fresh.start()
    fresh.join()
    assert seen == [before], "threads born later get the process's setting too"


def test_tokens_and_languages(embedder: SentenceEmbedder) -> None:
    assert embedder.count_tokens("hello world") == 2
    assert embedder.count_many(["a", "a b c"]) == [1, 3]
    assert embedder.max_tokens == 256
    assert not any(embedder.reads(language) for language in ("Chinese", "Japanese", "Korean"))


def test_passages_are_sized_for_it(embedder: SentenceEmbedder, tmp_path: Path) -> None:
    text = "\n\n".join(
        f"Rule {n} of the port of Omm says that ship {n * 3} pays {n * 11} crowns. " * 5 for n in range(40)
    )
    (tmp_path / "rules.txt").write_text(text)
    corpus = Corpus(tmp_path / "corpus", embedder=embedder)
    corpus.ingest([tmp_path / "rules.txt"])
    sizes = embedder.count_many([passage.text for passage in corpus.passages()])
    assert all(170 <= size <= 230 for size in sizes[:-1])
    assert corpus.search("What does ship 63 pay?", 1)[0].passage.text.count("ship 63") > 0


def test_a_model_that_was_moved_is_the_same_model(tmp_path: Path) -> None:
    import shutil

    moved = tmp_path / "models" / "mini"
    shutil.copytree(packaged_folder(), moved)
    assert fingerprint_of(str(moved)) == fingerprint_of(PACKAGED_MODEL)
    (moved / "config.json").write_text((moved / "config.json").read_text() + " ")
    assert fingerprint_of(str(moved)) != fingerprint_of(PACKAGED_MODEL)


def test_a_model_trained_on_with_frozen_embeddings_is_another_model(tmp_path: Path) -> None:
    import shutil

    tuned = tmp_path / "tuned"
    shutil.copytree(packaged_folder(), tuned)
    weights = tuned / "model.safetensors"
    with weights.open("r+b") as opened:
        opened.seek(weights.stat().st_size * 3 // 4)
        opened.write(bytes(weights.stat().st_size // 50))
    assert fingerprint_of(str(tuned)) != fingerprint_of(PACKAGED_MODEL)


def test_a_corpus_that_noted_its_model_as_older_programs_did_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Gate nine is kept by Ann.")
    corpus = Corpus(tmp_path / "corpus", PACKAGED_MODEL)
    corpus.ingest([tmp_path / "a.txt"])
    corpus.store.set_meta({FINGERPRINT: fingerprint_of(PACKAGED_MODEL)[:64]})
    corpus.close()
    corpus = Corpus(tmp_path / "corpus", PACKAGED_MODEL)
    (hit,) = corpus.search("gate nine", 1)
    corpus.edit_passage(hit.passage.id, "Gate ten is kept by Bob.")
    (tmp_path / "b.txt").write_text("Leek soup costs four crowns.")
    assert corpus.ingest([tmp_path / "b.txt"])[0].status == "indexed"


def test_models_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "pickled").mkdir()
    (tmp_path / "pickled" / "config.json").write_text("{}")
    (tmp_path / "pickled" / "pytorch_model.bin").write_bytes(b"x")
    for name, words in (
        (str(tmp_path / "gone"), "Check the path"),
        (str(tmp_path), "neither config.json"),
        (str(tmp_path / "pickled"), "safetensors"),
    ):
        with pytest.raises(EmbeddingModelUnusable, match=words):
            SentenceEmbedder(name).encode(["x"])


def test_a_real_model_on_a_corpus_of_another(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Some words.")
    corpus = Corpus(tmp_path / "corpus", embedder=FakeEmbedder())
    corpus.ingest([tmp_path / "a.txt"])
    with pytest.raises(DifferentEmbeddingModel, match="rebuild"):
        Corpus(tmp_path / "corpus", PACKAGED_MODEL)
