"""Edits as rows: passages rewritten, switched on and off, and what they were before, by statements on a connection.

Knows nothing about transactions or models; whoever calls has begun what must be whole. The passages of one edit stand
side by side; an edit that touches passages of others takes those up.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import astuple, replace

from .edits import Edit, EditsChanged
from .errors import InvalidEdit, PassageNotFound
from .fulltext import index_words, remove_passage_words
from .passages import Draft, Passage, searchable_text
from .rows import NewPassage, passages_by_id, write_passages
from .sql import Connection, marks, portions

NOT_NEIGHBOURS = "Only two passages that follow each other in one document can be merged."


def no_such_passage(passage_id: int) -> PassageNotFound:
    return PassageNotFound(
        f"There is no passage {passage_id}, or not any more: an edited passage has a new id. "
        "'passages DOCUMENT' lists those of a document."
    )


def edits_of(connection: Connection, documents: Sequence[str]) -> list[Edit]:
    """The edits of these documents, in reading order; those without a place after the others."""
    found = []
    for some in portions(list(documents)):
        for key, document, position, before, aside in connection.execute(
            "SELECT id, document_id, position, before, aside FROM edits "
            f"WHERE document_id IN ({marks(some)}) ORDER BY aside IS NOT NULL, id",
            some,
        ).fetchall():
            after, place = (_drafts(aside), position) if aside else _after(connection, key)
            found.append(Edit(key, document, place, _drafts(before), after, aside is None))
    return sorted(found, key=lambda edit: (not edit.placed, edit.position))


def write_edits(connection: Connection, document: str, edits: Sequence[Edit]) -> None:
    """Edits of a document whose passages are written: those with a place own the passages from there on."""
    for edit in edits:
        key = _new_edit(connection, document, edit.position, edit.before, None if edit.placed else edit.after)
        if edit.placed:
            connection.execute(
                "UPDATE passages SET edit = ? WHERE document_id = ? AND position BETWEEN ? AND ?",
                (key, document, edit.position, edit.position + len(edit.after) - 1),
            )
            _mark(connection, key, edit.before)


def check_edits(connection: Connection, documents: Sequence[str], known: Sequence[Edit]) -> None:
    """Raises EditsChanged where the documents have other edits by now than the known ones."""
    if sorted(edit.id for edit in edits_of(connection, documents)) != sorted(edit.id for edit in known):
        raise EditsChanged


def rewrite(connection: Connection, ids: Sequence[int], new: Sequence[NewPassage]) -> list[int]:
    """Puts `new` in the place of neighbouring passages, which lose their ids; the new ids.

    Raises PassageNotFound where one is not there any more, InvalidEdit where they are no neighbours.
    """
    old = _neighbours(connection, ids)
    document, first, last = old[0].document_id, old[0].position, old[-1].position
    before, edits = _origin(connection, old)
    for passage in old:
        remove_passage_words(connection, passage.id)
        connection.execute("DELETE FROM passages WHERE id = ?", (passage.id,))
    # positions are unique at every moment, so they go below zero on their way
    further = len(new) - len(old)
    connection.execute(
        "UPDATE passages SET position = -1 - (position + ?) WHERE document_id = ? AND position > ?",
        (further, document, last),
    )
    connection.execute(
        "UPDATE passages SET position = -1 - position WHERE document_id = ? AND position < 0", (document,)
    )
    made = write_passages(connection, document, first, new)
    _regroup(connection, document, before, edits, made)
    return made


def enable(connection: Connection, passage_id: int, enabled: bool) -> None:
    """Switches a passage on or off: its words go in or out, its vector is kept. Raises PassageNotFound."""
    (passage,) = _neighbours(connection, [passage_id])
    if passage.enabled == enabled:
        return
    before, edits = _origin(connection, [passage])
    connection.execute("UPDATE passages SET enabled = ? WHERE id = ?", (enabled, passage_id))
    if enabled:
        index_words(connection, [(passage_id, searchable_text(passage.heading, passage.text))])
    else:
        remove_passage_words(connection, passage_id)
    _regroup(connection, passage.document_id, before, edits, [passage_id])


def edit_around(connection: Connection, passage_id: int) -> tuple[tuple[Draft, ...], list[int]] | None:
    """The passages that the edit of this one was made of, and the ids of all that it left; None if it has none."""
    row = connection.execute(
        "SELECT e.id, e.before FROM passages p JOIN edits e ON e.id = p.edit WHERE p.id = ?", (passage_id,)
    ).fetchone()
    if row is None:
        return None
    members = connection.execute("SELECT id FROM passages WHERE edit = ? ORDER BY position", (row[0],))
    return _drafts(row[1]), [member[0] for member in members]


def _neighbours(connection: Connection, ids: Sequence[int]) -> list[Passage]:
    found = passages_by_id(connection, ids, disabled=True)
    for i in ids:
        if i not in found:
            raise no_such_passage(i)
    ordered = sorted(found.values(), key=lambda passage: passage.position)
    apart = ordered[-1].position - ordered[0].position + 1 != len(ordered)
    if apart or len({passage.document_id for passage in ordered}) > 1:
        raise InvalidEdit(NOT_NEIGHBOURS)
    return ordered


def _origin(connection: Connection, passages: Sequence[Passage]) -> tuple[list[Draft], list[int]]:
    """What these passages were before anyone edited them, with all else of their edits; and those edits' ids."""
    before: list[Draft] = []
    edits: list[int] = []
    for passage in passages:
        row = connection.execute(
            "SELECT e.id, e.before FROM passages p JOIN edits e ON e.id = p.edit WHERE p.id = ?", (passage.id,)
        ).fetchone()
        if row is None:
            before.append(Draft(passage.text, passage.page, passage.heading, passage.enabled))
        elif row[0] not in edits:
            edits.append(row[0])
            before += _drafts(row[1])
    return before, edits


