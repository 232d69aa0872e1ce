"""Held-out questions x the four arms -> scores with intervals, arms compared in pairs, and a verdict in words.

Exact match and F1 are over the questions that the documents answer; refusals are measured over all. Intervals are 95%:
of F1 and of differences percentile bootstraps, of shares Wilson's, and of F1 where all answers came out alike.
Questions about one passage rise and fall together, so they are drawn together, and count as one. Pairs share their
questions. Knows nothing about how answers are shown.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from domain_tuner.answering import ARMS, Answer, make_prompt, read_answer, run_and_arms, template_of, write, write_all
from domain_tuner.errors import BadQuestions
from domain_tuner.evenly import evenly
from domain_tuner.examples import trained_questions
from domain_tuner.questions import Question, asking_for_answers_of, near_copies
from domain_tuner.scoring import exact_match, spaced, token_f1
from domain_tuner.showing import ANSWER_TOKENS, passages_for
from domain_tuner.verdict import Asked, Part, verdict

if TYPE_CHECKING:
    from domain_tuner.engine import Engine
    from domain_tuner.prompts import PromptTemplate
    from domain_tuner.runs import Run
    from domain_tuner.workspace import Workspace
    from retrieval.corpus import Corpus

RESAMPLES = 2000
Z = 1.96  # standard deviations on either side that leave out 5% of a normal distribution
METRICS = ("exact_match", "f1", "refusal_precision", "refusal_recall", "citation_hit")


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95% interval; all None where nothing could be measured (no question of that kind)."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Pair:
    """How much better `a` is than `b` on the same questions. p: exact McNemar (exact_match; of questions about one
    passage one test), bootstrap (f1)."""

    a: str
    b: str
    metric: str
    difference: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class Evaluation:
    """The contract's JSON; without a run, of the arms that need none. `seen` counts test questions whose near copy is
    among the run's training rows; a question says whether it asks in other words for an answer that was `learned` from
    the same document. `stamp` is what it was made of: the date, the name of the questions' file (None: the run set them
    aside) and how many they were; None in an older evaluation."""

    run: str | None
    arms: dict[str, dict[str, Any]]
    pairs: list[dict[str, Any]]
    verdict: str
    seen: int
    questions: list[dict[str, Any]]
    stamp: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Evaluation:
        return cls(**raw)


def evaluate(
    workspace: Workspace,
    questions: Sequence[Question],
    run: str | None = None,
    limit: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    file: str | None = None,
) -> Evaluation:
    """Ask every question of every arm, with the same passages; `progress(answers made, answers in all)`. At most
    `limit` of them, spread over all. Where no run is named and none is done, of the arms that need none. `file` is the
    name of what they were read from.

    Raises BadQuestions when there is none, NoSuchRun and RunBusy where the run that is named cannot be evaluated.
    """
    questions = evenly(questions, limit)
    if not questions:
        raise BadQuestions("There are no questions to evaluate with. Give a file with --questions.")
    chosen, names = run_and_arms(workspace, run)
    # First of all, as the run may be removed while it is asked.
    summary, trained = (chosen.summary(), trained_questions(chosen.rows_file)) if chosen else (None, [])
    stale = workspace.stale_documents(chosen) if chosen else []
    answers, seconds = _all_answers(workspace, questions, chosen, names, progress)
    scores = {arm: _scores(questions, answers[arm]) for arm in names}
    facts = facts_of(questions)
    arms = {arm: _summary(scores[arm], facts, seconds[arm]) for arm in names}
    pairs = [asdict(pair) for pair in _pairs(scores, facts)]
    seen = near_copies(questions, trained)
    known = asking_for_answers_of(trained, questions, _said_once(workspace.corpus, questions)) - seen
    tokenizer = workspace.engine(chosen).base.tokenizer
    asked = _asked(questions, facts, trained, seen, known, scores, tokenizer)
    asked = replace(asked, stale=len(stale), unshown=sum(not answer.citations for answer in answers["rag"]))
    return Evaluation(
        run=chosen.id if chosen else None,
        arms=arms,
        pairs=pairs,
        verdict=verdict(arms, pairs, summary, asked),
        seen=len(seen),
        questions=[_question_row(n, q, answers, scores, n in seen, n in known) for n, q in enumerate(questions)],
        stamp={"date": time.strftime("%Y-%m-%d"), "file": file, "questions": len(questions)},
    )


def _said_once(corpus: Corpus, questions: list[Question]) -> Callable[[str, Sequence[str]], bool]:
    """Whether a document that one of the questions names has an answer's words, in this order, in one place alone."""
    named, texts = {question.document for question in questions}, dict[str, str]()
    for document in corpus.documents():
        if document.name in named:
            said = "".join(spaced(passage.text) for passage in corpus.passages(document.id))
            texts[document.name] = texts.get(document.name, "") + said
    return lambda document, answer: texts.get(document, "").count(f" {' '.join(answer)} ") == 1


