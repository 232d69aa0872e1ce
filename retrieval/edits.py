"""What people made of passages, and how that is put into the next version of a document.

Knows nothing about the store or vectors. A new version may be cut elsewhere: a line more at the top of a section moves
every passage after it. So an edit is looked for by the text that it was made of, anywhere in the document, and what
stands around that text in the passages as they are cut now stays as it is.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .passages import Draft
from .twins import header_of, joined, seam_of

_SHORT = 40  # signs without spaces; a shorter text may stand inside others by chance, so it must be a whole passage


@dataclass(frozen=True)
class Edit:
    """Neighbouring passages `before` as they were cut, and `after` as a person left them.

    `position` is that of the first; where it is not `placed`, the document has no place for it, and it is only kept.
    """

    id: int
    document_id: str
    position: int
    before: tuple[Draft, ...]
    after: tuple[Draft, ...]
    placed: bool = True


class EditsChanged(Exception):
    """Somebody edited passages while their next version was made ready: it must be made ready again."""


def carry(drafts: Sequence[Draft], edits: Sequence[Edit]) -> tuple[list[Draft], list[Edit]]:
    """The drafts of a document's new version with the edits of the old one in their places, and all the edits.

    Those whose text is not there any more come back as not placed.
    """
    if not edits:
        return list(drafts), []
    laid = _Laid(drafts)
    aside: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: edit.position):
        if not laid.place(edit):
            aside.append(replace(edit, placed=False))
    made: list[Draft] = []
    placed: list[Edit] = []
    for item in laid.in_order():
        if isinstance(item, Edit):
            placed.append(replace(item, position=len(made), placed=True))
            made += item.after
        else:
            made.append(item)
    return made, placed + aside


class _Laid:
    """The passages of a document laid out as one text, each with where it begins, begins to be new, and ends."""

    def __init__(self, drafts: Sequence[Draft]) -> None:
        self._drafts = drafts
        self._spans: list[tuple[int, int, int]] = []
        self._placed: list[tuple[int, int, Edit]] = []
        parts: list[str] = []
        end = 0
        for number, draft in enumerate(drafts):
            repeated, seam = seam_of(drafts[number - 1].text, draft.text) if number else (0, "")
            fresh = end + len(seam)
            begin = fresh if seam else fresh - repeated
            parts += [seam, draft.text[repeated:]]
            end = fresh + len(draft.text) - repeated
            self._spans.append((begin, fresh, end))
        self._text = "".join(parts)
        self._kept = [at for at, sign in enumerate(self._text) if not sign.isspace()]  # where cut, spaces differ
        self._squeezed = "".join(self._text[at] for at in self._kept)
        self._wholes = {(begin, end) for begin, _, end in self._spans}
        self._begins = {begin: fresh for begin, fresh, _ in self._spans}
        self._freshes = [fresh for _, fresh, _ in self._spans]

    def place(self, edit: Edit) -> bool:
        """Finds the text that the edit was made of; False where it is not there."""
        found = list(self._occurrences(joined(edit.before)))
        header = header_of(edit.before[0].text)
        if not found and header:  # rows of a table, after other rows than before
            found = list(self._occurrences(joined(edit.before)[len(header) + 1 :]))
        if not found:
            return False
        heading = edit.before[0].heading
        drafts = [(self._drafts[at].heading != heading, abs(at - edit.position), at, b, e) for at, b, e in found]
        _, _, at, begin, end = min(drafts)
        self._placed.append((self._begins.get(begin, begin), end, _moved(edit, self._drafts[at])))
        return True

    def _occurrences(self, text: str) -> Iterator[tuple[int, int, int]]:
        """(number of the passage it begins in, begin, end) of every place that is not taken."""
        sought = "".join(text.split())
        at = self._squeezed.find(sought) if sought else -1
        while at >= 0:
            begin, end = self._kept[at], self._kept[at + len(sought) - 1] + 1
            whole = (begin, end) in self._wholes
            fresh = self._begins.get(begin, begin)
            taken = any((a <= fresh and end <= b) or (fresh <= a and b <= end) for a, b, _ in self._placed)
            if not taken and (whole or len(sought) >= _SHORT):
                yield max(bisect_right(self._freshes, fresh) - 1, 0), begin, end
            at = self._squeezed.find(sought, at + 1)

    def in_order(self) -> Iterator[Draft | Edit]:
        """The edits, and what they leave of the passages."""
        items: list[tuple[int, Draft | Edit]] = [(begin, edit) for begin, _, edit in self._placed]
        for draft, (_, fresh, end) in zip(self._drafts, self._spans, strict=True):
            left = list(_without(fresh, end, sorted((a, b) for a, b, _ in self._placed)))
            if left == [(fresh, end)]:
                items.append((fresh, draft))
                continue
            header = header_of(draft.text)
            for begin, stop in left:
                text = self._text[begin:stop].strip()
                if text and text != header:
                    cut_off = header and not text.startswith(header)
                    items.append((begin, replace(draft, text=f"{header}\n{text}" if cut_off else text)))
        yield from (item for _, item in sorted(items, key=lambda pair: pair[0]))


def _without(begin: int, end: int, taken: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What is left of a stretch."""
    for a, b in taken:
        if b <= begin or a >= end:
            continue
        if a > begin:
            yield begin, a
        begin = max(begin, b)
    if begin < end:
        yield begin, end


def _moved(edit: Edit, into: Draft) -> Edit:
    """The edit under the page and the heading that its text has now."""
    first = edit.before[0]
    pages = into.page - first.page if into.page is not None and first.page is not None else None

    def moved(draft: Draft) -> Draft:
        page = draft.page + pages if pages is not None and draft.page is not None else into.page
        return replace(draft, page=page, heading=into.heading if draft.heading == first.heading else draft.heading)

    return replace(edit, before=tuple(map(moved, edit.before)), after=tuple(map(moved, edit.after)))
