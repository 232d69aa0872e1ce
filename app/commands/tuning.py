"""The commands on runs: tune, runs, export. Knows nothing about how training goes; it starts, follows and shows."""

from __future__ import annotations

import sys
import time
import warnings
from argparse import ArgumentTypeError, Namespace
from typing import TYPE_CHECKING, Any

from app import figures, terminal
from app.commands.notes import learned_from, note_missing_documents
from app.commands.outcome import Outcome
from app.commands.paths import path, said_name, typed

if TYPE_CHECKING:
    from domain_tuner.runs import Run, RunProgress
    from domain_tuner.workspace import Workspace

ENDED = ("done", "failed", "cancelled", "interrupted")
_LOOK_SECONDS = 0.5
_DIED = "its process ended before the run was done; the machine went down, or it was killed, perhaps for its memory."


def open_workspace(args: Namespace) -> Workspace:
    """The workspace that the command line names, with its base model where one is named."""
    from domain_tuner.base_model import quiet_libraries
    from domain_tuner.workspace import Workspace

    quiet_libraries()
    warnings.simplefilter("ignore", FutureWarning)  # what libraries will change is for us, not for who uses this
    return Workspace(args.workspace, getattr(args, "base_model", None))


def tune(args: Namespace) -> Outcome:
    from domain_tuner.question_files import read_questions

    workspace = open_workspace(args)
    run = workspace.tune(
        args.method,
        dict(args.option),
        questions=args.questions,
        base_model=args.base_model,
    )
    asked = read_questions(args.questions) if args.questions else ()
    note_missing_documents(workspace.corpus, asked, args.questions)
    return run_outcome(run, left=args.detach or not follow(run), args=args)


def option_pair(given: str) -> tuple[str, str]:
    """`rank=8` -> `("rank", "8")`; which options there are and what they may be is checked by their method."""
    name, equals, value = given.partition("=")
    if not name or not equals:
        raise ArgumentTypeError(f"expected NAME=VALUE, as in rank=8, met {given!r}")
    return name, value


def follow(run: Run) -> bool:
    """Shows the run's progress until it ends; False when the person left it running with Ctrl-C."""
    line = terminal.ProgressLine()
    try:
        while run.state not in ENDED:
            line.show(progress_text(run.progress()))
            time.sleep(_LOOK_SECONDS)
    except KeyboardInterrupt:
        return False
    finally:
        line.end()
    return True


def progress_text(progress: RunProgress) -> str:
    """`Training ██░░ step 12/80  loss 1.234  3 min left`."""
    parts = [progress.phase]
    if progress.total:
        parts += [terminal.bar(progress.step, progress.total), f"step {progress.step}/{progress.total}"]
    if progress.loss is not None:
        parts.append(f"loss {progress.loss:.3f}")
    if progress.seconds_left is not None:
        parts.append(f"{figures.duration(progress.seconds_left)} left")
    return "  ".join(parts)


def run_outcome(run: Run, left: bool, args: Namespace) -> Outcome:
    """The run as it stands; `left` means that it goes on without us."""
    summary = run.summary()
    if left and summary["state"] not in ENDED:
        text = (
            f"Run {run.id} goes on by itself. Follow it: domain-tuner runs show {run.id} --follow\n"
            f"Stop it: domain-tuner runs cancel {run.id}"
        )
        return Outcome(summary, typed(text, args))
    failed = summary["state"] != "done"
    if failed and args.json:  # standard output has it for programs; who waits at the terminal reads it here
        print(terminal.safe(f"Run {run.id}: {_state_of(summary, args)}"), file=sys.stderr, flush=True)
    return Outcome(summary, run_text(summary, args), failed=failed)


def _state_of(run: dict[str, Any], args: Namespace) -> str:
    """The state in words, and why it is that."""
    why = run["reason"] or (_DIED if run["state"] == "interrupted" else None)
    return typed(run["state"] + (f": {why}" if why else ""), args)


def run_text(run: dict[str, Any], args: Namespace) -> str:
    """One run on a few lines, and what can be done about one that has stopped."""
    stopped = run["state"] in ("failed", "cancelled", "interrupted")
    lines = [
        ("run", run["run"]),
        ("state", _state_of(run, args)),
        ("method", f"{run['method']}  " + "  ".join(f"{name}={value}" for name, value in run["options"].items())),
        ("base model", run["base_model"]),
        ("documents", run["documents"]),
        ("steps", f"{run['step']} of {run['total']}" if run["total"] else None),
        ("loss", None if run["loss"] is None else f"{run['loss']:.4f}"),
        ("time", figures.duration(run["seconds"])),
        ("left out", f"{run['rows_left_out']} rows are too long for the base model" if run["rows_left_out"] else None),
        ("trained", None if run["trainable_parameters"] is None else f"{run['trainable_parameters']:,} parameters"),
        ("adapter", None if run["adapter_bytes"] is None else figures.size(run["adapter_bytes"])),
        ("go on", typed(f"domain-tuner runs resume {run['run']}", args) if stopped else None),
    ]
    return "\n".join(f"{name:12}{terminal.safe(str(value))}" for name, value in lines if value is not None)


