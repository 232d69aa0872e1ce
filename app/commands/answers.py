"""The commands that answer: ask, compare, evaluate. Knows nothing about how answers are made or scored."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import figures, terminal
from app.commands.notes import note_missing_documents, note_no_documents, note_stale_documents
from app.commands.numbers import whole
from app.commands.outcome import Outcome
from app.commands.paths import asked, path, said_name
from app.commands.tuning import open_workspace

if TYPE_CHECKING:
    from domain_tuner.runs import Run
    from domain_tuner.workspace import Workspace

_ARMS = ("base", "rag", "peft", "combined")
_BASE_HELP = "for base and rag without --run (default: that of the latest run that is done, else the trial model)"
_ARMS_HELP = "base: the model alone; rag: with passages; peft: with the adapter; combined: with both"


def ask(args: Namespace) -> Outcome:
    from domain_tuner.answering import ARMS, ask, run_for

    streamed = not args.json and sys.stdout.isatty()

    def told(_arm: str, text: str) -> None:
        sys.stdout.write(terminal.safe(text))
        sys.stdout.flush()

    workspace, run = _opened(args, lambda opened: run_for(opened, [args.arm], args.run_id))
    try:
        note_stale_documents(workspace, run if ARMS[args.arm].adapter else None, args)
        answer = ask(workspace, args.question, args.arm, args.run_id, told if streamed else None).to_json()
        if streamed:
            print(flush=True)
        if ARMS[args.arm].passages:
            note_no_documents(workspace.corpus, args)
    finally:
        workspace.close()
    body = "" if streamed else terminal.safe(answer["answer"]) + "\n\n"
    return Outcome(answer, body + terminal.sources(answer))


def compare(args: Namespace) -> Outcome:
    from domain_tuner.answering import compare, run_for

    workspace, run = _opened(args, lambda opened: run_for(opened, _ARMS, args.run_id))
    started = time.monotonic()
    try:
        note_stale_documents(workspace, run, args)
        answers = {arm: a.to_json() for arm, a in compare(workspace, args.question, args.run_id).items()}
        note_no_documents(workspace.corpus, args)
    finally:
        workspace.close()
    shown = [f"== {arm}\n{terminal.safe(a['answer'])}\n\n{terminal.sources(a)}" for arm, a in answers.items()]
    seconds = round(time.monotonic() - started, 3)
    return Outcome({"question": args.question, "answers": answers, "seconds": seconds}, "\n\n".join(shown))


def evaluate(args: Namespace) -> Outcome:
    from domain_tuner.answering import run_and_arms

    workspace, run = _opened(args, lambda opened: run_and_arms(opened, args.run_id)[0])
    try:
        note_stale_documents(workspace, run, args)
        result = evaluated(workspace, args.questions, args.run_id, args.limit)
        note_no_documents(workspace.corpus, args)
    finally:
        workspace.close()
    return Outcome(result, terminal.evaluation(result))


def evaluated(workspace: Workspace, questions: Path | None, run_id: str | None, limit: int | None) -> dict[str, Any]:
    """Evaluates with a progress line; without a file, on the questions that the run held out."""
    from app.evaluating import evaluate_and_keep
    from domain_tuner.question_files import read_questions

    given = read_questions(questions) if questions else None  # once: it may be a pipe
    note_missing_documents(workspace.corpus, given or (), questions)
    line, started = terminal.ProgressLine(), time.monotonic()

    def told(done: int, of: int) -> None:
        left = (time.monotonic() - started) / done * (of - done) if done else None
        line.show(f"Evaluating  {terminal.bar(done, of)}  answer {done}/{of}  {figures.duration(left)} left")

    try:
        return evaluate_and_keep(workspace, given, run_id, limit, told, questions)
    finally:
        line.end()


def _opened(args: Namespace, run_of: Callable[[Workspace], Run | None]) -> tuple[Workspace, Run | None]:
    """The workspace and the run; WrongBaseModel where --base-model names another model than that of the run."""
    from domain_tuner.base_model import display_name, lasting_name
    from domain_tuner.errors import TuningError, WrongBaseModel

    workspace = open_workspace(args)
    try:
        run = run_of(workspace)
        base = display_name(run.config.base_model) if run else None
        if run and args.base_model and base != display_name(lasting_name(args.base_model)):
            raise WrongBaseModel(
                f"Run {run.id} was tuned on the base model {base}, and answers with no other; --base-model names "
                f"{args.base_model}. Leave it out, or name a run of that model with --run."
            )
    except TuningError:
        workspace.close()
        raise
    return workspace, run


def _add_ask(add: Any) -> None:
    command = add("ask", ask, "answer a question", 'domain-tuner ask "How many days of leave?" --arm rag')
    command.add_argument("question", metavar="QUESTION", type=asked)
    command.add_argument("--arm", choices=_ARMS, default="combined", help=f"{_ARMS_HELP} (default: combined)")
    _add_run(command)


def _add_compare(add: Any) -> None:
    command = add("compare", compare, "answer a question in all four ways", 'domain-tuner compare "Who signs?"')
    command.add_argument("question", metavar="QUESTION", type=asked)
    _add_run(command)


def _add_evaluate(add: Any) -> None:
    command = add(
        "evaluate",
        evaluate,
        "score the four ways of answering on held-out questions; base and rag alone where nothing is tuned yet",
        "domain-tuner evaluate --questions held-out.jsonl",
    )
    command.add_argument(
        "--questions", type=path, metavar="FILE", help="JSON Lines or CSV (default: those the run held out)"
    )
    command.add_argument("--limit", type=whole(1), metavar="N", help="at most N questions, spread over all")
    _add_run(command)


def _add_run(command: Any) -> None:
    command.add_argument(
        "--run", dest="run_id", type=said_name, metavar="ID", help="the run (default: the latest that is done)"
    )
    command.add_argument("--base-model", type=said_name, metavar="NAME_OR_DIR", help=_BASE_HELP)


COMMANDS = (_add_ask, _add_compare, _add_evaluate)
