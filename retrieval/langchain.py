"""The corpus as LangChain's Embeddings, VectorStore and BaseRetriever, so that a user's own chain can look
things up.

Knows nothing about how passages are found; every call goes to `Corpus`. A text that a chain adds becomes a
document of one passage, under its own id.
"""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.vectorstores import VectorStore
from langchain_core.vectorstores.utils import maximal_marginal_relevance
from pydantic import ConfigDict

from .corpus import Corpus
from .embedding import Embedder
from .encodings import whole
from .errors import InvalidQuery
from .finding import PLAIN, SearchOptions
from .passages import Hit, Passage

_EVERY = SearchOptions(fold=False)  # a vector store hands out what was put in, twice where it was put in twice


class CorpusEmbeddings(Embeddings):
    """An embedding model of ours, as LangChain calls it."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        vectors: list[list[float]] = self._embedder.encode(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        vector: list[float] = self._embedder.encode([text], query=True)[0].tolist()
        return vector


class _Embedded:
    """LangChain's Embeddings, as our corpus calls them."""

    max_tokens = 256

    def __init__(self, embeddings: Embeddings) -> None:
        self._embeddings = embeddings
        model = getattr(embeddings, "model_name", None) or getattr(embeddings, "model", "")
        self.name = self.fingerprint = f"langchain:{type(embeddings).__name__}:{model}"

    @property
    def dimensions(self) -> int:
        return len(self._embeddings.embed_query("size"))

    def encode(self, texts: Sequence[str], query: bool = False, progress: Any = None) -> Any:
        rows = [self._embeddings.embed_query(text) for text in texts] if query else None
        vectors = np.array(rows if query else self._embeddings.embed_documents(list(texts)), np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True) if len(vectors) else 1.0
        return vectors / np.maximum(lengths, 1e-12)

    def count_tokens(self, text: str) -> int:
        return len(text.encode()) // 4 + 1  # LangChain's Embeddings do not say; English has about 4 letters a token

    def count_many(self, texts: Sequence[str]) -> list[int]:
        return [self.count_tokens(text) for text in texts]

    def reads(self, language: str) -> bool:
        return True


