"""A job: a detached process that owns one run folder, prepares its rows, trains, and writes "done" last.

    python -m domain_tuner.jobs RUN_FOLDER

It lives on when whoever started it is gone; what it does is read from the folder alone. It holds the run's lock while
it lives, and the accelerator's lock while it works: one training at a time, the others wait in the order in which they
were started. To cancel is to leave a file that it looks for at each step. Knows nothing about pages or terminals.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain_tuner.errors import RunBusy, TuningError, WrongBaseModel
from domain_tuner.files import is_disk_full, write_json
from domain_tuner.locks import Lock
from domain_tuner.ranks import check_processes, rank
from domain_tuner.runs import (
    CANCELLED,
    DONE,
    FAILED,
    INTERRUPTED,
    PREPARING,
    QUEUED,
    TRAINING,
    WORKING,
    Run,
    Runs,
)
from retrieval.cores import usable_cores

if TYPE_CHECKING:
    from domain_tuner.base_model import BaseModel
    from domain_tuner.methods import Method

LESS_MEMORY = "Choose a smaller tokens_per_batch, gradient_checkpointing=true, or a smaller base model."
_ROOT = Path(__file__).resolve().parent.parent
_BALLAST_BYTES = 64 * 1024  # given up when the disk is full, so that the failure itself can be written down
_NO_MEMORY = ("can't allocate memory", "CUBLAS_STATUS_ALLOC_FAILED")  # in torch's messages
# On a CPU oneDNN keeps 1,024 kernels with their workspaces, one a shape, and torch's layer above it as many more, while
# batches are of hundreds of shapes: a training grew with every step. With 64 of each it stops growing early, and 40
# steps of LoRA on the trial model take 1.65 GiB instead of 1.95, in the same time.
_FEWER_KERNELS = {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "64", "LRU_CACHE_CAPACITY": "64"}
# What a launcher around us (a Kubeflow container's, say) tells its own processes; ours would wait for others.
_OF_A_LAUNCHER = {"RANK", "LOCAL_RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"}
_LOOK_SECONDS = 0.1
_TELL_SECONDS = 0.5
_children: list[subprocess.Popen[bytes]] = []  # kept so that ended ones are reaped at the next start


class Cancelled(Exception):
    """The run's cancel file has appeared."""


def start(run: Run) -> None:
    """Start the run's process and return at once. RunBusy when it is at work or done."""
    state = run.state
    if run.is_working() or state == DONE or (state in WORKING and run.recorded("started")):
        raise RunBusy(f"Run {run.id} is {state}; it can be started only when nobody works on it and it is not done.")
    _children[:] = [child for child in _children if child.poll() is None]
    run.cancel_file.unlink(missing_ok=True)
    (run.folder / ".ballast").write_bytes(os.urandom(_BALLAST_BYTES))
    run.record(QUEUED, started=time.time())
    with run.log_file.open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, *launched(run.config.training.processes), "domain_tuner.jobs", str(run.folder.resolve())],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=environment(run.config.training.processes),
        )
    _children.append(child)


def launched(processes: int) -> list[str]:
    """How Python starts a module as the worker: by itself, or as several processes that torchrun brings together."""
    if processes == 1:
        return ["-m"]
    return ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes), "-m"]


