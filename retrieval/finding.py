"""A question -> hits: which passages may be found at all, the way to search them, and what is told of each.

Knows nothing about SQL, FAISS or models: ways to search are the plain functions of `search.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .errors import DocumentNotFound, InvalidQuery
from .passages import Hit, Passage
from .phrases import Question, parsed, spans
from .reranking import Reranker
from .search import Scored, Search, Searchable, reranked
from .store import Store
from .twins import folded


@dataclass(frozen=True)
class Within:
    """Which documents to search: by name or id, below a folder ('policies', 'archive.zip/letters'), by date.

    Dates are seconds since 1970, of the file's last change or else of its ingest; both ends are included.
    """

    documents: tuple[str, ...] = ()
    folder: str = ""
    since: float | None = None
    until: float | None = None


@dataclass(frozen=True)
class SearchOptions:
    """What a search may be asked for beyond its question."""

    within: Within | None = None
    neighbours: int = 0  # passages before and after each hit to hand out with it
    fold: bool = True  # twins count as one hit
    phrases: bool = True  # what is in quotes must stand so in the passage
    reranker: Reranker | None = None


PLAIN = SearchOptions()
_FOLDERS_TOLD = 10  # in a message
_MOST_ASKED, _MOST_RERANKED = 1000, 100  # passages that are looked through for enough that are no twins


def find(on: Searchable, search: Search, queries: Sequence[str], k: int, options: SearchOptions) -> list[list[Hit]]:
    """The hits of each question, best first."""
    if options.reranker:
        search = reranked(search, options.reranker)
    allowed = _allowed(on.store, options.within) if options.within else None
    questions = [parsed(query) if options.phrases else Question(query) for query in queries]
    hits: list[list[Hit]] = [[] for _ in queries]
    plain = [at for at, question in enumerate(questions) if not question.phrases]
    for group in ([plain] if plain else []) + [[at] for at, question in enumerate(questions) if question.phrases]:
        ids = _also(allowed, on.store, questions[group[0]])
        for at, found in zip(
            group, _found(replace(on, within=ids), search, [questions[at] for at in group], k, options), strict=True
        ):
            hits[at] = found
    return hits


def _allowed(store: Store, within: Within) -> np.ndarray:
    """The ids of the passages that may be found. Raises DocumentNotFound and InvalidQuery."""
    documents: list[str] = []
    for name in within.documents:
        known = store.find(name)
        if not known:
            raise DocumentNotFound(
                f"There is no document {name!r} to search in. Expected a name or the first 8 signs of an id or "
                "more, as `domain-tuner documents` lists them."
            )
        documents += [document.id for document in known]
    if within.since is not None and within.until is not None and within.since > within.until:
        raise InvalidQuery("The dates are the wrong way round: the first one is after the last one.")
    folder = within.folder.strip("/")
    ids = store.passage_ids_of(documents or None, folder, within.since, within.until)
    if folder and not len(ids):
        _check_folder(folder, store.folders())
    return ids


def _check_folder(folder: str, folders: Sequence[str]) -> None:
    if any(f"{each}/".startswith(f"{folder}/") for each in folders):
        return
    told, more = ", ".join(folders[:_FOLDERS_TOLD]) or "none", len(folders) - _FOLDERS_TOLD
    raise DocumentNotFound(
        f"No document came from a folder {folder!r}. Expected one of: {told}{f' and {more} more' if more > 0 else ''}."
    )


def _also(allowed: np.ndarray | None, store: Store, question: Question) -> np.ndarray | None:
    """Those of the allowed passages that hold the question's phrases."""
    if not question.phrases:
        return allowed
    holding = store.holding(question.phrases)
    return holding if allowed is None else np.intersect1d(allowed, holding)


def _found(
    on: Searchable, search: Search, questions: Sequence[Question], k: int, options: SearchOptions
) -> list[list[Hit]]:
    if on.within is not None and not len(on.within):
        return [[] for _ in questions]
    texts = [question.text for question in questions]
    scored = search(on, texts, k)
    passages = on.store.passages_of(list({i for found in scored for i, _ in found}))
    short, asked = list(range(len(scored))) if options.fold else [], k
    while short := [at for at in short if len(scored[at]) == asked and _senses(scored[at], passages) < k]:
        asked = 2 * asked + 10  # the places of twins go to what comes after
        for at, found in zip(short, search(on, [texts[at] for at in short], asked), strict=True):
            scored[at] = found
            passages.update(on.store.passages_of([i for i, _ in found]))
        if asked > (_MOST_RERANKED if options.reranker else _MOST_ASKED):
            break
    return [
        _told(on.store, question, found, passages, k, options)
        for question, found in zip(questions, scored, strict=True)
    ]


def _senses(scored: Scored, passages: dict[int, Passage]) -> int:
    """How many passages are left of these when twins are folded."""
    return len(folded([passages[i] for i, _ in scored if i in passages]))


def _told(
    store: Store, question: Question, scored: Scored, passages: dict[int, Passage], k: int, options: SearchOptions
) -> list[Hit]:
    """The k best as hits, with their spans, twins and neighbours."""
    found = [passages[i] for i, _ in scored if i in passages]
    scores = dict(scored)
    groups: list[tuple[Passage, tuple[Passage, ...]]] = (
        folded(found) if options.fold else [(each, ()) for each in found]
    )
    hits = [Hit(passage, scores[passage.id], spans(question, passage.text), twins) for passage, twins in groups[:k]]
    if options.neighbours < 1:
        return hits
    widened = []
    for hit in hits:
        at = hit.passage.position
        around = store.stretch(hit.passage.document_id, at - options.neighbours, at + options.neighbours)
        before = tuple(passage for passage in around if passage.position < at)
        widened.append(replace(hit, before=before, after=tuple(p for p in around if p.position > at)))
    return widened
