"""Plain text and Markdown -> blocks under their headings.

Knows nothing about other formats, nor about encodings; those are `encodings.py`.
"""

from __future__ import annotations

import re

from .passages import HEADING_JOIN, LONGEST_HEADING, Block


def read_text(text: str) -> list[Block]:
    """Paragraphs; plain text has no headings that could be told from lines."""
    paragraphs = re.split(r"\n[ \t]*\n", text)
    return [Block(_unwrap(paragraph), None, "") for paragraph in paragraphs if paragraph.strip()]


_WIDE = "[\u2e80-\ua4cf\uf900-\ufaff\ufe30-\ufe4f\uff01-\uff60]"  # signs as wide as two, with no spaces between words
_LISTED = re.compile(
    r"\s*(?:[-*•|]|\d+[.)])\s|\s{4}|\s*(?:\d+[、．]|[（(]?[\d一二三四五六七八九十百]+[)）、．]|第[\d一二三四五六七八九十百]+[章节節条條])"
)


def _unwrap(paragraph: str) -> str:
    """Joins lines that an editor wrapped at a fixed width; lists and verse keep their lines."""
    lines = [line.rstrip() for line in paragraph.strip("\n").split("\n")]
    widths = [len(line) + len(re.findall(_WIDE, line)) for line in lines]
    wrapped = len(lines) > 1 and 50 <= max(widths) <= 100 and all(width > 0.7 * max(widths) for width in widths[:-1])
    if not wrapped or any(map(_LISTED.match, lines)) or all(line.endswith("。") for line in lines):
        return "\n".join(lines)
    joined = "\n".join(line.strip() for line in lines)
    return re.sub(rf"(?<={_WIDE})\n(?={_WIDE})", "", joined).replace("\n", " ")


class HeadingPath:
    """The headings above a place, deepest last; a heading closes those of its level and below.

    A heading is kept with the blocks under it alone. One that none stands under, and one too long to be shown whole, is
    given back as a block, for a reader that would lose it otherwise; a title never is: it names the document.
    """

    def __init__(self, title: str = "") -> None:
        self._path: list[tuple[int, str, int | None]] = []  # level, heading, page
        if title.strip():
            self.enter(0, title)
        self._used = len(self._path)  # so many of them, from the top, have a block under them

    def enter(self, level: int, heading: str, page: int | None = None) -> list[Block]:
        """Below it from now on; the blocks are what would be lost."""
        whole = " ".join(heading.replace(HEADING_JOIN, " - ").split())
        shown = whole[:LONGEST_HEADING]
        lost = self.close(level)
        if shown and not (self._path and self._path[-1][1].casefold() == shown.casefold()):
            self._path.append((level, shown, page))
        return [*lost, self.block(whole, page)] if whole != shown else lost

    def close(self, level: int = 0) -> list[Block]:
        """Leaves the headings of this level and below; the blocks are what would be lost."""
        lost = []
        while self._path and self._path[-1][0] >= level:
            _, heading, page = self._path.pop()
            if self._used > len(self._path):
                self._used = len(self._path)
            else:
                lost.append(self.block(heading, page))
        return lost

    def block(self, text: str, page: int | None = None) -> Block:
        """Text under these headings."""
        self._used = len(self._path)
        return Block(text, page, str(self))

    def __str__(self) -> str:
        return HEADING_JOIN.join(heading for _, heading, _ in self._path)


