"""HTML -> blocks; other formats that become HTML first are read by the same walk.

Knows nothing about other formats. Scripts, styles and navigation are dropped; tables become rows 'a | b | c'.
"""

from __future__ import annotations

import codecs
import re
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .encodings import decode, decode_as
from .errors import DocumentTooLarge
from .passages import LONGEST_HEADING, Block
from .plain import HeadingPath

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
    "input",
    "select",
    "textarea",
    "head",
    "rt",  # readings above Chinese signs
    "rp",
)
_BLOCK_NAMES = """
    address article aside blockquote body button center dd details div dl dt fieldset figcaption figure footer header
    html legend li main ol p pre section summary table tbody td tfoot th thead tr ul h1 h2 h3 h4 h5 h6 hr title"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_HEADING = re.compile(r"^h([1-6])$")
_ASKING = ("h1", "h2", "h3", "h4", "h5", "h6", "summary", "dt")  # where a button is what opens the text below it
_WIDEST = 1000  # columns, and rows, that one cell may go over; browsers draw no more of either


def read_html(data: bytes) -> list[Block]:
    """The page's text under 'title > h1 > h2'."""
    declared = re.search(rb"<meta[^>]+charset=[\"']?([\w-]+)", data[:4096], re.I)
    text = None
    marked = data.startswith(codecs.BOM_UTF8)
    if declared and not marked and not re.match(rb"utf-?(16|32)", declared[1], re.I):  # not to be read as ASCII then
        try:
            text = decode_as(data, declared[1].decode())
        except (LookupError, UnicodeDecodeError):
            text = None  # pages often declare what they are not; then the bytes decide
    return blocks_of_html(text if text is not None else decode(data))


def blocks_of_html(html: str, title: str | None = None) -> list[Block]:
    """The blocks of a page that is text already; `title` takes the place of its own."""
    from bs4 import BeautifulSoup
    from bs4.element import PreformattedString

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        soup = BeautifulSoup(html, "lxml")
    if title is None:
        title = _said(soup.title) if soup.title else ""
    for unseen in soup.find_all(string=lambda node: isinstance(node, PreformattedString)):  # comments, instructions
        unseen.extract()
    for tag in soup(_DROPPED):
        tag.decompose()
    for button in soup("button"):
        if not (button.find_parent(_ASKING) or button.has_attr("aria-expanded") or button.has_attr("aria-controls")):
            button.decompose()
    _spell_powers(soup)
    walk = _Walk(HeadingPath(title))
    try:
        walk.visit(soup.body or soup)
    except RecursionError as error:
        raise DocumentTooLarge("Its parts are nested too deeply. Save its text on its own, and add that.") from error
    walk.close()
    return walk.blocks + walk.path.close()


def _spell_powers(soup: Any) -> None:
    """10^6 and 1/2, which would read 106 and 12 without the places of their figures."""
    for power in soup("sup"):
        before = power.previous_sibling.get_text() if power.previous_sibling else ""
        if re.search(r"[\w)]$", before) and re.fullmatch(r"[-+−–]?\d+", power.get_text()) and not power.find("a"):
            power.insert(0, "^")
    for formula in reversed(soup(["mfrac", "msup"])):  # inner ones first
        base, *others = formula.find_all(True, recursive=False) or [formula]
        for part in (base, *others):
            if not re.fullmatch(r"\w*", part.get_text(strip=True)):
                part.insert(0, "(")
                part.append(")")
        for part in others:
            part.insert(0, "/" if formula.name == "mfrac" else "^")


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
            self.blocks += self.path.enter(level, _said(tag))
        elif name == "table" and not _is_layout(tag):
            self._emit("\n".join(_rows(tag)))
        elif name == "pre":
            self._emit(_as_set(tag).strip("\n"))
        elif name in ("ul", "ol") and not tag.find("table") and _is_listing(tag):
            self._emit("\n".join(_items(tag, "")))
        else:
            self.visit(tag)


def _said(tag: Tag) -> str:
    """The text of an element in one line. Blocks and breaks part words; marks within a word do not."""
    return " ".join("".join(_strings(tag)).split())


def _strings(tag: Any) -> Iterator[str]:
    for child in tag.children:
        if isinstance(child, str):
            yield child
            continue
        edge = " " if child.name == "br" or child.name in _BLOCKS else ""
        yield edge
        yield from _strings(child)
        yield edge


