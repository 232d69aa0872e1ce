"""The command study: many runs on one corpus, and the table that came of them. Knows nothing about how runs go."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from app import figures, terminal
from app.commands.numbers import whole
from app.commands.outcome import Outcome
from app.commands.paths import path, said_name, typed
from app.commands.tuning import add_learning, open_workspace, progress_text

if TYPE_CHECKING:
    from domain_tuner.methods import Method
    from domain_tuner.study.folder import Study
    from domain_tuner.study.plan import Request
    from domain_tuner.study.queue import StudyProgress
    from domain_tuner.workspace import Workspace


def study(args: Namespace) -> Outcome:
    """Goes on with the study that was asked for, made first where it is new."""
    from domain_tuner.study.making import plan_of, studies_of
    from domain_tuner.study.queue import go_on
    from domain_tuner.study.results import write_results

    workspace, line = open_workspace(args), terminal.ProgressLine()
    try:
        if args.plan:
            return _planned(plan_of(workspace, _request(args)))
        chosen = studies_of(workspace).get(args.study_id) if args.study_id else _asked_for(workspace, args, line)
        stopped = False
        try:
            go_on(chosen, lambda progress: line.show(_progress_text(progress)), args.retry)
        except KeyboardInterrupt:
            stopped = True
        except BaseException:
            write_results(chosen)  # of what there is
            raise
        line.end()
        return _outcome(write_results(chosen), stopped, args)
    finally:
        line.end()
        workspace.close()


def _asked_for(workspace: Workspace, args: Namespace, line: terminal.ProgressLine) -> Study:
    from domain_tuner.study.making import study_for

    def told(phase: str, done: int, total: int) -> None:
        line.show(f"{phase}  {terminal.bar(done, total)} {done}/{total}")

    return study_for(workspace, _request(args), told)


def _request(args: Namespace) -> Request:
    from domain_tuner.study.plan import Request

    _check_options(dict(args.option))
    return Request(
        methods=args.methods,
        ranks=args.ranks,
        targets=args.targets,
        seeds=args.seeds,
        rates=args.rates,
        budget=args.equal_budget,
        options=dict(args.option),
        questions=str(args.questions.resolve()) if args.questions else None,
        held_out=str(args.held_out.resolve()) if args.held_out else None,
        limit=args.limit,
    )


def _check_options(options: dict[str, str]) -> None:
    """WrongOption where one belongs to a method and does not say so."""
    from domain_tuner.errors import WrongOption
    from domain_tuner.methods import METHODS, option_fields
    from domain_tuner.training_config import TrainingConfig

    training = {field.name for field in option_fields(TrainingConfig)}
    for name in options:
        if "." in name or name in training:
            continue
        of = [f"{method.name}.{name}" for method in METHODS.values() if name in _option_names(method)]
        which = ", ".join(f"{each}={options[name]}" for each in of) or "lora.alpha=16, say"
        raise WrongOption(
            f"The training has no option {name!r}. In a study an option of one method has the method in front: "
            f"{which}. `domain-tuner methods NAME` lists the options of the training and of a method."
        )


def _option_names(method: Method) -> list[str]:
    from domain_tuner.methods import option_fields

    return [field.name for field in option_fields(method.options)]


def _planned(plan: Any) -> Outcome:
    """What the study would be; nothing is made."""
    cells = [
        {"method": c.method, "options": c.options, "label": c.label, "settings": list(c.settings),
         "trainable_parameters": c.parameters}
        for c in plan.cells
    ]  # fmt: skip
    rows = [[c["label"], ", ".join(c["settings"]), f"{c['trainable_parameters']:,}"] for c in cells]
    sweep = len(plan.methods) * len(plan.request.rates) if len(plan.request.rates) > 1 else 0
    # The sweep's run at the chosen rate is the first seed's run of that cell, so it is made once.
    runs = sweep + len(cells) * plan.request.seeds - (len(plan.methods) if sweep else 0)
    text = [terminal.table(["run", "setting", "parameters"], rows), ""]
    text += [f"Left out: {sentence}" for sentence in plan.left_out]
    table = f"{figures.counted(len(cells), 'setting')} x {figures.counted(plan.request.seeds, 'seed')}"
    text.append(f"{figures.counted(runs, 'training')}: {table}, learning rates included.")
    return Outcome({"cells": cells, "left_out": list(plan.left_out), "trainings": runs}, "\n".join(text))


def _progress_text(progress: StudyProgress) -> str:
    parts = [f"{progress.done}/{progress.total}", progress.doing]
    if progress.run:
        parts.append(progress_text(progress.run))
    return "  ".join(parts)


def _outcome(results: dict[str, Any], stopped: bool, args: Namespace) -> Outcome:
    failed = [why for row in results["rows"] for why in row["failed"]]
    parts = [*_tables(results), *_claims(results)]
    notes = [f"Left out: {sentence}" for sentence in results["left_out"]]
    notes += [results["forgetting_left_out"]] if results["forgetting_left_out"] else []
    notes += [f"Failed: {why}" for why in failed]
    if failed:
        notes.append(f"Try what failed again: {_again(results, args)} --retry")
    if results["unfinished"]:
        left = figures.counted(results["unfinished"], "run")
        notes.append(f"Of the table {left} not made yet. Go on: {_again(results, args)}")
    notes.append("Written: " + ", ".join(results["files"]))
    text = "\n\n".join([*parts, "\n".join(terminal.safe(note) for note in notes)])
    return Outcome(results, text, failed=stopped or bool(failed) or bool(results["unfinished"]))


def _tables(results: dict[str, Any]) -> list[str]:
    """The table in two parts, since no terminal is wide enough for one: how well, and at what cost."""
    from domain_tuner.study.report import HEADERS, SCORES_FROM, table_of

    lines = [list(HEADERS), *table_of(results)]
    parts = [[[*line[:3], *line[SCORES_FROM:]] for line in lines], [[line[0], *line[3:SCORES_FROM]] for line in lines]]
    return [terminal.table(part[0], part[1:]) for part in parts]


def _claims(results: dict[str, Any]) -> list[str]:
    if not results["claims"]:
        return []
    lines = [
        f"- {c['claim']}: {c['measured'] or 'not measured'} (papers: {c['literature']}). {c['sentence']}"
        for c in results["claims"]
    ]
    return ["\n".join(["What the papers claim, at this scale:", *lines])]


def _again(results: dict[str, Any], args: Namespace) -> str:
    return typed(f"domain-tuner study {results['study']}", args)


def _list(read: Callable[[str], Any], example: str) -> Callable[[str], tuple[Any, ...]]:
    """Reads `1,2,4` with `read` for each part, of which there must be one."""

    def parts(given: str) -> tuple[Any, ...]:
        try:
            found = tuple(read(part.strip()) for part in given.split(",") if part.strip())
        except ValueError:
            found = ()
        if not found:  # of a variable that is not set, say; it would mean all
            raise ArgumentTypeError(f"expected a list as in {example}, met {given!r}")
        return found

    return parts


def _add_study(add: Any) -> None:
    command = add(
        "study",
        study,
        "compare tuning methods on these documents, as the papers do; asked again it goes on where it stood",
        "domain-tuner study --methods lora,parallel-adapter --ranks 1,2,4,8 --targets qv,all --seeds 3\n"
        "domain-tuner study --equal-budget --questions train.jsonl --held-out held-out.jsonl --plan",
    )
    command.add_argument(
        "study_id", nargs="?", type=said_name, metavar="ID", help="go on with this study, whatever else is given"
    )
    names, sizes, real = _list(str, "lora,full"), _list(int, "1,2,4,8"), _list(float, "0.3,1,3")
    command.add_argument("--methods", type=names, default=(), help="lora,full,... (default: all that fit the model)")
    command.add_argument("--ranks", type=sizes, default=(), help="sizes to try: rank, bottleneck or tokens")
    command.add_argument("--targets", type=names, default=(), help="places to try: q,qv,qkvo,all; mlp,attention,both")
    command.add_argument("--seeds", type=whole(1), default=3, metavar="N", help="runs of each setting (default: 3)")
    command.add_argument(
        "--rates",
        type=real,
        default=(1 / 3, 1.0, 3.0),
        metavar="FACTORS",
        help="of each method's own learning rate; the best is chosen on questions set aside (default: 1/3, 1, 3)",
    )
    command.add_argument(
        "--equal-budget",
        type=whole(1),
        nargs="?",
        const=0,
        metavar="PARAMETERS",
        help="beside each default a size that trains so many (default: as many as the first method's default)",
    )
    add_learning(command, "an option of the training (epochs=2) or of one method (lora.alpha=16)")
    command.add_argument("--held-out", type=path, metavar="FILE", help="questions that score (default: some set aside)")
    only = "only N of the held-out questions, spread over all of them (default: 0, which is all)"
    command.add_argument("--limit", type=whole(0), default=0, metavar="N", help=only)
    command.add_argument("--plan", action="store_true", help="say what would be trained, and make nothing")
    command.add_argument("--retry", action="store_true", help="try runs that failed again")


COMMANDS = (_add_study,)
