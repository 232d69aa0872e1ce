"""A study IS a folder: a frozen plan, what every run is given, the runs themselves, and the table that came of them.

    studies/20261124-141500-3fa2/
        plan.json          frozen: what was asked for, the cells, the learning rates
        rows.jsonl         what every run learns from, in this order
        development.jsonl  questions that choose the learning rates   held-out.jsonl  questions that score
        base.json          the base model's own scores
        runs/              ordinary runs; one that is measured has measures.json
        results.json       the table (results.py), with report.md, table.csv, claims.csv and drawings beside it

There is no list of what is done: the runs say it themselves. So a study that was stopped or killed goes on where it
stood (queue.py). Knows nothing about how cells are chosen, answers scored or tables drawn.
"""

from __future__ import annotations

import dataclasses
import math
import secrets
import shutil
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from domain_tuner.errors import TuningError
from domain_tuner.files import read_json, write_json
from domain_tuner.runs import FAILED, Run, RunConfig, Runs
from domain_tuner.study.plan import Cell, Plan

if TYPE_CHECKING:
    from domain_tuner.base_model import BaseModel
    from domain_tuner.study.material import Asked

MEASURES, CHOICE = "measures.json", "development.json"


class Study:
    """One study. What is done is read from the folder, so any process can go on with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.id = folder.name
        self.plan = Plan.from_json(read_json(folder / "plan.json"))
        self.runs = Runs(folder / "runs")

    @cached_property
    def development(self) -> list[Asked]:
        from domain_tuner.study.material import DEVELOPMENT, read_asked

        return read_asked(self.folder / DEVELOPMENT)

    @cached_property
    def held_out(self) -> list[Asked]:
        from domain_tuner.study.material import HELD_OUT, read_asked

        return read_asked(self.folder / HELD_OUT)

    @property
    def seeds(self) -> range:
        return range(self.plan.request.seeds)

    @property
    def base_file(self) -> Path:
        return self.folder / "base.json"

    def config(self, cell: Cell, factor: float, seed: int) -> RunConfig:
        """The run of that cell at that learning rate; `created` is now and tells no runs apart."""
        training = dataclasses.replace(self.plan.training, learning_rate=self.plan.rate(cell.method, factor), seed=seed)
        return RunConfig(
            base_model=self.plan.base_model,
            base_fingerprint=self.plan.base_fingerprint,
            method=cell.method,
            options=cell.options,
            training=training,
            template=self.plan.template,
            seed=seed,
            documents=self.plan.documents,
            mix=self.plan.mix,
        )

    def find(self, config: RunConfig) -> Run | None:
        """The run that was made for this configuration, None where there is none yet."""
        return next((run for run in self.runs.all() if _same(run.config, config)), None)

    def sweep(self, method: str) -> list[tuple[float, Run | None, float | None]]:
        """(factor, run, development F1) of each learning rate that is tried; None where it is not known (yet)."""
        cell = self.plan.trial_cell(method)
        found = []
        for factor in self.plan.request.rates:
            run = self.find(self.config(cell, factor, 0))
            file = run.folder / CHOICE if run else None
            score = read_json(file)["f1"] if file and file.is_file() else None
            found.append((factor, run, score))
        return found

    def factor(self, method: str) -> float | None:
        """The learning-rate factor that was best on the development questions; between equals the one nearest to 1.

        None while the sweep is not through, or where every one of its runs failed.
        """
        if len(self.plan.request.rates) == 1:
            return self.plan.request.rates[0]
        tried = self.sweep(method)
        if any(score is None and (run is None or run.state != FAILED) for _, run, score in tried):
            return None
        known = [(score, -abs(math.log(factor)), factor) for factor, _, score in tried if score is not None]
        return max(known)[2] if known else None


class Studies:
    """The studies of a workspace, in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> list[Study]:
        """Newest first."""
        if not self.folder.is_dir():
            return []
        paths = [path for path in self.folder.iterdir() if (path / "plan.json").is_file() and path.name[0] != "."]
        return [Study(path) for path in sorted(paths, key=lambda path: path.name, reverse=True)]

    def get(self, name: str) -> Study:
        """The study by its id or the only beginning of one; TuningError otherwise."""
        found = [study for study in self.all() if name and study.id.startswith(name)]
        if len(found) != 1:
            known = ", ".join(study.id for study in self.all()[:5]) or "none yet"
            raise TuningError(f"There is no one study {name[:60]!r} in this workspace. The newest studies: {known}.")
        return found[0]

    def find(self, identity: str) -> Study | None:
        return next((study for study in self.all() if study.plan.identity == identity), None)

    def create(self, plan: Plan, fill: Callable[[Path], None]) -> Study:
        """A new study; `fill(folder)` writes what its runs are given. It is whole or not there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        made = self.folder / f".new-{secrets.token_hex(8)}"
        made.mkdir()
        try:
            fill(made)
            (made / "runs").mkdir()
            # One training at a time in the whole workspace: the study's runs wait at the same lock as all others.
            (self.folder.parent / "runs").mkdir(exist_ok=True)
            (made / "runs" / ".accelerator").symlink_to(Path("../../../runs/.accelerator"))
            write_json(made / "plan.json", dataclasses.asdict(plan))
            stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(plan.created))
            target = self.folder / f"{stamp}-{secrets.token_hex(2)}"
            made.rename(target)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
        return Study(target)


def _same(one: RunConfig, other: RunConfig) -> bool:
    return dataclasses.replace(one, created=0.0) == dataclasses.replace(other, created=0.0)


def load_base(plan: Plan) -> BaseModel:
    """The study's base model, fresh. TuningError where its weights are others now."""
    from domain_tuner.base_model import load_base_model

    base = load_base_model(plan.base_model)
    if base.fingerprint != plan.base_fingerprint:
        raise TuningError(
            f"The base model {base.name} has changed since this study was planned. Put those weights back, or start a "
            "new study."
        )
    return base
