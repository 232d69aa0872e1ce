"""Drafts -> passages with their vectors; a text that the store has a vector of is not embedded again.

Knows nothing about where drafts are from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .edits import Edit, EditsChanged, carry
from .embedding import Embedder
from .passages import Document, Draft, searchable_text
from .rows import NewPassage, text_key
from .store import Store


def with_vectors(
    store: Store,
    embedder: Callable[[], Embedder],
    drafts: Sequence[Draft],
    progress: Callable[[int], None] | None = None,
) -> list[NewPassage]:
    """One passage a draft, embedded in one batch. `progress` is told how many new texts are done."""
    keys = [text_key(draft.heading, draft.text) for draft in drafts]
    texts = {key: searchable_text(draft.heading, draft.text) for key, draft in zip(keys, drafts, strict=True)}
    vectors = store.known_vectors(list(texts))
    new = [key for key in texts if key not in vectors]
    if new:
        vectors.update(zip(new, embedder().encode([texts[key] for key in new], progress=progress), strict=True))
    return [
        NewPassage(draft.page, draft.heading, draft.text, vectors[key], draft.enabled)
        for draft, key in zip(drafts, keys, strict=True)
    ]


Carried = tuple[list[Draft], list[Edit]]  # the drafts of a document with the edits of those that it replaces, and these


def add_carried(
    store: Store,
    embedder: Callable[[], Embedder],
    document: Document,
    replaces: Sequence[str],
    cut: Sequence[Draft],
    carried: Carried,
    passages: Sequence[NewPassage],
    made_with: str | None,
    metadata: dict[str, Any] | None = None,
) -> Carried:
    """Writes the document, `passages` being those of what was `carried` into its drafts as they were `cut`. Edits that
    were made since, by another process or earlier in the same call, are carried anew: what is in the store now."""
    while True:
        try:
            store.add(document, passages, replaces, metadata, carried[1], made_with)
            return carried
        except EditsChanged:
            carried = carry(cut, store.edits(replaces))
            passages = with_vectors(store, embedder, carried[0])
