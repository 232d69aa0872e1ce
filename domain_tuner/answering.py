"""One question, four arms: are passages shown, is the adapter on? Everything else is the same for all.

One retrieval, one prompt template, one decoding and one batch serve the arms; the citations are fixed when the passages
are found, and the model is never asked for them. Knows nothing about scores, runs' training or pages.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from domain_tuner.batches import cut
from domain_tuner.errors import BadQuestion, NoSuchRun
from domain_tuner.prompts import PromptTemplate, is_refusal
from domain_tuner.questions import LONGEST_QUESTION
from domain_tuner.scoring import stands_in
from domain_tuner.showing import ANSWER_TOKENS, passages_for, shown
from retrieval.passages import Hit

if TYPE_CHECKING:
    from domain_tuner.engine import Engine, Output
    from domain_tuner.runs import Run
    from domain_tuner.workspace import Workspace

# Of a batch. The keys and values of so many tokens are 2 GB in a model of 8 billion weights.
MOST_ROWS, MOST_TOKENS = 64, 16384
OnText = Callable[[str, str], None]  # (arm, new text)


@dataclass(frozen=True)
class Arm:
    """Two switches make an answer."""

    passages: bool
    adapter: bool


ARMS: dict[str, Arm] = {
    "base": Arm(passages=False, adapter=False),
    "rag": Arm(passages=True, adapter=False),
    "peft": Arm(passages=False, adapter=True),
    "combined": Arm(passages=True, adapter=True),
}


@dataclass(frozen=True)
class Citation:
    """A passage that was shown, by its number in the prompt. `supports`: the answer's words stand in it."""

    number: int
    document: str
    page: int | None
    heading: str
    passage: int
    text: str
    score: float
    supports: bool


@dataclass(frozen=True)
class Answer:
    """`seconds` are of the search, where there was one, and of the writing up to this answer's last word; not of
    waiting for other arms."""

    arm: str
    answer: str
    refused: bool
    citations: tuple[Citation, ...]
    seconds: float
    prompt_tokens: int
    output_tokens: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Prompt:
    """What one arm sends for one question; `hits` are the passages that fitted in."""

    arm: str
    tokens: list[int]
    hits: tuple[Hit, ...]


def ask(
    workspace: Workspace, question: str, arm: str = "combined", run: str | None = None, on_text: OnText | None = None
) -> Answer:
    """One answer. `run` is an id or 'latest'; base and rag need none, and have the base model and the template of one
    that is named. Raises NoSuchRun, RunBusy, BadQuestion."""
    if arm not in ARMS:
        raise BadQuestion(f"There is no arm {arm!r}. Choose one of: {', '.join(ARMS)}.")
    return _answers(workspace, question, [arm], run, on_text)[arm]


def compare(
    workspace: Workspace, question: str, run: str | None = None, on_text: OnText | None = None
) -> dict[str, Answer]:
    """The answers of all four arms, made in one batch. Raises NoSuchRun when there is no run to compare with."""
    return _answers(workspace, question, list(ARMS), run, on_text)


def _answers(
    workspace: Workspace, question: str, arms: list[str], run_id: str | None, on_text: OnText | None
) -> dict[str, Answer]:
    check_question(question)
    run = run_for(workspace, arms, run_id)
    engine = workspace.engine(run)
    started = time.perf_counter()
    hits = passages_for(workspace.corpus, [question])[0] if any(ARMS[arm].passages for arm in arms) else []
    searched = time.perf_counter() - started
    template = template_of(workspace, run)
    prompts = [make_prompt(engine, template, question, arm, hits) for arm in arms]
    told = (lambda row, text: on_text(arms[row], text)) if on_text else None
    outputs = write(engine, prompts, run, told)
    return {
        prompt.arm: read_answer(prompt, output, template, searched if ARMS[prompt.arm].passages else 0.0)
        for prompt, output in zip(prompts, outputs, strict=True)
    }


def check_question(question: str) -> None:
    if not question.strip():
        raise BadQuestion("The question is empty. Type a question about the documents.")
    if len(question) > LONGEST_QUESTION:
        raise BadQuestion(
            f"The question has {len(question):,} characters; at most {LONGEST_QUESTION:,} are taken. Put long texts "
            "into the documents and ask a short question about them."
        )


