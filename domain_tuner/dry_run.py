"""A forecast's dry run: a process does a run's work in small, by the run's own code, and writes down what it took.

    python -m domain_tuner.dry_run RUN_FOLDER WORKSPACE

It loads the base model, writes a part of the questions where the run would write any, makes all rows from those, trains
a few of the run's batches and leaves `forecast.json` in the run's folder. Knows nothing about who asked.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain_tuner.errors import RunBusy, TuningError
from domain_tuner.files import is_disk_full, write_json
from domain_tuner.jobs import is_out_of_memory, loaded, reason_of, teller, training_begins
from domain_tuner.locks import Lock
from domain_tuner.memory import peak_bytes
from domain_tuner.ranks import of_all, rank, world
from domain_tuner.runs import FAILED, Run
from domain_tuner.step_sample import Shape, Steps, all_steps, steps_to_make
from retrieval.errors import CorpusError

if TYPE_CHECKING:
    from domain_tuner.base_model import BaseModel
    from domain_tuner.batches import Batch
    from domain_tuner.examples import TrainingRow
    from domain_tuner.methods import Method
    from domain_tuner.questions import Question
    from retrieval.corpus import Corpus

PLACE = ".forecast-"  # what the folder around the run's is called, which goes when whoever asked is gone
QUESTION_SECONDS, QUESTIONS, QUESTION_BATCHES = 30.0, 16, 2  # written so long, or so many out of so many batches
STEP_SECONDS, LEAST_STEPS = 60.0, 4  # no further step is begun after so long, but the largest two were made
_CHECKPOINTS_KEPT = 2
_GOING_SECONDS, _ENDING_SECONDS = 1.0, 60.0
_NO_ROOM = "The disk is full. Free some space, then ask for the forecast again."


@dataclasses.dataclass(frozen=True)
class Learned:
    """The questions that a run would learn from, in number (those not written yet are copies of those that were);
    `written` by the base model, in `seconds`."""

    questions: list[Question]
    written: int
    seconds: float


@dataclasses.dataclass
class DryTraining:
    """Which of the run's batches to make and when to stop, and what came of it; `train` is handed its two methods.

    `peaks` is the memory of each process that shared the steps."""

    run: Run
    shapes: list[Shape] = dataclasses.field(default_factory=list)
    chosen: list[int] = dataclasses.field(default_factory=list)
    stopped_at: float = 0.0
    saved_at: float = 0.0
    peaks: list[int] = dataclasses.field(default_factory=list)

    def pick(self, batches: list[Batch]) -> list[Batch]:
        # What the busiest of the processes that share each batch computes of it.
        self.shapes = [(-(-len(batch.rows) // world()), batch.width) for batch in batches]
        self.chosen = steps_to_make(self.shapes)
        # One more than will be made: a training that is stopped leaves a checkpoint, one at its end leaves none.
        return [batches[n] for n in [*self.chosen, self.chosen[0]]]

    def is_over(self) -> bool:
        if rank() > 0:
            return False  # the first decides for all, and what it writes may not be there yet
        metrics = self.run.metrics()
        late = metrics[-1]["seconds"] > STEP_SECONDS and len(metrics) >= LEAST_STEPS
        self.stopped_at = time.perf_counter()
        return late or len(metrics) == len(self.chosen)

    @property
    def seconds(self) -> list[float]:
        """Of each step that was made."""
        ends = [0.0, *(line["seconds"] for line in self.run.metrics())]
        return [end - start for start, end in itertools.pairwise(ends)]

    def steps(self) -> Steps:
        return all_steps(self.shapes, self.chosen[: len(self.seconds)], self.seconds)


def main(arguments: list[str]) -> int:
    """The process: 0 done, 1 failed for a reason that the run's state gives, 2 wrong use; anything else is raised."""
    if len(arguments) != 2 or not Path(arguments[0]).parent.name.startswith(PLACE):
        print(f"usage: python -m domain_tuner.dry_run {PLACE}.../RUN_FOLDER WORKSPACE", file=sys.stderr)
        return 2
    folder, workspace = map(Path, arguments)
    ending = _end_with_starter(folder.parent)
    try:
        run = Run(folder)
        return _share(run) if rank() > 0 else _told_of(run, workspace)
    except Exception:
        # Its folder goes, and so will this process; its failure now would have the launcher end those that remove it.
        if ending.wait(_GOING_SECONDS):
            time.sleep(_ENDING_SECONDS)
        raise


