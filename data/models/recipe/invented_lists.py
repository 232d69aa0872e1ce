"""The forms of a page that are not prose: tables, bullets, label and value, questions and answers, procedures."""

from __future__ import annotations

from invented_grammar import Family, capital, marked, tidy
from invented_pages import (
    LEAST,
    Page,
    Record,
    Scribe,
    fill_up,
    find_entities,
    new_records,
    page_titles,
    prose,
    told_sentence,
)
from invented_steps import FAMILY as STEPS
from invented_steps import PROCEDURES, Step, ordinal

# What the entities of a kind are called at the head of a table column
ENTITY_LABELS = {
    "machine": "Machine|Equipment|Device",
    "goods": "Item|Product|Article",
    "desk": "Unit|Office|Desk",
    "roomx": "Room|Space",
    "branch": "Site|Location",
    "city": "City|Destination",
    "staff": "Role|Position|Function",
    "activity": "Activity|Task",
    "document": "Document|Form",
    "leave": "Type of leave|Leave",
    "service": "Service",
    "course": "Course|Training",
    "incident": "Incident|Event",
    "chemical": "Substance|Product",
    "contract": "Contract",
    "project": "Project",
    "signal": "Signal|Message|Indication",
    "shipment": "Shipment|Reference",
    "exhibit": "Object|Work|Exhibit",
    "field": "Field|Plot",
    "line": "Line|Service",
    "vessel": "Vessel|Ship",
    "satellite": "Spacecraft|Satellite",
    "team": "Team",
    "account": "Product|Plan",
    "animal": "Animal",
    "ward": "Ward|Unit",
    "class": "Class",
    "case": "Matter|Case",
    "software_": "System|Application",
    "dish": "Dish",
    "vehicle": "Vehicle",
    "building": "Building",
    "committee": "Committee|Body",
    "personx": "Name",
    "term": "Term",
    "rule": "Rule",
    "version": "Version",
    "motion": "Decision|Motion",
    "limit": "Limit|Allowance|Item",
    "season": "Machine|Equipment",
    "floorx": "Floor|Level",
}


def _framed(scribe: Scribe, block: str) -> str:
    """A list or table with a sentence or two before or after it."""
    rng = scribe.rng
    words = len(block.split())
    before = " ".join(fill_up(scribe, [], rng.choice((6, 10, 16)))) if rng.random() < 0.7 or words < LEAST else ""
    missing = LEAST - words - len(before.split())
    after = " ".join(fill_up(scribe, [], max(missing, 8))) if missing > 0 or rng.random() < 0.4 else ""
    return (
        "\n\n".join(filter(None, (before, block, after)))
        if rng.random() < 0.6
        else "\n".join(filter(None, (before, block, after)))
    )


def _labelled(families: list[Family]) -> list[Family]:
    return [family for family in families if all(family.labels.get(slot) for slot in family.values)]


def _entity_label(scribe: Scribe, kind: str) -> str:
    return scribe.rng.choice(ENTITY_LABELS.get(kind, "Name").split("|"))


def table(scribe: Scribe, kind: str, families: list[Family], told: dict) -> Page:
    """A row per entity and a column per attribute, plain or Markdown."""
    rng = scribe.rng
    able = _labelled(families)
    if not able:
        return prose(scribe, kind, families, told)
    chosen = rng.sample(able, min(len(able), rng.choice((1, 2, 2, 3, 3, 4))))
    entities = find_entities(scribe, kind, rng.randint(3, 6), told)
    groups = [new_records(scribe, family, entities) for family in chosen]
    columns = [(group, slot) for group in groups for slot in group[0].family.values][:5]
    if len(entities) < 2:
        return prose(scribe, kind, families, told)
    header = [_entity_label(scribe, kind)] + [rng.choice(group[0].family.labels[slot]) for group, slot in columns]
    rows = [
        [scribe.cell(groups[0][at], "e")] + [scribe.cell(group[at], slot) for group, slot in columns]
        for at in range(len(entities))
    ]
    for group in groups[1:]:
        for first, record in zip(groups[0], group, strict=True):
            record.marks["e"] = first.marks["e"]
    if rng.random() < 0.25:
        swap = rng.randrange(1, len(header))
        for row in [header, *rows]:
            row[0], row[swap] = row[swap], row[0]
    style = rng.random()
    if style < 0.5:
        lines = ["| " + " | ".join(row) + " |" for row in [header, *rows]]
        lines.insert(
            1,
            "|" + "|".join(["---"] * len(header)) + "|"
            if rng.random() < 0.6
            else "| " + " | ".join(["---"] * len(header)) + " |",
        )
    else:
        split = " | " if style < 0.85 else "; " if style < 0.93 else "\t"
        lines = [split.join(row) for row in [header, *rows]]
    return Page(page_titles(scribe, *chosen), _framed(scribe, "\n".join(lines)), scribe.records)


