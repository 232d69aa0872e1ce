"""What a training writes down: a line a step, the time it took, and when a checkpoint is due; it says when to stop.

On opening, metrics past the newest whole checkpoint are dropped, so that a resumed run has no step twice.
Knows nothing about models or trainers.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from domain_tuner.batches import Batch
from domain_tuner.checkpoints import commit, newest
from domain_tuner.errors import TuningError
from domain_tuner.files import write_text
from domain_tuner.ranks import rank
from domain_tuner.runs import Run
from domain_tuner.training_config import TrainingConfig


class Journal:
    """`step` is the last step made, 0 before the first; `stopped` says that a cancel was met; `peak` is the highest
    learning rate. Of several processes that share a training only the first writes, and the others' journals hold the
    same."""

    def __init__(
        self, run: Run, batches: Sequence[Batch], config: TrainingConfig, peak: float, cancelled: Callable[[], bool]
    ) -> None:
        self.run, self.batches, self.config, self.peak, self.cancelled = run, batches, config, peak, cancelled
        self.current: Any = math.nan  # the loss of the step under way, a tensor
        self.stopped = False
        found = newest(run.checkpoints)
        self.checkpoint = found[0] if found else None
        self.step = found[1] if found else 0
        kept = [line for line in run.metrics() if line["step"] <= self.step]
        if rank() == 0:
            write_text(run.metrics_file, "".join(_line(line) for line in kept))
        self.tokens = kept[-1]["tokens"] if kept else 0
        self.seconds = kept[-1]["seconds"] if kept else 0.0
        self.loss: float | None = kept[-1]["loss"] if kept else None
        self._clock = self._last_checkpoint = time.perf_counter()

    def start(self) -> None:
        self._clock = self._last_checkpoint = time.perf_counter()
        self._before = self.seconds
        path = self.run.metrics_file if rank() == 0 else os.devnull
        self._file = open(path, "a", encoding="utf-8")  # noqa: SIM115  (close is called)

    def close(self) -> None:
        self._file.close()

    def write(self, step: int, loss: float, rate: float) -> None:
        """One line for the step that has just been made."""
        if not math.isfinite(loss):
            raise TuningError(
                f"The loss is no number any more at step {step}: training has diverged. Start again with a "
                f"learning_rate below {self.peak:g}, or with a smaller scaling."
            )
        batch = self.batches[step - 1]
        self.step, self.loss = step, loss
        self.tokens += batch.tokens
        self.seconds = round(self._before + time.perf_counter() - self._clock, 3)
        line = {"step": step, "epoch": batch.epoch, "loss": loss, "learning_rate": rate}
        self._file.write(_line({**line, "tokens": self.tokens, "seconds": self.seconds}))
        self._file.flush()
        self.stopped = step < len(self.batches) and self.cancelled()

    def wants_checkpoint(self) -> bool:
        if self.step >= len(self.batches):
            return False
        every = self.config.checkpoint_steps
        by_steps = bool(every) and self.step % every == 0
        by_time = time.perf_counter() - self._last_checkpoint >= (self.config.checkpoint_seconds or math.inf)
        return self.stopped or by_steps or by_time

    def commit(self, made: Path) -> None:
        """Make the folder `made` the checkpoint of this step; its metrics are on the disk before it is."""
        if rank() == 0:
            os.fsync(self._file.fileno())
            commit(made, self.run.checkpoints, self.step)
        self._last_checkpoint = time.perf_counter()


def _line(metrics: dict[str, Any]) -> str:
    return json.dumps(metrics) + "\n"
