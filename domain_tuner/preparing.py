"""A run's rows, made before its training: questions read and written, passages found, rows put together.

Called by the run's own process, with the base model that it trains. Knows nothing about training or processes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from domain_tuner.base_model import BaseModel
from domain_tuner.engine import Engine
from domain_tuner.errors import NothingToLearn
from domain_tuner.examples import PASSAGES_SHOWN, TrainingRow, build_rows
from domain_tuner.prompts import PromptTemplate
from domain_tuner.questions import Question, make_questions, read_questions, write_questions
from domain_tuner.runs import Run
from retrieval.corpus import Corpus
from retrieval.passages import Passage

HELD_OUT_IN = 8  # without a questions file, one passage in eight is kept for the evaluation's own questions


def prepare(run: Run, base: BaseModel, progress: Callable[[str, int, int], None]) -> list[TrainingRow]:
    """The rows of a run; `progress(phase, done, all)`. Raises NothingToLearn where there is nothing to learn from."""
    corpus = Corpus(run.folder.parent.parent / "corpus")
    try:
        passages = corpus.passages()
        if not passages:
            raise NothingToLearn(
                "The corpus has no documents to learn from. Ingest some first: domain-tuner ingest PATH"
            )
        template = PromptTemplate(**run.config.template) if run.config.template else PromptTemplate()
        questions = _questions(run, base, passages, template, progress)
        if not questions:
            raise NothingToLearn(
                f"The base model {base.name} wrote no question over {len(passages)} passages that it could answer "
                "again. Give questions with --questions, or use a stronger base model."
            )

        def search(asked: list[str]) -> list[list[Passage]]:
            progress("finding passages", 0, len(asked))
            return [[hit.passage for hit in hits] for hits in corpus.search_many(asked, k=PASSAGES_SHOWN)]

        return build_rows(questions, search, template, run.config.seed)
    finally:
        corpus.close()


def _questions(
    run: Run,
    base: BaseModel,
    passages: list[Passage],
    template: PromptTemplate,
    progress: Callable[[str, int, int], None],
) -> list[Question]:
    """The file's questions and those the model writes; without a file, some are set aside for the evaluation."""
    given = read_questions(Path(run.config.questions_file)) if run.config.questions_file else []
    wanted = run.config.training.questions

    def told(done: int, total: int) -> None:
        progress("writing questions", done, total)

    made = make_questions(Engine(base), passages, template, wanted, run.config.seed, told) if wanted else []
    if given:
        return given + made
    held_out = [question for question in made if is_held_out(question)]
    write_questions(held_out_file(run), held_out)
    return [question for question in made if not is_held_out(question)]


def is_held_out(question: Question) -> bool:
    """By passage, so that no wording of a fact stands on both sides; the same on every machine."""
    digest = hashlib.sha256(f"{question.document}/{question.passage}".encode()).digest()
    return digest[0] % HELD_OUT_IN == 0


def held_out_file(run: Run) -> Path:
    return run.folder / "heldout.jsonl"
