"""What one adapter of a study is worth: its answers to frozen questions, closed-book and with passages, and what the
model has forgotten of its own work.

Two of the arms are asked (the two with the adapter; the base's two once for the whole study), with the prompts and the
decoding of every other answer in the house. Knows nothing about training, latency or tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain_tuner.answering import ARMS, make_prompt, write_all
from domain_tuner.engine import Engine
from domain_tuner.prompts import PromptTemplate, encode_prompt, is_refusal
from domain_tuner.runs import Run
from domain_tuner.scoring import exact_match, token_f1
from domain_tuner.showing import ANSWER_TOKENS
from domain_tuner.study.material import Asked, Task

Score = dict[str, Any]
BATCH = 12  # questions written together


def answer_scores(
    engine: Engine, template: PromptTemplate, asked: Sequence[Asked], run: Run | None
) -> dict[str, Score]:
    """`closed` and `passages`: exact match and F1, means over the questions that the documents answer, and the F1 of
    each of them."""
    arms = {ARMS[arm].passages: arm for arm in ARMS if ARMS[arm].adapter == (run is not None)}
    answered = [one for one in asked if one.question.answers]
    return {
        "closed": _scored(engine, template, answered, arms[False], run),
        "passages": _scored(engine, template, answered, arms[True], run),
    }


def _scored(engine: Engine, template: PromptTemplate, asked: Sequence[Asked], arm: str, run: Run | None) -> Score:
    prompts = [make_prompt(engine, template, one.question.question, arm, one.hits) for one in asked]
    outputs = write_all(engine, prompts, run)
    # A refusal's words are no part of an answer.
    texts = ["" if is_refusal(output.text, template.refusal) else output.text for output in outputs]
    golds = [one.question.answers for one in asked]
    each = [token_f1(text, gold) for text, gold in zip(texts, golds, strict=True)]
    return {
        "n": len(asked),
        "exact_match": mean([exact_match(text, gold) for text, gold in zip(texts, golds, strict=True)]),
        "f1": mean(each),
        "f1_each": [round(score, 5) for score in each],
    }


def replay_score(engine: Engine, tasks: Sequence[Task], run: Run | None) -> Score:
    """`replay_f1`: mean token F1 of the questions that the model writes against those that people asked, None without
    any; `replay_n`: of how many tasks, without those that are more than the model can read."""
    name = engine.load_adapter(run.id, run.adapter) if run else None
    prompts = [(encode_prompt(engine.base.tokenizer, task.messages), task.question) for task in tasks]
    prompts = [(prompt, question) for prompt, question in prompts if engine.has_room(prompt, ANSWER_TOKENS)]
    scores = []
    for at in range(0, len(prompts), BATCH):
        part = prompts[at : at + BATCH]
        outputs = engine.generate([prompt for prompt, _ in part], [name] * len(part), ANSWER_TOKENS)
        scores += [token_f1(output.text, [question]) for output, (_, question) in zip(outputs, part, strict=True)]
    return {"replay_f1": mean(scores), "replay_n": len(scores)}


def mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 5) if values else None