def bullets(scribe: Scribe, kind: str, families: list[Family], told: dict) -> Page:
    """A bullet per entity: one label and value, or a whole sentence."""
    rng = scribe.rng
    able = _labelled(families)
    family = rng.choice(able or families)
    entities = find_entities(scribe, kind, rng.randint(3, 6), told)
    records = new_records(scribe, family, entities)
    sign = rng.choice(("- ", "* ", "• ", "– ", "{}. ", "({}) "))
    if able and rng.random() < 0.65 and len(family.values) == 1:
        slot = next(iter(family.values))
        split = rng.choice((": ", ": ", " – ", " - ", " = ", " (", " … "))
        lines = [
            scribe.cell(record, "e")
            + split
            + marked(record.values[slot], record.marks[slot])
            + (")" if split == " (" else "")
            for record in records
        ]
        if rng.random() < 0.7:
            lines = [
                rng.choice(family.labels[slot]) + rng.choice((":", f" ({_entity_label(scribe, kind).lower()}):")),
                *(f"{sign.format(at + 1)}{line}" for at, line in enumerate(lines)),
            ]
        else:
            lines = [f"{sign.format(at + 1)}{line}" for at, line in enumerate(lines)]
    else:
        lines = [f"{sign.format(at + 1)}{told_sentence(scribe, record)}" for at, record in enumerate(records)]
    return Page(page_titles(scribe, family), _framed(scribe, "\n".join(lines)), scribe.records)


def key_values(scribe: Scribe, kind: str, families: list[Family], told: dict) -> Page:
    """A block of `label: value` lines per entity."""
    rng = scribe.rng
    able = _labelled(families)
    if len(able) < 2:
        return prose(scribe, kind, families, told)
    chosen = rng.sample(able, min(len(able), rng.randint(2, 5)))
    entities = find_entities(scribe, kind, rng.randint(1, 3), told)
    groups = [new_records(scribe, family, entities) for family in chosen]
    label = _entity_label(scribe, kind)
    names = {
        (group[0].topic, slot): rng.choice(group[0].family.labels[slot])
        for group in groups
        for slot in group[0].family.values
    }
    blocks: list[str] = []
    head = rng.choice(("{label}: {name}", "{name}", "### {name}", "{name}:", "**{name}**"))
    sign = rng.choice(("", "", "- "))
    for at in range(len(entities)):
        name = scribe.cell(groups[0][at], "e")
        lines = [head.format(label=label, name=name)]
        lines += [
            f"{sign}{names[group[at].topic, slot]}: {scribe.cell(group[at], slot)}"
            for group in groups
            for slot in group[at].family.values
        ]
        blocks.append("\n".join(lines))
    for group in groups[1:]:
        for first, record in zip(groups[0], group, strict=True):
            record.marks["e"] = first.marks["e"]
    return Page(page_titles(scribe, *chosen), _framed(scribe, rng.choice(("\n\n", "\n")).join(blocks)), scribe.records)


