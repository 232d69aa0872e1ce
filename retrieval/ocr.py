"""Pictures of text -> lines with their places, by RapidOCR where it is installed; it reads English and Chinese.

Knows nothing about PDF or passages. RapidOCR is an optional extra; its weights are in its package, so nothing is
fetched. It takes seconds a page, so whoever waits is told of every page that is begun.
"""

from __future__ import annotations

import io
import os
import statistics
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from .columns import Cell, Line, in_reading_order
from .cores import usable_cores
from .errors import BrokenDocument, DocumentTooLarge, NeedsOcr
from .formats import ocr_installed

Told = Callable[[int, int], None]  # (page that is begun, pages)
INSTALL = 'install OCR with: pip install "domain-tuner[ocr]"'
MOST_PAGES = 200
_LONGEST_SIDE = 2000  # pixels: A4 at 170 dots an inch; more is slower and no better
_CLEARLY_LARGER = 1.35  # in median heights: boxes of one font differ by a quarter
_GAP = 1.2  # in heights; wider gaps part the cells of a row


def scale_for(width: float, height: float) -> float:
    """Pixels a point to draw a page of this size with."""
    return min(200 / 72, _LONGEST_SIDE / max(width, height, 1.0))


def lines_of(image: Any, scale: float = 1.0) -> list[Line]:
    """The lines on a picture (uint8 [height, width, 3], blue first), from top to bottom, measured in points."""
    found = _engine()(image)
    if found.boxes is None or not len(found.boxes):
        return []
    pieces = [
        (box[:, 1].min() / scale, box[:, 1].max() / scale, Cell(text, box[:, 0].min() / scale, box[:, 0].max() / scale))
        for box, text in zip(found.boxes, found.txts, strict=True)
        if text.strip()
    ]
    return list(_rows(sorted(pieces, key=lambda piece: piece[0] + piece[1]), image.shape[0] / scale))


@lru_cache(maxsize=1)
def _engine() -> Any:
    from rapidocr import RapidOCR

    threads = int(os.environ.get("OMP_NUM_THREADS") or min(usable_cores(), 8))
    name = "EngineConfig.onnxruntime"
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            f"{name}.intra_op_num_threads": threads,
            f"{name}.inter_op_num_threads": 1,
        }
    )


def _rows(pieces: list[tuple[float, float, Cell]], page: float) -> Iterator[Line]:
    """Pieces side by side as one line; heights are evened out, as boxes of one font are never quite alike."""
    usual = statistics.median(bottom - top for top, bottom, _ in pieces)
    row: list[tuple[float, float, Cell]] = []
    for piece in pieces:
        middle = (piece[0] + piece[1]) / 2
        if row and middle > (row[0][0] + row[0][1]) / 2 + 0.5 * usual:
            yield _line(row, usual, page)
            row = []
        row.append(piece)
    if row:
        yield _line(row, usual, page)


def _line(row: list[tuple[float, float, Cell]], usual: float, page: float) -> Line:
    height = statistics.median(bottom - top for top, bottom, _ in row)
    height = usual if height < _CLEARLY_LARGER * usual else round(2 * height / usual) / 2 * usual
    cells: list[Cell] = []
    for cell in sorted((cell for _, _, cell in row), key=lambda cell: cell.left):
        if cells and cell.left - cells[-1].right <= _GAP * usual:
            cells[-1] = Cell(f"{cells[-1].text} {cell.text}", cells[-1].left, cell.right)
        else:
            cells.append(cell)
    bottom = page - max(bottom for _, bottom, _ in row)
    return Line(" | ".join(cell.text for cell in cells), height, bottom, tuple(cells))


def pages_of_picture(data: bytes, told: Told) -> list[list[Line]]:
    """The lines of each page of a picture file. Raises NeedsOcr where OCR is not installed."""
    from PIL import Image, ImageOps, ImageSequence

    if not ocr_installed():
        raise NeedsOcr(f"A picture has no text that can be read without OCR; {INSTALL}.")
    pages = []
    try:
        with Image.open(io.BytesIO(data)) as picture:
            count = getattr(picture, "n_frames", 1)
            check_count(count)
            for number, frame in enumerate(ImageSequence.Iterator(picture), start=1):
                told(number, count)
                upright = ImageOps.exif_transpose(frame).convert("RGB")
                upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
                pages.append(in_reading_order(lines_of(_pixels(upright))))
    except Image.DecompressionBombError as error:
        raise DocumentTooLarge("The picture has too many pixels. Save it smaller, and add that.") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise BrokenDocument("The picture is damaged or cut off. Copy or save it again.") from error
    return pages


def check_count(pages: int) -> None:
    if pages > MOST_PAGES:
        raise DocumentTooLarge(
            f"It has {pages} pages that need OCR; at most {MOST_PAGES} are read at once. Split it into parts."
        )


def _pixels(picture: Any) -> Any:
    import numpy as np

    return np.ascontiguousarray(np.asarray(picture)[:, :, ::-1])
