"""A forecast: which steps stand for all of them, and a dry run against the run itself on a tiny model."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from conftest import ROOT
from test_cli import QUESTIONS, Said, call, make_base

from domain_tuner.base_model import load_base_model
from domain_tuner.dry_run import Learned, expected_questions, sampled_questions
from domain_tuner.examples import RowMix
from domain_tuner.locks import Lock
from domain_tuner.preparing import is_held_out, prepare
from domain_tuner.questions import Question
from domain_tuner.runs import RunConfig, Runs
from domain_tuner.step_sample import Shape, all_steps, padded, steps_to_make, strata_of
from domain_tuner.training_config import TrainingConfig

CONTRACT = ("trainable_parameters", "adapter_bytes", "peak_bytes", "seconds")


def shapes_of_a_run(chance: random.Random) -> list[Shape]:
    """Many batches of short rows and fewer of long ones, as documents give."""
    short = [(16, chance.randint(20, 60)) for _ in range(120)]
    long = [(chance.randint(2, 4), chance.randint(700, 1300)) for _ in range(50)]
    shapes = short + long
    chance.shuffle(shapes)
    return shapes


def seconds_of(shape: Shape) -> float:
    return 0.05 + 1e-3 * padded(shape) + 4e-8 * padded(shape) * shape[1]


@pytest.mark.quick
def test_strata_hold_every_batch_once_and_alike_many_tokens() -> None:
    shapes = shapes_of_a_run(random.Random(1))
    parts = strata_of(shapes)
    assert sorted(n for part in parts for n in part) == list(range(len(shapes)))
    tokens = [sum(padded(shapes[n]) for n in part) for part in parts]
    assert max(tokens) < 1.4 * min(tokens)
    largest = [max(padded(shapes[n]) for n in part) for part in parts]
    assert largest == sorted(largest)


@pytest.mark.quick
@pytest.mark.parametrize("seed", range(5))
def test_a_few_steps_tell_the_time_of_all(seed: int) -> None:
    shapes = shapes_of_a_run(random.Random(seed))
    made = steps_to_make(shapes)
    assert len(made) < 16
    assert max(map(padded, shapes)) in [padded(shapes[n]) for n in made[:3]], "most memory first"
    assert max(width for _, width in shapes) in [shapes[n][1] for n in made[:3]]
    seconds = [seconds_of(shapes[n]) for n in made]
    seconds[0] += 3.0  # the first step of a process loads and compiles
    found = all_steps(shapes, made, seconds)
    assert found.seconds == pytest.approx(sum(map(seconds_of, shapes)), rel=0.04)
    assert found.first == pytest.approx(3.0, rel=0.01)
    early = all_steps(shapes, made[:6], seconds[:6])  # stopped for want of time
    assert early.seconds == pytest.approx(found.seconds, rel=0.25)


@pytest.mark.quick
@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_run_of_few_steps_is_tried_whole(count: int) -> None:
    shapes = [(2, 10 + n) for n in range(count)]
    made = steps_to_make(shapes)
    assert set(made) == set(range(count)) and len(made) >= 2
    assert all_steps(shapes, made, [1.0] * len(made)).seconds == pytest.approx(count, rel=0.1)


@pytest.mark.quick
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((16, 48, 384, 240), (128, 8.0)),  # spans run out: a third of all
        ((32, 48, 384, 120), (120, 3.75)),  # enough before they do
        ((5, 40, 40, 240), (5, 1.0)),  # every span was tried already
        ((240, 300, 400, 240), (240, 1.0)),  # as many as wanted already
        ((0, 64, 64, 240), (0, 1.0)),
        ((0, 0, 0, 240), (0, 1.0)),
    ],
)
def test_how_many_questions_there_will_be(given: tuple[int, ...], expected: tuple[int, float]) -> None:
    assert expected_questions(*given) == expected


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One document, and beside it a base model and a questions file."""
    folder = tmp_path_factory.mktemp("forecast")
    make_base(folder / "base")
    lines = [json.dumps(question) + "\n" for question in QUESTIONS]
    (folder / "questions.jsonl").write_text("".join(lines), "utf-8")
    (folder / "handbook.md").write_text("# Keys\n\nThe spare keys hang in room 12.\n", "utf-8")
    assert call("--workspace", folder / "w", "ingest", folder / "handbook.md").code == 0
    return folder


def given(folder: Path, *more: str) -> list[str]:
    options = [f"--option={option}" for option in ("questions=0", "epochs=3", "rows_per_batch=4", *more)]
    return [*options, "--questions", str(folder / "questions.jsonl"), "--base-model", str(folder / "base"), "--json"]


def files(folder: Path) -> set[Path]:
    return {path.relative_to(folder) for path in folder.rglob("*") if path.suffix not in (".sqlite-wal", ".sqlite-shm")}


@pytest.fixture(scope="module")
def forecast_and_run(workspace: Path) -> tuple[Said, set[Path], Said, Any]:
    """What the forecast said, which files it left, what tune said, and the run's own result."""
    before = files(workspace / "w")
    forecast = call("--workspace", workspace / "w", "forecast", *given(workspace))
    left = files(workspace / "w") - before
    tuned = call("--workspace", workspace / "w", "tune", *given(workspace))
    assert tuned.code == 0, tuned.err
    result = json.loads((workspace / "w" / "runs" / tuned.json["run"] / "result.json").read_text())
    return forecast, left, tuned, result


