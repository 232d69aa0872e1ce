"""PDF -> blocks with page numbers and headings.

Knows nothing about other formats. Headings are those of the outline, else short lines at least 1.15 times as high as
the body.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

from . import ocr
from .columns import Line, in_reading_order, run_on
from .errors import BrokenDocument, NeedsOcr, PasswordNeeded
from .formats import ocr_installed
from .hyphens import made_whole
from .passages import Block
from .pdf_lines import page_lines
from .plain import HeadingPath
from .running_lines import running_apart

_FEW_CHARACTERS = 20  # a page with fewer is a picture
_HEADING_HEIGHT = 1.15
_NUMBERED = re.compile(
    r"^(\d+(?:\.\d+)+\.?\s+[^\W\d_a-z]|第[一二三四五六七八九十百\d]+[章节部分篇]"
    r"|((?i:chapter)|Section|SECTION|Part|PART)\s+[\dIVX]+\b)"
)
_BULLET = re.compile(r"^([•◦▪‣*–-]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s")
_SENTENCE_END = re.compile(r"[.!?:;。！？：；][”\"')\]）」』]*$")


def read_pdf(data: bytes, told: ocr.Told) -> tuple[list[Block], int, str | None]:
    """(blocks, number of pages, what there is to know about it). Pages that are pictures need OCR to be read."""
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise PasswordNeeded(
                "The PDF is protected by a password. Remove the password in the program that made it, or "
                "print it to a new PDF, and add that."
            ) from error
        raise BrokenDocument(
            "The PDF is damaged or cut off. Copy or download it again, or print it to a new PDF."
        ) from error
    count = len(document)
    read: list[list[Line] | None] = []
    for number in range(count):
        if number % 25 == 24:  # so many are read in a fraction of the time that a page may take
            told(number + 1, count)
        read.append(page_lines(document, number))
    broken = {number for number, lines in enumerate(read) if lines is None}
    if len(broken) == count:
        raise BrokenDocument("All pages of the PDF are damaged. Copy or download it again, or print it to a new PDF.")
    drawn = [lines or [] for lines in read]
    whole = [number for number in range(count) if number not in broken]
    scanned = [number for number in whole if not any(drawn) or _is_scan(document[number], drawn[number])]
    if scanned and ocr_installed():
        ocr.check_count(len(scanned))
        for number in scanned:
            told(number + 1, count)
            drawn[number] = _seen(document[number])
        scanned = [number for number in scanned if not drawn[number]]
    elif scanned and not any(_has_text(page) for page in drawn):
        raise NeedsOcr(
            f"There is no text on its {count} page(s): it is a scan and needs OCR. Run it through a program that "
            f"writes a PDF with text and add that, or {ocr.INSTALL}."
        )
    if not any(drawn):
        raise NeedsOcr(f"There is no text on its {count} page(s), and OCR found none either.")
    kept, repeated = running_apart(drawn)
    pages = [in_reading_order(page) for page in kept]
    pages[-1] += repeated
    return made_whole(list(_blocks(pages, _outline(document)))), count, _unread(scanned, sorted(broken))


def read_picture(data: bytes, told: ocr.Told) -> tuple[list[Block], int]:
    """(blocks, pages) of a picture file, laid out as a page of a PDF is."""
    pages = ocr.pages_of_picture(data, told)
    return list(_blocks(pages, {})), len(pages)


def _has_text(page: list[Line]) -> bool:
    return sum(len(line.text) for line in page) >= _FEW_CHARACTERS


def _is_scan(page: Any, lines: list[Line]) -> bool:
    import pypdfium2.raw as raw

    return not _has_text(lines) and any(True for _ in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3))


def _seen(page: Any) -> list[Line]:
    """The lines that OCR finds on the page as it looks."""
    scale = ocr.scale_for(*page.get_size())
    return ocr.lines_of(page.render(scale=scale).to_numpy(), scale)


def _unread(scanned: list[int], broken: list[int]) -> str | None:
    """A scanned or damaged page among others is no reason to refuse a document, but it must be told."""
    told = []
    if scanned and not ocr_installed():
        told.append(f"Page(s) {_numbers(scanned)} are pictures and were not read; to read them, {ocr.INSTALL}.")
    if broken:
        told.append(f"Page(s) {_numbers(broken)} are damaged and were not read.")
    return " ".join(told) or None


def _numbers(pages: list[int]) -> str:
    return ", ".join(str(number + 1) for number in pages[:10]) + (", …" if len(pages) > 10 else "")


def _outline(document: Any) -> dict[tuple[int, str], int]:
    """(page index, squeezed title) -> level, 1 for the top."""
    import pypdfium2 as pdfium

    found: dict[tuple[int, str], int] = {}
    try:
        for item in document.get_toc(max_depth=6):
            target = item.get_dest()
            index = target.get_index() if target else None
            if index is not None:
                found.setdefault((index, _squeeze(item.get_title())), item.level + 1)
    except (pdfium.PdfiumError, ValueError, AttributeError):
        return {}
    return found


def _squeeze(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()


def _blocks(pages: list[list[Line]], outline: dict[tuple[int, str], int]) -> Iterator[Block]:
    levels = _levels([line for page in pages for line in page])
    path = HeadingPath()
    for number, page in enumerate(pages, start=1):
        paragraph: list[Line] = []
        heading: list[tuple[int, Line]] = []  # its level and lines: it may take two
        for line in [
            replace(line, text=line.text.replace(" | ", " ")) if line.row and not _in_table(page, i) else line
            for i, line in enumerate(page)
        ]:
            level = outline.get((number - 1, _squeeze(line.text))) if outline else None
            level = level or (_level(line, levels) if not outline or number == 1 else None)
            if level:
                if paragraph:
                    yield path.block(_joined(paragraph), number)
                    paragraph = []
                if heading and not (heading[-1][0] == level and abs(heading[-1][1].height - line.height) < 0.3):
                    yield from _entered(path, heading, number)
                heading.append((level, line))
                continue
            yield from _entered(path, heading, number)
            if paragraph and _ends(paragraph, line):
                yield path.block(_joined(paragraph), number)
                paragraph = []
            paragraph.append(line)
        yield from _entered(path, heading, number)
        if paragraph:
            yield path.block(_joined(paragraph), number)
    yield from path.close()


def _entered(path: HeadingPath, heading: list[tuple[int, Line]], page: int) -> list[Block]:
    """Goes below the heading that was gathered, if one was, and empties it; the blocks are what would be lost."""
    if not heading:
        return []
    level, text = heading[0][0], " ".join(line.text for _, line in heading).replace("\u00ad ", "\u00ad")
    heading.clear()
    return path.enter(level, text, page)


def _in_table(page: list[Line], i: int) -> bool:
    """A lone line with a gap is a line with a gap; two in a row are rows, also with a line of one cell between."""
    if any(page[j].row for j in (i - 1, i + 1) if 0 <= j < len(page)):
        return True
    near = [page[j].cells[1] for j in (i - 2, i + 2) if 0 <= j < len(page) and page[j].row]
    return any(abs(cell.left - page[i].cells[1].left) < 3 for cell in near)


def _levels(lines: list[Line]) -> dict[float, int]:
    """Height (rounded to half a point) -> heading level, for heights clearly above the body's."""
    weights: Counter[float] = Counter()
    for line in lines:
        weights[round(line.height * 2) / 2] += len(line.text)
    if not weights:
        return {}
    body = weights.most_common(1)[0][0]
    large = sorted((height for height in weights if height >= _HEADING_HEIGHT * body), reverse=True)
    return {height: min(level, 4) for level, height in enumerate(large, start=1)}