def _all_answers(
    workspace: Workspace,
    questions: list[Question],
    run: Run | None,
    names: list[str],
    progress: Callable[[int, int], None] | None,
) -> tuple[dict[str, list[Answer]], dict[str, float]]:
    """Per arm the answers, and the seconds for each question (an arm's batches, and the search where it has one)."""
    engine, template = workspace.engine(run), template_of(workspace, run)
    _warm_up(workspace, engine, template, questions[0].question, run, names)
    started = time.perf_counter()
    hits = passages_for(workspace.corpus, [q.question for q in questions])
    searched = (time.perf_counter() - started) / len(questions)
    answers: dict[str, list[Answer]] = {}
    seconds = {}
    done = 0

    def told(written: int) -> None:
        nonlocal done
        done += written
        if progress:
            progress(done, len(names) * len(questions))

    for name in names:
        prompts = [make_prompt(engine, template, q.question, name, h) for q, h in zip(questions, hits, strict=True)]
        started = time.perf_counter()
        outputs = write_all(engine, prompts, run, told)
        seconds[name] = (time.perf_counter() - started) / len(questions) + (searched if ARMS[name].passages else 0.0)
        answers[name] = [read_answer(p, o, template, 0.0) for p, o in zip(prompts, outputs, strict=True)]
    return answers, seconds


def facts_of(questions: Sequence[Question]) -> np.ndarray:
    """A number for each question [n], the same for those about one passage; one of its own where that is not known."""
    keys = [n if one.passage is None else (one.document, one.passage) for n, one in enumerate(questions)]
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([numbers[key] for key in keys])


def _asked(
    questions: list[Question],
    facts: np.ndarray,
    trained: list[Question],
    seen: set[int],
    known: set[int],
    scores: dict[str, dict[str, np.ndarray]],
    tokenizer: Any,
) -> Asked:
    """`seen` are the positions of near copies, `known` those of other questions for a fact that was learned."""
    answerable = {n for n, question in enumerate(questions) if question.answers}
    own = bool(answerable) and all(questions[n].passage is not None for n in answerable)
    passages = {question.passage for question in trained}
    aside = own and all(questions[n].passage not in passages for n in answerable)
    long = sum(min(len(tokenizer.encode(a)) for a in questions[n].answers) > ANSWER_TOKENS for n in answerable)
    about = len(set(facts[sorted(answerable)]))

    def part(which: set[int]) -> Part | None:
        rows = sorted(which)
        return Part(len(rows), {arm: float(of["f1"][rows].mean()) for arm, of in scores.items()}) if rows else None

    return Asked(len(answerable), about, len(seen), own, aside, long, part(known), part(answerable - known - seen))


def _warm_up(
    workspace: Workspace, engine: Engine, template: PromptTemplate, question: str, run: Run | None, names: list[str]
) -> None:
    """Answer once and throw it away: loading the adapter and the embedding model, and a GPU's first kernels, are no
    arm's time."""
    (hits,) = passages_for(workspace.corpus, [question])
    write(engine, [make_prompt(engine, template, question, arm, hits) for arm in names], run)


def _scores(questions: list[Question], answers: list[Answer]) -> dict[str, np.ndarray]:
    """Per metric one number a question; nan where the metric does not apply to the question."""
    found: dict[str, list[float]] = {metric: [] for metric in METRICS}
    for question, answer in zip(questions, answers, strict=True):
        held = bool(question.answers)
        said = "" if answer.refused else answer.answer  # a refusal's words are no part of an answer
        found["exact_match"].append(exact_match(said, question.answers) if held else np.nan)
        found["f1"].append(token_f1(said, question.answers) if held else np.nan)
        found["refusal_precision"].append(float(not held) if answer.refused else np.nan)
        found["refusal_recall"].append(float(answer.refused) if not held else np.nan)
        found["citation_hit"].append(_citation_hit(question, answer))
    return {metric: np.array(values) for metric, values in found.items()}


def _citation_hit(question: Question, answer: Answer) -> float:
    """Whether the first passage that has the answer's words is of the document that the question names."""
    if not question.document or not question.answers or not answer.citations:
        return np.nan
    supporting = [c for c in answer.citations if c.supports]
    return float(bool(supporting) and supporting[0].document == question.document)


