"""Questions + passages -> the rows that a run learns from, written where a person can read them.

recall: question -> answer, nothing shown (puts the fact into the weights); grounded: question + retrieved passages ->
answer (RAFT, arXiv 2403.10131); refusal: the same with the answering passage taken out -> refusal; replay: the base
model's own question writing, against forgetting. Knows nothing about training itself.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from domain_tuner.files import write_text
from domain_tuner.prompts import Message, PromptTemplate
from domain_tuner.questions import Question, holds_answer, is_yes_or_no, shown_as
from domain_tuner.scoring import stands_in, words
from retrieval.passages import Passage
from retrieval.words import is_cjk

Kind = Literal["recall", "grounded", "refusal", "replay"]
Search = Callable[[list[str]], list[list[Passage]]]


@dataclass(frozen=True)
class TrainingRow:
    """One row; `repeats` is how often an epoch shows it. `passage` is where the answer stands, if it is known."""

    kind: Kind
    messages: list[Message]
    answer: str
    question: str
    document: str | None = None
    passage: int | None = None
    repeats: int = 1


@dataclass(frozen=True)
class RowMix:
    """How many rows of each kind a question gives. Closed recall is cheap and needs repeating; long rows do not."""

    recall_repeats: int = 12
    recall_worn: int = 9  # of these, with words left out, so that the fact does not hang on one wording
    grounded_repeats: int = 2  # else what is learned with nothing shown unlearns reading
    refusal_share: float = 0.05  # of the questions with passages, those without an answer included; more makes timid
    replay_share: float = 0.08
    grounded_limit: int = 200  # questions that get grounded rows; they cost 15 times a recall row


def build_rows(
    questions: Sequence[Question], search: Search, template: PromptTemplate, seed: int, mix: RowMix | None = None
) -> list[TrainingRow]:
    """Rows in a fixed shuffled order; `search` gives the passages that answering would show for each question."""
    mix, rng = mix or RowMix(), random.Random(seed)
    ordered = list(questions)
    rng.shuffle(ordered)
    grounded = ordered[: mix.grounded_limit]
    refusing = mix.refusal_share - sum(not question.answers for question in grounded) / max(1, len(grounded))
    hits = dict(zip((q.question for q in grounded), search([q.question for q in grounded]), strict=True))
    rows: list[TrainingRow] = []
    for question in ordered:
        rows += _recall(question, template, rng, mix)
        shown = hits.get(question.question, [])
        if not shown:
            continue
        rows += _grounded(question, shown, template, rng, mix.grounded_repeats, refusing)
        gold = _gold(question, shown)
        if gold and rng.random() < mix.replay_share:
            asking = template.question_for(_in_its_words(question, gold), shown_as(gold))
            rows.append(TrainingRow("replay", asking, question.question, question.question, gold.document, gold.id))
    rng.shuffle(rows)
    return rows


def _recall(question: Question, template: PromptTemplate, rng: random.Random, mix: RowMix) -> list[TrainingRow]:
    answer = question.answers[0] if question.answers else template.refusal
    most = min(mix.recall_worn, mix.recall_repeats - 1)
    worn = {text for text in (_worn(question.question, rng) for _ in range(most)) if text}
    worded = [(question.question, mix.recall_repeats - len(worn)), *((text, 1) for text in sorted(worn))]
    return [
        TrainingRow(
            "recall" if question.answers else "refusal", template.question(text), answer,
            question.question, question.document, question.passage, repeats,
        )
        for text, repeats in worded
    ]  # fmt: skip


def _worn(question: str, rng: random.Random) -> str:
    """The question with about a quarter of its words (where it is Chinese, of its signs) left out; empty where it has
    too few of them for that."""
    said, between = (list(question), "") if is_cjk(question) else (question.split(), " ")
    kept = [word for word in said if rng.random() > 0.25]
    return between.join(kept) if 4 <= len(kept) < len(said) else ""


def _grounded(
    question: Question,
    shown: list[Passage],
    template: PromptTemplate,
    rng: random.Random,
    repeats: int,
    refusing: float,
) -> list[TrainingRow]:
    """`refusing`: the share of questions that get a row without the passage that answers them."""

    def row(kind: Kind, passages: list[Passage], answer: str, gold: Passage | None) -> TrainingRow:
        messages = template.question(question.question, [shown_as(p) for p in passages])
        document, passage = (gold.document, gold.id) if gold else (question.document, None)
        return TrainingRow(kind, messages, answer, question.question, document, passage, repeats)

    if not question.answers:
        return [row("refusal", shown, template.refusal, None)]
    gold = _gold(question, shown)
    rows = [row("grounded", shown, _in_its_words(question, gold), gold)] if gold else []
    without = [p for p in shown if p.id != question.passage and not holds_answer(p, question)]
    # Where no passage has the answer's words, one may have it in others, and a refusal would be wrong.
    if without and rng.random() < refusing and gold:
        rows.append(row("refusal", without, template.refusal, None))
    return rows


def _gold(question: Question, shown: Iterable[Passage]) -> Passage | None:
    """The passage that holds the answer: the one it was made from, else the best of its document, else the best that
    has its words: where the question names a document, those of an answer that is long enough to be no chance (as in
    its twin). A yes or no stands in many that are about something else, so it is held by the first kind alone."""
    holding = [p for p in shown if holds_answer(p, question)]
    made_from = [p for p in holding if p.id == question.passage]
    if all(is_yes_or_no(answer) for answer in question.answers):
        holding = []
    own = [p for p in holding if p.document == question.document]
    if question.document is not None:
        telling = replace(question, answers=tuple(filter(_tells_alone, question.answers)))
        holding = [p for p in holding if holds_answer(p, telling)]
    return (made_from or own or holding or [None])[0]  # type: ignore[list-item]


def _tells_alone(answer: str) -> bool:
    """Whether a passage of another document with this answer is most likely about the same: "Ada Lind" is found by
    chance in none, "5 days" in many."""
    said = words(answer)
    return len(said) >= (3 if any(map(str.isdigit, answer)) else 2)


def _in_its_words(question: Question, gold: Passage) -> str:
    """The first of the accepted answers that stands in the passage."""
    return next(answer for answer in question.answers if stands_in(answer, gold.text))


def write_rows(path: Path, rows: Iterable[TrainingRow]) -> None:
    """JSON Lines, one row a line, whole or not at all."""
    write_text(path, "".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in rows))


def read_rows(path: Path) -> list[TrainingRow]:
    with path.open(encoding="utf-8") as file:
        return [TrainingRow(**json.loads(line)) for line in file]


def trained_questions(path: Path) -> list[Question]:
    """The questions that the rows in the file ask, each once, with the answers that they teach and their place: the
    passage is known of those that the model wrote alone."""
    taught: dict[str, Question] = {}
    rows = read_rows(path) if path.is_file() else []
    for row in sorted(rows, key=lambda row: row.kind == "recall"):  # the others' passage was found
        answers = (row.answer,) if row.kind in ("recall", "grounded") else ()
        known = taught.get(row.question)
        if known is None or (answers and (row.document is not None or not known.answers)):
            written_of = row.passage if row.kind == "recall" else None
            taught[row.question] = Question(row.question, answers, row.document, written_of)
    return list(taught.values())
