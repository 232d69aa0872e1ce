"""What the corpus holds and hands out: documents, passages, hits, and how an ingest went.

Plain frozen data. Knows nothing about files, models or databases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["indexed", "unchanged", "replaced", "removed", "failed"]
Stage = Literal["reading", "embedding", "storing", "done"]
HEADING_JOIN = " > "
LONGEST_HEADING = 120  # characters of one heading; longer ones are paragraphs in large type


@dataclass(frozen=True)
class Block:
    """Running text (or table rows, 'a | b | c' a line) with where it stands; what a reader yields."""

    text: str
    page: int | None
    heading: str


@dataclass(frozen=True)
class Draft:
    """A passage before it has a vector or an id. One that is not `enabled` will not be found."""

    text: str
    page: int | None
    heading: str
    enabled: bool = True


@dataclass(frozen=True)
class Document:
    """One file in the corpus. `id` is the SHA-256 of its bytes in hex, `added` seconds since 1970.

    `folder` is where it stood below what was taken in ('policies/travel', 'archive.zip/letters'), `modified` when
    the file was last written, as far as that is known. `passages` are those that can be found.
    """

    id: str
    name: str
    suffix: str
    pages: int | None
    passages: int
    added: float
    size: int
    folder: str = ""
    modified: float | None = None


@dataclass(frozen=True)
class Passage:
    """A piece of a document, sized for the embedding model. `heading` is the path, never inside `text`.

    An id stands for one text for ever. `edited`: a person wrote, split or merged it. One that is not `enabled` was
    switched off: it is not found, cited or learned from.
    """

    id: int
    document_id: str
    document: str
    page: int | None
    heading: str
    text: str
    position: int
    enabled: bool = True
    edited: bool = False


@dataclass(frozen=True)
class Hit:
    """A passage that was found. Scores are comparable within one query and mode only; higher is better.

    `spans` are the places in its text that the question's words stand at, as (start, end) in characters; a passage
    that was found by meaning alone has none. `twins` say the same in the same words elsewhere. `before` and `after`
    are its neighbours, where those were asked for.
    """

    passage: Passage
    score: float
    spans: tuple[tuple[int, int], ...] = ()
    twins: tuple[Passage, ...] = ()
    before: tuple[Passage, ...] = ()
    after: tuple[Passage, ...] = ()


@dataclass(frozen=True)
class IngestResult:
    """How one file fared. `reason` says why it failed, or what there is to know about it. One that is not in its
    archive any more was removed.

    Where it replaced another version: how many edits of its passages were kept, and how many were set aside since
    their text is not in it any more.
    """

    name: str
    id: str | None
    status: Status
    passages: int
    pages: int | None
    reason: str | None
    edits_kept: int = 0
    edits_aside: int = 0


@dataclass(frozen=True)
class IngestProgress:
    """Where an ingest stands. `file` was just finished or is worked on; passages count what was embedded.

    `page` of `pages` is being read, in a file whose pages take long (OCR); else both are 0.
    """

    stage: Stage
    file: str
    files_done: int
    files: int
    passages_done: int
    passages: int
    page: int = 0
    pages: int = 0


def searchable_text(heading: str, text: str) -> str:
    """What is embedded and indexed: the heading path in front (recall@10 81.1 -> 83.0 when we "
    "measured it)."""
    return f"{heading}\n{text}" if heading else text