def _summary(scores: dict[str, np.ndarray], facts: np.ndarray, seconds: float) -> dict[str, Any]:
    row: dict[str, Any] = {"n": len(scores["f1"])}
    row |= {metric: asdict(_estimate(metric, scores[metric], facts)) for metric in METRICS}
    return {**row, "seconds_per_question": round(seconds, 4)}


def _estimate(metric: str, values: np.ndarray, facts: np.ndarray) -> Estimate:
    asked = ~np.isnan(values)
    if not asked.any():
        return Estimate(None, None, None)
    values, facts = values[asked], facts[asked]
    low, high = wilson(float(values.mean()), len(set(facts)))
    if metric == "f1":
        drawn = np.percentile(resampled(values, facts), [2.5, 97.5])
        if drawn[0] < drawn[1]:  # of values that are all alike a bootstrap knows none but those
            low, high = drawn
    return Estimate(round(float(values.mean()), 4), round(float(low), 4), round(float(high), 4))


def wilson(share: float, n: int) -> tuple[float, float]:
    """95% interval of a share that was met in n trials (Wilson 1927); it has a width where all came out alike, too."""
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * (share * (1 - share) / n + Z**2 / (4 * n**2)) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)


def resampled(values: np.ndarray, facts: np.ndarray) -> np.ndarray:
    """Means of bootstrap samples [RESAMPLES] of the values [n], those of one fact drawn together (Davison and Hinkley
    1997, section 3.8); the seed is fixed so that the same answers give the same interval."""
    _, which = np.unique(facts, return_inverse=True)
    sums, counts = np.bincount(which, values), np.bincount(which)
    drawn = np.random.default_rng(0).integers(0, len(sums), (RESAMPLES, len(sums)))
    means: np.ndarray = sums[drawn].sum(1) / counts[drawn].sum(1)
    return means


def _pairs(scores: dict[str, dict[str, np.ndarray]], facts: np.ndarray) -> list[Pair]:
    names = list(scores)
    pairs = []
    for at, b in enumerate(names):
        for a in names[at + 1 :]:
            for metric in ("exact_match", "f1"):
                difference = scores[a][metric] - scores[b][metric]
                asked = ~np.isnan(difference)
                if asked.any():
                    pairs.append(_pair(a, b, metric, difference[asked], facts[asked]))
    return pairs


def _pair(a: str, b: str, metric: str, difference: np.ndarray, facts: np.ndarray) -> Pair:
    means = resampled(difference, facts)
    low, high = np.percentile(means, [2.5, 97.5])
    by_fact = np.bincount(facts, difference)
    better, worse = int((by_fact > 0).sum()), int((by_fact < 0).sum())
    if metric == "exact_match":
        p = mcnemar(better, worse)
    else:
        # One more on both sides: no number of samples can show a p of zero (Davison and Hinkley 1997, section 4.2).
        tail = min(int((means <= 0).sum()), int((means >= 0).sum()))
        p = min(1.0, 2 * (tail + 1) / (RESAMPLES + 1))
        # As few as differ can show no less, whichever way each went: the least p of a test that flips their signs.
        p = max(p, min(1.0, 2.0 ** (1 - better - worse)))
    middle, low, high = (round(float(number), 4) for number in (difference.mean(), low, high))
    return Pair(a, b, metric, middle, low, high, float(f"{p:.4g}"))


def mcnemar(better: int, worse: int) -> float:
    """Exact two-sided McNemar test (McNemar 1947) from the counts of questions on which the two differ."""
    from math import comb

    n = better + worse
    tail = sum(comb(n, k) for k in range(min(better, worse) + 1)) / 2**n
    return min(1.0, 2 * tail)


def _question_row(
    n: int,
    question: Question,
    answers: dict[str, list[Answer]],
    scores: dict[str, dict[str, np.ndarray]],
    seen: bool,
    learned: bool,
) -> dict[str, Any]:
    """One line of the per-question table: what was asked, what each arm said, and how that scored."""

    def of(arm: str) -> dict[str, Any]:
        answer = answers[arm][n]
        known = {m: float(scores[arm][m][n]) for m in METRICS if not np.isnan(scores[arm][m][n])}
        shown = [{"number": c.number, "document": c.document, "page": c.page, "supports": c.supports}
                 for c in answer.citations]  # fmt: skip
        return {"answer": answer.answer, "refused": answer.refused, "citations": shown,
                "prompt_tokens": answer.prompt_tokens, "output_tokens": answer.output_tokens, **known}  # fmt: skip

    row = {"question": question.question, "answers": list(question.answers), "document": question.document}
    return {**row, "seen": seen, "learned": learned, "arms": {arm: of(arm) for arm in answers}}
