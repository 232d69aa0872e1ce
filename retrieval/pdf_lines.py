"""A page of a PDF -> its lines in the file's order, with where their cells stand.

Knows nothing about what the lines mean. The height of a line comes from its characters' boxes: the font size that the
file states is 1.0 in many files.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterator
from ctypes import c_float, c_int
from itertools import islice
from typing import Any

from .cells import in_cells
from .columns import WIDE, Line, Word
from .grids import THIN, Box

_MOST_DRAWN = 20_000  # lines and shapes of a page that are looked at: maps have more, tables fewer
_MOST_SIDES = 500  # of a shape
_Character = tuple[str, float, float, float, float]  # the sign, its left, right, bottom and top
_GAP: _Character = (" ", 0, 0, 0, 0)  # that the file has no space in
_Point = tuple[float, float]


def page_lines(document: Any, number: int) -> list[Line] | None:
    """The page's lines, with what was filled into its form or written on it where it stands; None of a broken page."""
    import pypdfium2 as pdfium
    import pypdfium2.raw as raw

    try:
        page = document[number]
    except pdfium.PdfiumError:
        return None
    lines, turned = _lines(page)
    ruled = list(_ruled(page, turned))
    if not _is_filled_in(page):
        return in_cells(lines, ruled)
    raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)  # in memory alone; annotations become text of the page, its last
    page.close()
    filled, _ = _lines(document[number])
    if lines and filled[: len(lines)] != lines:
        lines[-1] = filled[len(lines) - 1]  # a field of one sign goes on in the last line
    for line in filled[len(lines) :]:
        bottom, height = min(word.bottom for word in line), line[0].height
        above = [n for n, other in enumerate(lines) if min(word.bottom for word in other) > bottom - 0.5 * height]
        lines.insert(above[-1] + 1 if above else 0, line)
    return in_cells(lines, ruled)


def _is_filled_in(page: Any) -> bool:
    import pypdfium2.raw as raw

    for at in range(raw.FPDFPage_GetAnnotCount(page)):
        annotation = raw.FPDFPage_GetAnnot(page, at)
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        raw.FPDFPage_CloseAnnot(annotation)
        if kind in (raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_FREETEXT):
            return True
    return False


def _lines(page: Any) -> tuple[list[list[Word]], int]:
    """The words of the page's lines in the file's order, and how far they are turned."""
    import pypdfium2.raw as raw

    text = page.get_textpage()
    box = raw.FS_RECTF()
    lines: list[list[_Character]] = [[]]
    turned = _turned(text)
    for index in range(text.count_chars()):
        code = raw.FPDFText_GetUnicode(text, index)
        if code in (10, 13):
            lines.append([])
        elif code == 32 and raw.FPDFText_IsGenerated(text, index):
            lines[-1].append(_GAP)
        elif code in (2, 0xFFFE):  # how pdfium marks a word broken at the end of a line
            lines[-1].append(("\u00ad", 0, 0, 0, 0))
        elif 0 < code <= 0x10FFFF and not 0xD800 <= code < 0xE000:
            raw.FPDFText_GetLooseCharBox(text, index, box)
            lines[-1].append((chr(code), *_upright(turned, box.left, box.right, box.bottom, box.top)))
    text.close()
    whole: list[list[_Character]] = []
    for piece in filter(_inked, (piece for line in lines for piece in _by_level(line))):
        if whole and _goes_on(whole[-1], piece):
            whole[-1] += [_GAP, *piece]
        else:
            whole.append(piece)
    return [_words(line) for line in whole], turned


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
        if not _is_ink(character):
            continue
        _, left, _, bottom, top = character
        if last and (top < last[3] or bottom > last[4]) and left < last[1] - (last[4] - last[3]):
            yield line[start:at]
            start = at
        last = character
    yield line[start:]


def _is_ink(character: _Character) -> bool:
    return character[4] > character[3] and not character[0].isspace() and character[0] != "\u00ad"


def _inked(characters: list[_Character]) -> list[_Character]:
    return list(filter(_is_ink, characters))


def _goes_on(line: list[_Character], piece: list[_Character]) -> bool:
    """Whether the piece stands in the line, behind it: pdfium starts a new one at a cell of one sign."""
    last, first = _inked(line)[-1], _inked(piece)[0]
    level = abs(last[3] - first[3]) < 0.3 * (last[4] - last[3])
    return level and first[1] > last[2] and len("".join(c[0] for c in piece).split()[0]) == 1


def _words(characters: list[_Character]) -> list[Word]:
    """The words of the line; a wide gap ends one too, where the file has no space in it."""
    usual = statistics.median(c[4] - c[3] for c in _inked(characters))
    words: list[list[_Character]] = [[]]
    right = float("inf")
    for character in characters:
        ink = _is_ink(character)
        ends = character[0].isspace() or (ink and character[1] - right > WIDE * usual)
        if ends and _inked(words[-1]):
            words.append([])
        words[-1].append(character)
        right = character[2] if ink else right
    if not _inked(words[-1]):
        words[-2:] = [[*words[-2], *words[-1]]]
    behind = [*(word[0] for word in words[1:]), _GAP]
    return [
        _word(word, spaced=sign.isspace() and top > bottom)
        for word, (sign, *_, bottom, top) in zip(words, behind, strict=True)
    ]


def _word(characters: list[_Character], spaced: bool) -> Word:
    inked = _inked(characters)
    heights = tuple(c[4] - c[3] for c in inked)
    text = " ".join("".join(c[0] for c in characters).split())
    return Word(text, inked[0][1], max(c[2] for c in inked), min(c[3] for c in inked), heights, spaced)


def _ruled(page: Any, turned: int) -> Iterator[Box]:
    """The places of the straight lines on the page: many programs draw them as very narrow shapes."""
    import pypdfium2.raw as raw

    left, bottom, right, top = (c_float() for _ in range(4))
    fill, stroke = c_int(), c_int()
    for drawn in islice(page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=1), _MOST_DRAWN):
        raw.FPDFPath_GetDrawMode(drawn, fill, stroke)
        if not (fill or stroke) or not raw.FPDFPageObj_GetBounds(drawn, left, bottom, right, top):
            continue
        if min(right.value - left.value, top.value - bottom.value) < THIN:
            yield _upright(turned, left.value, right.value, bottom.value, top.value)
        elif stroke:
            for (x, y), (to_x, to_y) in _sides(drawn):
                yield _upright(turned, min(x, to_x), max(x, to_x), min(y, to_y), max(y, to_y))


def _sides(drawn: Any) -> Iterator[tuple[_Point, _Point]]:
    """The straight lines that a shape is drawn with, from where to where."""
    import pypdfium2.raw as raw

    matrix = drawn.get_matrix()
    x, y = c_float(), c_float()
    start = last = (0.0, 0.0)
    for at in range(min(raw.FPDFPath_CountSegments(drawn), _MOST_SIDES)):
        segment = raw.FPDFPath_GetPathSegment(drawn, at)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        point = matrix.on_point(x.value, y.value)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_LINETO:
            yield last, point
        if raw.FPDFPathSegment_GetClose(segment):
            yield point, start
        start = point if kind == raw.FPDF_SEGMENT_MOVETO else start
        last = point
