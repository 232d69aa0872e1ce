"""The queue of a study: trainings one after the other, ordinary runs by their own processes, each measured when done.

What is done already is skipped, what was interrupted is resumed. Knows nothing about what is measured.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain_tuner import jobs
from domain_tuner.errors import RunBusy, TuningError
from domain_tuner.files import write_json
from domain_tuner.locks import Lock
from domain_tuner.runs import CANCELLED, DONE, FAILED, INTERRUPTED, WORKING, Run, RunProgress
from domain_tuner.study.folder import CHOICE, MEASURES, Study
from domain_tuner.study.measuring import give_back_memory, measure_base, measure_choice, measure_run
from domain_tuner.study.plan import Cell

_LOOK_SECONDS = 0.3
_ENDED = f"The training was ended by the system, most likely because memory ran out. {jobs.LESS_MEMORY}"
_NO_ROOM = (
    "It was trained, but memory ran out while it was measured, which takes the base model twice, once with the adapter "
    "merged. Choose a smaller base model, or a machine with more memory."
)
_NO_ROOM_FOR_BASE = (
    "Memory ran out while the base model was measured. Choose a smaller base model, or a machine with more memory."
)


@dataclass(frozen=True)
class StudyProgress:
    """Where a study stands: `done` of `total` trainings, and what is under way (`run` while it trains)."""

    done: int
    total: int
    doing: str
    run: RunProgress | None = None


Told = Callable[[StudyProgress], None]


def go_on(study: Study, told: Told, retry: bool = False) -> None:
    """Do what is left of the study: trainings one after the other, each measured when it is done.

    A run that fails is written down as failed and the study goes on; `retry` tries those of earlier calls again. A
    KeyboardInterrupt cancels the run under way, which leaves a checkpoint, and goes through. RunBusy where another
    process is at this study.
    """
    with Lock(study.folder / "lock") as lock:
        if not lock.take(patience=2.0):
            raise RunBusy(f"Another process is at study {study.id} already. Let it work, or stop it first.")
        # The lock of all trainings is a link out of the study; a workspace that it was copied to may have no runs yet.
        (study.runs.folder / ".accelerator").resolve().parent.mkdir(parents=True, exist_ok=True)
        _Queue(study, told, retry).work_off()


class _Queue:
    """The work of one call of go_on."""

    def __init__(self, study: Study, told: Told, retry: bool) -> None:
        self.study, self.plan, self._told, self.retry = study, study.plan, told, retry
        sweeps = len(self.plan.request.rates) if len(self.plan.request.rates) > 1 else 0
        self.total = sweeps * len(self.plan.methods) + len(self.plan.cells) * len(study.seeds)
        self.done = 0

    def work_off(self) -> None:
        if not self.study.base_file.is_file():
            with self._alone(), _room_for(_NO_ROOM_FOR_BASE):
                self.tell("measuring the base model")
                write_json(self.study.base_file, measure_base(self.study))
        if len(self.plan.request.rates) > 1:
            for method in self.plan.methods:
                for factor in self.plan.request.rates:
                    self._do(self.plan.trial_cell(method), factor, 0, CHOICE, measure_choice)
        for seed in self.study.seeds:  # seed by seed, so that a study that is stopped has whole tables
            for cell in self.plan.cells:
                best = self.study.factor(cell.method)
                if best is None:
                    self.done += 1
                    continue
                self._do(cell, best, seed, MEASURES, measure_run)

    def _do(
        self, cell: Cell, factor: float, seed: int, file: str, measure: Callable[[Study, Run], dict[str, Any]]
    ) -> None:
        """Train and measure, or whatever is left of that."""
        config = self.study.config(cell, factor, seed)
        what = f"{cell.label} rate={config.training.learning_rate:g} seed={seed}"
        run = self.study.find(config)
        if run is None or not (run.folder / file).is_file():
            run = self._trained(run or self.study.runs.create(config, self.study.folder / "rows.jsonl"), what)
            if run.state == DONE:
                self.tell(f"measuring {what}")
                self._measure(run, run.folder / file, measure)
                shutil.rmtree(run.checkpoints, ignore_errors=True)  # a run that is done is never resumed
        self.done += 1

    def _measure(self, run: Run, file: Path, measure: Callable[[Study, Run], dict[str, Any]]) -> None:
        """Write the measures down; or, where that cannot be, why the run failed."""
        with self._alone():
            try:
                with _room_for(_NO_ROOM):
                    write_json(file, measure(self.study, run))
            except TuningError as error:
                run.record(FAILED, str(error))

    def _trained(self, run: Run, what: str) -> Run:
        state = run.state
        if state == FAILED and self.retry and (run.folder / "result.json").is_file():
            run.record(DONE)  # it was trained, and could not be measured
        elif state in (INTERRUPTED, CANCELLED) or (state == FAILED and self.retry):
            jobs.resume(run)
        elif state in WORKING and not run.recorded("started"):
            jobs.start(run)
        try:
            while run.state in WORKING:
                self.tell(what, run.progress())
                time.sleep(_LOOK_SECONDS)
        except KeyboardInterrupt:
            if run.state in WORKING:
                jobs.cancel(run)
            raise
        if run.state == INTERRUPTED:
            run.record(FAILED, _ENDED)
        return run

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock at which every training of the workspace waits: times beside a training would be no times."""
        with Lock(self.study.runs.folder / ".accelerator") as lock:
            while not lock.take(patience=1.0):
                self.tell("waiting for another training to end")
            yield
        give_back_memory()

    def tell(self, doing: str, run: RunProgress | None = None) -> None:
        self._told(StudyProgress(self.done, self.total, doing, run))


@contextlib.contextmanager
def _room_for(otherwise: str) -> Iterator[None]:
    """TuningError with that sentence where memory runs out within."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not jobs.is_out_of_memory(error):
            raise
        raise TuningError(otherwise) from error