_FENCE = re.compile(r"^\s{0,3}(`{3,}(?=[^`]*$)|~{3,})(.*)")
_ATX = re.compile(r"^\s{0,3}(#{1,6})\s+(.*?)(?:\s+#+)?\s*$")
_BREAK = re.compile(r"^\s{0,3}([-*_])(\s*\1){2,}\s*$")
_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*$")
# With one mark nothing but code begins and ends without a space: a lone mark may end the code of the line before.
_CODE = re.compile(r"(?<!`)`(?![`\s])([^`]+)(?<!\s)`(?!`)|(?<!`)(``+)(?!`) ?(.+?) ?(?<!`)\2(?!`)")
_NO_HEADING = re.compile(r"\s{4}|\t|\s*([-*+>]|\d+[.)])\s|\s*>")  # lines that a rule below makes no heading of
_NO_PROSE = re.compile(r"(?m)^\s*>| \| |( {2}|\\)$")  # quotes, rows, and lines that are to end where they do
_INLINE = (
    (re.compile(r"<!--.*?-->", re.S), ""),
    (re.compile(r"^\s*\[[^\]]+\]:\s*<?data:\S*", re.M), ""),  # a picture's bytes
    (re.compile(r"!\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\[([^\]]+)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\*\*(?=[^\s*])(.+?)(?<=[^\s*])\*\*"), r"\1"),
    (re.compile(r"(?<!\w)__(?=[^\s_])(.+?)(?<=[^\s_])__(?!\w)"), r"\1"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"<br\s*/?>", re.I), " "),
)


def plain_markdown(text: str) -> str:
    """Without the marks for links, pictures, bold and code; what is read stays, and code as it was written."""
    code: list[str] = []

    def kept(found: re.Match[str]) -> str:
        code.append(found[1] or found[3])
        return f"\0{len(code) - 1}\0"

    text = _CODE.sub(kept, text.replace("\0", ""))
    for pattern, replacement in _INLINE:
        text = pattern.sub(replacement, text)
    return re.sub("\0(\\d+)\0", lambda place: code[int(place[1])], text)


def _front_matter(text: str) -> tuple[str, str, str]:
    """(title, what else stands in front, the rest)."""
    key = r"(?:[ \t]*\n|#[^\n]*\n)*[\"']?\w[\w .-]*[\"']?:\s"  # else the first line is a mere rule
    match = re.match(rf"\A---\n({key}.*?)\n(?:---|\.\.\.)\n", text, re.S)
    if not match:
        return "", "", text
    title = re.search(r"^title:\s*[\"']?(.*?)[\"']?\s*$", match[1], re.M)
    others = re.sub(r"^(?:title:|#).*\n?", "", match[1], flags=re.M)
    return (title[1] if title else ""), others.strip("\n"), text[match.end() :]


def read_markdown(text: str) -> list[Block]:
    """Paragraphs, lists, code and tables (rows 'a | b | c') under their heading path."""
    title, front, text = _front_matter(text)
    path, fence = HeadingPath(title), ""
    blocks = [path.block(front)] if front.strip() else []
    lines: list[str] = []
    code = False  # among these lines

    def close() -> None:
        nonlocal code
        body = "\n".join(lines).strip("\n")
        if body.strip():
            blocks.append(path.block(body if code or _NO_PROSE.search(body) else _unwrap(body)))
        lines.clear()
        code = False

    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            fence = "" if mark and mark[1].startswith(fence) and not mark[2].strip() else fence
            if fence:
                lines.append(line)
        elif mark:
            fence, code = mark[1], True
        elif heading := _ATX.match(line):
            close()
            blocks += path.enter(len(heading[1]), plain_markdown(heading[2]))
        elif re.match(r"^\s{0,3}(=+|-{3,})\s*$", line) and len(lines) == 1 and _may_be_heading(lines[0]):
            heading_text = plain_markdown(lines.pop())
            blocks += path.enter(1 if "=" in line else 2, heading_text)
        elif not line.strip() or _BREAK.match(line):
            close()
        elif "|" in line and _RULE.match(line):
            continue
        else:
            lines.append(_row(line) if line.strip().startswith("|") else plain_markdown(line))
    close()
    return blocks + path.close()


def _may_be_heading(line: str) -> bool:
    return "|" not in line and not _NO_HEADING.match(line)


def _row(line: str) -> str:
    cells = re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))
    return " | ".join(plain_markdown(cell.strip().replace("\\|", "/")) for cell in cells)
