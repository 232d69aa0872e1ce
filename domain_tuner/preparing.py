"""A run's rows, made before its training: questions read and written, passages found, rows put together.

Called by the run's own process, with the base model that it trains; a study calls its two parts once for all of its
runs, which then find their rows ready. Knows nothing about training or processes.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from pathlib import Path

from domain_tuner.base_model import BaseModel
from domain_tuner.corpora import open_corpus
from domain_tuner.engine import Engine
from domain_tuner.errors import NothingToLearn
from domain_tuner.examples import RowMix, TrainingRow, build_rows
from domain_tuner.methods import find_method, parse_options
from domain_tuner.prompts import PromptTemplate
from domain_tuner.question_files import read_questions, write_questions
from domain_tuner.questions import Question, asking_for_answers_of, make_questions, near_copies, reworded
from domain_tuner.runs import Run
from domain_tuner.showing import passages_for, shown
from domain_tuner.snapshot import snapshot
from domain_tuner.spans import answer_spans
from retrieval.corpus import Corpus
from retrieval.passages import Passage

HELD_OUT_IN = 8  # without a questions file, one passage in eight is kept for the evaluation's own questions
REWORDED_IN = 4  # and one in four of the questions learned from is asked there in other words
Progress = Callable[[str, int, int], None]


def prepare(run: Run, base: BaseModel, progress: Progress) -> list[TrainingRow]:
    """The rows of a run; `progress(phase, done, all)`. Raises NothingToLearn where there is nothing to learn from."""
    corpus, file = open_corpus(run.folder.parent.parent), run.questions_file
    template = PromptTemplate(**run.config.template)
    wanted, seed = run.config.training.questions, run.config.seed
    try:
        run.learns_from(*snapshot(corpus))
        questions, held_out = gather_questions(corpus, base, template, file, wanted, seed, progress)
        if file is None:
            write_questions(held_out_file(run), held_out)
        return rows_of(run, corpus, base, questions, progress)
    finally:
        corpus.close()


def gather_questions(
    corpus: Corpus,
    base: BaseModel,
    template: PromptTemplate,
    file: Path | None,
    wanted: int,
    seed: int,
    progress: Progress,
) -> tuple[list[Question], list[Question]]:
    """Questions to learn from, and questions set aside: the file's and at most `wanted` that the base model writes.

    Where there is a file, none is set aside; else those about some passages, and some of the others in other words.
    Raises NothingToLearn where nothing is left to learn from.
    """
    check_asked(file, wanted)
    passages = corpus.passages()
    if not passages:
        raise NothingToLearn(
            "The corpus has no documents to learn from. Ingest some first (on the page, or domain-tuner ingest PATH)."
        )

    def told(done: int, total: int) -> None:
        progress("writing questions", done, total)

    given, engine = read_questions(file) if file else [], Engine(base)
    made = make_questions(engine, passages, template, wanted, seed, told) if wanted else []
    learned, held_out = divided(given, made)
    if not learned:
        raise no_question(base, passages)
    if not given:
        held_out += reworded(engine, learned[::REWORDED_IN], passages, template, told)
        copies = near_copies(held_out, learned)  # of two documents that are nearly one, say
        held_out = [question for n, question in enumerate(held_out) if n not in copies]
    return learned, held_out


def check_asked(file: Path | None, wanted: int) -> None:
    """NothingToLearn where no file gives questions and the base model is to write none."""
    if file is None and not wanted:
        raise NothingToLearn(
            "No questions file was given, and questions=0 lets the base model write none, so there is nothing to learn "
            "from. Give a questions file (on the page, or with --questions FILE), or let it write some: questions=200."
        )


def divided(given: list[Question], made: list[Question]) -> tuple[list[Question], list[Question]]:
    """Questions to learn from, and those set aside: none where a file gave some, or nothing else would be learned.

    None is set aside whose answer is learned from the same document: passages overlap, so it may be the same fact.
    """
    learned = [one for one in made if not is_held_out(one)]
    if given or not learned:
        return given + made, []

    known = asking_for_answers_of(learned, made)
    return learned, [one for n, one in enumerate(made) if is_held_out(one) and n not in known]


def no_question(base: BaseModel, passages: Sequence[Passage]) -> NothingToLearn:
    if not any(answer_spans(passage.text, 1, random.Random(0)) for passage in passages):
        return NothingToLearn(
            "No passage holds what a question could be written about (an amount, a date, a name), so the base model "
            "was not asked. Give questions with --questions FILE or on the page."
        )
    return NothingToLearn(
        f"The base model {base.name} wrote no question over {len(passages)} passages that it could answer "
        "again. Give questions with --questions FILE or on the page, or use a stronger base model."
    )


def rows_of(
    run: Run, corpus: Corpus, base: BaseModel, questions: Sequence[Question], progress: Progress
) -> list[TrainingRow]:
    """The run's rows of these questions. What its adapter takes of the context is left free, as it is in answers."""
    config, method = run.config, find_method(run.config.method)
    room = base.leaving(method.in_front(parse_options(method, config.options)))
    template, mix = PromptTemplate(**config.template), RowMix(**config.mix)
    return rows_from(corpus, room, questions, template, mix, config.seed, progress)


def rows_from(
    corpus: Corpus,
    base: BaseModel,
    questions: Sequence[Question],
    template: PromptTemplate,
    mix: RowMix,
    seed: int,
    progress: Progress,
) -> list[TrainingRow]:
    """The training rows of these questions, with the passages that answering would show for each."""

    def search(asked: list[str]) -> list[list[Passage]]:
        progress("finding passages", 0, len(asked))
        found = zip(asked, passages_for(corpus, asked), strict=True)
        return [[hit.passage for hit in shown(base, template, question, hits)[1]] for question, hits in found]

    return build_rows(questions, search, template, seed, mix)


def is_held_out(question: Question) -> bool:
    """By passage, so that no wording of a fact stands on both sides; the same on every machine."""
    digest = hashlib.sha256(f"{question.document}/{question.passage}".encode()).digest()
    return digest[0] % HELD_OUT_IN == 0


def held_out_file(run: Run) -> Path:
    return run.folder / "heldout.jsonl"
