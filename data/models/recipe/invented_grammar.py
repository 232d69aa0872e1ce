"""The small template language of the invented documents: `[a|b|]` chooses, `{slot}` is filled in.

Also the invisible marks that follow a value through a passage, so that its span is known at the end.
Knows nothing about which documents are written with it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field

_TOKEN = re.compile(r"\{[^}]*\}|[\[\]|]|[^\[\]|{}]+")
_OPEN, _CLOSE, _LAST = 0xE000, 0xE800, 0xF000
_CLAUSE = re.compile(r" (was|were|had|has|is|are|stayed|worked|refused|falls|exceeds|drops|runs) ")
_MARK = re.compile(r"[\ue000-\uefff]")
_ARTICLE = re.compile(r"\b([Aa])\(n\)([\ue000-\uefff]* )([\ue000-\uefff]*\S+)")
_TWO_STOPS = re.compile(r"\.([\ue800-\uefff]+)\.")
_VOWEL = re.compile(r"(?i)[aeio]|8|11\b|18\b|u(?!ni|se|ti)|hour|honou?r|[FHLMNRSX][-\d]")

Fill = Callable[[str], str]


class Dice(random.Random):
    """The same source of chance with quicker throws; an invented document needs hundreds."""

    def choice(self, items):
        return items[int(self.random() * len(items))]

    def randint(self, low: int, high: int) -> int:
        return low + int(self.random() * (high - low + 1))


class Template:
    """A compiled template; `say` writes one of its many wordings."""

    def __init__(self, source: str) -> None:
        tokens = _TOKEN.findall(source)
        self._parts, rest = _parse(tokens, 0, top=True)
        if rest != len(tokens):
            raise ValueError(f"unbalanced brackets: {source}")
        self.slots = frozenset(name[1:-1] for name in tokens if name[0] == "{")
        self.wordings = _count(self._parts)

    def say(self, rng: random.Random, fill: Fill) -> str:
        out: list[str] = []
        _say(self._parts, rng, fill, out)
        return "".join(out)


def _parse(tokens: list[str], at: int, top: bool) -> tuple[list, int]:
    branches: list[list] = [[]]
    while at < len(tokens):
        token = tokens[at]
        if token == "]":
            break
        at += 1
        if token == "[":
            inner, at = _parse(tokens, at, top=False)
            if at >= len(tokens):
                raise ValueError(f"unclosed bracket: {tokens}")
            branches[-1].append(inner)
            at += 1
        elif token == "|":
            branches.append([])
        elif token[0] == "{":
            branches[-1].append((token[1:-1],))
        else:
            branches[-1].append(token)
    if top:
        return (branches[0] if len(branches) == 1 else [branches]), at
    return branches, at


def _say(parts: list, rng: random.Random, fill: Fill, out: list[str]) -> None:
    for part in parts:
        if isinstance(part, str):
            out.append(part)
        elif isinstance(part, tuple):
            out.append(fill(part[0]))
        else:
            _say(part[int(rng.random() * len(part))], rng, fill, out)


def _count(parts: list) -> int:
    product = 1
    for part in parts:
        if isinstance(part, list):
            product *= sum(_count(branch) for branch in part)
    return product


def marked(text: str, number: int) -> str:
    """The text between the marks of this number; a leading article stays outside."""
    lead = "the " if text.startswith("the ") and not _CLAUSE.search(text) else ""
    return f"{lead}{chr(_OPEN + number)}{text[len(lead) :]}{chr(_CLOSE + number)}"


def capital(text: str) -> str:
    """The first letter as a capital, past any mark, quote or bullet."""
    for at, char in enumerate(text[:6]):
        if char.isalpha() and not _OPEN <= ord(char) < _LAST:
            return text[:at] + char.upper() + text[at + 1 :]
        if char.isdigit():
            break
    return text


def tidy(text: str) -> str:
    """`a(n)` decided, doubled full stops and spaces removed; marks are kept."""
    if "(n)" in text:
        text = _ARTICLE.sub(lambda m: m[1] + ("n" if _VOWEL.match(_MARK.sub("", m[3])) else "") + m[2] + m[3], text)
    text = _TWO_STOPS.sub(r".\1", text).replace("  ", " ").replace("  ", " ")
    return text.replace(" .", ".").replace(" ,", ",").replace("..", ".")


def unmarked(text: str) -> tuple[str, dict[int, str]]:
    """The bare text, and what stood first between the marks of every number."""
    begun: dict[int, int] = {}
    found: dict[int, str] = {}
    plain = _MARK.sub("", text)
    for before, mark in enumerate(_MARK.finditer(text)):
        code, at = ord(mark[0]), mark.start() - before
        if code < _CLOSE:
            begun[code - _OPEN] = at
        else:
            found.setdefault(code - _CLOSE, plain[begun[code - _CLOSE] : at])
    return plain, found


@dataclass
class Family:
    """One kind of fact: what is told of an entity, in which words, and how it is asked."""

    kind: str
    name: str
    titles: list[str]
    values: dict[str, str] = field(default_factory=dict)  # slot -> kind of value
    labels: dict[str, list[str]] = field(default_factory=dict)
    says: list[Template] = field(default_factory=list)
    its: list[Template] = field(default_factory=list)
    runs: list[tuple[Template, Template, Template, Template]] = field(default_factory=list)
    asks: dict[str, list[Template]] = field(default_factory=dict)


def read_families(text: str) -> list[Family]:
    """Families written as lines: `# kind.name; titles`, `: slot value labels`, `- ~ +` sentences, `v?` questions."""
    families: list[Family] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        head, _, rest = line.partition(" ")
        rest = rest.strip()
        if head == "#":
            path, _, titles = rest.partition(";")
            kind, name = path.split(".")
            families.append(Family(kind, name, [title.strip() for title in titles.split(",")]))
            continue
        family = families[-1]
        if head == ":":
            slot, value, labels = (rest + "  ").split(" ", 2)
            family.values[slot] = value
            family.labels[slot] = [label.strip() for label in labels.split(",") if label.strip()]
        elif head == "-":
            family.says.append(Template(rest))
        elif head == "~":
            family.its.append(Template(rest))
        elif head == "+":
            lead, _, more = rest.partition("<")
            items, _, tail = more.partition(">")
            first, _, other = items.partition("~")
            family.runs.append((Template(lead), Template(first), Template(other or first), Template(tail)))
        elif head.endswith("?"):
            family.asks.setdefault(head[:-1], []).append(Template(rest))
        else:
            raise ValueError(f"not understood: {line}")
    return families
