"""The command forecast: what a run would take. Knows nothing about how that is found."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from app import figures, terminal
from app.commands.outcome import Outcome
from app.commands.tuning import add_run, open_workspace, progress_text

if TYPE_CHECKING:
    from domain_tuner.forecasting import RunForecast
    from domain_tuner.runs import RunProgress


def forecast(args: Namespace) -> Outcome:
    from domain_tuner.forecasting import as_json

    workspace, line = open_workspace(args), terminal.ProgressLine()

    def told(progress: RunProgress) -> None:
        if progress.state != "interrupted":  # its process is ending, and has made what it was to make
            line.show(f"Dry run: {progress_text(progress)}")

    try:
        found = workspace.forecast(
            args.method,
            dict(args.option),
            questions=args.questions,
            base_model=args.base_model,
            told=told,
        )
    finally:
        line.end()
        workspace.close()
    return Outcome(as_json(found), forecast_text(found))


def forecast_text(found: RunForecast) -> str:
    """The forecast on a few lines, with what it is made of and what is not in it."""
    parts = ", ".join(f"{name} {figures.duration(seconds)}" for name, seconds in found.parts.items() if seconds)
    questions = figures.counted(found.questions, "question") + (
        f", about {found.questions_written} of them written by the base model" if found.questions_written else ""
    )
    rows = figures.counted(found.rows, "row")
    where = "of the GPU's memory" if found.device == "cuda" else "by the whole process"
    lines = [
        (
            "trained",
            f"{found.size.trainable_parameters:,} parameters, {100 * found.size.share:.2f} % of the base model's",
        ),
        ("adapter", figures.size(found.size.adapter_bytes)),
        ("memory", f"{figures.size(found.peak_bytes)} at most, {where}{_in_all(found)}"),
        ("disk", f"{figures.size(found.disk_bytes)}, the run's folder when it is done"),
        ("time", f"{figures.duration(found.seconds)}: {parts}"),
        ("learns from", f"{rows} of {questions}, in {figures.counted(found.steps, 'step')}"),
    ]
    note = (
        f"From a dry run of {figures.counted(found.steps_made, 'step')}, which left nothing behind. Waiting for other "
        "runs and fetching a model from a hub are not counted."
    )
    return "\n".join([*(f"{name:13}{terminal.safe(text)}" for name, text in lines), note])


def _in_all(found: RunForecast) -> str:
    if found.processes == 1:
        return ""
    return f", in each of {found.processes} processes; {figures.size(found.peak_bytes_of_all)} in all"


def _add_forecast(add: Any) -> None:
    command = add(
        "forecast",
        forecast,
        "the memory, disk and time that tune would take with the same options, from a dry run",
        "domain-tuner forecast --option rank=8\ndomain-tuner forecast --method full --option tokens_per_batch=2048",
    )
    add_run(command)


COMMANDS = (_add_forecast,)
