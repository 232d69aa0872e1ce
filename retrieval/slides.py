"""PPTX -> blocks: a slide is a page, its title the heading; text, tables, charts, diagrams and notes.

Knows nothing about other formats. Shapes are read in the file's order, which is the order that a screen reader
follows.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from .errors import BrokenDocument
from .office import choose_alternatives, spell_formulas
from .passages import HEADING_JOIN, LONGEST_HEADING, Block

_DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
_TEXT = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def read_pptx(data: bytes) -> tuple[list[Block], int]:
    """(blocks, number of slides); hidden slides are read too."""
    import pptx

    try:
        deck = pptx.Presentation(io.BytesIO(data))
        title = " ".join((deck.core_properties.title or "").split())
        title = "" if title == "PowerPoint Presentation" else title  # what PowerPoint writes when nobody named it
        blocks = [block for number, slide in enumerate(deck.slides, start=1) for block in _slide(slide, number, title)]
        return blocks, len(deck.slides)
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # python-pptx has no error of its own: a damaged part shows as KeyError, XMLSyntaxError
        raise BrokenDocument(
            f"The PowerPoint presentation is damaged ({type(error).__name__}). Open it in PowerPoint, save it again, "
            "and try that."
        ) from error


def _slide(slide: Any, number: int, deck: str) -> Iterator[Block]:
    choose_alternatives(slide._element)
    spell_formulas(slide._element, f"{_TEXT}r", f"{_TEXT}t")
    named = slide.shapes.title
    title = " ".join(named.text_frame.text.split()) if named is not None else ""
    path = (deck, title or f"Slide {number}")  # so that no slide joins the one before
    heading = HEADING_JOIN.join(part.replace(HEADING_JOIN, " - ")[:LONGEST_HEADING] for part in path if part)
    shapes = (shape for shape in slide.shapes if named is None or shape._element is not named._element)
    texts = [text for shape in shapes for text in _of(shape)]
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = _paragraphs(slide.notes_slide.notes_text_frame)
        texts += [f"Notes: {notes}"] if notes else []
    if len(title) > LONGEST_HEADING or (title and not any(texts)):  # such a title is something to find
        texts.insert(0, title)
    yield from (Block(text, number, heading) for text in texts if text)


def _of(shape: Any) -> Iterator[str]:
    """The texts in a shape, in order."""
    if hasattr(shape, "shapes"):  # a group
        for inner in shape.shapes:
            yield from _of(inner)
    elif getattr(shape, "has_table", False):
        rows = [[" ".join(cell.text.split()).replace(" | ", " / ") for cell in row.cells] for row in shape.table.rows]
        yield "\n".join(" | ".join(row) for row in rows if any(row))
    elif getattr(shape, "has_chart", False):
        yield _chart(shape.chart)
    elif getattr(shape, "has_text_frame", False):
        yield _paragraphs(shape.text_frame)
    else:
        yield _diagram(shape)


def _paragraphs(frame: Any) -> str:
    """Lines of a text box, list items indented by their level."""
    lines = ["  " * (paragraph.level or 0) + " ".join(paragraph.text.split()) for paragraph in frame.paragraphs]
    return "\n".join(line for line in lines if line.strip())


def _chart(chart: Any) -> str:
    """The numbers behind a chart, as rows; of a kind that python-pptx does not know, the title."""
    title = chart.chart_title.text_frame.text.strip() if chart.has_title and chart.chart_title.has_text_frame else ""
    rows: list[str] = []
    try:
        for plot in chart.plots:
            series = list(plot.series)
            rows.append(" | ".join(["Category", *(each.name for each in series)]))
            for at, category in enumerate(plot.categories):
                values = (each.values[at] if at < len(each.values) else None for each in series)
                rows.append(" | ".join([str(category), *("" if v is None else f"{v:.15g}" for v in values)]))
    except (ValueError, KeyError, TypeError, AttributeError, NotImplementedError):
        rows = []
    return "\n".join(filter(None, [title, *rows]))


def _diagram(shape: Any) -> str:
    """The lines of a SmartArt diagram, which python-pptx does not show: they stand in a part of their own."""
    from lxml import etree

    found = shape._element.findall(f".//{{{_DIAGRAM}}}relIds")
    lines = []
    for ids in found:
        key = ids.get("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}dm")
        if key not in shape.part.rels:
            continue
        root = etree.fromstring(
            shape.part.related_part(key).blob, etree.XMLParser(resolve_entities=False, no_network=True)
        )
        for point in root.iter(f"{{{_DIAGRAM}}}t"):
            line = "".join(run.text or "" for run in point.iter(f"{_TEXT}t"))
            lines += [f"- {line.strip()}"] if line.strip() else []
    return "\n".join(lines)
