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

_READ = re.compile(
    r"word/(?:document|styles|numbering|footnotes|endnotes|comments|header|footer|charts/chart(?:Ex)?|diagrams/data)"
    r"\d*\.xml"
)


def parsed(part: bytes) -> Any:
    """The root of an XML part; nothing outside of it is read."""
    from lxml import etree

    return etree.fromstring(part, etree.XMLParser(resolve_entities=False, no_network=True))


def readable_docx(data: bytes) -> dict[str, Any]:
    """Name -> root of the parts of a Word document that say something or how it looks, made readable."""
    with ZipFile(io.BytesIO(data)) as archive:
        parts = {name: parsed(archive.read(name)) for name in archive.namelist() if _READ.fullmatch(name)}
    for root in parts.values():
        _make_readable(root)
    return parts


def rewritten(data: bytes, parts: dict[str, Any]) -> bytes:
    """The document with these parts instead of its own, and without its pictures."""
    from lxml import etree

    made = io.BytesIO()
    with ZipFile(io.BytesIO(data)) as archive, ZipFile(made, "w") as written:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                written.writestr(name, etree.tostring(parts[name]) if name in parts else archive.read(name))
    return made.getvalue()


def _make_readable(root: Any) -> None:
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


def elements(parts: dict[str, Any], names: str, name: str) -> Iterator[Any]:
    """All of that name in the parts whose names, without folder and suffix, match."""
    for part, root in parts.items():
        if re.fullmatch(rf"word/{names}\d*\.xml", part):
            yield from root.iter(f"{{*}}{name}")


def value(element: Any, name: str) -> str:
    """What the first element of that name in it says."""
    found = element.find(f".//{{*}}{name}")
    return "" if found is None else attribute(found, "val")


def attribute(element: Any, name: str) -> str:
    return next((value for key, value in element.attrib.items() if key.endswith(f"}}{name}")), "")
