"""HTML and DOCX -> blocks. A DOCX becomes HTML first (mammoth), so both are read by the same walk.

Knows nothing about other formats. Scripts, styles and navigation are dropped; tables become rows 'a | b | c'.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from typing import TYPE_CHECKING, Any

from .errors import BrokenDocument
from .passages import Block
from .plain import HeadingPath, decode, decode_as

if TYPE_CHECKING:
    from bs4 import Tag

_DROPPED = (
    "script",
    "style",
    "noscript",
    "template",
    "svg",
    "nav",
    "iframe",
    "object",
    "button",
    "input",
    "select",
    "textarea",
    "head",
)
_BLOCK_NAMES = """
    address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer header html
    li main ol p pre section summary table tbody td th thead tr ul h1 h2 h3 h4 h5 h6 hr title"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_HEADING = re.compile(r"^h([1-6])$")
_WORD_STYLES = """
p[style-name='Title'] => h1.title:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='标题'] => h1.title:fresh
p[style-name='标题 1'] => h1:fresh
p[style-name='标题 2'] => h2:fresh
p[style-name='标题 3'] => h3:fresh
"""


def read_html(data: bytes) -> list[Block]:
    """The page's text under 'title > h1 > h2'."""
    declared = re.search(rb"<meta[^>]+charset=[\"']?([\w-]+)", data[:4096], re.I)
    text = None
    if declared and not re.match(rb"utf-?(16|32)", declared[1], re.I):  # it could not be read as ASCII then
        try:
            text = decode_as(data, declared[1].decode())
        except (LookupError, UnicodeDecodeError):
            text = None  # pages often declare what they are not; then the bytes decide
    return blocks_of_html(text if text is not None else decode(data))


def read_docx(data: bytes) -> list[Block]:
    """A Word document by its heading styles; pictures are left out."""
    import mammoth

    logging.getLogger("mammoth").setLevel(logging.ERROR)
    try:
        html = mammoth.convert_to_html(
            io.BytesIO(data),
            style_map=_WORD_STYLES,
            convert_image=mammoth.images.img_element(lambda image: {}),
        ).value
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # mammoth has no error of its own: a damaged part shows as KeyError, ExpatError, ...
        raise BrokenDocument(
            f"The Word document is damaged ({type(error).__name__}). Open it in Word, save it again, and try that."
        ) from error
    return blocks_of_html(f"<body>{html}</body>")


def blocks_of_html(html: str, title: str | None = None) -> list[Block]:
    """The blocks of a page that is text already; `title` takes the place of its own."""
    from bs4 import BeautifulSoup
    from bs4.element import Comment

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        soup = BeautifulSoup(html, "lxml")
    if title is None:
        title = soup.title.get_text(" ", strip=True) if soup.title else ""
    for comment in soup.find_all(string=lambda node: isinstance(node, Comment)):
        comment.extract()
    for tag in soup(_DROPPED):
        tag.decompose()
    walk = _Walk(HeadingPath(title))
    walk.visit(soup.body or soup)
    walk.close()
    return walk.blocks + walk.path.close()


class _Walk:
    """Collects running text until a block ends it."""

    def __init__(self, path: HeadingPath) -> None:
        self.blocks: list[Block] = []
        self.path = path
        self._inline: list[str] = []

    def close(self) -> None:
        """What was collected becomes a block."""
        self._emit(" ".join("".join(self._inline).split()))
        self._inline.clear()

    def _emit(self, text: str) -> None:
        if text.strip():
            self.blocks.append(self.path.block(text))

    def visit(self, node: Any) -> None:
        for child in node.children:
            name = getattr(child, "name", None)
            if name is None:
                self._inline.append(str(child))
            elif name == "br":
                self._inline.append(" ")
            elif name not in _BLOCKS:
                self.visit(child)
            else:
                self.close()
                self._block(child, name)
                self.close()

    def _block(self, tag: Tag, name: str) -> None:
        if heading := _HEADING.match(name):
            level = 0 if "title" in (tag.get("class") or []) else int(heading[1])
            self.blocks += self.path.enter(level, tag.get_text(" ", strip=True))
        elif name == "table" and not tag.find("table"):
            self._emit("\n".join(_rows(tag)))
        elif name == "pre":
            self._emit(tag.get_text().strip("\n"))
        elif name in ("ul", "ol") and not tag.find("table") and _is_listing(tag):
            self._emit("\n".join(_items(tag, "")))
        else:
            self.visit(tag)


def _rows(table: Tag) -> list[str]:
    caption = table.find("caption")
    rows = [caption.get_text(" ", strip=True)] if caption else []
    for row in table.find_all("tr"):
        cells = [" ".join(cell.get_text(" ", strip=True).split()) for cell in row.find_all(["td", "th"])]
        if any(cells):
            rows.append(" | ".join(cells))
    return rows


def _is_listing(tag: Tag) -> bool:
    """Whether it holds list items alone; old pages and mails use lists to indent paragraphs."""
    names = [getattr(child, "name", None) for child in tag.children if str(child).strip()]
    return all(name in ("li", "ul", "ol") for name in names)


def _items(listing: Tag, indent: str) -> list[str]:
    lines = []
    numbered = listing.name == "ol"
    number = 0
    for item in listing.find_all(["li", "ul", "ol"], recursive=False):
        if item.name in ("ul", "ol"):  # many programs write a list straight into a list
            lines.extend(_items(item, indent + "  "))
            continue
        inner = [nested.extract() for nested in item.find_all(["ul", "ol"], recursive=False)]
        number += 1
        lines.append(f"{indent}{f'{number}.' if numbered else '-'} {' '.join(item.get_text(' ', strip=True).split())}")
        for nested in inner:
            lines.extend(_items(nested, indent + "  "))
    return lines
