"""Passages edited, split, merged, switched off and put back, one function each.

Knows nothing about SQL or the index. A text is embedded before the store is touched; the store changes text, words and
vector in one transaction, or nothing. What is written must fit what the embedding model reads: it would cut the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

from .edit_rows import NOT_NEIGHBOURS, no_such_passage
from .embedded import with_vectors
from .embedding import Embedder
from .errors import InvalidEdit
from .passages import HEADING_JOIN, Draft, Passage, searchable_text
from .store import Store
from .twins import joined


def edit_text(store: Store, embedder: Embedder, passage_id: int, text: str) -> Passage:
    """The passage with another text."""
    old = _passage(store, passage_id)
    new = text.strip()
    if not new:
        raise InvalidEdit("The text is empty. To have a passage not found any more, switch it off.")
    if new == old.text:
        return old
    return _write(store, embedder, [old], [Draft(new, old.page, old.heading, old.enabled)])[0]


def split_at(store: Store, embedder: Embedder, passage_id: int, offset: int, text: str | None = None) -> list[Passage]:
    """The passage as two, cut before the character `offset` of its text, or of `text`, which takes its place."""
    old = _passage(store, passage_id)
    text = old.text if text is None else text
    parts = text[: max(offset, 0)].strip(), text[max(offset, 0) :].strip()
    if not all(parts):
        raise InvalidEdit(
            f"Passage {passage_id} cannot be split at {offset}: a part would be empty. Its text has "
            f"{len(text)} characters; give a place between 1 and {len(text) - 1}."
        )
    return _write(store, embedder, [old], [Draft(part, old.page, old.heading, old.enabled) for part in parts])


def merge(store: Store, embedder: Embedder, first_id: int, second_id: int) -> Passage:
    """Two neighbours as one, without what the second repeats of the first; where their headings differ, under the
    part that they share, and the rest of each goes into the text."""
    first, second = sorted((_passage(store, i) for i in (first_id, second_id)), key=lambda passage: passage.position)
    if first.id == second.id:
        raise InvalidEdit(f"Passage {first_id} cannot be merged with itself. Give the ids of two neighbours.")
    if first.document_id != second.document_id or second.position != first.position + 1:
        raise InvalidEdit(NOT_NEIGHBOURS)
    if first.enabled != second.enabled:
        raise InvalidEdit("One of the two passages is switched off. Switch it on, or the other one off, first.")
    if first.heading == second.heading:
        heading, text = first.heading, joined([first, second])
    else:
        heading, text = _under_one_heading(first, second)
    return _write(store, embedder, [first, second], [Draft(text, first.page, heading, first.enabled)])[0]


def revert(store: Store, embedder: Embedder, passage_id: int) -> list[Passage]:
    """The passages as they were cut, in the place of all that was made of them."""
    old = _passage(store, passage_id)
    found = store.edit_around(passage_id)
    if found is None:
        return [old]
    before, members = found
    known = store.passages_of(members, disabled=True)
    return _write(store, embedder, [known[i] for i in members], before, check=False)


def _passage(store: Store, passage_id: int) -> Passage:
    found = store.passages_of([passage_id], disabled=True)
    if passage_id not in found:
        raise no_such_passage(passage_id)
    return found[passage_id]


def _write(
    store: Store, embedder: Embedder, old: Sequence[Passage], new: Sequence[Draft], check: bool = True
) -> list[Passage]:
    longest = max(embedder.count_many([searchable_text(draft.heading, draft.text) for draft in new]))
    if check and longest > embedder.max_tokens - 2:
        raise InvalidEdit(
            f"The text has {longest} tokens with its heading; the embedding model reads {embedder.max_tokens - 2} of a "
            "passage. Shorten it, or split it into two."
        )
    passages = with_vectors(store, lambda: embedder, new)
    return store.rewrite([passage.id for passage in old], passages, embedder.fingerprint)


def _under_one_heading(first: Passage, second: Passage) -> tuple[str, str]:
    paths = [passage.heading.split(HEADING_JOIN) if passage.heading else [] for passage in (first, second)]
    shared = 0
    while all(len(path) > shared for path in paths) and paths[0][shared] == paths[1][shared]:
        shared += 1
    parts = []
    for path, passage in zip(paths, (first, second), strict=True):
        below = HEADING_JOIN.join(path[shared:])
        parts.append(f"{below}\n{passage.text}" if below else passage.text)
    return HEADING_JOIN.join(paths[0][:shared]), "\n\n".join(parts)
