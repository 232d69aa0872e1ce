"""A second look at the best passages: a cross-encoder reads question and passage together and scores the pair.

Knows nothing about how candidates are found. It is opt-in: one of the wrong language makes a search worse, and each
candidate costs a pass through the model.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from .embedding import load_cross_encoder


@runtime_checkable
class Reranker(Protocol):
    """What a search asks of a reranker."""

    def score(self, query: str, texts: Sequence[str]) -> np.ndarray:
        """float32 [n], higher is better."""


class CrossEncoderReranker:
    """A sentence-transformers CrossEncoder by name or folder, loaded when it is first needed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._loaded: Any = None

    def score(self, query: str, texts: Sequence[str]) -> np.ndarray:
        """Scores of each text for the question. Raises EmbeddingModelUnusable for a model that cannot be used."""
        if not texts:
            return np.zeros(0, np.float32)
        with self._lock:
            if self._loaded is None:
                self._loaded = load_cross_encoder(self.name)
            pairs = [(query, text) for text in texts]
            return np.asarray(self._loaded.predict(pairs, show_progress_bar=False), np.float32).reshape(len(texts))
