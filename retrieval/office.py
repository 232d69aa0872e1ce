"""What Word and PowerPoint write in ways that their readers leave out, in a way that they read.

Knows nothing about blocks. Formulas become a run of text, fields and text with a direction their contents, signs with
their reading above them the signs, alternatives the one that is shown, and shapes of all forms the text in them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from typing import Any
from zipfile import ZipFile

_LEFT_OUT = re.compile(rb"<\w+:(?:fldSimple|bdo|dir|ruby|oMath|txbxContent)\b")
_PART = re.compile(r"word/[^/]+\.xml")


def readable_docx(data: bytes) -> bytes:
    """The document, without its pictures where something in it had to be written anew."""
    with ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if _PART.fullmatch(name)}
        changed = {name: _readable(part) for name, part in parts.items() if _LEFT_OUT.search(part)}
    return rewritten(data, changed) if changed else data


def rewritten(data: bytes, changed: dict[str, bytes]) -> bytes:
    """The document with these parts instead of its own, and without its pictures."""
    made = io.BytesIO()
    with ZipFile(io.BytesIO(data)) as archive, ZipFile(made, "w") as written:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                written.writestr(name, changed.get(name) or archive.read(name))
    return made.getvalue()


def _readable(part: bytes) -> bytes:
    from lxml import etree

    root = etree.fromstring(part, etree.XMLParser(resolve_entities=False, no_network=True))
    space = root.tag.rpartition("}")[0] + "}"
    for shape in reversed(_named(root, "AlternateContent", "drawing", "pict")):  # inner ones first
        shown = next((each for each in shape if _named(each, "txbxContent")), None)
        if shown is not None:
            boxes = _named(shown if shape.tag.endswith("AlternateContent") else shape, "txbxContent")
            made = shape.makeelement(f"{space}pict")
            made.extend(boxes)
            _put(shape, [made])
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
        made[0].text = _spelled(formula)
        _put(formula, [made])
    for wrapping in [*_named(root, "oMathPara"), *_named(root, "m")]:  # PowerPoint's `m` may hold the other
        _put(wrapping, [child for child in wrapping if child.tag == run])


def _spelled(part: Any) -> str:
    """What a formula shows by places written with signs, and with brackets where those would mean something else."""
    name = part.tag.rpartition("}")[2]
    if name == "t":
        return part.text or ""
    said: dict[str, list[str]] = {}
    for child in part.iterchildren("{*}*"):
        said.setdefault(child.tag.rpartition("}")[2], []).append(_spelled(child))

    def one(role: str, before: str = "") -> str:
        text = "".join(said.get(role, ()))
        whole = len(text) < 2 or re.fullmatch(r"\w+|\([^()]*\)", text)
        return text and before + (text if whole else f"({text})")

    if name == "f":
        return one("num") + one("den", "/")
    if name == "rad":
        return one("deg") + "√" + one("e")
    if name == "d":
        opens, parts, closes = (_sign(part, *each) for each in (("begChr", "("), ("sepChr", "|"), ("endChr", ")")))
        return opens + parts.join(said.get("e", ())) + closes
    if name == "nary":
        return f"{_sign(part, 'chr', '∫')}{one('sub', '_')}{one('sup', '^')} {''.join(said.get('e', ()))}"
    if name in ("sSup", "sSub", "sSubSup"):
        return "".join(said.get("e", ())) + one("sub", "_") + one("sup", "^")
    return "".join(text for texts in said.values() for text in texts)


def _sign(part: Any, name: str, usual: str) -> str:
    """The sign that a part's properties name; the usual one where they name none."""
    found = next(iter(_named(part[0], name)), None) if len(part) and part[0].tag.endswith("Pr") else None
    said = [] if found is None else [value for key, value in found.attrib.items() if key.endswith("val")]
    return said[0] if said else usual


def _named(root: Any, *names: str) -> list[Any]:
    return list(root.iter(*(f"{{*}}{name}" for name in names)))


def _put(element: Any, instead: Sequence[Any]) -> None:
    parent = element.getparent()
    if parent is not None:
        at = parent.index(element)
        parent[at : at + 1] = instead


def elements(data: bytes, parts: str, name: str) -> Iterator[Any]:
    """All of that name in the parts of the document whose names match."""
    from lxml import etree

    with ZipFile(io.BytesIO(data)) as archive:
        for part in filter(re.compile(parts).fullmatch, archive.namelist()):
            reading = etree.XMLParser(resolve_entities=False, no_network=True)
            yield from etree.fromstring(archive.read(part), reading).iter(f"{{*}}{name}")


def value(element: Any, name: str) -> str:
    """What the first element of that name in it says."""
    found = element.find(f".//{{*}}{name}")
    return "" if found is None else attribute(found, "val")


def attribute(element: Any, name: str) -> str:
    return next((value for key, value in element.attrib.items() if key.endswith(f"}}{name}")), "")
