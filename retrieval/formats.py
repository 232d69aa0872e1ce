"""What a file is: by its name's suffix and by its first bytes, which must agree.

Knows nothing about how a format is read. Everything here works on the beginning of the file, or on the list of
names of a ZIP; nothing is unpacked.
"""

from __future__ import annotations

import io
import zipfile
from importlib.util import find_spec

from .errors import (
    BrokenDocument,
    DocumentTooLarge,
    EmptyDocument,
    PasswordNeeded,
    UnsupportedFormat,
    WrongSuffix,
)

MAX_FILE_BYTES = 256 * 2**20
MAX_UNPACKED_BYTES = 512 * 2**20
SUPPORTED = {
    ".pdf": "PDF",
    ".docx": "Word document",
    ".pptx": "PowerPoint presentation",
    ".xlsx": "Excel workbook",
    ".xlsm": "Excel workbook",
    ".csv": "CSV table",
    ".tsv": "TSV table",
    ".md": "Markdown",
    ".markdown": "Markdown",
    ".html": "HTML",
    ".htm": "HTML",
    ".epub": "EPUB book",
    ".eml": "e-mail",
    ".json": "JSON",
    ".jsonl": "JSON Lines",
    ".ndjson": "JSON Lines",
    ".txt": "text",
    ".zip": "ZIP archive",
}
PICTURES = {
    ".png": "PNG picture",
    ".jpg": "JPEG picture",
    ".jpeg": "JPEG picture",
    ".tif": "TIFF picture",
    ".tiff": "TIFF picture",
}  # read where OCR is installed
_TEXTS = frozenset({"CSV table", "TSV table", "Markdown", "HTML", "e-mail", "JSON", "JSON Lines", "text"})
_ZIPPED = frozenset({"Word document", "PowerPoint presentation", "Excel workbook", "EPUB book", "ZIP archive"})
_OFFICE = frozenset({"Word document", "PowerPoint presentation", "Excel workbook"})
_SAVE_AS = {
    ".doc": ".docx", ".odt": ".docx", ".rtf": ".docx", ".pages": ".docx", ".wps": ".docx",
    ".ppt": ".pptx", ".odp": ".pptx", ".key": ".pptx",
    ".xls": ".xlsx", ".xlsb": ".xlsx", ".ods": ".xlsx", ".numbers": ".xlsx",
    ".mobi": ".epub", ".azw3": ".epub", ".msg": ".eml",
    ".gif": ".png", ".bmp": ".png", ".webp": ".png", ".heic": ".png",
    ".rar": ".zip", ".7z": ".zip", ".tar": ".zip", ".gz": ".zip", ".tgz": ".zip",
}  # fmt: skip
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


def suffix_of(name: str) -> str:
    """'.pdf' of 'a/B.PDF'; nothing for a name without a suffix or of a hidden file."""
    last = name[name.rfind("/") + 1 :]
    dot = last.rfind(".")
    return last[dot:].lower() if dot > 0 else ""


def looks_like(data: bytes) -> str:
    """A noun for the content, from its first bytes: 'PDF', 'Word document', 'text', 'PNG picture', "
    "'binary data'."""
    if data[:1024].lstrip().startswith(b"%PDF-"):
        return "PDF"
    for magic, noun in _MAGIC:
        if data.startswith(magic):
            return noun
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
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
            check_unpacked(archive)
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError):
        return "damaged ZIP archive"
    for inside, noun in (
        ("word/document.xml", "Word document"),
        ("xl/workbook.xml", "Excel workbook"),
        ("ppt/presentation.xml", "PowerPoint presentation"),
        ("META-INF/container.xml", "EPUB book"),
    ):
        if inside in names:
            return noun
    for start, noun in (("word/", "Word document"), ("xl/", "Excel workbook"), ("ppt/", "PowerPoint presentation")):
        if "[Content_Types].xml" in names and any(name.startswith(start) for name in names):
            return noun
    return "ZIP archive"


def check_unpacked(archive: zipfile.ZipFile) -> None:
    """Refuses a bomb by the sizes that its directory states; no reader unpacks a part beyond its stated size."""
    if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED_BYTES:
        raise DocumentTooLarge(
            f"It unpacks to over {MAX_UNPACKED_BYTES // 2**20} MB, more than a document "
            "should. Split it, or save its text on its own."
        )


def check(name: str, data: bytes) -> str:
    """The format to read the bytes as; raises what is wrong with them."""
    suffix = suffix_of(name)
    said = {**SUPPORTED, **PICTURES}.get(suffix)
    if said is None:
        raise unsupported(suffix)
    if not data:
        raise EmptyDocument("The file is empty (0 bytes). Check that it was saved or copied completely.")
    if len(data) > MAX_FILE_BYTES:
        raise DocumentTooLarge(
            f"The file has {len(data) // 2**20} MB; at most {MAX_FILE_BYTES // 2**20} MB are read. Split it into parts."
        )
    met = looks_like(data)
    if said == "PDF" and b"%PDF-" in data[:1024]:  # what stands in front of it is of no matter
        return said
    if said == met or (said in _TEXTS and met in _TEXTS):
        return said
    if said in _OFFICE and met == "old or encrypted Office document":
        raise PasswordNeeded(
            f"The {said} is protected by a password, or is an old file of Office 2003 under a new name. "
            f"Open it in its own program, remove the password and save it as {suffix}."
        )
    if said in _ZIPPED and met == "damaged ZIP archive":
        raise BrokenDocument(f"The {said} is damaged or cut off: it cannot be unpacked. Copy or save it again.")
    article = "an" if met[0] in "AEIO" else "a"
    what = met if met in ("text", "HTML", "binary data") else f"{article} {met}"
    raise WrongSuffix(
        f"The name ends in {suffix}, but the content looks like {what}. Give it the right suffix, or save it as {said}."
    )


def unsupported(suffix: str) -> UnsupportedFormat:
    """What is wrong with a suffix that has no reader, and what to save the file as instead."""
    known = ", ".join(SUPPORTED)
    hint = f" Save or export it as {_SAVE_AS[suffix]}, and add that." if suffix in _SAVE_AS else ""
    return UnsupportedFormat(
        f"The format {suffix or 'without a suffix'} is not supported.{hint} Expected one of {known}."
    )


def suffixes() -> list[str]:
    """Every suffix that can be read here: for an upload button, and to tell whether a folder holds documents."""
    return [*SUPPORTED, *(PICTURES if ocr_installed() else ())]


def kinds() -> list[str]:
    """What can be read here, as people call it."""
    return [*dict.fromkeys(SUPPORTED.values()), *(["scans and pictures"] if ocr_installed() else [])]


def ocr_installed() -> bool:
    """Whether the optional extra for pictures of text is there; it is not loaded."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None
