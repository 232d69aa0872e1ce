"""Make the PDF and DOCX sample documents from their plain sources, the same bytes on every run.

Reads sources/*.md (a small dialect of Markdown: a head of `key: value` lines, headings, paragraphs, lists and
tables whose first row is the heading row) and writes documents/*.pdf and *.docx. The other sample documents are
plain text already and are kept in documents/ as they are. Knows nothing about domain-tuner.

    python data/samples/make_samples.py [FOLDER]
"""

from __future__ import annotations

import io
import re
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

HERE = Path(__file__).parent
FORMATS = {
    "employee-handbook": ".pdf",
    "havrik-t4-manual": ".docx",
    "maintenance-schedule-2025": ".pdf",
    "safety-manual": ".docx",
    "site-guide-ombervask-quay": ".docx",
    "supplier-agreement-gelrava": ".pdf",
}
FIXED_DATE = datetime(2025, 6, 2, 9, 0, 0)  # any fixed date will do: it goes into file properties and zip entries


@dataclass(frozen=True)
class Block:
    """One piece of a source: kind is h1, h2, h3, text, bullet, number or table; rows is filled for a table only."""

    kind: str
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


def read_source(text: str) -> tuple[dict[str, str], list[Block]]:
    """The head as a dictionary, and the body as blocks in reading order."""
    _, head, body = text.split("---\n", 2)
    properties = dict(line.split(": ", 1) for line in head.strip().splitlines())
    return properties, list(_blocks(body))


def _blocks(body: str) -> Iterator[Block]:
    for paragraph in re.split(r"\n{2,}", body.strip()):
        lines = paragraph.splitlines()
        if lines[0].startswith("|"):
            yield Block("table", rows=tuple(tuple(c.strip() for c in line.strip("|").split("|")) for line in lines))
            continue
        for line in lines:
            if heading := re.match(r"(#{1,3}) (.+)", line):
                yield Block(f"h{len(heading[1])}", heading[2])
            elif item := re.match(r"(- |\d+\. )(.+)", line):
                yield Block("bullet" if item[1] == "- " else "number", item[2])
            else:
                yield Block("text", line)


def make_docx(properties: dict[str, str], blocks: list[Block]) -> bytes:
    """A Word document with real heading styles, lists, tables, a page header and a page footer."""
    import docx

    document = docx.Document()
    core = document.core_properties
    core.title, core.subject, core.author = properties["title"], properties["subject"], "Ombervask Coldway Cooperative"
    core.created = core.modified = FIXED_DATE
    section = document.sections[0]
    section.header.paragraphs[0].text = properties["header"]
    section.footer.paragraphs[0].text = properties["footer"]
    styles = {"h1": "Title", "h2": "Heading 1", "h3": "Heading 2", "text": "Normal"}
    styles |= {"bullet": "List Bullet", "number": "List Number"}
    for block in blocks:
        if block.kind == "table":
            _docx_table(document, block)
        else:
            document.add_paragraph(block.text, style=styles[block.kind])
    buffer = io.BytesIO()
    document.save(buffer)
    return _with_fixed_times(buffer.getvalue())


def _docx_table(document: Any, block: Block) -> None:
    table = document.add_table(len(block.rows), len(block.rows[0]), style="Light Grid Accent 1")
    for row, cells in zip(table.rows, block.rows, strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    document.add_paragraph()


def _with_fixed_times(archive: bytes) -> bytes:
    """The same zip archive with every entry dated FIXED_DATE: Word files otherwise differ from second to second."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, FIXED_DATE.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return buffer.getvalue()


def make_pdf(properties: dict[str, str], blocks: list[Block]) -> bytes:
    """A4 pages with a header, a footer and page numbers; tables that repeat their heading row."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    def furniture(canvas: Any, _: Any) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(22 * mm, A4[1] - 14 * mm, properties["header"])
        canvas.drawString(22 * mm, 12 * mm, properties["footer"])
        canvas.drawRightString(A4[0] - 22 * mm, 12 * mm, f"Page {canvas.getPageNumber()}")
        canvas.line(22 * mm, A4[1] - 16 * mm, A4[0] - 22 * mm, A4[1] - 16 * mm)

    buffer = io.BytesIO()
    margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), 22 * mm)
    template = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        title=properties["title"],
        subject=properties["subject"],
        author="Ombervask Coldway Cooperative",
        invariant=1,
        **margins,
    )
    template.build([_flowable(block, template.width) for block in blocks], furniture, furniture)
    return buffer.getvalue()


def _flowable(block: Block, width: float) -> Any:
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, Table

    sheet = getSampleStyleSheet()
    if block.kind != "table":
        style = {"h1": "Title", "h2": "Heading2", "h3": "Heading3", "bullet": "Bullet"}.get(block.kind, "BodyText")
        bullet = "•" if block.kind == "bullet" else None
        sheet[style].keepWithNext = block.kind in ("h1", "h2", "h3")
        return Paragraph(escape(block.text), sheet[style], bulletText=bullet)
    cells = [[Paragraph(escape(text), sheet["BodyText"]) for text in row] for row in block.rows]
    longest = [max(len(text) for text in column) for column in zip(*block.rows, strict=True)]
    widths = [width * length / sum(longest) for length in longest]
    lines = [("GRID", (0, 0), (-1, -1), 0.4, "#8899AA"), ("BACKGROUND", (0, 0), (-1, 0), "#E7EEF2")]
    lines.append(("VALIGN", (0, 0), (-1, -1), "TOP"))
    return Table(cells, colWidths=widths, repeatRows=1, style=lines, spaceBefore=4, spaceAfter=8)


def main(folder: Path) -> None:
    """Write all six documents into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, suffix in FORMATS.items():
        properties, blocks = read_source((HERE / "sources" / f"{name}.md").read_text(encoding="utf-8"))
        make = make_pdf if suffix == ".pdf" else make_docx
        (folder / f"{name}{suffix}").write_bytes(make(properties, blocks))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "documents")
