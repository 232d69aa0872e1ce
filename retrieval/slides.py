"""PPTX -> blocks: a slide is a page, its title the heading; text, tables, charts, diagrams and notes.

Knows nothing about other formats. Shapes are read in the file's order, which is the order that a screen reader
follows.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from .drawings import drawn
from .errors import BrokenDocument
from .office import attribute, choose_alternatives, parsed, spell_formulas
from .passages import HEADING_JOIN, LONGEST_HEADING, Block

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
        yield "\n".join(" | ".join(row) for row in _table(shape.table))
    elif getattr(shape, "has_text_frame", False):
        yield _paragraphs(shape.text_frame)
    else:
        yield _drawings(shape)


def _paragraphs(frame: Any) -> str:
    """Lines of a text box, list items indented by their level."""
    lines = ["  " * (paragraph.level or 0) + " ".join(paragraph.text.split()) for paragraph in frame.paragraphs]
    return "\n".join(line for line in lines if line.strip())


def _table(table: Any) -> Iterator[list[str]]:
    """Rows of cells; a name that a cell says for several rows is said in each of them."""
    above: list[str] = []
    for row in table.rows:
        cells = [" ".join(cell.text.split()).replace(" | ", " / ") for cell in row.cells]
        if any(cells):
            for at, cell in enumerate(row.cells):
                if cell._tc.vMerge and above and len(above[at]) <= LONGEST_HEADING:
                    cells[at] = above[at]
            yield cells
            above = cells


def _drawings(shape: Any) -> str:
    """The lines of the charts and SmartArt diagrams of a shape, which stand in parts of their own."""
    places = shape._element.iter("{*}relIds", "{*}chart")
    keys = [attribute(place, "dm") or attribute(place, "id") for place in places]
    parts = [shape.part.related_part(key).blob for key in keys if key in shape.part.rels]
    return "\n".join(filter(None, (lines for part in parts for lines in drawn(parsed(part)))))