def _level(line: Line, levels: dict[float, int]) -> int | None:
    text = line.text
    if line.row or len(text) > 120 or not any(c.isalpha() for c in text) or _BULLET.match(text):
        return None
    level = levels.get(round(line.height * 2) / 2)
    if level and not text.endswith((".", ",", "。", "，")):
        return level
    if _NUMBERED.match(text) and len(text) <= 60 and not _SENTENCE_END.search(text):
        return min(len(re.findall(r"\d+", text.split()[0])) or 1, 4) + (len(set(levels.values())) and 1)
    return None


def _ends(paragraph: list[Line], line: Line) -> bool:
    """Whether `line` starts a new paragraph."""
    last = paragraph[-1]
    if last.row or line.row:
        return last.row != line.row
    gap = last.bottom - line.bottom
    pitch = [a.bottom - b.bottom for a, b in pairwise(paragraph)]
    if gap < 0 or gap > 1.45 * (statistics.median(pitch) if pitch else 1.25 * line.height):
        return True
    if _BULLET.match(line.text):
        return not _BULLET.match(paragraph[0].text)
    return bool(_SENTENCE_END.search(last.text)) and last.right < 0.8 * max(each.right for each in [*paragraph, line])


def _joined(paragraph: list[Line]) -> str:
    """Lines as running text: rows and list items on lines of their own, no spaces in Chinese."""
    text = paragraph[0].text
    for line in paragraph[1:]:
        if line.row or _BULLET.match(line.text):
            text += "\n" + line.text
        else:
            text = run_on(text, line.text)
    return text