def run_for(workspace: Workspace, arms: Sequence[str], run_id: str | None) -> Run | None:
    """The run that the arms answer by: the one named, else the latest that is done; None where none is named and no
    arm needs an adapter.

    Raises NoSuchRun, and RunBusy where the one named is not done.
    """
    needing = [arm for arm in arms if ARMS[arm].adapter]
    if not needing and run_id is None:
        return None
    try:
        return workspace.runs.finished(run_id or "latest")
    except NoSuchRun as error:
        if not needing or run_id not in (None, "latest"):
            raise
        # Where others are asked beside them, they are asked all together: by ask alone one may do without.
        alone = len(needing) == len(arms)
        without = "the arms base and rag answer" if alone else "`domain-tuner ask QUESTION --arm rag` answers"
        raise NoSuchRun(
            f"No finished run is there yet, and there is no {' or '.join(needing)} without its adapter. Tune one first "
            f"(domain-tuner tune); {without} without."
        ) from error


def run_and_arms(workspace: Workspace, run_id: str | None) -> tuple[Run | None, list[str]]:
    """What can be evaluated: the run named, else the latest that is done, with all arms; where none is named and none
    is done, the arms that need no adapter. Raises NoSuchRun, RunBusy."""
    try:
        return run_for(workspace, list(ARMS), run_id), list(ARMS)
    except NoSuchRun:
        if run_id is not None:
            raise
        return None, [name for name, arm in ARMS.items() if not arm.adapter]


def template_of(workspace: Workspace, run: Run | None) -> PromptTemplate:
    """The words around the question: those that the run was trained with, for all arms alike."""
    return PromptTemplate(**run.config.template) if run and run.config.template else workspace.template


def make_prompt(engine: Engine, template: PromptTemplate, question: str, arm: str, hits: Sequence[Hit]) -> Prompt:
    """The arm's prompt. Raises BadQuestion where the question alone is more than the model reads."""
    base = engine.base
    tokens, kept = shown(base, template, question, hits if ARMS[arm].passages else ())
    if len(tokens) > base.context - ANSWER_TOKENS:
        around = len(shown(base, template, "", ())[0])
        shorter = "Ask a shorter one, or use" if around < base.context - ANSWER_TOKENS else "Use"
        raise BadQuestion(
            f"The question {question[:40]!r} alone takes {len(tokens)} tokens, {around} of them for the instructions "
            f"around it. The base model reads {base.context}, of which {ANSWER_TOKENS} are kept for the answer. "
            f"{shorter} a base model with a longer context."
        )
    return Prompt(arm, tokens, tuple(kept))


def write(
    engine: Engine, prompts: Sequence[Prompt], run: Run | None, on_text: Callable[[int, str], None] | None = None
) -> list[Output]:
    """All prompts in one batch, the adapter on for the arms that have it."""
    name = None
    if run and any(ARMS[prompt.arm].adapter for prompt in prompts):
        name = engine.load_adapter(run.id, run.adapter)
    names = [name if ARMS[prompt.arm].adapter else None for prompt in prompts]
    return engine.generate([prompt.tokens for prompt in prompts], names, ANSWER_TOKENS, on_text)


def write_all(
    engine: Engine, prompts: Sequence[Prompt], run: Run | None, told: Callable[[int], None] = lambda written: None
) -> list[Output]:
    """All prompts, in as few batches as the memory of a small GPU allows; `told` hears how many of a batch are done."""
    lengths = [len(prompt.tokens) + ANSWER_TOKENS for prompt in prompts]
    order = sorted(range(len(prompts)), key=lambda n: lengths[n])
    outputs: dict[int, Output] = {}
    for rows in cut(order, lengths, MOST_ROWS, MOST_TOKENS):
        outputs.update(zip(rows, write(engine, [prompts[n] for n in rows], run), strict=True))
        told(len(rows))
    return [outputs[n] for n in range(len(prompts))]


def read_answer(prompt: Prompt, output: Output, template: PromptTemplate, searched: float) -> Answer:
    """The answer with its citations; `searched` are the seconds that the search took."""
    refused = is_refusal(output.text, template.refusal)
    return Answer(
        arm=prompt.arm,
        answer=output.text,
        refused=refused,
        citations=tuple(_citation(n, hit, "" if refused else output.text) for n, hit in enumerate(prompt.hits, 1)),
        seconds=round(searched + output.seconds, 4),
        prompt_tokens=len(prompt.tokens),
        output_tokens=output.tokens,
    )


def _citation(number: int, hit: Hit, answer: str) -> Citation:
    p = hit.passage
    score, supports = round(hit.score, 4), stands_in(answer, p.text)
    return Citation(number, p.document, p.page, p.heading, p.id, p.text, score, supports)
