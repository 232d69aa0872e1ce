"""PPTX -> blocks: a slide is a page, its title the heading; text, tables, charts, diagrams and notes.

Knows nothing about other formats. Shapes are read in the file's order, which is the order that a screen reader
follows.
"""

from __future__ import annotations

import contextlib
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
        yield "\n".join(" | ".join(row) for row in _table(shape.table))
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


def _chart(chart: Any) -> str:
    """Its titles, those of its axes too, and the numbers behind it as rows; of a kind that python-pptx does not know,
    the titles."""
    titles = chart._chartSpace.xpath("c:chart/c:title | c:chart/c:plotArea/*/c:title")
    said = (" ".join(part.xpath("string()") for part in title.xpath(".//a:p | .//c:v")) for title in titles)
    try:
        rows = [row for plot in chart.plots for row in _rows(plot)]
    except (ValueError, KeyError, TypeError, AttributeError, NotImplementedError):
        rows = []
    return "\n".join(filter(None, [*(" ".join(title.split()) for title in said), *rows]))


def _rows(plot: Any) -> Iterator[str]:
    """A row for each category, and where there are none, for each point."""
    series = [(each.name, each._element) for each in plot.series]
    if not len(plot.categories):
        yield "Series | X | Y"
        for name, points in series:
            x = _kept(points, "c:xVal")
            yield from (f"{name} | {x.get(at, at + 1)} | {y}" for at, y in _kept(points, "c:yVal | c:val").items())
        return
    yield " | ".join(["Category", *(name for name, _ in series)])
    paths = zip(plot.categories, plot.categories.flattened_labels, strict=True)
    nested = {category.idx: " / ".join(path) for category, path in paths}
    names = nested if plot.categories.depth > 1 else _kept(plot._element, "(.//c:cat)[1]")
    columns = [names, *(_kept(points, "c:val") for _, points in series)]
    for at in sorted(set().union(*columns)):
        yield " | ".join(column.get(at, "") for column in columns)


def _kept(element: Any, place: str) -> dict[int, str]:
    """The names or numbers that are kept there, by their place on the axis."""
    form = element.xpath(f"string(({place})/c:numRef//c:formatCode)")
    return {int(point.get("idx")): _shown(point.findtext("{*}v"), form) for point in element.xpath(f"({place})//c:pt")}


def _shown(kept: str, form: str) -> str:
    """What has a form is a number, and as a date one of days."""
    from openpyxl.styles.numbers import is_date_format
    from openpyxl.utils.datetime import from_excel

    with contextlib.suppress(ValueError, OverflowError):  # '#N/A'
        if form:
            number = float(kept)
            return str(from_excel(number)).removesuffix(" 00:00:00") if is_date_format(form) else f"{number:.15g}"
    return kept


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
