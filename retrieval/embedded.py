"""Drafts -> passages with their vectors; a text that the store has a vector of is not embedded again.

Knows nothing about where drafts are from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .embedding import Embedder
from .passages import Draft, searchable_text
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