def _told_of(run: Run, workspace: Path) -> int:
    """The first process: does what there is to do and writes down what it took, or why it could not."""
    try:
        with Lock(run.lock_file) as lock, _alone(workspace / "runs"):
            lock.take(patience=2.0)  # who holds it is at work, to those who look
            write_json(run.folder / "forecast.json", measured(run, workspace / "corpus"))
    except (TuningError, CorpusError) as error:
        run.record(FAILED, str(error))
        return 1
    except BaseException as error:
        if not (is_out_of_memory(error) or is_disk_full(error)):
            raise
        run.record(FAILED, reason_of(error, run) if is_out_of_memory(error) else _NO_ROOM)
        return 1
    return 0


def _share(run: Run) -> int:
    """What every further process of a run does in a dry run: the same steps along with the first, which writes."""
    from domain_tuner.examples import read_rows

    if training_begins(run):
        method, options, base = loaded(run, lambda *told: None)
        tried(run, method, options, base, read_rows(run.rows_file))
    return 0


def _end_with_starter(folder: Path) -> threading.Event:
    """When whoever started this process is gone, its standard input ends; then the event is set, and this process ends,
    too, and `folder` goes."""
    ending = threading.Event()

    def wait() -> None:
        os.read(0, 1)  # not sys.stdin, whose lock Python wants back when it ends
        ending.set()
        for _ in range(100):  # the rest of the process may be writing into it
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                break
            time.sleep(0.1)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
    return ending


@contextlib.contextmanager
def _alone(runs: Path) -> Iterator[None]:
    """Hold the lock at which the workspace's trainings wait; RunBusy while one is at work."""
    if not runs.is_dir():
        yield
        return
    with Lock(runs / ".accelerator") as lock:
        if not lock.take(patience=2.0):
            raise RunBusy(
                "A run of this workspace is training, and a forecast beside it would measure half a machine. Wait for "
                "it to end, or cancel it: domain-tuner runs"
            )
        yield


def measured(run: Run, corpus_folder: Path) -> dict[str, Any]:
    """What a run like this one takes; times are seconds, from the state's `started` on."""
    from domain_tuner.corpora import open_corpus
    from domain_tuner.examples import write_rows
    from domain_tuner.preparing import rows_of
    from domain_tuner.prompts import PromptTemplate

    tell = teller(run)
    method, options, base = loaded(run, tell)
    loading = time.time() - run.recorded("started")
    config, template = run.config.training, PromptTemplate(**run.config.template)
    with contextlib.closing(open_corpus(corpus_folder.parent)) as corpus:
        learned = sampled_questions(corpus, base, template, run, tell)
        started = time.perf_counter()
        rows = rows_of(run, corpus, base, learned.questions, tell)
        finding = time.perf_counter() - started
    write_rows(run.rows_file, rows)
    tell("trying steps")
    started = time.perf_counter()
    dry = tried(run, method, options, base, rows)
    steps, saving = dry.steps(), dry.saved_at - dry.stopped_at
    checkpoints = _checkpoints(config, steps.seconds, len(dry.shapes))
    return {
        "processes": len(dry.peaks),
        "peak_bytes": max(dry.peaks),
        "peak_bytes_of_all": sum(dry.peaks),
        "disk_bytes": _disk_bytes(run, len(dry.seconds), len(dry.shapes), checkpoints),
        "parts": {
            "loading": loading,
            "writing questions": learned.seconds,
            "finding passages": finding,
            "setting up": dry.stopped_at - started - sum(dry.seconds) + saving,
            "training": steps.first + steps.seconds + checkpoints * saving,
        },
        "steps": len(dry.shapes),
        "steps_made": len(dry.seconds),
        "rows": len(rows),
        "questions": len(learned.questions),
        "questions_written": learned.written,
        "device": base.device.type,
    }


