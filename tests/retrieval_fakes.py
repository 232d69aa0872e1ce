"""A small deterministic embedder for the corpus's tests, and the files that they feed it.

It implements the real protocol: words are hashed into 64 numbers, so texts that share words are near.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np


class FakeEmbedder:
    """Bag of hashed words; a token is a word, a sign or a CJK character."""

    max_tokens = 256
    dimensions = 64

    def __init__(self, name: str = "fake") -> None:
        self.name = self.fingerprint = name
        self.embedded: list[str] = []

    def encode(
        self, texts: Sequence[str], query: bool = False, progress: Callable[[int], None] | None = None
    ) -> np.ndarray:
        if not query:
            self.embedded += texts
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            for token in self._tokens(text.lower()):
                digest = hashlib.sha256(f"{self.name}{token}".encode()).digest()
                vectors[row, digest[0] % self.dimensions] += 1 if digest[1] % 2 else -1
            vectors[row, 0] += 0.01
            if progress:
                progress(row + 1)
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)

    def count_tokens(self, text: str) -> int:
        return len(self._tokens(text))

    def count_many(self, texts: Sequence[str]) -> list[int]:
        return [self.count_tokens(text) for text in texts]

    def reads(self, language: str) -> bool:
        return True

    @staticmethod
    def _tokens(text: str) -> list[str]:
        return re.findall(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]{1,8}|[^\w\s]", text)


def write_pdf(
    path: Path,
    pages: Sequence[Sequence[tuple[str, int]]],
    password: str | None = None,
    running: str = "",
    table: Sequence[Sequence[str]] = (),
) -> None:
    """Pages of (line, font size); `running` stands on top of every page, the table on the last."""
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path), encrypt=StandardEncryption(password) if password else None)
    for number, lines in enumerate(pages, start=1):
        y = 800
        if running:
            canvas.setFont("Helvetica", 8)
            canvas.drawString(60, y, f"{running} page {number}")
        for text, size in lines:
            y -= int(size * 1.4)
            canvas.setFont("Helvetica", size)
            canvas.drawString(60, y, text)
        if table and number == len(pages):
            y -= 30
            for row in table:
                y -= 15
                for column, cell in enumerate(row):
                    canvas.drawString(60 + 150 * column, y, cell)
        canvas.showPage()
    canvas.save()


def write_columns(path: Path, left: Sequence[str], right: Sequence[str], top: str) -> None:
    """A page in two columns, drawn line by line across both, under a line that spans them."""
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path))
    canvas.setFont("Helvetica", 10)
    canvas.drawString(60, 800, top)
    for number, sides in enumerate(zip(left, right, strict=True)):
        for x, text in zip((60, 310), sides, strict=True):
            canvas.drawString(x, 770 - 13 * number, text)
    canvas.showPage()
    canvas.save()


def write_docx(path: Path) -> None:
    import docx

    document = docx.Document()
    document.add_heading("Velm Handbook", 0)
    document.add_heading("Leave", 1)
    document.add_paragraph("Everyone has 31 days of leave a year. " * 12)
    document.add_heading("Grades", 1)
    document.add_paragraph("Pay follows the grade. " * 20)
    table = document.add_table(rows=3, cols=2)
    for row, cells in zip(table.rows, (("Grade", "Pay"), ("A", "10 crowns"), ("B", "20 crowns")), strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    document.save(str(path))


def picture_pdf(path: Path) -> None:
    """A page that is only a picture, as a scanner makes it."""
    from PIL import Image
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    data = io.BytesIO()
    Image.new("RGB", (60, 80), "white").save(data, "PNG")
    data.seek(0)
    canvas = Canvas(str(path))
    canvas.drawImage(ImageReader(data), 0, 0, 500, 700)
    canvas.showPage()
    canvas.save()
