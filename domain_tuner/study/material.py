"""What every run of a study is given, made once: training rows, and questions with the passages shown for them.

The questions to learn from are split by a hash: a share of them, the development questions, is never trained on and
chooses the learning rates; the held-out questions choose nothing. Knows nothing about methods, runs or scores.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain_tuner.answering import make_prompt
from domain_tuner.base_model import BaseModel
from domain_tuner.engine import Engine
from domain_tuner.errors import BadQuestions
from domain_tuner.evenly import evenly
from domain_tuner.examples import RowMix, write_rows
from domain_tuner.files import write_text
from domain_tuner.preparing import Progress, gather_questions, rows_from
from domain_tuner.prompts import Message, PromptTemplate
from domain_tuner.question_files import read_questions
from domain_tuner.questions import Question, holds_answer, near_copies, shown_as
from domain_tuner.scoring import words
from domain_tuner.showing import passages_for
from domain_tuner.study.plan import Plan
from domain_tuner.workspace import Workspace
from retrieval.passages import Hit, Passage

DEVELOPMENT_SHARE = 8  # one question in eight
ROWS, DEVELOPMENT, HELD_OUT = "rows.jsonl", "development.jsonl", "held-out.jsonl"
_REPLAY_TASKS = 48


@dataclass(frozen=True)
class Asked:
    """A question and its passages, best first, as they were found when the study was made."""

    question: Question
    hits: tuple[Hit, ...]


@dataclass(frozen=True)
class Task:
    """What the base model could do before it was tuned: `messages` ask for the question that `answer` answers."""

    messages: list[Message]
    question: str


def make_material(workspace: Workspace, base: BaseModel, plan: Plan, folder: Path, progress: Progress) -> None:
    """Write the rows and the questions into the study's folder. Raises BadQuestions, NothingToLearn, and BadQuestion
    where one to score with is more than the base model reads."""
    template = PromptTemplate(**plan.template)
    file = Path(plan.request.questions) if plan.request.questions else None
    seed, wanted = plan.training.seed, plan.training.questions
    learned, set_aside = gather_questions(workspace.corpus, base, template, file, wanted, seed, progress)
    held_out = read_questions(Path(plan.request.held_out)) if plan.request.held_out else set_aside
    known = near_copies(learned, held_out)
    learned, development = split([question for n, question in enumerate(learned) if n not in known], len(known))
    if not plan.request.held_out:
        held_out = _not_about(development, held_out)
    if not held_out:
        raise BadQuestions("A study needs questions that no run has learned from. Give a file of them with --held-out.")
    asked = {DEVELOPMENT: development, HELD_OUT: evenly(held_out, plan.request.limit)}
    engine = Engine(base)
    for question in itertools.chain(*asked.values()):
        make_prompt(engine, template, question.question, "base", ())
    mix = RowMix(**plan.mix)
    write_rows(folder / ROWS, rows_from(workspace.corpus, base, learned, template, mix, seed, progress))
    progress("finding passages", 0, len(held_out))
    for name, questions in asked.items():
        hits = passages_for(workspace.corpus, [question.question for question in questions])
        write_asked(folder / name, (Asked(q, tuple(found)) for q, found in zip(questions, hits, strict=True)))


def split(questions: Sequence[Question], left_out: int = 0) -> tuple[list[Question], list[Question]]:
    """(to learn from, development questions), the same on every machine; questions of one passage stay together, as do
    those in the same words. What nearly asks a development question is in neither.

    Raises BadQuestions where there are not two of them to keep apart; `left_out` were held-out ones, which it says.
    """
    groups: dict[tuple[Any, ...], list[Question]] = {}
    for question in questions:
        fact = tuple(words(question.question)) if question.passage is None else (question.document, question.passage)
        groups.setdefault(fact, []).append(question)
    development: list[Question] = []
    answered = [group for group in groups.values() if any(question.answers for question in group)]
    for group in sorted(answered, key=lambda group: min(map(_digest, group)))[: len(groups) - 1]:
        if len(development) >= max(1, len(questions) // DEVELOPMENT_SHARE):
            break
        development += group
    others = [question for question in questions if question not in development]
    copies = near_copies(others, development)
    learned = [question for n, question in enumerate(others) if n not in copies]
    if not learned or not development:
        without = f" ({left_out} more ask what held-out questions ask, and are left out)" if left_out else ""
        raise BadQuestions(
            "A study sets questions aside to choose learning rates with, so it needs at least two to learn from (of "
            "different passages, not in nearly the same words, and one with an answer); there is "
            f"{len(questions)}{without}. Give more with --questions."
        )
    return learned, development


def _digest(question: Question) -> str:
    place = question.question if question.passage is None else f"{question.document}/{question.passage}"
    return hashlib.sha256(place.encode()).hexdigest()


def _not_about(others: Sequence[Question], questions: Sequence[Question]) -> list[Question]:
    """The questions over other passages than these: what a development question asks is in no row and has chosen the
    learning rates, so in other words it would neither be learned nor new."""
    places = {(other.document, other.passage) for other in others}
    return [question for question in questions if (question.document, question.passage) not in places]


def write_asked(path: Path, asked: Iterable[Asked]) -> None:
    """JSON Lines, whole or not at all."""
    write_text(path, "".join(json.dumps(dataclasses.asdict(one), ensure_ascii=False) + "\n" for one in asked))


def read_asked(path: Path) -> list[Asked]:
    with path.open(encoding="utf-8") as file:
        return [_asked(json.loads(line)) for line in file]


def _asked(raw: dict[str, Any]) -> Asked:
    question = Question(**{**raw["question"], "answers": tuple(raw["question"]["answers"])})
    return Asked(question, tuple(Hit(Passage(**hit["passage"]), hit["score"]) for hit in raw["hits"]))


def asked_by_people(asked: Iterable[Asked]) -> list[Asked]:
    """Those that no model wrote: a question that a model writes keeps the passage that it was made from."""
    return [one for one in asked if one.question.passage is None]


def replay_tasks(asked: Sequence[Asked], template: PromptTemplate) -> list[Task]:
    """The work of replay rows, over held-out questions of people whose answer stands in a passage that was found.

    None over what the base model wrote: it would be held against its own words, and every change of them be a loss.
    """
    tasks = []
    for one in asked_by_people(asked):
        gold = next((hit.passage for hit in one.hits if holds_answer(hit.passage, one.question)), None)
        if gold:
            messages = template.question_for(one.question.answers[0], shown_as(gold))
            tasks.append(Task(messages, one.question.question))
    return evenly(tasks, _REPLAY_TASKS)
