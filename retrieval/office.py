"""What Word and PowerPoint write in ways that their readers leave out, in a way that they read.

Knows nothing about blocks. Formulas become a run of text, fields and text with a direction their contents, signs with
their reading above them the signs, and alternatives the one that is shown.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any
from zipfile import ZipFile

_LEFT_OUT = re.compile(rb"<\w+:(?:fldSimple|bdo|dir|ruby|oMath)\b")
_PART = re.compile(r"word/[^/]+\.xml")
_BEFORE = {"den": "/", "sup": "^", "sub": "_"}  # signs that a formula shows by a place


def readable_docx(data: bytes) -> bytes:
    """The document, without its pictures where something in it had to be written anew."""
    with ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if _PART.fullmatch(name)}
        changed = {name: _readable(part) for name, part in parts.items() if _LEFT_OUT.search(part)}
        if not changed:
            return data
        made = io.BytesIO()
        with ZipFile(made, "w") as written:
            for name in archive.namelist():
                if name.endswith((".xml", ".rels")):
                    written.writestr(name, changed.get(name) or archive.read(name))
    return made.getvalue()


def _readable(part: bytes) -> bytes:
    from lxml import etree

    root = etree.fromstring(part, etree.XMLParser(resolve_entities=False, no_network=True))
    space = root.tag.rpartition("}")[0] + "}"
    spell_formulas(root, f"{space}r", f"{space}t")
    for ruby in _named(root, "ruby"):
        _put(ruby, [run for base in ruby if base.tag == f"{space}rubyBase" for run in base])
    for wrapping in _named(root, "fldSimple", "bdo", "dir"):
        _put(wrapping, list(wrapping))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def choose_alternatives(root: Any) -> None:
    """In place of alternatives for programs of other ages, what the newest one shows."""
    for alternatives in _named(root, "AlternateContent"):
        _put(alternatives, next((list(each) for each in alternatives if len(each)), []))


def spell_formulas(root: Any, run: str, text: str) -> None:
    """In place of every formula a run (element of that name) with its text in a line: E=mc^2."""
    for formula in _named(root, "oMath"):
        made = formula.makeelement(run)
        made.append(formula.makeelement(text))
        made[0].text = "".join(_spelled(formula))
        _put(formula, [made])
    for wrapping in [*_named(root, "oMathPara"), *_named(root, "m")]:  # PowerPoint's `m` may hold the other
        _put(wrapping, [child for child in wrapping if child.tag == run])


def _spelled(formula: Any) -> list[str]:
    said = []
    for element in formula.iter("{*}*"):
        name = element.tag.rpartition("}")[2]
        said.append((element.text or "") if name == "t" else _BEFORE.get(name, ""))
    return said


def _named(root: Any, *names: str) -> list[Any]:
    return list(root.iter(*(f"{{*}}{name}" for name in names)))


def _put(element: Any, instead: Sequence[Any]) -> None:
    parent = element.getparent()
    if parent is not None:
        at = parent.index(element)
        parent[at : at + 1] = instead