def test_the_forecast_is_what_the_run_takes(forecast_and_run: tuple[Said, set[Path], Said, Any]) -> None:
    forecast, left, tuned, result = forecast_and_run
    assert forecast.code == 0, forecast.err
    said = forecast.json
    assert set(CONTRACT) <= set(said) and not left
    assert said["trainable_parameters"] == result["trainable_parameters"]
    assert 0 < tuned.json["adapter_bytes"] - said["adapter_bytes"] < 20_000  # the file's list of names
    assert said["steps"] == result["steps"] and said["rows"] == result["rows"]
    assert said["questions"] == len(QUESTIONS) and said["questions_written"] == 0
    # Tiny: nearly all of it are the libraries. The bench has real models.
    assert said["peak_bytes"] == pytest.approx(result["peak_bytes"], rel=0.15)
    assert said["seconds"] == pytest.approx(sum(said["parts"].values()), abs=0.01)
    assert said["parts"]["training"] < said["seconds"] and said["parts"]["writing questions"] == 0


def test_of_a_run_in_two_processes_both_are_tried(
    forecast_and_run: tuple[Said, set[Path], Said, Any], workspace: Path
) -> None:
    alone, before = forecast_and_run[0].json, files(workspace / "w")
    forecast = call("--workspace", workspace / "w", "forecast", *given(workspace, "processes=2"))
    assert forecast.code == 0, forecast.err
    said = forecast.json
    assert (alone["processes"], said["processes"]) == (1, 2) and files(workspace / "w") == before
    assert alone["peak_bytes_of_all"] == alone["peak_bytes"]
    assert said["peak_bytes"] < said["peak_bytes_of_all"] <= 2 * said["peak_bytes"]
    same = ("trainable_parameters", "adapter_bytes", "steps", "rows", "questions")
    assert [said[name] for name in same] == [alone[name] for name in same]
    assert said["seconds"] == pytest.approx(sum(said["parts"].values()), abs=0.01)


def test_rows_are_made_with_the_mix_that_the_run_recorded(
    forecast_and_run: tuple[Said, set[Path], Said, Any], workspace: Path
) -> None:
    runs, base = Runs(workspace / "w" / "runs"), load_base_model(workspace / "base")
    run = runs.get(forecast_and_run[2].json["run"])
    assert run.config.mix == dataclasses.asdict(RowMix()) and set(run.config.passages) == set(run.config.documents)
    for mix, repeats in (({**run.config.mix, "grounded_repeats": 3}, 3), ({}, RowMix().grounded_repeats)):
        again = runs.create(dataclasses.replace(run.config, mix=mix))
        rows = prepare(again, base, lambda *told: None)
        assert {row.repeats for row in rows if row.kind == "grounded"} == {repeats}
        runs.remove(again.id)


def test_beside_a_training_there_is_no_forecast(
    forecast_and_run: tuple[Said, set[Path], Said, Any], workspace: Path
) -> None:
    with Lock(workspace / "w" / "runs" / ".accelerator") as lock:
        assert lock.take()
        said = call("--workspace", workspace / "w", "forecast", *given(workspace))
    assert said.code == 1 and "is training" in said.json["error"]
    assert not list((workspace / "w").glob(".forecast-*"))


@pytest.mark.quick
def test_of_a_part_of_the_questions_seven_in_eight_are_learned_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that was written is one to be set aside; the run writes more, most of them others."""
    aside = next(one for n in range(99) if is_held_out(one := Question("Who signs?", ("Ada",), "a.md", n)))
    run = Runs(tmp_path).create(RunConfig(None, "", "lora", {}, TrainingConfig(questions=50)))
    corpus, base = SimpleNamespace(passages=lambda: []), SimpleNamespace(model=None, name="tiny")

    def learned(tried: int) -> Learned:
        monkeypatch.setattr("domain_tuner.questions.batches_of_questions", lambda *_: iter([([aside], tried, 160)]))
        return sampled_questions(cast(Any, corpus), cast(Any, base), None, run, lambda *told: None)

    assert (len(learned(16).questions), learned(16).written) == (9, 10)
    assert learned(160).questions == [aside], "all were tried, and the run learns from what there is"


@pytest.mark.parametrize("processes", [1, 2])
def test_a_dry_run_ends_with_who_asked_for_it(processes: int, workspace: Path) -> None:
    asked = ["--workspace", str(workspace / "w"), "forecast", *given(workspace, f"processes={processes}")]
    command = [sys.executable, "-m", "app.cli", *asked]
    asking = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    until = time.monotonic() + 300
    while not list((workspace / "w").glob(".forecast-*/*/state.json")) and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(1.0)  # the process is there and loading
    asking.send_signal(signal.SIGKILL)
    asking.communicate(timeout=300)
    until = time.monotonic() + 300
    while list((workspace / "w").glob(".forecast-*")) and time.monotonic() < until:
        time.sleep(0.1)
    assert not list((workspace / "w").glob(".forecast-*")), "its folder is gone"


def test_a_process_that_comes_late_takes_part_in_removing_its_folder(tmp_path: Path) -> None:
    """Another of the dry run's processes has begun to; one that failed now would have the launcher end that one."""
    made = tmp_path / ".forecast-x" / "run"
    made.mkdir(parents=True)
    (made / "lock").touch()
    command = [sys.executable, "-m", "domain_tuner.dry_run", str(made), str(tmp_path)]
    subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, timeout=300)
    assert not made.parent.exists()


def test_a_dry_run_removes_no_folder_but_a_forecasts(tmp_path: Path) -> None:
    (tmp_path / "runs" / "run").mkdir(parents=True)
    command = [sys.executable, "-m", "domain_tuner.dry_run", str(tmp_path / "runs" / "run"), str(tmp_path)]
    assert subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, timeout=300).returncode == 2
    assert (tmp_path / "runs" / "run").is_dir()


def test_a_document_that_no_question_is_written_about_is_told_beforehand(workspace: Path) -> None:
    said = call("--workspace", workspace / "w", "forecast", "--base-model", workspace / "base", "--json")
    assert said.code == 1 and "No passage holds" in said.json["error"]
