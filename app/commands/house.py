"""The commands on the whole: serve, demo, doctor. Knows nothing about the page or how its samples were made."""

from __future__ import annotations

import dataclasses
import os
import sys
from argparse import Namespace
from typing import TYPE_CHECKING, Any

from app import terminal
from app.commands import answers, documents, tuning
from app.commands.outcome import Outcome
from app.commands.paths import said_name, typed
from app.evaluating import kept_evaluation

if TYPE_CHECKING:
    from pathlib import Path

    from domain_tuner.runs import Run, RunConfig
    from domain_tuner.workspace import Workspace

DEMO_METHOD = "lora"


def serve(args: Namespace) -> Outcome:
    return _serve(tuning.open_workspace(args), args)


def _serve(workspace: Workspace, args: Namespace) -> Outcome:
    from app.server import serve

    serve(workspace, args.host, args.port, args.token or os.environ.get("DOMAIN_TUNER_TOKEN", ""))
    return Outcome({"served": True}, "The page is closed. Runs that were started go on by themselves.")


def demo(args: Namespace) -> Outcome:
    """Each step is skipped where an earlier demo did it already."""
    from domain_tuner.samples import HELD_OUT

    workspace = tuning.open_workspace(args)
    _ingest_samples(workspace, args)
    run = _tuned(workspace)
    left = not tuning.follow(run)
    if run.state != "done":
        return tuning.run_outcome(run, left, args)
    _say("3/3  Evaluation")
    result = _evaluated(run, HELD_OUT) or answers.evaluated(workspace, HELD_OUT, run.id, None)
    if args.no_serve:
        workspace.close()
        return Outcome(result, terminal.evaluation(result))
    print(terminal.evaluation(result), end="\n\n", file=sys.stderr if args.json else sys.stdout, flush=True)
    return Outcome(result, _serve(workspace, args).text)


def _ingest_samples(workspace: Workspace, args: Namespace) -> None:
    from domain_tuner.errors import TuningError
    from domain_tuner.samples import SAMPLES

    present = {document.name for document in workspace.corpus.documents()}
    if present and not present & {path.name for path in SAMPLES.iterdir()}:
        raise TuningError(
            f"The workspace {args.workspace} holds documents of your own, which the demo leaves alone. "
            "Give the demo another folder: domain-tuner --workspace demo-workspace demo"
        )
    _say("1/3  Documents")
    results = documents.ingested(workspace.corpus, [SAMPLES], args.workspace)
    failed = [result for result in results if result.status == "failed"]
    if failed:
        reasons = "; ".join(f"{result.name}: {result.reason}" for result in failed)
        raise TuningError(f"Sample documents could not be taken in: {reasons}")
    _say(f"     {len(results)} sample documents, {sum(result.passages for result in results)} passages")


def _tuned(workspace: Workspace) -> Run:
    """A run of the demo over these very documents, base model and questions; a new one where there is none."""
    from domain_tuner.runs import WORKING
    from domain_tuner.samples import TRAIN

    for run in workspace.runs.all():
        if run.state in ("done", *WORKING) and is_demo(run.config, workspace, TRAIN):
            _say(f"2/3  Tuning: run {run.id} did that already")
            return run
    run = workspace.tune(DEMO_METHOD, questions=TRAIN)
    _say(f"2/3  Tuning: run {run.id}")
    return run


def is_demo(config: RunConfig, workspace: Workspace, questions: Path) -> bool:
    """Whether a run with this configuration is what the demo would make now."""
    from domain_tuner.base_model import fingerprint
    from domain_tuner.examples import RowMix
    from domain_tuner.methods import find_method
    from domain_tuner.snapshot import snapshot
    from domain_tuner.training_config import TrainingConfig

    return (
        config.method == DEMO_METHOD
        and config.options == dataclasses.asdict(find_method(DEMO_METHOD).options())
        and config.training == TrainingConfig()
        and config.mix == dataclasses.asdict(RowMix())
        and config.questions_file == str(questions.resolve())
        and (config.documents, config.passages) == snapshot(workspace.corpus)
        and config.template == dataclasses.asdict(workspace.template)
        and config.base_fingerprint == fingerprint(workspace.base_model)
    )


def _evaluated(run: Run, questions: Path) -> dict[str, Any] | None:
    """The run's evaluation if it was made with these questions."""
    from domain_tuner.question_files import read_questions

    result = kept_evaluation(run)
    asked = [question.question for question in read_questions(questions)]
    return result if result and [row["question"] for row in result["questions"]] == asked else None


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def doctor(args: Namespace) -> Outcome:
    from domain_tuner.doctor import checks

    found = [dataclasses.asdict(check) for check in checks(args.workspace)]
    lines = [f"{'ok ' if c['ok'] else 'NO '} {c['name']}: {c['detail']}" + typed(_fix(c), args) for c in found]
    return Outcome({"checks": found}, terminal.safe("\n".join(lines)), failed=not all(c["ok"] for c in found))


def _fix(check: dict[str, Any]) -> str:
    return f"\n    what to do: {check['fix']}" if check["fix"] and not check["ok"] else ""


def _add_serve(add: Any) -> None:
    command = add("serve", serve, "open the page", "domain-tuner serve --port 7860")
    _add_address(command)
    command.add_argument(
        "--base-model",
        type=said_name,
        metavar="NAME_OR_DIR",
        help="of new runs (default: the trial model that comes along), and of base and rag where no run is chosen",
    )


def _add_address(command: Any) -> None:
    command.add_argument("--host", default="127.0.0.1", help="other than 127.0.0.1 needs a token (default: 127.0.0.1)")
    command.add_argument("--port", type=int, default=7860, help="default: 7860")
    command.add_argument("--token", help="what a visitor must know (default: DOMAIN_TUNER_TOKEN in the environment)")


def _add_demo(add: Any) -> None:
    help = "the whole job on sample documents: ingest, tune, evaluate, then the page; a second time does no work twice"
    command = add("demo", demo, help, "domain-tuner demo --no-serve")
    command.add_argument("--no-serve", action="store_true", help="stop after the verdict")
    _add_address(command)


def _add_doctor(add: Any) -> None:
    add("doctor", doctor, "what this machine can do, what is missing, what to do", "domain-tuner doctor")


COMMANDS = (_add_serve, _add_demo, _add_doctor)
