"""A page of an invented document: its records, the scribe who words them, and the forms in running prose.

Everything that could be asked about stands between marks. Knows the families' shape, not which ones exist.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from invented_fillers import CLOSINGS, CONNECTORS, FILLERS
from invented_grammar import Family, Template, capital, marked, tidy
from invented_world import World

LEAST = 24  # words of a page, with a margin


@dataclass
class Record:
    """What one family tells of one entity, and the marks under which it stands on the page."""

    family: Family
    values: dict[str, str]
    marks: dict[str, int] = field(default_factory=dict)

    @property
    def topic(self) -> str:
        return f"{self.family.kind}.{self.family.name}"

    @property
    def asks(self) -> dict[str, list[Template]]:
        return self.family.asks

    def ask(self, rng: random.Random, slot: str, spans: dict[int, str], others: list[Record]) -> str | None:
        """A question for the slot; nothing where it fits another record too, or names what the page left out."""
        named: set[str] = set()

        def fill(name: str) -> str:
            named.add(name.rstrip("-"))
            return self._fill(name)

        question = rng.choice(self.asks[slot]).say(rng, fill)
        if any(self.marks.get(name, 0) not in spans for name in named & self.marks.keys()):
            return None
        for other in others:
            if slot in other.marks and all(other.values.get(name) == self.values[name] for name in named):
                return None
        if (
            self.family.kind == "personx" and slot != "e" and rng.random() < 0.2
        ):  # surnames are unique within a document
            question = question.replace(self.values["e"], self.values["e"].split()[-1])
        if question.endswith("?") and question.startswith(("Name ", "State ", "Give ")):
            question = question[:-1] + "."
        return tidy(question)

    def _fill(self, name: str) -> str:
        value = self.values.get(name.rstrip("-"), "")
        return value.removeprefix("the ") if name.endswith("-") else value


@dataclass
class Page:
    titles: list[str]
    text: str
    records: list[Record]


class Scribe:
    """Writes sentences of one page, numbering the marks."""

    def __init__(self, rng: random.Random, world: World) -> None:
        self.rng, self.world = rng, world
        self.records: list[Record] = []
        self._next = 0

    def add(self, record: Record) -> Record:
        for slot in record.values:
            record.marks[slot] = self.number()
        self.records.append(record)
        return record

    def number(self) -> int:
        self._next += 1
        return self._next

    def plain(self, template: Template) -> str:
        return template.say(self.rng, self._value)

    def say(self, template: Template, record: Record) -> str:
        return template.say(self.rng, lambda name: self._slot(name, record))

    def cell(self, record: Record, slot: str) -> str:
        value = record.values[slot].removeprefix("the ")
        return marked(capital(value) if slot == "e" or self.rng.random() < 0.5 else value, record.marks[slot])

    def _slot(self, name: str, record: Record) -> str:
        slot = name.rstrip("-")
        if slot not in record.values:
            return self._value(name)
        value = record.values[slot]
        return marked(value.removeprefix("the ") if name.endswith("-") else value, record.marks[slot])

    def _value(self, name: str) -> str:
        value = self.world.value(name.rstrip("-"))
        return value.removeprefix("the ") if name.endswith("-") else value

    def sentence(self, template: Template, record: Record) -> str:
        """One statement as a sentence, sometimes introduced, sometimes with an afterthought."""
        text = self.say(template, record).strip()
        draw = self.rng.random()
        if draw < 0.16:
            text = f"{self.plain(self.rng.choice(CONNECTORS))}, {text}"
        if draw > 0.9 and text.endswith("."):
            text = f"{text[:-1]}{self.plain(self.rng.choice(CLOSINGS))}."
        return capital(text)


def find_entities(scribe: Scribe, kind: str, count: int, told: dict[str, list[Record]]) -> list[str]:
    """Fresh entities of the kind, or those of an earlier page."""
    earlier = [record.values["e"] for records in told.values() for record in records if record.family.kind == kind]
    if earlier and scribe.rng.random() < 0.5:
        unique = list(dict.fromkeys(earlier))
        return scribe.rng.sample(unique, min(len(unique), count))
    found: list[str] = []
    for _ in range(count):
        try:
            found.append(scribe.world.fresh(kind))
        except LookupError:
            break
    if not found or len(found) < count - 1:
        raise LookupError(kind)
    return found


def new_records(scribe: Scribe, family: Family, entities: list[str]) -> list[Record]:
    """One record per entity; their values differ as far as the kinds of value allow."""
    records: list[Record] = []
    used: dict[str, set[str]] = {slot: set() for slot in family.values}
    for entity in entities:
        values = {"e": entity}
        for slot, kind in family.values.items():
            for _ in range(8):
                value = scribe.world.value(kind)
                if value not in used[slot] and value not in values.values():
                    break
            used[slot].add(value)
            values[slot] = value
        records.append(scribe.add(Record(family, values)))
    return records


def page_titles(scribe: Scribe, *families: Family) -> list[str]:
    title = scribe.rng.choice(families[0].titles)
    return (
        [title] if len(families) == 1 or scribe.rng.random() < 0.6 else [title, scribe.rng.choice(families[1].titles)]
    )


def fill_up(scribe: Scribe, sentences: list[str], room: int | None = None) -> list[str]:
    """Filler sentences between the facts, at least up to the smallest size."""
    rng = scribe.rng
    words = sum(len(sentence.split()) for sentence in sentences)
    wanted = max(24, min(130, words + rng.choice((0, 0, 12, 20, 30, 45)))) if room is None else room
    sentences = list(sentences)
    used: set[int] = set()
    while words < wanted:
        index = rng.randrange(len(FILLERS))
        if index in used:
            continue
        used.add(index)
        filler = capital(scribe.plain(FILLERS[index]))
        words += len(filler.split())
        sentences.insert(rng.randint(0, len(sentences)), filler)
    return sentences


def _join(rng: random.Random, sentences: list[str]) -> str:
    """Sentences as one paragraph or two."""
    if len(sentences) > 5 and rng.random() < 0.4:
        half = rng.randint(2, len(sentences) - 2)
        return " ".join(sentences[:half]) + rng.choice(("\n\n", "\n")) + " ".join(sentences[half:])
    return " ".join(sentences)


def told_sentence(scribe: Scribe, record: Record) -> str:
    return scribe.sentence(scribe.rng.choice(record.family.says), record)


def prose(scribe: Scribe, kind: str, families: list[Family], told: dict) -> Page:
    """One or two attributes of several entities, entity by entity, attribute by attribute or mixed."""
    rng = scribe.rng
    chosen = rng.sample(families, min(len(families), rng.choice((1, 1, 2, 2, 3))))
    entities = find_entities(scribe, kind, rng.randint(2, 5) if len(chosen) == 1 else rng.randint(2, 3), told)
    records = [new_records(scribe, family, entities) for family in chosen]
    flat = [record for group in records for record in group]
    order = rng.random()
    if order < 0.4:
        rng.shuffle(flat)
    elif order < 0.7:
        flat = [group[at] for at in range(len(entities)) for group in records]
    return Page(
        page_titles(scribe, *chosen),
        _join(rng, fill_up(scribe, [told_sentence(scribe, record) for record in flat])),
        scribe.records,
    )


def parallel(scribe: Scribe, kind: str, families: list[Family], told: dict) -> Page:
    """Several entities in one sentence: `X costs 5, Y 7 and Z 9`."""
    rng = scribe.rng
    able = [family for family in families if family.runs]
    if not able:
        return prose(scribe, kind, families, told)
    chosen = rng.sample(able, min(len(able), rng.choice((1, 1, 2))))
    sentences: list[str] = []
    entities = find_entities(scribe, kind, rng.randint(2, 5), told)
    for family in chosen:
        records = new_records(scribe, family, rng.sample(entities, len(entities)))
        lead, first, other, tail = rng.choice(family.runs)
        items = [scribe.say(first if at == 0 else other, record) for at, record in enumerate(records)]
        split = "; " if ":" in lead.slots or rng.random() < 0.2 else ", "
        joined = (
            items[0]
            if len(items) == 1
            else split.join(items[:-1])
            + rng.choice((" and ", " and ", ", and ", "; ", ", ", ", whereas ", " while "))
            + items[-1]
        )
        sentences.append(capital(scribe.plain(lead) + joined + scribe.plain(tail)))
    rest = [family for family in families if family not in chosen]
    if rest and rng.random() < 0.5:
        sentences += [told_sentence(scribe, record) for record in new_records(scribe, rng.choice(rest), entities[:2])]
    rng.shuffle(sentences)
    return Page(page_titles(scribe, *chosen), _join(rng, fill_up(scribe, sentences)), scribe.records)


def profile(scribe: Scribe, kind: str, families: list[Family], told: dict) -> Page:
    """Entity after entity with several attributes each; later sentences speak of `it`."""
    rng = scribe.rng
    chosen = rng.sample(families, min(len(families), rng.randint(2, 5)))
    entities = find_entities(scribe, kind, rng.randint(1, 2 if len(chosen) > 2 else 3), told)
    groups = [new_records(scribe, family, entities) for family in chosen]
    paragraphs: list[str] = []
    for at in range(len(entities)):
        sentences: list[str] = []
        for group in rng.sample(groups, len(groups)):
            family = group[at].family
            if sentences and family.its and rng.random() < 0.8:
                sentences.append(scribe.sentence(rng.choice(family.its), group[at]))
            else:
                sentences.append(told_sentence(scribe, group[at]))
        paragraphs.append(" ".join(sentences))
    text = rng.choice(("\n\n", "\n", " ")).join(paragraphs)
    missing = LEAST - len(text.split())
    if missing > 0 or rng.random() < 0.3:
        text = " ".join(fill_up(scribe, [], max(6, missing))) + rng.choice(("\n", " ")) + text
    return Page(page_titles(scribe, *chosen), text, scribe.records)