def environment(processes: int = 1) -> dict[str, str]:
    """Of a process of ours, or of several that share the cores: it finds this very code. SAFEPATH: modules are never
    looked for in the folder that the user happens to stand in."""
    path = os.pathsep.join(part for part in (str(_ROOT), os.environ.get("PYTHONPATH", "")) if part)
    # torchrun would give each of several processes one thread.
    threads = {"OMP_NUM_THREADS": str(max(1, usable_cores() // processes))} if processes > 1 else {}
    ours = {"PYTHONPATH": path, "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"}
    found = {name: value for name, value in os.environ.items() if name not in _OF_A_LAUNCHER}
    return {**threads, **_FEWER_KERNELS, **found, **ours}


def resume(run: Run) -> None:
    """Start an interrupted, cancelled or failed run again, from its newest whole checkpoint. RunBusy otherwise."""
    state = run.state
    if state not in (INTERRUPTED, CANCELLED, FAILED):
        raise RunBusy(f"Run {run.id} is {state}; only an interrupted, cancelled or failed run can be resumed.")
    start(run)


def cancel(run: Run, patience: float = 20.0, grace: float = 10.0) -> str:
    """Stop the run and give its state then (`cancelled`, or what it came to first).

    It is asked, and given `patience` seconds to leave a checkpoint; then its processes are ended, after `grace` more
    by force. RunBusy when there is nothing to stop.
    """
    state = run.state
    if state not in (*WORKING, INTERRUPTED):
        raise RunBusy(f"Run {run.id} is {state} already, so there is nothing to cancel.")
    run.cancel_file.touch()
    if state in WORKING and run.recorded("started"):
        for seconds, sign in ((patience, None), (grace, signal.SIGTERM), (grace, signal.SIGKILL)):
            if sign is not None:
                _signal(run, sign)
            if _ended(run, seconds):
                break
    if run.recorded("state") in WORKING and not run.is_working():
        run.record(CANCELLED)
    return run.state


def _ended(run: Run, seconds: float) -> bool:
    """Whether nobody holds the run any more, waited for so long; a run just started has not taken its lock yet."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not run.is_working() and run.state not in (QUEUED,):
            return True
        time.sleep(_LOOK_SECONDS)
    return not run.is_working()


def _signal(run: Run, sign: signal.Signals) -> None:
    """To the worker's whole group, if the worker still holds the run (its number may be another's by now)."""
    pid = run.recorded("pid")
    if pid and run.is_working():
        with contextlib.suppress(ProcessLookupError):
            if os.getpgid(pid) == pid:
                os.killpg(pid, sign)
            else:
                os.kill(pid, sign)


def main(arguments: list[str]) -> int:
    """The worker: 0 done or cancelled, 1 failed, 2 wrong use."""
    if len(arguments) != 1 or not (Path(arguments[0]) / "config.json").is_file():
        print("usage: python -m domain_tuner.jobs RUN_FOLDER", file=sys.stderr)
        return 2
    run = Run(Path(arguments[0]))
    if rank() > 0:
        return _share(run)
    with Lock(run.lock_file) as lock:
        if not lock.take(patience=2.0):
            print("Another process works on this run; nothing to do here.")
            return 0
        if run.recorded("state") == DONE:
            return 0
        return work(run)


def _share(run: Run) -> int:
    """What every further process of a run does: wait for its rows, and train along with the first, which writes. What
    goes wrong goes into the log, and the launcher ends all."""
    from domain_tuner.examples import read_rows
    from domain_tuner.training import train

    if training_begins(run):
        method, options, base = loaded(run, lambda *told: None)
        train(base, method.name, options, read_rows(run.rows_file), run, run.config.training)
    return 0


def training_begins(run: Run) -> bool:
    """Waited for by the further processes; False where it will not."""
    while (state := run.recorded("state")) != TRAINING:
        if state not in WORKING:
            return False
        time.sleep(_LOOK_SECONDS)
    return True


def work(run: Run) -> int:
    """Wait for the accelerator, do the run, and write down what came of it. The caller holds the run's lock."""
    run.record(QUEUED, pid=os.getpid())
    try:
        with _accelerator(run):
            _do(run)
    except Cancelled:
        run.record(CANCELLED)
    except BaseException as error:
        _write_failure(run, error)
        return 1
    return 0


@contextlib.contextmanager
def _accelerator(run: Run) -> Iterator[None]:
    """Wait until no run that was started earlier waits too, and the accelerator is free; hold it."""
    with Lock(run.folder.parent / ".accelerator") as lock:
        while _is_behind_another(run) or not lock.take():
            if run.cancel_file.exists():
                raise Cancelled
            time.sleep(_LOOK_SECONDS)
        yield


def _is_behind_another(run: Run) -> bool:
    mine = (run.recorded("started") or 0.0, run.id)
    for other in Runs(run.folder.parent).all():
        with contextlib.suppress(FileNotFoundError):  # one may be removed meanwhile
            waiting = other.id != run.id and other.recorded("state") == QUEUED and other.is_working()
            if waiting and (other.recorded("started") or 0.0, other.id) < mine:
                return True
    return False


def _do(run: Run) -> None:
    from domain_tuner.examples import read_rows, write_rows
    from domain_tuner.training import train

    tell = teller(run)
    method, options, base = loaded(run, tell)
    if not run.rows_file.is_file():
        from domain_tuner.preparing import prepare

        write_rows(run.rows_file, prepare(run, base, tell))
    rows = read_rows(run.rows_file)
    tell("starting to train")
    result = train(base, method.name, options, rows, run, run.config.training, run.cancel_file.exists)
    if not result.finished:
        raise Cancelled
    write_json(run.folder / "result.json", dataclasses.asdict(result))
    (run.folder / ".ballast").unlink(missing_ok=True)
    run.record(DONE)


def loaded(run: Run, tell: Callable[..., None]) -> tuple[Method, Any, BaseModel]:
    """The run's method, its options and its base model. Raises NoModel, WrongBaseModel, and BadOption where this model
    or this machine cannot have the method (before any rows are made, which takes long)."""
    tell("loading the base model")
    from domain_tuner.base_model import load_base_model, quiet_libraries
    from domain_tuner.methods import find_method, parse_options

    quiet_libraries()
    warnings.simplefilter("ignore", FutureWarning)  # the libraries' notes to each other would fill the log
    training = run.config.training
    check_processes(training.processes)
    method = find_method(run.config.method)
    options = parse_options(method, run.config.options)
    # Split over processes, it need fit none of their devices, as long as it is to write no questions.
    base = load_base_model(run.config.base_model, placed=not training.fsdp or training.questions > 0)
    if run.config.base_fingerprint and base.fingerprint != run.config.base_fingerprint:
        raise WrongBaseModel(
            f"The base model {base.name} has changed since this run was set up ({run.config.base_fingerprint} then, "
            f"{base.fingerprint} now). Start a new run."
        )
    method.check(base.model, options)
    return method, options, base


def teller(run: Run) -> Callable[..., None]:
    """tell(phase, done, all): what preparing calls, often. Writes it down twice a second; ends a cancelled run."""
    last: dict[str, Any] = {"phase": "", "at": 0.0}

    def tell(phase: str, done: int = 0, total: int = 0) -> None:
        if run.cancel_file.exists():
            raise Cancelled
        if phase != last["phase"] or time.monotonic() - last["at"] > _TELL_SECONDS:
            last.update(phase=phase, at=time.monotonic())
            run.record(PREPARING, phase=phase, phase_done=done, phase_total=total)

    return tell


def _write_failure(run: Run, error: BaseException) -> None:
    """State failed with a sentence; the whole trace in the log, without values that may be a document's text."""
    (run.folder / ".ballast").unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        print("".join(traceback.format_tb(error.__traceback__)), file=sys.stderr)
        told = "" if isinstance(error, LookupError | UnicodeError) else str(error)[:500]  # those quote what they met
        print(f"{type(error).__name__}: {told}", file=sys.stderr)
    run.record(FAILED, reason_of(error, run))


def is_out_of_memory(error: BaseException) -> bool:
    """Of the machine or of its accelerator; torch has a class of its own for the latter alone."""
    refused = isinstance(error, RuntimeError) and any(sign in str(error) for sign in _NO_MEMORY)
    return refused or isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"


def reason_of(error: BaseException, run: Run) -> str:
    """What a person is told: what happened and what to do."""
    if isinstance(error, TuningError):
        return str(error)
    if is_disk_full(error):
        how = f"on the page, or domain-tuner runs resume {run.id}"
        return f"The disk is full. Free some space, then resume the run ({how})."
    if is_out_of_memory(error):
        return (
            "Memory ran out. Start a new run with a smaller tokens_per_batch, with gradient_checkpointing=true, "
            "or with a smaller base model."
        )
    return (
        f"The program has an error ({type(error).__name__}). The details are in {run.log_file} (domain-tuner runs log "
        f"{run.id} shows them)."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
