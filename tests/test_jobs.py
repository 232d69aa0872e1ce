"""Real jobs on a tiny model: killed at random moments, cancelled, queued, raced for, failing, out of disk."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, door_rows

from domain_tuner import jobs
from domain_tuner.base_model import fingerprint, load_base_model
from domain_tuner.errors import BadOption, RunBusy
from domain_tuner.examples import write_rows
from domain_tuner.methods import METHODS
from domain_tuner.runs import WORKING, Run, RunConfig, Runs
from domain_tuner.training import TrainingConfig, train

Folder = Callable[..., Path]
Start = Callable[..., int]


def job_run(runs: Runs, folder: Path, steps: int = 40, rows: int = 8, **options: Any) -> Run:
    config = TrainingConfig(epochs=steps, rows_per_batch=rows, checkpoint_seconds=0, checkpoint_steps=3)
    run = runs.create(RunConfig(str(folder), fingerprint(str(folder)), "lora", options, config))
    write_rows(run.rows_file, door_rows(rows))
    return run


def wait_for(run: Run, *states: str, seconds: float = 600.0) -> str:
    until = time.monotonic() + seconds
    while run.state not in states:
        assert time.monotonic() < until, (run.state, run.reason, run.log())
        time.sleep(0.02)
    return run.state


def without_seconds(run: Run) -> list[dict[str, Any]]:
    return [{key: value for key, value in line.items() if key != "seconds"} for line in run.metrics()]


def test_killed_at_random_moments_and_resumed_equals_uninterrupted(
    model_folder: Folder, tmp_path: Path, quick_start: Start
) -> None:
    folder = model_folder("llama")
    whole, parts = (job_run(Runs(tmp_path / name), folder, steps=100, dropout=0.1) for name in ("whole", "parts"))
    options = METHODS["lora"].options(dropout=0.1)
    train(load_base_model(folder), "lora", options, door_rows(8), whole, whole.config.training)
    chance = random.Random(os.environ.get("KILL_SEED", "kills"))
    kills, in_training = 0, 0
    while parts.state != "done":
        pid = quick_start(parts)
        if in_training < 3 and kills < 6:
            wait_for(parts, *WORKING, "done")
            time.sleep(chance.uniform(0.05, 0.8))
            in_training += parts.recorded("state") == "training"
            with contextlib.suppress(ProcessLookupError):  # it was done before its time had come
                os.kill(pid, signal.SIGKILL)
                kills += 1
            wait_for(parts, "interrupted", "done", "queued")
        else:
            wait_for(parts, "done", "failed")
            assert parts.state == "done", parts.log()
    assert kills >= 1 and in_training >= 1
    assert without_seconds(parts) == without_seconds(whole)
    for name in ("adapter_model.safetensors", "adapter_config.json"):
        assert (parts.adapter / name).read_bytes() == (whole.adapter / name).read_bytes()
    assert parts.summary()["trainable_parameters"] == METHODS["lora"].count(load_base_model(folder).model, options)


def test_a_detached_job_outlives_its_parent(model_folder: Folder, tmp_path: Path) -> None:
    runs = Runs(tmp_path / "work space" / "runs")
    run = job_run(runs, model_folder("llama"), steps=3)
    code = "import sys; from domain_tuner.runs import Run; from domain_tuner import jobs; from pathlib import Path; " \
           "jobs.start(Run(Path(sys.argv[1])))"  # fmt: skip
    before = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code, str(run.folder)], check=True, cwd=tmp_path, env=before)
    with pytest.raises(RunBusy):
        jobs.start(run)
    assert wait_for(run, "done", "failed", "interrupted") == "done", run.log()
    assert runs.get().id == run.id
    assert os.getsid(run.recorded("pid")) != os.getsid(0) if run.is_working() else True
    result = run.summary()
    assert result["step"] == result["total"] == 3 and result["adapter_bytes"] > 0
    assert not (run.folder / ".ballast").exists()
    assert "door" not in run.log()  # rows are private


def test_more_processes_than_gpus_are_refused_before_anything_is_loaded(
    model_folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = TrainingConfig(processes=3)
    run = Runs(tmp_path).create(RunConfig(str(model_folder("llama")), "", "lora", {}, config))
    assert jobs.loaded(run, lambda *told: None)[2].name, "without a GPU they share the processor"
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    with pytest.raises(BadOption, match=r"processes=3 needs 3 GPUs.*has 2\. Choose processes=2"):
        jobs.loaded(run, lambda *told: None)


def test_queue_of_two_and_cancel(model_folder: Folder, tmp_path: Path, quick_start: Start) -> None:
    runs = Runs(tmp_path)
    first, second, third = (job_run(runs, model_folder("llama"), steps=4000) for _ in range(3))
    quick_start(first)
    wait_for(first, "training")
    quick_start(second)
    quick_start(third)
    time.sleep(0.8)
    assert [run.state for run in (first, second, third)] == ["training", "queued", "queued"]
    assert jobs.cancel(third) == "cancelled" and third.metrics() == []
    assert jobs.cancel(first) == "cancelled"
    assert first.metrics() and not first.adapter.exists() and not first.is_working()
    wait_for(second, "training")
    os.kill(second.recorded("pid"), signal.SIGSTOP)  # it hangs: asking does not help
    assert jobs.cancel(second, patience=0.5, grace=0.5) == "cancelled"
    assert not second.is_working()
    step = first.metrics()[-1]["step"]
    first.record("cancelled", total_steps=step)
    quick_start(first)  # resumed from where it was cancelled, not from the start
    wait_for(first, "training")
    wait_until_step(first, step + 1)
    steps = [line["step"] for line in first.metrics()]
    assert steps == list(range(1, len(steps) + 1))
    assert jobs.cancel(first) == "cancelled"


def wait_until_step(run: Run, step: int) -> None:
    until = time.monotonic() + 300
    while not run.metrics() or run.metrics()[-1]["step"] < step:
        assert time.monotonic() < until and run.state in WORKING, (run.state, run.log())
        time.sleep(0.05)


def test_two_workers_race_for_a_run_and_one_steps_back(
    model_folder: Folder, tmp_path: Path, quick_start: Start
) -> None:
    run = job_run(Runs(tmp_path), model_folder("llama"), steps=200)
    quick_start(run)
    wait_for(run, "training")
    pid = run.recorded("pid")
    quick_start(run)
    wait_for(run, "done", "failed")
    assert run.state == "done" and run.recorded("pid") == pid
    until = time.monotonic() + 120
    while "Another process works on this run" not in run.log():
        assert time.monotonic() < until
        time.sleep(0.05)
    assert [line["step"] for line in run.metrics()] == list(range(1, 201))


def test_failures_are_told_in_a_sentence(model_folder: Folder, tmp_path: Path, quick_start: Start) -> None:
    runs = Runs(tmp_path / "runs")
    missing = job_run(runs, model_folder("llama"))
    missing.folder.joinpath("config.json").write_text(
        missing.folder.joinpath("config.json").read_text().replace(str(model_folder("llama")), "/no/such/model")
    )
    changed = runs.create(RunConfig(str(model_folder("llama")), "0" * 16, "lora", {}))
    option = job_run(runs, model_folder("llama"), rank=0)
    nothing = job_run(runs, model_folder("llama"))
    write_rows(nothing.rows_file, [])
    reasons = {
        missing: "The base model '/no/such/model' is neither a folder",
        changed: "has changed since this run was set up",
        option: "rank=0 does not fit the method lora: rank is 1 to 512",
        nothing: "There are no training rows",
    }
    for run, reason in reasons.items():
        quick_start(run)
        assert wait_for(run, "failed") == "failed"
        assert reason in (run.reason or ""), run.log()
        assert "Traceback" in run.log() or 'File "' in run.log()
    write_rows(nothing.rows_file, door_rows(2))
    assert not nothing.adapter.exists()


def test_a_full_disk_is_a_clear_failure_and_the_run_can_be_resumed(
    model_folder: Folder, tmp_path: Path, quick_start: Start
) -> None:
    """A limit on the size of a file stands in for the full disk: the adapter's safetensors cannot be written."""
    run = job_run(Runs(tmp_path), model_folder("llama"), steps=4, rank=64)
    quick_start(run, largest_file=60_000)
    assert wait_for(run, "failed", "done", "interrupted") == "failed", run.log()
    assert "The disk is full" in str(run.reason) and run.id in str(run.reason), run.log()
    assert not run.adapter.exists()
    quick_start(run)
    assert wait_for(run, "done", "interrupted") == "done", run.log()
