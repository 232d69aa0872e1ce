"""EPUB -> blocks: the chapters in their reading order, each read as HTML, under 'book > chapter > headings'.

Knows nothing about HTML; that is `markup.py`. A book is a ZIP with a list of its parts; names in it are looked up
in the ZIP and never on the disk, and its XML is read without entities.
"""

from __future__ import annotations

import io
import posixpath
import re
from typing import Any
from urllib.parse import unquote
from zipfile import BadZipFile, ZipFile
from zlib import error as ZlibError

from .encodings import decode
from .errors import BrokenDocument, PasswordNeeded
from .markup import blocks_of_html
from .passages import HEADING_JOIN, Block
from .plain import HeadingPath

_CONTAINER = "META-INF/container.xml"
_PROLOG = re.compile(
    r"\A\s*(<\?xml.*?\?>)?\s*(<!DOCTYPE[^\[>]*(\[.*?\]\s*)?>)?", re.S
)  # an HTML parser shows its entities
_PAGES = ("application/xhtml+xml", "text/html")


def read_epub(data: bytes) -> list[Block]:
    """The blocks of a book's chapters. Raises PasswordNeeded for one with digital rights management."""
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            return _book(archive)
    except (MemoryError, RecursionError):
        raise
    except (BadZipFile, ZlibError, KeyError, ValueError, SyntaxError, EOFError, NotImplementedError) as error:
        # a damaged part shows as any of these; lxml's XMLSyntaxError is a SyntaxError
        raise BrokenDocument(
            f"The EPUB book is damaged ({type(error).__name__}). Download or export it again, and add that."
        ) from error


def _book(archive: ZipFile) -> list[Block]:
    root = _xml(archive.read(_CONTAINER))
    place = next(iter(root.xpath("//*[local-name()='rootfile']/@full-path")), None)
    if place is None:
        raise KeyError("rootfile")
    package = _xml(archive.read(place))
    title = " ".join("".join(package.xpath("//*[local-name()='metadata']/*[local-name()='title'][1]//text()")).split())
    folder = posixpath.dirname(place)
    parts = {
        item.get("id"): (posixpath.normpath(posixpath.join(folder, unquote(item.get("href", "")))), item)
        for item in package.xpath("//*[local-name()='manifest']/*[local-name()='item']")
    }
    order = [parts[key] for key in package.xpath("//*[local-name()='spine']/*/@idref") if key in parts]
    pages = [name for name, item in order if item.get("media-type") in _PAGES and item.get("properties") != "nav"]
    _refuse_locked(archive, set(pages))
    named = _contents(archive, parts)
    known = set(archive.namelist())
    blocks = [
        block for name in pages if name in known for block in _chapter(archive.read(name), title, named.get(name, ""))
    ]
    if not blocks:
        raise KeyError("chapters")
    return blocks


def _chapter(data: bytes, book: str, named: str) -> list[Block]:
    """A chapter that has no headings of its own takes its name from the table of contents."""
    blocks = blocks_of_html(_PROLOG.sub("", decode(data), count=1), book)
    path = HeadingPath(book)
    plain = str(path)
    if named and all(block.heading == plain for block in blocks):
        path.enter(1, named)
        return [Block(block.text, None, str(path)) for block in blocks]
    return blocks


def _contents(archive: ZipFile, parts: dict[str, tuple[str, Any]]) -> dict[str, str]:
    """Part of the book -> its name in the table of contents (EPUB 3's nav, or EPUB 2's NCX); the first one counts."""
    found: dict[str, str] = {}
    known = set(archive.namelist())
    for name, item in parts.values():
        nav = "nav" in (item.get("properties") or "").split()
        if name not in known or not (nav or item.get("media-type") == "application/x-dtbncx+xml"):
            continue
        root = _xml(archive.read(name))
        places = root.xpath("//*[local-name()='a'][@href]" if nav else "//*[local-name()='navPoint']")
        for place in places:
            target = place.get("href") if nav else next(iter(place.xpath("./*[local-name()='content']/@src")), "")
            words = place.itertext() if nav else place.xpath("./*[local-name()='navLabel']//text()")
            full = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(target.partition("#")[0])))
            found.setdefault(full, " ".join(" ".join(words).split()).replace(HEADING_JOIN, " - "))
    return found


def _refuse_locked(archive: ZipFile, pages: set[str]) -> None:
    """Fonts are often scrambled, which is no matter; scrambled chapters are."""
    if "META-INF/encryption.xml" not in archive.namelist():
        return
    root = _xml(archive.read("META-INF/encryption.xml"))
    locked = {unquote(uri) for uri in root.xpath("//*[local-name()='CipherReference']/@URI")}
    if locked & pages:
        raise PasswordNeeded(
            "The EPUB book is protected against copying, and its chapters cannot be read. Add an unprotected copy."
        )


def _xml(data: bytes) -> Any:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    root = etree.fromstring(data, parser)
    if root is None:
        raise ValueError("no XML")
    return root