class CorpusVectorStore(VectorStore):
    """A corpus as a vector store. `mode` is how it searches: hybrid, dense or text."""

    def __init__(self, corpus: Corpus, mode: str = "hybrid") -> None:
        self.corpus = corpus
        self.mode = mode

    @property
    def embeddings(self) -> Embeddings:
        return CorpusEmbeddings(self.corpus.embedder)

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[Any, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        every = list(texts)
        keys = [whole(key or str(uuid.uuid4())) for key in ids or [""] * len(every)]
        self.corpus.add_texts(every, keys, metadatas or [{} for _ in every])
        return keys

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool | None:
        """Takes the documents of these ids out; an id that is not there is no error, as LangChain asks. False where one
        is that of a passage, which goes with its document alone, and where none is given: a corpus is no cache."""
        for key in ids or []:
            if self.corpus.store.document(key):
                self.corpus.store.remove(key)
        return ids is not None and not any(self._passage(key) for key in ids)

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Documents, and passages by the ids that searches give."""
        found = []
        for key in ids:
            if self.corpus.store.document(key):
                text = "\n\n".join(passage.text for passage in self.corpus.passages(key))
                found.append(Document(page_content=text, metadata=self.corpus.store.metadata(key), id=key))
            elif passage := self._passage(key):
                found.append(as_document(self.corpus, Hit(passage, 0.0)))
        return found

    def _passage(self, key: str) -> Passage | None:
        document, _, position = key.rpartition(":")
        if not position.isdecimal() or not self.corpus.store.document(document):
            return None
        return next(iter(self.corpus.store.stretch(document, int(position), int(position))), None)

    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        return [document for document, _ in self.similarity_search_with_score(query, k, **kwargs)]

    def similarity_search_with_score(self, query: str, k: int = 4, **kwargs: Any) -> list[tuple[Document, float]]:
        """Scores: higher is better; between 0 and 1 in hybrid mode."""
        hits = self._found(query, k, kwargs)
        return [(as_document(self.corpus, hit), hit.score) for hit in hits]

    def similarity_search_by_vector(self, embedding: list[float], k: int = 4, **kwargs: Any) -> list[Document]:
        """By cosine alone: a vector has no words."""
        _refuse(kwargs)
        return [as_document(self.corpus, hit) for hit in self.corpus.nearest(np.array(embedding), k)]

    def _select_relevance_score_fn(self) -> Callable[[float], float]:
        return lambda score: min(max(score, 0.0), 1.0)

    def max_marginal_relevance_search(
        self, query: str, k: int = 4, fetch_k: int = 20, lambda_mult: float = 0.5, **kwargs: Any
    ) -> list[Document]:
        """k of the `fetch_k` best that are unlike each other; `lambda_mult` of 1 asks for relevance alone."""
        hits = self._found(query, fetch_k, kwargs)
        return self._varied(self.embeddings.embed_query(query), hits, k, lambda_mult)

    def max_marginal_relevance_search_by_vector(
        self, embedding: list[float], k: int = 4, fetch_k: int = 20, lambda_mult: float = 0.5, **kwargs: Any
    ) -> list[Document]:
        """As by question, of the nearest to a vector."""
        _refuse(kwargs)
        return self._varied(embedding, self.corpus.nearest(np.array(embedding), fetch_k), k, lambda_mult)

    def _found(self, query: str, k: int, asked: dict[str, Any]) -> list[Hit]:
        """`asked` may hold a `mode` and `options`. Raises InvalidQuery for anything else."""
        others = {name: value for name, value in asked.items() if name not in ("mode", "options")}
        _refuse(others, "mode and options=SearchOptions(within=...) alone")
        return self.corpus.search(query, k, asked.get("mode", self.mode), asked.get("options", _EVERY))

    def _varied(self, embedding: list[float], hits: Sequence[Hit], k: int, lambda_mult: float) -> list[Document]:
        ids, vectors = self.corpus.store.vectors([hit.passage.id for hit in hits])
        rows = dict(zip(ids.tolist(), vectors, strict=True))
        there = [hit for hit in hits if hit.passage.id in rows]
        asked = np.array(embedding, np.float32)
        chosen = maximal_marginal_relevance(asked, [rows[hit.passage.id] for hit in there], lambda_mult, k)
        return [as_document(self.corpus, there[i]) for i in chosen]

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: list[dict[Any, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        folder: str | Path | None = None,
        url: str | None = None,
        **kwargs: Any,
    ) -> CorpusVectorStore:
        """A new store in `folder` (or in a temporary one), or on the PostgreSQL server of `url`."""
        own = Corpus(
            Path(folder or tempfile.mkdtemp(prefix="corpus-")),
            embedder=embedding._embedder if isinstance(embedding, CorpusEmbeddings) else _Embedded(embedding),
            url=url,
        )
        store = cls(own, **kwargs)
        store.add_texts(texts, metadatas, ids=list(ids) if ids else None)
        return store


def _refuse(asked: dict[str, Any], known: str = "no filters and no other options") -> None:
    """A filter that is not understood must not be passed over: what it withholds would be handed out."""
    met = sorted(name for name, value in asked.items() if value is not None)
    if met:
        raise InvalidQuery(f"This search takes {known}; met {', '.join(met)}.")


class CorpusRetriever(BaseRetriever):
    """The k best passages for a question; `options` are those of `Corpus.search` (filters, neighbours, reranker)."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    corpus: Corpus
    k: int = 5
    mode: str = "hybrid"
    options: SearchOptions = PLAIN

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        hits = self.corpus.search(query, self.k if k is None else k, self.mode, self.options)
        return [as_document(self.corpus, hit) for hit in hits]


def as_document(corpus: Corpus, hit: Hit) -> Document:
    """The passage as LangChain's Document: a text that was added keeps its id and metadata (and has its position in
    the id where somebody split it), a file's passage says where it stands."""
    passage = hit.passage
    kept = corpus.store.document(passage.document_id)
    if kept is not None and not kept.suffix:
        metadata = corpus.store.metadata(passage.document_id)
        key = passage.document_id if kept.passages == 1 else f"{passage.document_id}:{passage.position}"
        return Document(page_content=passage.text, metadata=metadata, id=key)
    place = {
        "source": passage.document,
        "page": passage.page,
        "heading": passage.heading,
        "passage": passage.id,
    }
    return Document(page_content=passage.text, metadata=place, id=f"{passage.document_id}:{passage.position}")
