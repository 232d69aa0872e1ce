"""What a run will come to, before it starts: parameters and bytes by formula, memory and time from a dry run.

The dry run is a process of its own (dry_run.py), as a run's is, so that its peak memory is the run's; what it writes
lies in a folder of the workspace that is gone afterwards. Knows nothing about how either is found.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain_tuner.dry_run import PLACE
from domain_tuner.errors import TuningError
from domain_tuner.estimate import Forecast, forecast
from domain_tuner.files import read_json
from domain_tuner.jobs import LESS_MEMORY, environment, launched
from domain_tuner.methods import find_method, parse_options
from domain_tuner.runs import FAILED, QUEUED, Run, RunConfig, RunProgress, Runs

_LOOK_SECONDS = 0.2
_END_SECONDS = 10.0
_LOG_CHARACTERS = 20_000  # several processes write their reasons one after the other, and their launcher its own last
_KILLED = "Signal 9 (SIGKILL)"  # what the launcher of several processes writes of one


@dataclass(frozen=True)
class RunForecast:
    """`peak_bytes` is as a run's result has it: the whole process on a CPU, libraries included, else what torch holds
    of the GPU. Of several `processes` it is of the one that took most, and `peak_bytes_of_all` is their sum, in which
    libraries that they share are counted in each. `seconds` is from the start to the saved adapter, the sum of `parts`;
    waiting for another run and fetching a model from a hub are not in it. `disk_bytes` is the run's folder when it is
    done. `steps_made` of the `steps` were tried, by as many processes as the run has."""

    size: Forecast
    processes: int
    peak_bytes: int
    peak_bytes_of_all: int
    disk_bytes: int
    parts: Mapping[str, float]
    steps: int
    steps_made: int
    rows: int
    questions: int
    questions_written: int
    device: str

    @property
    def seconds(self) -> float:
        return sum(self.parts.values())


def forecast_run(config: RunConfig, workspace: Path, told: Callable[[RunProgress], None]) -> RunForecast:
    """Forecast a run of that configuration over the workspace's documents; `told` hears how far the dry run is.

    Raises what the run would (NoModel, BadOption, NothingToLearn), RunBusy beside a training, and TuningError where the
    machine has not enough memory.
    """
    method = find_method(config.method)
    size = forecast(method, parse_options(method, config.options), config.base_model)
    workspace.mkdir(parents=True, exist_ok=True)  # where the corpus is on a server there may be none yet
    with tempfile.TemporaryDirectory(prefix=PLACE, dir=workspace) as folder:
        run = Runs(Path(folder)).create(config)
        code = _dry_run(run, workspace, told)
        file = run.folder / "forecast.json"
        if code or not file.is_file():
            raise _why_not(run, code)
        return RunForecast(size, **read_json(file))


def _dry_run(run: Run, workspace: Path, told: Callable[[RunProgress], None]) -> int:
    """Its exit code. It does not outlive us: each of its processes ends when our end of the pipe is closed."""
    run.record(QUEUED, started=time.time())
    with run.log_file.open("ab") as log:
        child = subprocess.Popen(
            [
                *(sys.executable, *launched(run.config.training.processes), "domain_tuner.dry_run"),
                *(str(run.folder.resolve()), str(workspace.resolve())),
            ],
            stdin=subprocess.PIPE,  # open as long as we live, which it watches
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment(run.config.training.processes),
        )
    try:
        while child.poll() is None:
            told(run.progress())
            time.sleep(_LOOK_SECONDS)
    finally:
        _end(child)
    return child.returncode


def _end(child: subprocess.Popen[bytes]) -> None:
    """With the pipe closed it ends by itself; several processes do so one by one, and their launcher last."""
    assert child.stdin
    child.stdin.close()
    try:
        child.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _why_not(run: Run, code: int) -> Exception:
    if run.recorded("state") == FAILED:
        return TuningError(run.reason)
    if code < 0 or _KILLED in run.log():
        return TuningError(
            "The dry run was ended by the system, most likely because memory ran out, and so would the run. "
            + LESS_MEMORY
        )
    return RuntimeError(f"the dry run ended with {code}: {run.log()[-_LOG_CHARACTERS:]}")


def as_json(found: RunForecast) -> dict[str, Any]:
    """The contract's four numbers, and what they are made of."""
    return {
        "trainable_parameters": found.size.trainable_parameters,
        "adapter_bytes": found.size.adapter_bytes,
        "peak_bytes": found.peak_bytes,
        "peak_bytes_of_all": found.peak_bytes_of_all,
        "processes": found.processes,
        "seconds": round(found.seconds, 3),
        "parts": {name: round(seconds, 3) for name, seconds in found.parts.items()},
        "base_parameters": found.size.base_parameters,
        "disk_bytes": found.disk_bytes,
        "device": found.device,
        "steps": found.steps,
        "steps_made": found.steps_made,
        "rows": found.rows,
        "questions": found.questions,
        "questions_written": found.questions_written,
    }
