"""A run IS a folder: what was asked for, what it learns from, how far it is, and the adapter that came of it.

    runs/20261123-221500-3fa2/
        config.json      frozen: base model, method, options, training, template, row mix, corpus snapshot
        questions.jsonl  a copy of the questions that it was given (or .csv)
        state.json       the recorded state, its reason, how many steps and tokens there are in all
        rows.jsonl       what it learns from          metrics.jsonl  one line a step
        log.txt          the process's output         checkpoints/   to resume from
        adapter/         plain PEFT safetensors       result.json    what it cost
        evaluation.json  written by the evaluation    lock, cancel   see jobs.py

Knows nothing about processes but one fact: whoever works on a run holds its lock, so a run that says it is at work and
whose lock is free was interrupted.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import logging
import re
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from domain_tuner.errors import NoSuchRun, RunBusy, WrongBaseModel
from domain_tuner.files import read_json, write_json
from domain_tuner.locks import is_held
from domain_tuner.methods import METHODS, option_values
from domain_tuner.training_config import TrainingConfig

log = logging.getLogger(__name__)
QUEUED, PREPARING, TRAINING = "queued", "preparing", "training"
DONE, FAILED, CANCELLED, INTERRUPTED = "done", "failed", "cancelled", "interrupted"
WORKING = (QUEUED, PREPARING, TRAINING)
_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")
_STARTING_SECONDS = 30.0  # a queued run may be this long without its lock: the process is still starting
_BRINGING_TOGETHER_SECONDS = 300.0  # several processes are started by torchrun, which loads torch first
_PHASES = {QUEUED: "waiting for its turn", PREPARING: "preparing"}  # the other states say it themselves


@dataclass(frozen=True)
class RunConfig:
    """What was asked for, once and for all. `documents` is the corpus it learns from: id -> name, and `passages`
    what could be found of each: id -> digest. `mix` is the RowMix of its rows. In an older run both are empty.
    """

    base_model: str | None
    base_fingerprint: str
    method: str
    options: dict[str, Any]
    training: TrainingConfig = field(default_factory=TrainingConfig)
    questions_file: str | None = None
    template: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    documents: dict[str, str] = field(default_factory=dict)
    passages: dict[str, str] = field(default_factory=dict)
    mix: dict[str, Any] = field(default_factory=dict)
    created: float = field(default_factory=time.time)

    @property
    def chosen(self) -> dict[str, Any]:
        """What of base model, method's options and training is not the default."""
        method = METHODS.get(self.method)
        usual = {**(option_values(method.options()) if method else {}), **option_values(TrainingConfig())}
        given = {**self.options, **option_values(self.training)}
        base = {"base_model": self.base_model} if self.base_model else {}
        return base | {name: value for name, value in given.items() if value != usual.get(name)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> RunConfig:
        known = {field.name for field in dataclasses.fields(TrainingConfig)}  # an older run may have had others
        training = {name: setting for name, setting in value["training"].items() if name in known}
        return cls(**{**value, "training": TrainingConfig(**training)})


@dataclass(frozen=True)
class RunProgress:
    """How far a run is. While it prepares, `phase` says with what, and `step` of `total` are that phase's; while it
    trains they are steps (`total` 0 until the rows are ready). `seconds` are of the training, and before it since the
    start; `seconds_left` is None where nobody can know."""

    state: str
    phase: str
    step: int
    total: int
    loss: float | None
    seconds: float
    seconds_left: float | None


class Run:
    """One run. Everything is read from the folder when asked for, so any process sees the same."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.id = folder.name
        self.config = RunConfig.from_json(read_json(folder / "config.json"))

    def __repr__(self) -> str:
        return f"Run({self.id})"

    @property
    def adapter(self) -> Path:
        return self.folder / "adapter"

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    @property
    def questions_file(self) -> Path | None:
        """The questions that it was given, as they were then: it may wait for its turn while the file changes."""
        if not self.config.questions_file:
            return None
        own = self.folder / _copy_of(self.config.questions_file)
        return own if own.is_file() else Path(self.config.questions_file)  # an older run has no copy

    @property
    def rows_file(self) -> Path:
        return self.folder / "rows.jsonl"

    @property
    def metrics_file(self) -> Path:
        return self.folder / "metrics.jsonl"

    @property
    def log_file(self) -> Path:
        return self.folder / "log.txt"

    @property
    def lock_file(self) -> Path:
        return self.folder / "lock"

    @property
    def cancel_file(self) -> Path:
        return self.folder / "cancel"

    def learns_from(self, documents: dict[str, str], passages: dict[str, str]) -> None:
        """Write down the corpus whose rows are made now; it may have changed since the run was asked for."""
        if (documents, passages) != (self.config.documents, self.config.passages):
            self.config = dataclasses.replace(self.config, documents=documents, passages=passages)
            write_json(self.folder / "config.json", dataclasses.asdict(self.config))

    def record(self, state: str, reason: str | None = None, **facts: Any) -> None:
        """Write the state down; `facts` stay recorded until they are written anew, `reason` and `phase` do not."""
        kept = {key: value for key, value in self._recorded().items() if key not in ("reason", "phase")}
        write_json(self.folder / "state.json", {**kept, "state": state, "reason": reason, "at": time.time(), **facts})

    def recorded(self, fact: str) -> Any:
        """A fact as last recorded, None where it was not."""
        return self._recorded().get(fact)

    def _recorded(self) -> dict[str, Any]:
        return dict(read_json(self.folder / "state.json"))

    def is_working(self) -> bool:
        """Whether a living process holds this run."""
        return is_held(self.lock_file)

    @property
    def state(self) -> str:
        """queued, preparing, training, done, failed, cancelled, or interrupted (the process died)."""
        before = self._recorded()
        if before["state"] not in WORKING or self.is_working():
            return str(self._recorded()["state"])
        # The lock was free: either the process has just ended (then the state says so now), or is starting, or died.
        now = self._recorded()
        if now["state"] not in WORKING:
            return str(now["state"])
        patience = _STARTING_SECONDS if self.config.training.processes == 1 else _BRINGING_TOGETHER_SECONDS
        starting = now["state"] == QUEUED and time.time() - now["at"] < patience
        return QUEUED if starting or not now.get("started") else INTERRUPTED

    def check_done(self) -> None:
        """RunBusy where the run has no whole adapter; it says how to come to one."""
        state = self.state
        if state == DONE:
            return
        how, action = ("Follow", f"show {self.id} --follow") if state in WORKING else ("Resume", f"resume {self.id}")
        raise RunBusy(
            f"Run {self.id} is {state}, and only a run that is done can answer or be exported. {how} it: "
            f"domain-tuner runs {action}"
        )

    def check_base(self, name: str, fingerprint: str) -> None:
        """WrongBaseModel where the model of that name and fingerprint is not the one that the run was tuned on."""
        if fingerprint != self.config.base_fingerprint:
            raise WrongBaseModel(
                f"Run {self.id} was tuned on a base model {name} with other weights (fingerprint "
                f"{self.config.base_fingerprint}, now {fingerprint}). Put those weights back, or tune again."
            )

    @property
    def reason(self) -> str | None:
        """Why it failed, in a sentence; None otherwise."""
        return self.recorded("reason")

    def metrics(self) -> list[dict[str, Any]]:
        """One dict a step: step, epoch, loss, learning_rate, tokens, seconds. A half-written last line is left out."""
        if not self.metrics_file.is_file():
            return []
        lines = self.metrics_file.read_text(encoding="utf-8").split("\n")
        return [json.loads(line) for line in lines[:-1]]

    def log(self) -> str:
        """What the process wrote."""
        return self.log_file.read_text(encoding="utf-8", errors="replace") if self.log_file.is_file() else ""

    def progress(self) -> RunProgress:
        """How far the run is now, read from its files."""
        state, facts, metrics = self.state, self._recorded(), self.metrics()
        last = metrics[-1] if metrics else {}
        seconds, tokens = float(last.get("seconds", 0.0)), int(last.get("tokens", 0))
        if state in (QUEUED, PREPARING):
            seconds = time.time() - (facts.get("started") or time.time())
        if state == PREPARING:
            done, total = int(facts.get("phase_done") or 0), int(facts.get("phase_total") or 0)
            return RunProgress(state, facts.get("phase") or _PHASES[state], done, total, None, seconds, None)
        left = None
        if state == TRAINING and tokens and facts.get("total_tokens"):
            left = seconds * max(0, facts["total_tokens"] - tokens) / tokens
        return RunProgress(
            state=state,
            phase=facts.get("phase") or _PHASES.get(state, state),
            step=int(last.get("step", 0)),
            total=int(facts.get("total_steps") or 0),
            loss=last.get("loss"),
            seconds=seconds,
            seconds_left=0.0 if state == DONE else left,
        )

    def summary(self) -> dict[str, Any]:
        """The run as one JSON object: who it is, how it stands, what it cost (0 or None until it is known)."""
        result_file = self.folder / "result.json"
        result = read_json(result_file) if result_file.is_file() else {}
        progress = self.progress()
        trained = progress.state != PREPARING  # until then what is counted are no steps
        return {
            "run": self.id,
            "state": progress.state,
            "reason": self.reason,
            "method": self.config.method,
            "options": self.config.options,
            "base_model": self.config.base_model or "trial",
            "chosen": self.config.chosen,
            "created": self.config.created,
            "documents": len(self.config.documents),
            "step": progress.step if trained else 0,
            "total": progress.total if trained else 0,
            "loss": progress.loss,
            "seconds": result.get("seconds", progress.seconds),
            "rows_left_out": result.get("rows_left_out"),
            "trainable_parameters": result.get("trainable_parameters"),
            "adapter_bytes": result.get("adapter_bytes"),
        }


class Runs:
    """The runs of a workspace, in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def create(self, config: RunConfig, rows: Path | None = None) -> Run:
        """A new run, queued; nothing is started. With a file of `rows` it learns from those, else it makes its own."""
        self.folder.mkdir(parents=True, exist_ok=True)
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(config.created))
        made = self.folder / f".new-{secrets.token_hex(8)}"
        made.mkdir()
        if rows:
            shutil.copyfile(rows, made / "rows.jsonl")
        if config.questions_file:
            shutil.copyfile(config.questions_file, made / _copy_of(config.questions_file))
        write_json(made / "config.json", dataclasses.asdict(config))
        write_json(made / "state.json", {"state": QUEUED, "reason": None, "at": time.time()})
        while True:
            target = self.folder / f"{stamp}-{secrets.token_hex(2)}"
            if not target.exists():
                made.rename(target)
                return Run(target)

    def all(self) -> list[Run]:
        """Newest first."""
        if not self.folder.is_dir():
            return []
        found = (_run_in(path) for path in self.folder.iterdir() if _ID.fullmatch(path.name))
        return sorted(filter(None, found), key=lambda run: (run.config.created, run.id), reverse=True)

    def summaries(self) -> list[dict[str, Any]]:
        """Of all runs, newest first."""
        found = []
        for run in self.all():
            with contextlib.suppress(FileNotFoundError):  # one may be removed meanwhile
                found.append(run.summary())
        return found

    def get(self, name: str = "latest", done: bool = False) -> Run:
        """The run by id, by the only id that starts so, or `latest`: the newest in any state. NoSuchRun otherwise; it
        names other runs, or with `done` those that are done."""
        runs = self.all()
        if name == "latest" and runs:
            return runs[0]
        found = [run for run in runs if run.id == name] or [run for run in runs if name and run.id.startswith(name)]
        if len(found) == 1:
            return found[0]
        if found:
            listed = ", ".join(run.id for run in found[:5])
            raise NoSuchRun(f"{len(found)} runs start with {name!r}: {listed}. Give more of the id.")
        known = [run.id for run in runs if not done or run.recorded("state") == DONE]
        listed = ", ".join(known[:5]) or "none yet; `domain-tuner tune` makes one"
        which = "The newest that are done" if done else "The newest runs"
        raise NoSuchRun(f"There is no run {name[:60]!r} in this workspace. {which}: {listed}.")

    def finished(self, name: str = "latest") -> Run:
        """As get, of runs that have an adapter: `latest` is the newest that is done. RunBusy where `name` is not."""
        if name != "latest":
            run = self.get(name, done=True)
            run.check_done()
            return run
        for run in self.all():
            if run.recorded("state") == DONE:
                return run
        raise NoSuchRun(
            "No run of this workspace is done yet. `domain-tuner tune` makes one; `domain-tuner runs` shows all."
        )

    def remove(self, name: str) -> str:
        """Delete a run and give its id; RunBusy while it is at work."""
        run = self.get(name)
        if run.is_working() or (run.state in WORKING and run.recorded("started")):
            raise RunBusy(f"Run {run.id} is {run.state}. Cancel it first: domain-tuner runs cancel {run.id}")
        gone = self.folder / f".gone-{run.id}"
        run.folder.rename(gone)
        shutil.rmtree(gone)
        return run.id


def _run_in(folder: Path) -> Run | None:
    """The run; None where it is gone meanwhile, is none, or is damaged, which the log says."""
    try:
        run = Run(folder)
        run.recorded("state")
        return run
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        _say_damaged(folder, str(error))
        return None


@functools.cache  # runs are listed again and again
def _say_damaged(folder: Path, why: str) -> None:
    log.warning("%s is passed over: its config.json or state.json is damaged (%s). Restore or delete it.", folder, why)


def _copy_of(questions_file: str) -> str:
    return f"questions{Path(questions_file).suffix.lower()}"
