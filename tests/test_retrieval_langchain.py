"""The corpus behind LangChain's own interfaces."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding
from retrieval_fakes import FakeEmbedder
from retrieval_server import OpenCorpus, Place

from retrieval.errors import DifferentEmbeddingModel, DocumentNotFound, InvalidMetadata, InvalidQuery
from retrieval.finding import SearchOptions, Within
from retrieval.langchain import CorpusEmbeddings, CorpusRetriever, CorpusVectorStore


def test_vector_store(place: Place) -> None:
    store = CorpusVectorStore.from_texts(
        ["apples are red", "plums are blue"], CorpusEmbeddings(FakeEmbedder()), [{"n": 1}, {"n": 2}],
        ids=["a", "b"], **place("store"),
    )  # fmt: skip
    (document, score), *_ = store.similarity_search_with_score("blue plums", k=1)
    assert (document.page_content, document.metadata, document.id) == ("plums are blue", {"n": 2}, "b")
    assert 0 < score <= 1
    assert store.add_texts(["plums are purple"], [{"n": 3}], ids=["b"]) == ["b"]
    assert [each.page_content for each in store.get_by_ids(["b", "none", "a"])] == [
        "plums are purple",
        "apples are red",
    ]
    assert store.delete(["a", "none"])
    assert [each.id for each in store.similarity_search("apples", k=5)] == ["b"]
    assert len(store.embeddings.embed_query("x")) == 64


def test_vector_store_with_embeddings_of_langchain(tmp_path: Path) -> None:
    store = CorpusVectorStore.from_texts(["one", "two"], DeterministicFakeEmbedding(size=32), folder=tmp_path / "s")
    assert store.similarity_search("two", k=1, mode="dense")[0].page_content == "two"
    store.corpus.close()

    class Named(DeterministicFakeEmbedding):
        model: str

    of = [CorpusVectorStore.from_texts(["one"], Named(size=32, model="a"), folder=tmp_path / "named").corpus]
    of[0].close()
    with pytest.raises(DifferentEmbeddingModel):
        CorpusVectorStore.from_texts(["two"], Named(size=32, model="b"), folder=tmp_path / "named")


def test_a_chain_may_ask_for_variety_or_a_threshold(place: Place) -> None:
    texts = ["blue plums", "blue plums", "blue plums, blue plums", "blue cheese of Velm"]
    store = CorpusVectorStore.from_texts(texts, CorpusEmbeddings(FakeEmbedder()), **place("store"))
    assert len(store.similarity_search("blue plums", k=4)) == 4, "a vector store hands out what was put in"
    varied = store.as_retriever(search_type="mmr", search_kwargs={"k": 2, "lambda_mult": 0.1}).invoke("blue plums")
    assert [each.page_content for each in varied][1] == "blue cheese of Velm"
    limited = {"search_type": "similarity_score_threshold", "search_kwargs": {"score_threshold": 0.99, "k": 4}}
    assert all("plums" in each.page_content for each in store.as_retriever(**limited).invoke("blue plums"))


def test_a_filter_that_is_not_known_is_refused(place: Place) -> None:
    """Passed over, it would hand out what it should have withheld."""
    store = CorpusVectorStore.from_texts(["a plum"], CorpusEmbeddings(FakeEmbedder()), **place("store"))
    for ask in (
        lambda: store.as_retriever(search_kwargs={"filter": {"tenant": "a"}}).invoke("plum"),
        lambda: store.max_marginal_relevance_search("plum", filter={"tenant": "a"}),
        lambda: store.similarity_search_by_vector([0.1] * 64, filter={"tenant": "a"}),
    ):
        with pytest.raises(InvalidQuery, match="met filter"):
            ask()
    within = SearchOptions(within=Within(documents=("nothing",)))
    with pytest.raises(DocumentNotFound):
        store.similarity_search("plum", options=within)


def test_retriever_says_where_a_passage_stands(open_corpus: OpenCorpus, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Leave\n\nStaff have 31 days of leave.")
    corpus = open_corpus(embedder=FakeEmbedder())
    corpus.ingest([tmp_path / "a.md"])
    (document,) = CorpusRetriever(corpus=corpus, k=1).invoke("days of leave")
    assert document.page_content == "Staff have 31 days of leave."
    assert (document.metadata["source"], document.metadata["heading"]) == ("a.md", "Leave")
    store = CorpusVectorStore(corpus)
    assert document.id and store.get_by_ids([document.id, "none", "none:0"]) == [document]
    assert store.delete([document.id]) is False and store.delete() is False and len(corpus.documents()) == 1
    corpus.ingest([tmp_path / "a.md"], names=["Manual of leave"])
    corpus.remove("a.md")
    corpus.ingest([tmp_path / "a.md"], names=["Manual of leave"])
    (document,) = CorpusRetriever(corpus=corpus, k=1).invoke("days of leave")
    assert document.metadata["source"] == "Manual of leave"


def test_metadata_that_cannot_be_kept_is_refused_before_anything_is_taken_in(place: Place) -> None:
    store = CorpusVectorStore.from_texts(["a plum"], CorpusEmbeddings(FakeEmbedder()), **place("store"))
    with pytest.raises(InvalidMetadata, match="'day' of the text 'b' is of the type date"):
        store.add_texts(["one", "two"], [{}, {"day": date(2020, 1, 1)}], ids=["a", "b"])
    assert len(store.corpus.documents()) == 1


def test_half_a_sign_in_a_text_its_source_or_its_id_is_no_bug(place: Place) -> None:
    store = CorpusVectorStore.from_texts(["a plum"], CorpusEmbeddings(FakeEmbedder()), **place("store"))
    half = {"source": "fruit \ud83d", "said": "\ud83d"}
    (key, _) = store.add_texts(["an apple \ud83d", "a pear"], [half, {}], ids=["\ud83d", "b"])
    assert [each.page_content for each in store.get_by_ids([key, "b"])] == ["an apple ?", "a pear"]
    assert store.corpus.find("fruit ?").id == key == "?"


def test_nearest_to_a_vector(place: Place) -> None:
    texts = ["blue plums", "blue plums, blue plums", "blue cheese of Velm"]
    store = CorpusVectorStore.from_texts(texts, CorpusEmbeddings(FakeEmbedder()), ids=["a", "b", "c"], **place("c"))
    cheese = [7 * number for number in store.embeddings.embed_query("cheese of Velm")]
    assert [each.id for each in store.similarity_search_by_vector(cheese, k=1)] == ["c"]
    assert len(store.similarity_search_by_vector(cheese, k=9)) == 3
    plums = store.embeddings.embed_query("blue plums")
    varied = store.max_marginal_relevance_search_by_vector(plums, k=2, lambda_mult=0.1)
    assert [each.id for each in varied][1] == "c"
    (hit,) = store.corpus.nearest(np.array(cheese), 1)
    assert 0.5 < hit.score <= 1.0 and hit.passage.text == texts[2]
    with pytest.raises(InvalidQuery, match=r"has the shape \(1536,\); those of this corpus have 64 numbers"):
        store.corpus.nearest(np.ones(1536))