def runs(args: Namespace) -> Outcome:
    """All runs."""
    found = open_workspace(args).runs.summaries()
    rows = [
        [
            run["run"],
            run["state"],
            run["method"],
            time.strftime("%Y-%m-%d %H:%M", time.localtime(run["created"])),
            f"{run['step']}/{run['total']}" if run["total"] else None,
            None if run["loss"] is None else f"{run['loss']:.3f}",
            figures.duration(run["seconds"]),
        ]
        for run in found
    ]
    text = terminal.table(["run", "state", "method", "created", "step", "loss", "time"], rows)
    return Outcome(
        {"runs": found}, text if found else typed("There are no runs yet. Make one: domain-tuner tune", args)
    )


def show(args: Namespace) -> Outcome:
    workspace = open_workspace(args)
    run = workspace.runs.get(args.run_id)
    if args.follow:
        return run_outcome(run, left=not follow(run), args=args)
    summary, stale = run.summary(), workspace.stale_documents(run)
    note = f"\nnote        it {terminal.safe(learned_from(stale))}" if stale else ""
    return Outcome({**summary, "stale_documents": stale, "metrics": run.metrics()}, run_text(summary, args) + note)


def log(args: Namespace) -> Outcome:
    run = open_workspace(args).runs.get(args.run_id)
    return Outcome({"run": run.id, "log": run.log()}, terminal.safe(run.log()).rstrip() or "The log is empty.")


def cancel(args: Namespace) -> Outcome:
    from domain_tuner import jobs

    run = open_workspace(args).runs.get(args.run_id)
    jobs.cancel(run)
    return Outcome(run.summary(), f"Run {run.id}: {run.state}.")


def resume(args: Namespace) -> Outcome:
    from domain_tuner import jobs

    run = open_workspace(args).runs.get(args.run_id)
    jobs.resume(run)
    return run_outcome(run, left=args.detach or not follow(run), args=args)


def remove(args: Namespace) -> Outcome:
    removed = open_workspace(args).runs.remove(args.run_id)
    return Outcome({"removed": removed}, f"Removed run {removed}.")


def export(args: Namespace) -> Outcome:
    from domain_tuner.export import export

    workspace = open_workspace(args)
    files = export(workspace.runs.finished(args.run_id), args.folder, merged=args.merged)
    return Outcome({"files": [str(file) for file in files]}, "\n".join(map(str, files)))


def _add_tune(add: Any) -> None:
    command = add(
        "tune",
        tune,
        "adapt the base model to the documents",
        "domain-tuner tune --option rank=8\ndomain-tuner tune --method parallel-adapter --detach",
    )
    add_run(command)
    command.add_argument("--detach", action="store_true", help="start it and do not wait")


def add_run(command: Any) -> None:
    """What says which run is meant, to tune and to forecast alike."""
    command.add_argument(
        "--method",
        default="lora",
        help="lora, ...: `domain-tuner methods` lists them (default: lora)",
    )
    add_learning(command, "an option of the method (rank, ...) or of the training (epochs, max_steps, ...)")


def add_learning(command: Any, options: str) -> None:
    """What a run and a study are both given; `options` says in words what --option may set."""
    command.add_argument(
        "--option",
        action="append",
        type=option_pair,
        default=[],
        metavar="NAME=VALUE",
        help=f"{options}: `domain-tuner methods NAME` lists them with their ranges; may be repeated",
    )
    command.add_argument("--questions", type=path, metavar="FILE", help="questions to learn from (JSON Lines or CSV)")
    command.add_argument(
        "--base-model", type=said_name, metavar="NAME_OR_DIR", help="default: the trial model that comes along"
    )


def _add_runs(add: Any) -> None:
    example = "domain-tuner runs\ndomain-tuner runs show latest\ndomain-tuner runs cancel 20261123-2215"
    command = add("runs", runs, "list the runs; show, log, cancel, resume or remove one", example)
    actions = command.add_subparsers(dest="action", metavar="ACTION")
    for name, run, help in (
        ("show", show, "how a run stands"),
        ("log", log, "what its process wrote"),
        ("cancel", cancel, "stop it; it can be resumed"),
        ("resume", resume, "go on where it stopped"),
        ("remove", remove, "delete its folder"),
    ):
        action = actions.add_parser(name, help=help, description=help, parents=[add.shared])
        action.set_defaults(run=run)
        optional = {} if name == "remove" else {"nargs": "?", "default": "latest"}
        told = "the run's id, the beginning of it, or latest: the newest"
        action.add_argument("run_id", metavar="ID", help=told, **optional)
        if name == "show":
            action.add_argument("--follow", action="store_true", help="show the progress until it ends")
        if name == "resume":
            action.add_argument("--detach", action="store_true", help="start it and do not wait")


def _add_export(add: Any) -> None:
    command = add(
        "export",
        export,
        "write a run's adapter as plain PEFT files, or merged into its base model, with its card",
        "domain-tuner export latest my-adapter",
    )
    command.add_argument("run_id", metavar="RUN", help="the run's id, the beginning of it, or latest: the newest done")
    command.add_argument("folder", metavar="DIR", type=path, help="a new or empty folder")
    command.add_argument("--merged", action="store_true", help="the base model with the adapter merged into it")


COMMANDS = (_add_tune, _add_runs, _add_export)