def dialogue(scribe: Scribe, kind: str, families: list[Family], told: dict) -> Page:
    """Frequent questions: each with a statement as its answer."""
    rng = scribe.rng
    chosen = rng.sample(families, min(len(families), rng.randint(1, 3)))
    entities = find_entities(scribe, kind, 3 if len(chosen) == 1 else 2, told)
    ask, reply = rng.choice((("Q: ", "A: "), ("", ""), ("Question: ", "Answer: "), ("**", ""), ("- ", "  ")))
    lines: list[str] = []
    for record in rng.sample(
        records := [r for family in chosen for r in new_records(scribe, family, entities)], len(records)
    ):
        slot = rng.choice([slot for slot in record.asks if slot != "e"] or list(record.asks))
        question = capital(tidy(rng.choice(record.asks[slot][:1]).say(rng, record._fill)))
        lines.append(f"{ask}{question}{'**' if ask == '**' else ''}\n{reply}{told_sentence(scribe, record)}")
    return Page(
        [rng.choice(("FAQ", "Questions and answers", "Frequently asked questions")), rng.choice(chosen[0].titles)],
        _framed(scribe, rng.choice(("\n", "\n\n")).join(lines)),
        scribe.records,
    )


def procedure(scribe: Scribe, kind: str, families: list[Family], told: dict) -> Page:
    """Steps in order, as a numbered list or as prose."""
    rng, world = scribe.rng, scribe.world
    used = world.steps
    if len(used) > 14:
        return prose(scribe, kind, families, told)
    name = tidy(rng.choice(PROCEDURES).say(rng, world.value))
    steps = [Step(rng, world, used) for _ in range(rng.randint(3, 7))]
    written: list[str] = []
    for at, step in enumerate(steps):
        values = {
            "n": step.base,
            "nth": ordinal(at),
            "number": str(at + 1),
            "proc": name,
            "bare": step.base,
            "bare_s": step.third,
        }
        asks = ["n"] + (["first"] if at == 0 else []) + (["last"] if at == len(steps) - 1 else [])
        if at:
            values |= {"before_ing": steps[at - 1].gerund, "before_done": steps[at - 1].done}
            asks.append("after")
        if at + 1 < len(steps):
            values |= {"after_ing": steps[at + 1].gerund, "after_done": steps[at + 1].done}
            asks.append("before")
        number = scribe.number()
        marks = dict.fromkeys(asks, number)
        text = marked(step.base, number)
        if step.detail:
            slot, detail = step.detail
            marks[slot] = scribe.number()
            kept = detail.removeprefix("a ")
            value = marked(kept, marks[slot])
            text += {"tool": f" [with|using] a(n) {value}", "time": f" for {value}", "by": f" (done by {value})"}[
                slot
            ].replace("[with|using]", rng.choice(("with", "using")))
        scribe.records.append(Record(STEPS, values, marks))
        written.append(text)
    if rng.random() < 0.6:
        sign = rng.choice(("{}. ", "{}) ", "Step {}: ", "({}) ", "- "))
        lead = rng.choice(
            ("{} works as follows:", "{}:", "{} – the steps:", "Follow this order for {}:", "Instructions for {}:")
        )
        block = (
            capital(lead.format(name))
            + "\n"
            + "\n".join(sign.format(at + 1) + capital(text) + rng.choice((".", "")) for at, text in enumerate(written))
        )
        return Page([rng.choice(STEPS.titles), capital(name)], _framed(scribe, block), scribe.records)
    links = [
        "{}.",
        "after that, {}.",
        "then {}.",
        "next, {}.",
        "once this is done, {}.",
        "as a further step, {}.",
        "now {}.",
        "you can then {}.",
        "the next thing to do is to {}.",
    ]
    starts = ["first, {}.", "begin by doing this: {}.", "to start with, {}.", "the first thing to do is to {}."]
    ends = ["finally, {}.", "at the end, {}.", "the last step is to {}.", "lastly, {}."]
    sentences = [
        capital(
            rng.choice(
                ("for {}, proceed in this order.", "{} takes several steps.", "the rules for {} are simple.")
            ).format(name)
        )
    ]
    for at, text in enumerate(written):
        sentences.append(
            capital(rng.choice(starts if at == 0 else ends if at == len(written) - 1 else links[1:]).format(text))
        )
    return Page(
        [rng.choice(STEPS.titles), capital(name)], " ".join(sentences + fill_up(scribe, [], 12)), scribe.records
    )