def _as_set(tag: Any) -> str:
    """The text of an element whose lines are kept."""
    text = ""
    for child in tag.children:
        if isinstance(child, str):
            text += child
            continue
        edge = "\n" if child.name in _BLOCKS else ""
        text += edge if text and not text.endswith("\n") else ""
        text += "\n" if child.name == "br" else _as_set(child)
        text += edge if not text.endswith("\n") else ""
    return text


def _is_layout(table: Tag) -> bool:
    """Whether a table only places texts: most rows hold tables, or all have one cell and that several paragraphs."""
    rows = [_cells_of(row) for row in _rows_of(table)]
    if table.find("table"):
        holding = [any(cell.find("table") for cell in row) for row in rows]
        return sum(holding) > sum(len(row) > 1 and not holds for row, holds in zip(rows, holding, strict=True))
    return all(len(row) < 2 for row in rows) and any(
        cell.find(_HEADING) or len(cell.find_all(["p", "ul", "ol"], limit=2)) > 1 for row in rows for cell in row
    )


def _rows_of(table: Tag) -> list[Tag]:
    """Its own, not those of tables in it."""
    return [row for row in table.find_all("tr") if row.find_parent("table") is table]


def _cells_of(row: Tag) -> list[Tag]:
    return [cell for cell in row.find_all(["td", "th"]) if cell.find_parent("tr") is row]


def _rows(table: Tag) -> list[str]:
    """Lines of a table; what a cell says for several rows is said in each of them, for several columns in the first."""
    caption = table.find("caption", recursive=False)
    rows = [_said(caption)] if caption else []
    below: dict[int, tuple[str, int]] = {}  # column -> (what a cell above says there, for so many rows more)
    titles = True
    for row in _rows_of(table):
        own = _cells_of(row)
        cells = _cells(own, below)
        titles = titles and len(own) == 1  # above the header, over the whole width
        if any(cell.get_text(strip=True) for cell in own):
            rows.append("".join(cells) if titles else " | ".join(cells))
    return rows


def _cells(own: list[Tag], below: dict[int, tuple[str, int]]) -> list[str]:
    """The cells of a row, those from above among its own; `below` is changed to what the next row has from above."""
    cells = {at: text for at, (text, _) in below.items()}
    taken = set(cells)
    left = {at: (text, rows - 1) for at, (text, rows) in below.items() if rows > 1}
    at = 0
    for cell in own:
        while at in taken:
            at += 1
        text = _said(cell).replace(" | ", " / ")
        shown = text if len(text) <= LONGEST_HEADING else ""  # a name is repeated, a text is not
        rows, width = _span(cell, "rowspan"), max(1, min(_span(cell, "colspan"), _WIDEST - at))
        cells |= {at: text, **dict.fromkeys(range(at + 1, at + width), "")}
        if rows > 1:
            left |= {at: (shown, rows - 1), **dict.fromkeys(range(at + 1, at + width), ("", rows - 1))}
        at += width
    below.clear()
    below.update(left)
    last = max((at for at, text in cells.items() if text), default=0)  # many a cell goes over 100 columns of 3
    return [cells.get(at, "") for at in range(max(last + 1, min(len(cells), 2), len(own)))]


def _span(cell: Tag, name: str) -> int:
    said = str(cell.get(name, ""))
    return min(int(said), _WIDEST) if said.isdecimal() else 1


def _is_listing(tag: Tag) -> bool:
    """Whether it holds list items alone; old pages and mails use lists to indent paragraphs."""
    names = [getattr(child, "name", None) for child in tag.children if str(child).strip()]
    return all(name in ("li", "ul", "ol") for name in names)


def _items(listing: Tag, indent: str) -> list[str]:
    lines = []
    numbered = listing.name == "ol"
    number = _number(listing.get("start"), 1) - 1
    for item in listing.find_all(["li", "ul", "ol"], recursive=False):
        if item.name in ("ul", "ol"):  # many programs write a list straight into a list
            lines.extend(_items(item, indent + "  "))
            continue
        inner = [nested.extract() for nested in item.find_all(["ul", "ol"], recursive=False)]
        number = _number(item.get("value"), number + 1)
        if said := _said(item):  # one may only hold a list
            lines.append(f"{indent}{item.get('data-label') or (f'{number}.' if numbered else '-')} {said}")
        for nested in inner:
            lines.extend(_items(nested, indent + "  "))
    return lines


def _number(said: Any, otherwise: int) -> int:
    return int(said) if re.fullmatch(r"-?\d{1,9}", str(said)) else otherwise
