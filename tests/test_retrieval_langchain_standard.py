"""LangChain's own standard tests (langchain-tests), over a corpus on the disk and over one on a server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.retrievers import BaseRetriever
from langchain_tests.integration_tests import RetrieversIntegrationTests, VectorStoreIntegrationTests
from retrieval_fakes import FakeEmbedder
from retrieval_server import OpenCorpus, Place

from retrieval import Corpus
from retrieval.langchain import CorpusRetriever, CorpusVectorStore

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class TestVectorStore(VectorStoreIntegrationTests):
    @pytest.fixture
    def vectorstore(self, place: Place) -> Iterator[CorpusVectorStore]:
        store = CorpusVectorStore.from_texts([], self.get_embeddings(), **place("corpus"))
        yield store
        store.corpus.close()


class TestRetriever(RetrieversIntegrationTests):
    corpus: Corpus

    @pytest.fixture(autouse=True)
    def filled(self, open_corpus: OpenCorpus, tmp_path: Path) -> Iterator[None]:
        type(self).corpus = open_corpus(embedder=FakeEmbedder())
        for number in range(5):
            (tmp_path / f"{number}.txt").write_text(f"Gate {number} is kept by keeper {number * 7}.")
        self.corpus.ingest(sorted(tmp_path.glob("*.txt")))
        yield
        self.corpus.close()

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return CorpusRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"corpus": self.corpus}

    @property
    def retriever_query_example(self) -> str:
        return "Who keeps the gate?"
