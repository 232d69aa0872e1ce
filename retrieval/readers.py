"""A file's bytes -> blocks of text with headings and page numbers, by the format that the bytes say.

Knows nothing about passages, models or the corpus. Runs inside the child process of `parser.py`. A name
whose suffix does not fit the content is refused, and told what the content looks like.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

from .errors import (
    BrokenDocument,
    DocumentTooLarge,
    EmptyDocument,
    PasswordNeeded,
    UnsupportedFormat,
    WrongSuffix,
)
from .passages import Block

MAX_FILE_BYTES = 256 * 2**20
MAX_UNPACKED_BYTES = 512 * 2**20
MAX_CHARACTERS = 50_000_000
SUPPORTED = {
    ".pdf": "PDF",
    ".docx": "Word document",
    ".md": "Markdown",
    ".markdown": "Markdown",
    ".html": "HTML",
    ".htm": "HTML",
    ".txt": "text",
}
_TEXTS = ("Markdown", "HTML", "text")
_MAGIC = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old or encrypted Office document"),
    (b"\x89PNG\r\n\x1a\n", "PNG picture"),
    (b"\xff\xd8\xff", "JPEG picture"),
    (b"GIF8", "GIF picture"),
    (b"II*\x00", "TIFF picture"),
    (b"MM\x00*", "TIFF picture"),
    (b"{\\rtf", "RTF document"),
    (b"\x1f\x8b", "gzip archive"),
    (b"7z\xbc\xaf", "7-Zip archive"),
    (b"Rar!", "RAR archive"),
    (b"\x7fELF", "program"),
    (b"MZ\x90", "program"),
    (b"SQLite format 3", "SQLite database"),
)


@dataclass(frozen=True)
class Reading:
    """What a reader made of a file. `pages` is None where the format has none."""

    blocks: list[Block]
    pages: int | None


def suffix_of(name: str) -> str:
    dot = name.rfind(".")
    return name[dot:].lower() if dot > 0 else ""


def looks_like(data: bytes) -> str:
    """A noun for the content, from its first bytes: 'PDF', 'Word document', 'text', 'PNG picture', "
    "'binary data'."""
    if b"%PDF-" in data[:1024]:
        return "PDF"
    for magic, noun in _MAGIC:
        if data.startswith(magic):
            return noun
    if data.startswith(b"PK\x03\x04"):
        return _kind_of_zip(data)
    start = data[:4096]
    if start.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        return "text"
    if start.lstrip()[:200].lower().startswith((b"<!doctype html", b"<html")):
        return "HTML"
    nulls = start.count(0)
    if nulls and not _even_or_odd_nulls(start):
        return "binary data"
    controls = sum(byte < 9 or 13 < byte < 27 for byte in start) - nulls
    return "binary data" if controls > len(start) // 50 else "text"


def _even_or_odd_nulls(start: bytes) -> bool:
    """UTF-16 without a mark: nearly every zero byte of Latin text stands on one side of its pair."""
    even, odd = start[::2].count(0), start[1::2].count(0)
    return max(even, odd) > len(start) // 8 and min(even, odd) <= max(even, odd) // 10


def _kind_of_zip(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise DocumentTooLarge(
                    f"It unpacks to over {MAX_UNPACKED_BYTES // 2**20} MB, more than a document "
                    "should. Split it, or save its text on its own."
                )
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError):
        return "damaged ZIP archive"
    for start, noun in (
        ("word/", "Word document"),
        ("xl/", "Excel workbook"),
        ("ppt/", "PowerPoint presentation"),
    ):
        if any(name.startswith(start) for name in names):
            return noun
    return "EPUB book" if "META-INF/container.xml" in names else "ZIP archive"


def check(name: str, data: bytes) -> str:
    """The format to read the bytes as; raises what is wrong with them."""
    suffix = suffix_of(name)
    if suffix not in SUPPORTED:
        known = ", ".join(dict.fromkeys(SUPPORTED))
        raise UnsupportedFormat(f"The format {suffix or 'without a suffix'} is not supported. Expected one of {known}.")
    if not data:
        raise EmptyDocument("The file is empty (0 bytes). Check that it was saved or copied completely.")
    if len(data) > MAX_FILE_BYTES:
        raise DocumentTooLarge(
            f"The file has {len(data) // 2**20} MB; at most {MAX_FILE_BYTES // 2**20} MB are read. Split it into parts."
        )
    said, met = SUPPORTED[suffix], looks_like(data)
    if said == met or (said in _TEXTS and met in _TEXTS):
        return said
    if said == "Word document" and met == "old or encrypted Office document":
        raise PasswordNeeded(
            "The Word document is protected by a password, or is an old .doc file under a new name. "
            "Open it in Word, remove the password and save it as .docx."
        )
    if said == "Word document" and met == "damaged ZIP archive":
        raise BrokenDocument("The Word document is damaged or cut off: it cannot be unpacked. Copy or save it again.")
    article = "an" if met[0] in "AEIO" else "a"
    what = met if met in ("text", "HTML", "binary data") else f"{article} {met}"
    raise WrongSuffix(
        f"The name ends in {suffix}, but the content looks like {what}. Give it the right suffix, or save it as {said}."
    )


def read(name: str, data: bytes) -> Reading:
    """The blocks of one file. Raises an UnreadableDocument that says what is wrong with it."""
    reading = _READERS[check(name, data)](data)
    size = sum(len(block.text) for block in reading.blocks)
    if size > MAX_CHARACTERS:
        raise DocumentTooLarge(
            f"It holds {size // 10**6} million characters; at most {MAX_CHARACTERS // 10**6} million "
            "are read. Split it into parts."
        )
    if not any(character.isalnum() for block in reading.blocks for character in block.text):
        raise EmptyDocument("There is no text in it. If it holds pictures of text, it needs OCR first.")
    return reading


def _pdf(data: bytes) -> Reading:
    from .pdf import read_pdf

    return Reading(*read_pdf(data))


def _docx(data: bytes) -> Reading:
    from .markup import read_docx

    return Reading(read_docx(data), None)


def _html(data: bytes) -> Reading:
    from .markup import read_html

    return Reading(read_html(data), None)


def _markdown(data: bytes) -> Reading:
    from .plain import decode, read_markdown

    return Reading(read_markdown(decode(data)), None)


def _text(data: bytes) -> Reading:
    from .plain import decode, read_text

    return Reading(read_text(decode(data)), None)


_READERS: dict[str, Callable[[bytes], Reading]] = {
    "PDF": _pdf,
    "Word document": _docx,
    "Markdown": _markdown,
    "HTML": _html,
    "text": _text,
}