def tried(run: Run, method: Method, options: Any, base: BaseModel, rows: list[TrainingRow]) -> DryTraining:
    """A few of the run's steps, made."""
    from domain_tuner.training import train

    dry = DryTraining(run)
    # A tiny rate: the steps cost the same and cannot diverge. Its one checkpoint comes when it is stopped.
    gentle = dataclasses.replace(run.config.training, learning_rate=1e-6, checkpoint_seconds=0.0, checkpoint_steps=0)
    train(base, method.name, options, rows, run, gentle, dry.is_over, dry.pick)
    dry.saved_at = time.perf_counter()
    dry.peaks = of_all(peak_bytes(base.device))
    return dry


def sampled_questions(corpus: Corpus, base: BaseModel, template: Any, run: Run, tell: Callable[..., None]) -> Learned:
    """The file's questions and the model's own. Raises NothingToLearn where the run would."""
    from domain_tuner.engine import Engine
    from domain_tuner.preparing import HELD_OUT_IN, REWORDED_IN, divided, no_question
    from domain_tuner.question_files import read_questions
    from domain_tuner.questions import batches_of_questions

    wanted, passages = run.config.training.questions, corpus.passages()
    given = read_questions(run.questions_file) if run.questions_file else []
    kept: list[Question] = []
    tried, total, ends = 0, 0, [time.perf_counter()]
    writing = batches_of_questions(Engine(base), passages, template, wanted, run.config.seed) if wanted else ()
    for kept, tried, total in writing:
        ends.append(time.perf_counter())
        tell("writing questions", tried, total)
        enough = len(kept) >= QUESTIONS or ends[-1] - ends[0] > QUESTION_SECONDS
        if kept and enough and len(ends) > QUESTION_BATCHES:
            break
    made, share = expected_questions(len(kept), tried, total, wanted)
    learned, _ = divided(given, kept)
    if made > len(kept):  # copies of one question would all be on one side, so their number is divided instead
        expected = made if given else round(made * (1 - 1 / HELD_OUT_IN))
        learned = given + [kept[n % len(kept)] for n in range(expected)]
    if not learned:
        raise no_question(base, passages)
    again = 0 if given else len(learned) / REWORDED_IN / max(1, tried)
    return Learned(learned, made, (share + again) * (ends[-1] - ends[0]))


def expected_questions(kept: int, tried: int, total: int, wanted: int) -> tuple[int, float]:
    """How many questions come of `total` spans when `kept` came of the `tried`, at most `wanted`; and how many times
    the work of those that were tried it takes."""
    if not kept or not tried:
        return 0, 1.0
    needed = min(total, wanted * tried / kept)
    return min(wanted, round(needed * kept / tried)), max(1.0, needed / tried)


def _checkpoints(config: Any, seconds: float, steps: int) -> int:
    """How many checkpoints a run writes, none of them at its end."""
    by_time = int(seconds / config.checkpoint_seconds) if config.checkpoint_seconds else 0
    by_steps = (steps - 1) // config.checkpoint_steps if config.checkpoint_steps else 0
    return max(by_time, by_steps)


def _disk_bytes(run: Run, made: int, steps: int, checkpoints: int) -> int:
    """Of the run's folder when it is done: adapter, rows, metrics, and the newest checkpoints if there were any."""
    (checkpoint,) = (path for path in run.checkpoints.iterdir() if path.is_dir())
    adapter = sum(path.stat().st_size for path in checkpoint.glob("adapter_*"))
    one = sum(path.stat().st_size for path in checkpoint.rglob("*") if path.is_file())
    metrics = run.metrics_file.stat().st_size * steps // made
    return adapter + one * min(_CHECKPOINTS_KEPT, checkpoints) + run.rows_file.stat().st_size + metrics


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
