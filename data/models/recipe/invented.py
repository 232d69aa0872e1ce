"""Invented organisations' documents, with questions and the exact spans that answer them.

An endless supply of practice for a small reader: every document has its own names, numbers and wording, and
tells the same attribute of several entities, so that only the right entity gives the right answer.
Knows nothing about training; run as a program it prints two documents.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

import invented_forms as forms
from invented_grammar import Dice, capital, tidy, unmarked
from invented_pages import Page, Record
from invented_world import World

MOST_FACTS, MOST_WORDS, LEAST_WORDS = 25, 158, 20


@dataclass(frozen=True)
class InventedFact:
    question: str
    answer: str  # verbatim in passages[passage], 1-10 words
    passage: int


@dataclass(frozen=True)
class InventedDocument:
    headings: list[str]  # one path per passage, "Travel Policy v3.2 > Limits > Hotels"
    passages: list[str]
    facts: list[InventedFact]


def invent_document(rng: random.Random) -> InventedDocument:
    """3-8 passages of 20-160 words with 6-25 facts in all."""
    dice = Dice(rng.getrandbits(64))
    while True:
        document = _attempt(dice)
        if document is not None:
            return document


def _attempt(rng: random.Random) -> InventedDocument | None:
    world = World(rng)
    title = forms.document_title(rng, world)
    wanted = rng.choice((3, 3, 4, 4, 4, 5, 5, 6, 7, 8))
    per_passage = max(2, min(6, round(rng.uniform(8, MOST_FACTS) / wanted)))
    headings: list[str] = []
    passages: list[str] = []
    facts: list[InventedFact] = []
    told: dict[str, list[Record]] = {}
    for _ in range(wanted * 3):
        if len(passages) == wanted:
            break
        page = forms.new_page(rng, world, told)
        text, spans = unmarked(tidy(page.text))
        if not LEAST_WORDS <= len(text.split()) <= MOST_WORDS:
            continue
        headings.append(" > ".join([*title, *page.titles]))
        passages.append(text)
        for record in page.records:
            told.setdefault(record.topic, []).append(record)
        facts += _facts(rng, page, spans, len(passages) - 1, min(per_passage, MOST_FACTS - len(facts)))
    facts = _unambiguous(facts)
    if len(passages) < wanted or len(facts) < 6:
        return None
    return InventedDocument(headings, passages, facts)


def _facts(rng: random.Random, page: Page, spans: dict[int, str], passage: int, most: int) -> list[InventedFact]:
    """Questions on what the passage tells; a question that another record would answer too is not asked."""
    chances = [(record, slot) for record in page.records for slot in record.asks if record.marks.get(slot) in spans]
    rng.shuffle(chances)
    facts: list[InventedFact] = []
    asked: dict[int, int] = {}
    for record, slot in chances:
        if len(facts) >= most:
            break
        if asked.get(id(record), 0) >= 1 + (rng.random() < 0.3):
            continue
        answer = spans[record.marks[slot]]
        question = record.ask(
            rng, slot, spans, [other for other in page.records if other is not record and other.family is record.family]
        )
        if question is None or not 1 <= len(answer.split()) <= 10 or _within(answer, question):
            continue
        asked[id(record)] = asked.get(id(record), 0) + 1
        facts.append(InventedFact(_handwriting(rng, question), answer, passage))
    return facts


_OPENERS = (
    "Tell me:",
    "Quick question:",
    "I need to know:",
    "According to the document,",
    "Can you look up:",
    "A customer asks:",
    "One question:",
    "As stated here,",
    "Please check:",
    "A colleague wants to know:",
    "In the text,",
)


def _within(answer: str, question: str) -> bool:
    return answer.lower() in question.lower()


def _handwriting(rng: random.Random, question: str) -> str:
    """Most questions are written properly; some as people type them."""
    draw = rng.random()
    if draw < 0.82:
        return capital(question)
    if draw < 0.88 and question.endswith("?"):
        opener = rng.choice(_OPENERS)
        return f"{opener} {question[0].lower() + question[1:] if opener.endswith(',') else capital(question)}"
    if draw < 0.93:
        return question.rstrip("?.") if question[:2].isupper() else question[0].lower() + question[1:].rstrip("?.")
    return re.sub(r"[?.]$", "", capital(question))


def _unambiguous(facts: list[InventedFact]) -> list[InventedFact]:
    keys = [re.sub(r"\W", "", fact.question.lower()) for fact in facts]
    return [fact for fact, key in zip(facts, keys, strict=True) if keys.count(key) == 1]


def main(write: Callable[[str], object] = print) -> None:
    rng = random.Random()
    for _ in range(2):
        document = invent_document(rng)
        for number, (heading, passage) in enumerate(zip(document.headings, document.passages, strict=True)):
            write(f"\n## {heading}\n\n{passage}\n")
            for fact in document.facts:
                if fact.passage == number:
                    write(f"   {fact.question}  ->  {fact.answer}")
        write("\n" + "=" * 80)


if __name__ == "__main__":
    main()
