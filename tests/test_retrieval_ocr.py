"""Pictures of text: what is said of them without OCR, and what is read with it, in the child process and offline."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from retrieval_fakes import FakeEmbedder

from retrieval import Corpus, IngestProgress
from retrieval.columns import Line
from retrieval.formats import ocr_installed, suffixes
from retrieval.ocr import _rows
from retrieval.parser import Parser

LINES = ("Opening hours", "", "The depot opens at nine and form RMA-2231 costs four crowns.", "It is shut on Sunday.")
needs_ocr = pytest.mark.skipif(not ocr_installed(), reason='OCR is not installed: pip install "domain-tuner[ocr]"')


def picture(lines: tuple[str, ...] = LINES) -> Any:
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (900, 60 + 60 * len(lines)), "white")
    for number, line in enumerate(lines):
        font = ImageFont.load_default(44 if number == 0 else 26)
        ImageDraw.Draw(image).text((40, 30 + 60 * number), line, font=font, fill="black")
    return image


def scanned(path: Path, typed: str = "") -> None:
    """A PDF whose first page is a picture, and whose second one has text if some is given."""
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    data = io.BytesIO()
    picture().save(data, "PNG")
    data.seek(0)
    canvas = Canvas(str(path), pagesize=(600, 300))
    canvas.drawImage(ImageReader(data), 20, 20, 560, 187)
    canvas.showPage()
    if typed:
        canvas.drawString(40, 200, typed)
        canvas.showPage()
    canvas.save()


@pytest.mark.skipif(ocr_installed(), reason="OCR is installed here")
def test_without_ocr_it_says_what_was_not_read_and_what_to_install(tmp_path: Path) -> None:
    scanned(tmp_path / "mixed.pdf", "The tower of Omm was finished in the year 1642.")
    scanned(tmp_path / "scan.pdf")
    picture().save(tmp_path / "photo.jpg")
    mixed, photo, scan = Corpus(tmp_path / "corpus", embedder=FakeEmbedder()).ingest(sorted(tmp_path.glob("*.*")))
    assert mixed.status == "indexed" and (mixed.reason or "").startswith("Page(s) 1 are pictures and were not read")
    for result in (photo, scan):
        assert result.status == "failed" and 'pip install "domain-tuner[ocr]"' in (result.reason or "")
    assert ".png" not in suffixes()


@needs_ocr
def test_a_scan_is_read_with_its_heading_and_its_page(tmp_path: Path) -> None:
    scanned(tmp_path / "mixed.pdf", "The tower of Omm was finished in the year 1642.")
    seen: list[IngestProgress] = []
    corpus = Corpus(tmp_path / "corpus", embedder=FakeEmbedder())
    (result,) = corpus.ingest([tmp_path / "mixed.pdf"], progress=seen.append)
    assert (result.status, result.pages, result.reason) == ("indexed", 2, None)
    assert [(step.page, step.pages) for step in seen if step.pages] == [(1, 2)]
    text = " ".join(passage.heading + " " + passage.text for passage in corpus.passages())
    assert "Opening hours" in text and "form RMA-2231 costs four crowns." in text and "tower of Omm" in text


@needs_ocr
def test_pictures_are_documents_and_blank_ones_are_not(tmp_path: Path) -> None:
    from PIL import Image

    picture().save(tmp_path / "page.png")
    picture(("One page of two.",)).save(
        tmp_path / "fax.tiff", save_all=True, append_images=[picture(("The other page.",))]
    )
    Image.new("RGB", (200, 200), "white").save(tmp_path / "blank.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "page.png").read_bytes()[:500])
    corpus = Corpus(tmp_path / "corpus", embedder=FakeEmbedder())
    results = {result.name: result for result in corpus.ingest(sorted(tmp_path.glob("*.*")))}
    assert results["page.png"].status == results["fax.tiff"].status == "indexed" and results["fax.tiff"].pages == 2
    assert "no text" in (results["blank.png"].reason or "") and "damaged" in (results["cut.png"].reason or "")
    assert corpus.search("the other page", 1)[0].passage.page in (1, 2)
    assert ".png" in suffixes()


@needs_ocr
def test_the_child_reaches_no_network(tmp_path: Path) -> None:
    """Python's own sockets are taken away in the child; the weights are in the package."""
    (tmp_path / "sitecustomize.py").write_text(
        "import socket\ndef no(*a, **k): raise SystemExit('network')\n"
        "socket.socket.connect = socket.getaddrinfo = socket.create_connection = no\n"
    )
    picture().save(tmp_path / "page.png")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
        with Parser() as parser:
            assert "RMA-2231" in parser.parse(tmp_path / "page.png", "page.png").blocks[0].text


def test_boxes_become_lines_and_rows() -> None:
    from retrieval.columns import Cell

    def box(top: float, left: float, text: str, height: float = 10) -> tuple[float, float, Cell]:
        return (top, top + height, Cell(text, left, left + 8.0 * len(text)))

    boxes = [
        box(10, 0, "Price list", 22), box(50, 0, "Bolt"), box(51, 120, "3 crowns"), box(70, 40, "words", 11),
        box(69, 0, "Some", 9),
    ]  # fmt: skip
    lines = list(_rows(sorted(boxes, key=lambda piece: piece[0] + piece[1]), 100))
    assert [line.text for line in lines] == ["Price list", "Bolt | 3 crowns", "Some words"]
    assert [line.height for line in lines] == [20, 10, 10], "boxes of one font are made alike"
    assert isinstance(lines[0], Line) and np.isclose(lines[1].bottom, 100 - 61)
