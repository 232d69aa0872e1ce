"""The ways to search: by meaning (dense), by words (text), and both fused (hybrid, rrf), all of one signature.

Knows nothing about SQL, FAISS or how texts become vectors. Hybrid fusion is a convex combination of scores,
a * max(cosine, 0) + (1 - a) * bm25 / best bm25 of this question; reciprocal rank fusion lowered recall@5
below full text alone (papers 72.1 -> 64.6, Chinese 99.1 -> 70.2) where this one gave 74.3 and 99.0. It is kept as
an option, for scores that cannot be compared. Where even the best bm25 is that of few telling words, it counts for
less than all: questions of common words alone ("do they share my data?") are better answered by meaning.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .embedding import Embedder
from .index_kinds import Index
from .passages import searchable_text
from .reranking import Reranker
from .stems import stems
from .store import Store
from .words import cjk_language, query_words

log = logging.getLogger(__name__)
DENSE_WEIGHT = 0.5
FOREIGN_WEIGHT = 0.1  # of dense, where the embedding model does not know the question's script
_POOL = 50  # candidates of each kind that are fused
_RANK_CONSTANT = 60
_SURE_WORDS = 2.0  # a word that one passage of n alone has is worth about ln n of BM25
_RERANKED = 40  # candidates; beyond 30 to 50 the quality falls again
Scored = list[tuple[int, float]]  # (passage id, score), best first


@dataclass(frozen=True)
class Searchable:
    """What a search looks into."""

    store: Store
    index: Index
    embedder: Callable[[], Embedder]  # a call, as a search by words needs no model
    within: np.ndarray | None = None  # int64, ascending: the only passages that may be found
    dense_weight: float = DENSE_WEIGHT  # of meaning against words in hybrid search, between 0 and 1


def dense(on: Searchable, queries: Sequence[str], k: int) -> list[Scored]:
    """By cosine of question and passage."""
    return _nearest(on, on.embedder().encode(queries, query=True), k)


def text(on: Searchable, queries: Sequence[str], k: int) -> list[Scored]:
    """By BM25 over the stems of words, codes and CJK bigrams."""
    return [on.store.match(stems(query_words(query)), k, on.within) for query in queries]


@dataclass(frozen=True)
class Candidates:
    """What hybrid search fuses for one question: every passage with its true cosine, and its BM25 where it was among
    the best by words. `most` is what the cosines may weigh, `sure` the least BM25 that counts as a match in full."""

    cosines: dict[int, float]
    worded: dict[int, float]
    sure: float
    most: float = 1.0

    def fused(self, weight: float) -> Scored:
        """Best first, by weight * max(cosine, 0) + (1 - weight) * BM25 / best BM25 (or `sure`, if that is more); the
        weight is `most` where it is more than that."""
        weight = min(weight, self.most)
        best = max(self.worded.values(), default=0.0)
        best = max(best, self.sure) or 1.0
        scores = {
            i: weight * max(cosine, 0.0) + (1 - weight) * self.worded.get(i, 0.0) / best
            for i, cosine in self.cosines.items()
        }
        return _best_first(scores)


def hybrid(on: Searchable, queries: Sequence[str], k: int) -> list[Scored]:
    """Both, fused."""
    return [each.fused(on.dense_weight)[:k] for each in candidates(on, queries, k)]


def candidates(on: Searchable, queries: Sequence[str], k: int) -> list[Candidates]:
    """What is fused to find the k best passages for each question."""
    pool = max(_POOL, 4 * k)
    vectors = on.embedder().encode(queries, query=True)
    near, worded = _nearest(on, vectors, pool), text(on, queries, pool)
    sure = _SURE_WORDS * math.log(max(on.index.status().passages, 1))
    found = []
    for vector, by_meaning, by_words in zip(vectors, near, worded, strict=True):
        cosines = dict(by_meaning)
        ids, missing = on.store.vectors([i for i, _ in by_words if i not in cosines])
        cosines.update(zip(ids.tolist(), (missing @ vector if len(ids) else np.zeros(0)).tolist(), strict=True))
        found.append(Candidates(cosines, dict(by_words), sure))
    return _weighed(on, queries, found)


def rrf(on: Searchable, queries: Sequence[str], k: int) -> list[Scored]:
    """Both, fused by their ranks: the sum of 1 / (60 + rank) (Cormack et al. 2009)."""
    pool = max(_POOL, 4 * k)
    fused = []
    for ranked in zip(dense(on, queries, pool), text(on, queries, pool), strict=True):
        scores: dict[int, float] = {}
        for found in ranked:
            for rank, (i, _) in enumerate(found, start=1):
                scores[i] = scores.get(i, 0.0) + 1 / (_RANK_CONSTANT + rank)
        fused.append(_best_first(scores)[:k])
    return fused


Search = Callable[[Searchable, Sequence[str], int], list[Scored]]
SEARCHES: dict[str, Search] = {"hybrid": hybrid, "dense": dense, "text": text, "rrf": rrf}


def reranked(first: Search, reranker: Reranker) -> Search:
    """The way to search whose candidates come from `first` and whose scores come from the reranker."""

    def search(on: Searchable, queries: Sequence[str], k: int) -> list[Scored]:
        found = first(on, queries, max(k, _RERANKED))
        passages = on.store.passages_of(list({i for scored in found for i, _ in scored}))
        again = []
        for query, scored in zip(queries, found, strict=True):
            some = [passages[i] for i, _ in scored if i in passages]
            scores = reranker.score(query, [searchable_text(each.heading, each.text) for each in some])
            again.append(_best_first({each.id: float(s) for each, s in zip(some, scores, strict=True)})[:k])
        return again

    return search


def _nearest(on: Searchable, vectors: np.ndarray, k: int) -> list[Scored]:
    scores, ids = on.index.search(vectors, k, on.within)
    return [
        [(int(i), float(s)) for i, s in zip(row, values, strict=True) if i >= 0]
        for row, values in zip(ids, scores, strict=True)
    ]


def _best_first(scores: dict[int, float]) -> Scored:
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))


def _weighed(on: Searchable, queries: Sequence[str], found: list[Candidates]) -> list[Candidates]:
    """Less weight on meaning for questions in a language whose signs the embedding model does not know."""
    languages = [cjk_language(query) for query in queries]
    foreign = {each for each in set(languages) if each and not on.embedder().reads(each)}
    if not foreign:
        return found
    log.warning(
        "the embedding model %s does not know %s; passages are found by their words. A multilingual "
        "embedding model finds them by meaning too.",
        on.embedder().name,
        " or ".join(sorted(foreign)),
    )
    return [
        replace(each, most=FOREIGN_WEIGHT) if language in foreign else each
        for each, language in zip(found, languages, strict=True)
    ]
