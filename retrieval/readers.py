"""A file's bytes -> blocks of text with headings and page numbers, by the format that the bytes say.

Knows nothing about passages, models or the corpus. Runs inside the child process of `parser.py`. Adding a format
is one function here, one line in `_READERS`, and its suffix in `formats.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from .encodings import storable
from .errors import DocumentTooLarge, EmptyDocument, UnsupportedFormat
from .formats import MAX_FILE_BYTES, PICTURES, SUPPORTED, check, suffix_of
from .passages import Block

__all__ = ["MAX_FILE_BYTES", "SUPPORTED", "Reading", "read", "suffix_of"]
MAX_CHARACTERS = 50_000_000


@dataclass(frozen=True)
class Reading:
    """What a reader made of a file. `pages` is None where the format has none; `note` is what it left out."""

    blocks: list[Block]
    pages: int | None
    note: str | None = None


def _nobody(page: int, pages: int) -> None:
    """Who is told of pages when nobody waits."""


def read(name: str, data: bytes, told: Told = _nobody) -> Reading:
    """The blocks of one file; `told` hears of every page that takes long. Raises an UnreadableDocument that says
    what is wrong with it."""
    kind = check(name, data)
    if kind not in _READERS:
        raise UnsupportedFormat(f"A {kind} inside another document is not read. Unpack it, and add its files.")
    made = _READERS[kind](data, told)
    blocks = [Block(storable(block.text), block.page, storable(block.heading)) for block in made.blocks]
    reading = replace(made, blocks=blocks)
    size = sum(len(block.text) for block in reading.blocks)
    if size > MAX_CHARACTERS:
        raise DocumentTooLarge(
            f"It holds {size // 10**6} million characters; at most {MAX_CHARACTERS // 10**6} million "
            "are read. Split it into parts."
        )
    if not any(character.isalnum() for block in reading.blocks for character in block.text):
        raise EmptyDocument("There is no text in it. If it holds pictures of text, it needs OCR first.")
    return reading


def _pdf(data: bytes, told: Told) -> Reading:
    from .pdf import read_pdf

    return Reading(*read_pdf(data, told))


def _picture(data: bytes, told: Told) -> Reading:
    from .pdf import read_picture

    return Reading(*read_picture(data, told))


def _docx(data: bytes, told: Told) -> Reading:
    from .docx import read_docx

    return Reading(read_docx(data), None)


def _pptx(data: bytes, told: Told) -> Reading:
    from .slides import read_pptx

    return Reading(*read_pptx(data))


def _xlsx(data: bytes, told: Told) -> Reading:
    from .sheets import read_xlsx

    return Reading(*read_xlsx(data))


def _csv(data: bytes, told: Told) -> Reading:
    from .encodings import decode
    from .tables import read_csv

    return Reading(read_csv(decode(data)), None)


def _tsv(data: bytes, told: Told) -> Reading:
    from .encodings import decode
    from .tables import read_csv

    return Reading(read_csv(decode(data), "\t"), None)


def _html(data: bytes, told: Told) -> Reading:
    from .markup import read_html

    return Reading(read_html(data), None)


def _epub(data: bytes, told: Told) -> Reading:
    from .books import read_epub

    return Reading(read_epub(data), None)


def _email(data: bytes, told: Told) -> Reading:
    from .mail import read_email

    return Reading(read_email(data, lambda name, part: read(name, part, told)), None)


def _json(data: bytes, told: Told) -> Reading:
    from .encodings import decode
    from .records import read_json

    return Reading(read_json(decode(data)), None)


def _jsonl(data: bytes, told: Told) -> Reading:
    from .encodings import decode
    from .records import read_json_lines

    return Reading(read_json_lines(decode(data)), None)


def _markdown(data: bytes, told: Told) -> Reading:
    from .encodings import decode
    from .plain import read_markdown

    return Reading(read_markdown(decode(data)), None)


def _text(data: bytes, told: Told) -> Reading:
    from .encodings import decode
    from .plain import read_text

    return Reading(read_text(decode(data)), None)


Told = Callable[[int, int], None]  # (page that is begun, pages)
_READERS: dict[str, Callable[[bytes, Told], Reading]] = {
    "PDF": _pdf,
    "Word document": _docx,
    "PowerPoint presentation": _pptx,
    "Excel workbook": _xlsx,
    "CSV table": _csv,
    "TSV table": _tsv,
    "Markdown": _markdown,
    "HTML": _html,
    "EPUB book": _epub,
    "e-mail": _email,
    "JSON": _json,
    "JSON Lines": _jsonl,
    "text": _text,
    **dict.fromkeys(PICTURES.values(), _picture),
}
