"""DOCX -> blocks by its heading styles, its notes, headers, footers and comments behind the text.

Knows nothing about other formats. Word's own ways are made readable by `office.py`; mammoth makes HTML of it.
"""

from __future__ import annotations

import html
import io
import logging
import re
from collections.abc import Iterator
from typing import Any

from .docx_lists import mark_items, with_marks
from .drawings import drawn
from .errors import BrokenDocument
from .markup import blocks_of_html
from .office import attribute, elements, readable_docx, rewritten, value
from .passages import Block
from .running_lines import PAGE_NUMBER

_STYLES = """
p[style-name='Title'] => h1.title:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='标题'] => h1.title:fresh
p[style-name='标题 1'] => h1:fresh
p[style-name='标题 2'] => h2:fresh
p[style-name='标题 3'] => h3:fresh
"""
_OPENING = 600  # signs of HTML; a header mostly says again what the title and the lines below it say


def read_docx(data: bytes) -> list[Block]:
    """A Word document by its heading styles; pictures are left out."""
    import mammoth

    logging.getLogger("mammoth").setLevel(logging.ERROR)
    try:
        parts = readable_docx(data)
        styles = {attribute(style, "styleId"): style for style in elements(parts, "styles", "style")}
        mark_items(parts, styles)
        said = mammoth.convert_to_html(
            io.BytesIO(rewritten(data, parts)),
            style_map="\n".join([_STYLES, *_outlined(styles)]),
            convert_image=mammoth.images.img_element(lambda image: {}),
        ).value
        said = with_marks(said)
        said = re.sub(r'<a href="#(?:foot|end)note-ref-[^"]*">↑</a>', "", said)
        said = re.sub(r'<ol><li id="(?:foot|end)note-', r"<h1>Notes</h1>\g<0>", said, count=1)
        said += "".join(_beside(parts, re.sub(r"<[^>]*>", " ", said[:_OPENING])))
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # mammoth has no error of its own: a damaged part shows as KeyError, ExpatError, ...
        raise BrokenDocument(
            f"The Word document is damaged ({type(error).__name__}). Open it in Word, save it again, and try that."
        ) from error
    return blocks_of_html(f"<body>{said}</body>")


def _outlined(styles: dict[str, Any]) -> Iterator[str]:
    """How mammoth is to take styles that are headings by their level in the outline, or by their base's."""
    for style in styles.values():
        name, level = value(style, "name"), _level(style, styles)
        if name and level in ("0", "1", "2", "3", "4", "5"):
            escaped = name.replace("\\", "\\\\").replace("'", "\\'")
            yield f"p[style-name='{escaped}'] => h{int(level) + 1}:fresh"


def _level(style: Any, styles: dict[str, Any], deep: int = 0) -> str:
    own, base = value(style, "outlineLvl"), styles.get(value(style, "basedOn"))
    return own if own or base is None or deep > 20 else _level(base, styles, deep + 1)


def _beside(parts: dict[str, Any], opening: str) -> Iterator[str]:
    """HTML of charts, diagrams and comments, and of headers and footers, without what the document's opening says."""
    known = _words(html.unescape(opening))
    drawings = [*elements(parts, "diagrams/data", "dataModel"), *elements(parts, "charts/chart(?:Ex)?", "chartSpace")]
    margins = [
        text for text in _texts(parts, "(?:header|footer)") if not PAGE_NUMBER.match(text) and not _words(text) <= known
    ]
    for heading, texts in (
        ("Charts and diagrams", [lines for root in drawings for lines in drawn(root)]),
        ("Headers and footers", ["\n".join(margins)]),
        ("Comments", ["\n".join(_texts(parts, "comments"))]),
    ):
        said = "".join(f"<pre>{html.escape(text)}</pre>" for text in texts if text)
        yield said and f"<h1>{heading}</h1>{said}"


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def _texts(parts: dict[str, Any], names: str) -> list[str]:
    """Those of paragraphs, each once."""
    said = dict.fromkeys(map(_own_text, elements(parts, names, "p")))
    return [text for text in said if text]


def _own_text(paragraph: Any) -> str:
    """Without that of a text box in it, which has paragraphs of its own."""
    runs = [run for run in paragraph.iter("{*}t", "{*}tab", "{*}br") if next(run.iterancestors("{*}p")) is paragraph]
    return " ".join("".join(run.text or " " for run in runs).split())
