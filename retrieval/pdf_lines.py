"""A page of a PDF -> its lines in the file's order, with where their cells stand.

Knows nothing about what the lines mean. The height of a line comes from its characters' boxes: the font size that the
file states is 1.0 in many files.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterator
from typing import Any

from .columns import Cell, Line

_COLUMN_GAP = 1.2  # in line heights; wider gaps between words part the cells of a row
_Character = tuple[str, float, float, float, float]  # the sign, its left, right, bottom and top


def page_lines(document: Any, number: int) -> list[Line] | None:
    """The page's lines, with what was filled into its form or written on it where it stands; None of a broken page."""
    import pypdfium2 as pdfium
    import pypdfium2.raw as raw

    try:
        page = document[number]
    except pdfium.PdfiumError:
        return None
    lines = _lines(page)
    if not _is_filled_in(page):
        return lines
    raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)  # in memory alone; annotations become text of the page, its last
    page.close()
    filled = _lines(document[number])
    if lines and filled[: len(lines)] != lines:
        lines[-1] = filled[len(lines) - 1]  # a field of one sign goes on in the last line
    for line in filled[len(lines) :]:
        above = [n for n, other in enumerate(lines) if other.bottom > line.bottom - 0.5 * line.height]
        lines.insert(above[-1] + 1 if above else 0, line)
    return lines


def _is_filled_in(page: Any) -> bool:
    import pypdfium2.raw as raw

    for at in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, at)
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        raw.FPDFPage_CloseAnnot(annotation)
        if kind in (raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_FREETEXT):
            return True
    return False


def _lines(page: Any) -> list[Line]:
    """The page's lines in the file's order."""
    import pypdfium2.raw as raw

    text = page.get_textpage()
    box = raw.FS_RECTF()
    lines: list[list[_Character]] = [[]]
    turned = _turned(text)
    for index in range(text.count_chars()):
        code = raw.FPDFText_GetUnicode(text, index)
        if code in (10, 13):
            lines.append([])
        elif code in (2, 0xFFFE):  # how pdfium marks a word broken at the end of a line
            lines[-1].append(("\u00ad", 0, 0, 0, 0))
        elif 0 < code <= 0x10FFFF and not 0xD800 <= code < 0xE000:
            raw.FPDFText_GetLooseCharBox(text, index, box)
            lines[-1].append((chr(code), *_upright(turned, box.left, box.right, box.bottom, box.top)))
    text.close()
    whole: list[list[_Character]] = []
    for piece in filter(_inked, (piece for line in lines for piece in _by_level(line))):
        if whole and _goes_on(whole[-1], piece):
            whole[-1] += [(" ", 0, 0, 0, 0), *piece]
        else:
            whole.append(piece)
    return [_line(line) for line in whole]


def _turned(text: Any) -> int:
    """How far most signs of a page are turned, in quarters clockwise: wide tables stand on their side."""
    import pypdfium2.raw as raw

    count = text.count_chars()
    angles = [raw.FPDFText_GetCharAngle(text, index) for index in range(0, count, 1 + count // 200)]
    quarters = Counter(round(angle / (math.pi / 2)) % 4 for angle in angles if angle >= 0)
    return quarters.most_common(1)[0][0] if quarters else 0


def _upright(turned: int, left: float, right: float, bottom: float, top: float) -> tuple[float, float, float, float]:
    """The box of a sign as it is on the page turned back; where the page then begins makes no difference."""
    if turned == 1:
        return -top, -bottom, left, right
    if turned == 2:
        return -right, -left, -top, -bottom
    return (bottom, top, -right, -left) if turned else (left, right, bottom, top)


def _by_level(line: list[_Character]) -> Iterator[list[_Character]]:
    """The line, parted where it goes back to the left on another level: fields of a form come in one."""
    start, last = 0, None
    for at, character in enumerate(line):
        if not _inked([character]):
            continue
        _, left, _, bottom, top = character
        if last and (top < last[3] or bottom > last[4]) and left < last[1] - (last[4] - last[3]):
            yield line[start:at]
            start = at
        last = character
    yield line[start:]


def _inked(characters: list[_Character]) -> list[_Character]:
    return [c for c in characters if not c[0].isspace() and c[0] != "\u00ad" and c[4] > c[3]]


def _goes_on(line: list[_Character], piece: list[_Character]) -> bool:
    """Whether the piece stands in the line, behind it: pdfium starts a new one at a cell of one sign."""
    last, first = _inked(line)[-1], _inked(piece)[0]
    level = abs(last[3] - first[3]) < 0.3 * (last[4] - last[3])
    return level and first[1] > last[2] and len("".join(c[0] for c in piece).split()[0]) == 1


def _line(characters: list[_Character]) -> Line:
    """The line of these characters, with ' | ' where a gap is too wide for a space."""
    inked = _inked(characters)
    height = statistics.median(c[4] - c[3] for c in inked)
    cells: list[list[tuple[str, float, float, bool]]] = [[]]
    right: float | None = None
    for character, left, end, bottom, top in characters:
        inky = not character.isspace() and top > bottom
        if inky:
            if right is not None and left - right > _COLUMN_GAP * height:
                cells.append([])
            right = end
        cells[-1].append((character, left, end, inky))
    made = tuple(_cell(cell) for cell in cells)
    return Line(" | ".join(cell.text for cell in made), height, min(c[3] for c in inked), made)


def _cell(characters: list[tuple[str, float, float, bool]]) -> Cell:
    inked = [c for c in characters if c[3]]
    return Cell(" ".join("".join(c[0] for c in characters).split()), inked[0][1], max(c[2] for c in inked))