def _regroup(
    connection: Connection, document: str, before: Sequence[Draft], edits: Sequence[int], touched: Sequence[int]
) -> None:
    """One edit for the passages of the old ones and those that were touched; none where all is as it was cut."""
    key = _new_edit(connection, document, 0, before, None)
    connection.execute(f"UPDATE passages SET edit = ? WHERE edit IN ({marks(edits)})", (key, *edits))
    connection.execute(f"UPDATE passages SET edit = ? WHERE id IN ({marks(touched)})", (key, *touched))
    connection.execute(f"DELETE FROM edits WHERE id IN ({marks(edits)})", tuple(edits))
    _mark(connection, key, before)
    if _after(connection, key)[0] == tuple(before):
        connection.execute("UPDATE passages SET edit = NULL WHERE edit = ?", (key,))
        connection.execute("DELETE FROM edits WHERE id = ?", (key,))
    connection.execute(
        "UPDATE documents SET passages = (SELECT count(*) FROM passages WHERE document_id = documents.id AND enabled) "
        "WHERE id = ?",
        (document,),
    )


def _new_edit(
    connection: Connection, document: str, position: int, before: Sequence[Draft], aside: Sequence[Draft] | None
) -> int:
    made = connection.execute(
        "INSERT INTO edits(document_id, position, before, aside) VALUES(?, ?, ?, ?) RETURNING id",
        (document, position, _json(before), None if aside is None else _json(aside)),
    )
    ((key,),) = made.fetchall()  # all of it: SQLite keeps a statement open that is not read to its end
    return int(key)


def _mark(connection: Connection, edit: int, before: Sequence[Draft]) -> None:
    """Edited is what does not say what one of the passages said before."""
    said = [draft.text for draft in before]
    connection.execute(f"UPDATE passages SET edited = text NOT IN ({marks(said)}) WHERE edit = ?", (*said, edit))


def _after(connection: Connection, edit: int) -> tuple[tuple[Draft, ...], int]:
    """The passages of an edit that has a place, and the position of the first."""
    rows = connection.execute(
        "SELECT text, page, heading, enabled, position FROM passages WHERE edit = ? ORDER BY position", (edit,)
    ).fetchall()
    return tuple(Draft(text, page, heading, bool(enabled)) for text, page, heading, enabled, _ in rows), rows[0][4]


def _drafts(written: str) -> tuple[Draft, ...]:
    return tuple(Draft(*row) for row in json.loads(written))


def _json(drafts: Sequence[Draft]) -> str:
    return json.dumps([astuple(draft) for draft in drafts])


def set_aside(edits: Sequence[Edit]) -> list[Edit]:
    """The edits, kept without a place."""
    return [replace(edit, placed=False) for edit in edits]
