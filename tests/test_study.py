"""A study from its plan to its table: cells on real models, a queue that is stopped and killed, drawings, claims."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import mean
from typing import Any
from xml.etree import ElementTree

import conftest
import numpy as np
import pytest
from test_cli import call, make_base

from app.commands.study import _outcome
from domain_tuner.base_model import load_base_model
from domain_tuner.engine import Engine
from domain_tuner.errors import BadOption, BadQuestion, BadQuestions, TuningError, WrongOption
from domain_tuner.evenly import evenly
from domain_tuner.examples import read_rows, write_rows
from domain_tuner.files import read_json, write_json
from domain_tuner.methods import METHODS, parse_options
from domain_tuner.prompts import PromptTemplate
from domain_tuner.questions import Question, near_copies
from domain_tuner.runs import DONE, FAILED, WORKING, Run
from domain_tuner.study.cells import make_cells
from domain_tuner.study.claims import claims
from domain_tuner.study.folder import MEASURES, Studies, Study
from domain_tuner.study.making import _facts, plan_of
from domain_tuner.study.material import (
    DEVELOPMENT,
    Asked,
    Task,
    make_material,
    read_asked,
    replay_tasks,
    split,
    write_asked,
)
from domain_tuner.study.material import HELD_OUT as HELD_OUT_FILE
from domain_tuner.study.measures import replay_score
from domain_tuner.study.paired import apart
from domain_tuner.study.plan import Request, identity, training_of
from domain_tuner.study.plots import drawings
from domain_tuner.study.queue import go_on
from domain_tuner.study.report import HEADERS, claims_csv, csv_of, markdown_of, table_of
from domain_tuner.study.results import MEASURED, write_results
from domain_tuner.study.spectrum import SIZES, by_role, spectrum
from domain_tuner.study.speed import measure_speed, merged_model
from domain_tuner.training_config import TrainingConfig
from domain_tuner.workspace import Workspace
from retrieval.passages import Hit, Passage

ROOT = conftest.ROOT
HANDBOOK = "# Harbour\n\nThe spare keys hang in room 12. Ada Lund signs for them. The gate opens at 06:30.\n"
LEARN = [
    {"question": "Where do the spare keys hang?", "answers": ["room 12"], "document": "handbook.md"},
    {"question": "Who signs for the keys?", "answers": ["Ada Lund"], "document": "handbook.md"},
    {"question": "Who painted the lighthouse?", "answers": []},
]
HELD_OUT = [
    {"question": "In which room are the keys?", "answers": ["room 12"], "document": "handbook.md"},
    {"question": "At what time does the gate open?", "answers": ["06:30"], "document": "handbook.md"},
    {"question": "Who built the mole?", "answers": []},
]
CONTRACT = ("method", "options", "trainable_parameters", "adapter_bytes", "train_seconds", "peak_bytes",
            "decode_ms_per_token", "decode_ms_per_token_merged", "exact_match", "f1")  # fmt: skip


@pytest.fixture(scope="module")
def llama() -> Any:
    return conftest.make_model("llama", 400)


# -- the plan


PLAIN = TrainingConfig()


@pytest.mark.quick
def test_cells_are_methods_by_sizes_by_places(llama: Any) -> None:
    request = Request(("lora", "parallel-adapter", "full"), ranks=(1, 2), targets=("qv", "all", "both"))
    cells, left_out = make_cells(request, llama, PLAIN)
    assert [cell.label for cell in cells] == [
        *(f"lora rank={rank} targets={target}" for target in ("qv", "all") for rank in (1, 2)),
        *(f"parallel-adapter bottleneck={rank} placement=both" for rank in (1, 2)),
        "full",
    ]
    assert not left_out
    for cell in cells:
        options = parse_options(METHODS[cell.method], cell.options)
        assert cell.parameters == METHODS[cell.method].count(llama, options)
    assert cells[-1].parameters == sum(weight.numel() for weight in llama.parameters())


@pytest.mark.quick
def test_equal_budget_is_found_by_each_methods_own_count(llama: Any) -> None:
    cells, left_out = make_cells(Request(("lora", "parallel-adapter", "prefix", "full"), budget=0), llama, PLAIN)
    budget = cells[0].parameters
    equal = [cell for cell in cells if "equal budget" in cell.settings]
    assert [cell.method for cell in equal] == ["lora", "parallel-adapter", "prefix"]
    assert equal[0].settings == ("default", "equal budget"), "one run serves both"
    assert all(abs(cell.parameters - budget) < 0.02 * budget for cell in equal)
    assert len(left_out) == 1 and left_out[0].startswith("full at equal budget")
    far, left_out = make_cells(Request(("prompt",), budget=10**6), llama, PLAIN)
    assert len(far) == 1 and "nearest to 1,000,000" in left_out[0], "nothing is called equal that is not"


@pytest.mark.quick
def test_what_cannot_be_is_left_out_or_refused(llama: Any) -> None:
    everything, left_out = make_cells(Request(), llama, PLAIN)
    assert {cell.method for cell in everything} == set(METHODS) - {"bitfit"} and "no biases" in left_out[0]
    for request, word in (
        (Request(("bitfit",)), "no biases"),
        (Request(("alchemy",)), "alchemy"),
        (Request(("lora",), ranks=(0,)), "rank=0"),
        (Request(("lora",), targets=("everywhere",)), "everywhere"),
        (Request(("lora",), seeds=0), "seed"),
        (Request(("lora",), options={"full.rank": "1"}), "full"),
    ):
        with pytest.raises(BadOption, match=word):
            make_cells(request, llama, PLAIN)
    with pytest.raises(BadOption, match="--rates"):
        training_of(Request(options={"learning_rate": "0.1"}))
    with pytest.raises(WrongOption, match="qlora"):
        make_cells(Request(options={"lora.qlora": "true"}), llama, PLAIN)
    _, left_out = make_cells(Request(), llama, TrainingConfig(gradient_checkpointing=True))
    assert any(sentence.startswith("prefix: prefix keeps what it learns in the cache") for sentence in left_out)
    added, _ = make_cells(Request(("bitfit",), options={"bitfit.add": "true"}), llama, PLAIN)
    assert added[0].label == "bitfit add=True"


@pytest.mark.quick
def test_settings_that_would_fail_are_refused_or_left_out(llama: Any) -> None:
    fits, too_many = conftest.CONTEXT - 1, conftest.CONTEXT
    with pytest.raises(BadOption, match="processes=2"):
        training_of(Request(options={"fsdp": "true"}))
    split = TrainingConfig(fsdp=True, processes=2)
    for request, training, word in (
        (Request(options={"lora.four_bit": "true"}), PLAIN, "CUDA"),
        (Request(("lora",), options={"lora.four_bit": "true"}), split, "not both"),
        (Request(("prompt",), options={"prompt.tokens": str(too_many)}), PLAIN, "no room"),
        (Request(("prompt",), ranks=(too_many,)), PLAIN, f"None of these .* prompt tokens={too_many}: .* no room"),
    ):
        with pytest.raises(BadOption, match=word):
            make_cells(request, llama, training)
    cells, (left_out,) = make_cells(Request(("prompt",), ranks=(fits, too_many)), llama, PLAIN)
    assert [cell.size for cell in cells] == [fits] and left_out.startswith(f"prompt tokens={too_many}: ")
    cells, (left_out,) = make_cells(Request(("prompt",), budget=too_many * conftest.WIDTH), llama, PLAIN)
    assert [cell.settings for cell in cells] == [("default",)] and "no room" in left_out


@pytest.mark.quick
def test_the_same_request_over_the_same_facts_is_the_same_study() -> None:
    request = Request(("lora",), ranks=(1,))
    assert identity(request, documents={"a": "b"}) == identity(Request(("lora",), ranks=(1,)), documents={"a": "b"})
    assert identity(request, documents={"a": "b"}) != identity(request, documents={})
    assert identity(request) != identity(Request(("lora",), ranks=(2,)))


@pytest.mark.quick
def test_development_questions_are_set_aside_by_passage() -> None:
    questions = [Question(f"Question {n}?", ("x",), "a.md", n // 3) for n in range(48)]
    learned, development = split(questions)
    assert sorted(q.question for q in learned + development) == sorted(q.question for q in questions)
    assert 6 <= len(development) <= 8
    assert not {q.passage for q in learned} & {q.passage for q in development}
    assert split(questions[::-1])[1] == development[::-1] or set(split(questions[::-1])[1]) == set(development)
    with pytest.raises(BadQuestions, match="at least two"):
        split(questions[:3])


@pytest.mark.quick
def test_development_questions_have_answers_and_no_copies_that_are_learned() -> None:
    asked = [Question("Who has the keys?", ()), *(Question(f"Who has key {n}?", (f"Ada {n}",)) for n in range(7))]
    for n in range(8):
        _, (chosen,) = split(asked[n:] + asked[:n])
        assert chosen.answers
    copies = [Question(f"who has key {n}", (f"Ada {n}",)) for n in range(7)]
    near = [Question(f"Who has key {n} today and on any other day of May?", (f"Ada {n}",)) for n in range(7)]
    nearer = [Question(f"So {one.question}", one.answers) for one in near]
    learned, development = split([*asked, *copies, *near, *nearer])
    assert len(development) >= 3 and not near_copies(learned, development)
    for few in ([asked[0], Question("Who was it?", ())], [near[0], nearer[0]]):
        with pytest.raises(BadQuestions, match="with an answer"):
            split(few)


@pytest.mark.quick
def test_a_limit_takes_of_everything() -> None:
    assert evenly("aaaabbbbccdd", 3) == ["a", "b", "c"] and evenly(range(10), 4) == [0, 2, 5, 7]
    assert evenly([3, 1, 2], None) == evenly([3, 1, 2], 0) == evenly([3, 1, 2], 3) == evenly([3, 1, 2], 9) == [3, 1, 2]
    assert evenly([], 5) == [] and evenly(range(7), 1) == [0]
    assert all(len(set(evenly(range(200), most))) == most for most in range(1, 201))


# -- the queue, with real runs


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a base model, questions, and a workspace in which one document is."""
    folder = tmp_path_factory.mktemp("study")
    make_base(folder / "base")
    (folder / "in").mkdir()
    (folder / "in" / "handbook.md").write_text(HANDBOOK)
    for name, questions in (("learn", LEARN), ("held-out", HELD_OUT)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(question) + "\n" for question in questions))
    assert call("--workspace", folder / "ws", "ingest", folder / "in").code == 0
    return folder


def arguments(place: Path, *more: str) -> list[str]:
    asked = ["--questions", str(place / "learn.jsonl"), "--held-out", str(place / "held-out.jsonl")]
    training = ["--option", "max_steps=2", "--option", "questions=0", "--base-model", str(place / "base")]
    return ["--workspace", str(place / "ws"), "study", *asked, *training, "--seeds", "1", "--json", *more]


GRID = ("--methods", "lora,parallel-adapter", "--ranks", "1,2", "--rates", "1,3")


def start(place: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "app.cli", *arguments(place, *GRID)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def runs_of(place: Path) -> list[Run]:
    return [run for study in Studies(place / "ws" / "studies").all() for run in study.runs.all()]


def wait_until(told: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 600
    while not told():
        assert time.monotonic() < until and process.poll() is None, process.communicate()
        time.sleep(0.05)


def at_work(place: Path) -> bool:
    return any(run.state in WORKING and run.is_working() for run in runs_of(place))


@pytest.fixture(scope="module")
def finished(place: Path) -> Iterator[tuple[Study, dict[str, Any]]]:
    """The study after it was stopped with Ctrl-C, then killed, then let through; what was done stays as it is."""
    process = start(place)
    wait_until(lambda: at_work(place), process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 1 and json.loads(out)["unfinished"] == 4, err
    assert not at_work(place), "its run was stopped, too"
    process = start(place)
    wait_until(lambda: any(run.state == DONE for run in runs_of(place)) and at_work(place), process)
    process.kill()
    process.communicate()
    done = {run.adapter: run.adapter.stat().st_mtime_ns for run in runs_of(place) if run.state == DONE}
    said = call(*arguments(place, *GRID))
    assert said.code == 0, said.err
    assert done and all(adapter.stat().st_mtime_ns == stamp for adapter, stamp in done.items())
    (study,) = Studies(place / "ws" / "studies").all()
    yield study, said.json


def test_a_study_that_was_stopped_and_killed_comes_to_its_table(finished: tuple[Study, dict[str, Any]]) -> None:
    study, results = finished
    assert [row["label"] for row in results["rows"]] == [
        *("lora rank=1", "lora rank=2", "parallel-adapter bottleneck=1", "parallel-adapter bottleneck=2")
    ]
    for row in results["rows"]:
        assert set(CONTRACT) <= set(row) and row["n"] == 1 and not row["failed"]
        assert all(row[name] is not None for name in MEASURED if "merged" not in name)
        assert row["trainable_parameters"] > 0 and row["decode_ms_per_token"] > 0 and 0 <= row["f1"] <= 1
        assert (row["decode_ms_per_token_merged"] is None) == (row["method"] == "parallel-adapter")
        assert bool(row["spectrum"]) == (row["method"] == "lora")
        for matrix in row["spectrum"] or []:
            shares = dict(zip(SIZES, matrix["shares"], strict=True))
            assert shares[row["size"]] > 0.999 and shares[64] == 1.0, "an update of LoRA has its rank"
    assert results["unfinished"] == 0 and results["base"]["questions"] == 2
    assert len(study.runs.all()) == 6, "four of the sweep, of which two are the first seed's, and two more"
    assert {line["chosen"] for line in results["sweep"]} == {True, False} and len(results["sweep"]) == 4


def test_every_run_has_the_same_rows_and_no_question_that_scores(finished: tuple[Study, dict[str, Any]]) -> None:
    study, _ = finished
    rows = {run.rows_file.read_bytes() for run in study.runs.all()}
    assert rows == {(study.folder / "rows.jsonl").read_bytes()}
    learned = {row.question for row in read_rows(study.folder / "rows.jsonl")}
    asked = {one.question.question for one in (*study.development, *study.held_out)}
    assert learned and asked and not learned & asked
    assert [one.question.question for one in study.held_out] == [q["question"] for q in HELD_OUT]
    assert all(one.hits for one in study.held_out)
    configs = [run.config for run in study.runs.all()]
    assert len({(c.base_fingerprint, c.seed, c.training.max_steps, json.dumps(c.documents)) for c in configs}) == 1


def test_asked_again_there_is_nothing_to_do(finished: tuple[Study, dict[str, Any]], place: Path) -> None:
    study, results = finished
    before = {run.id for run in study.runs.all()}
    for asked in (arguments(place, *GRID), ["--workspace", str(place / "ws"), "study", study.id, "--json"]):
        again = call(*asked)
        assert again.code == 0 and again.json["rows"] == results["rows"]
    assert {run.id for run in study.runs.all()} == before
    assert call("--workspace", place / "ws", "runs", "--json").json == {"runs": []}, "they crowd out nobody's runs"
    own = call("--workspace", study.folder, "runs", "--json").json["runs"]
    assert {run["run"] for run in own} == before, "a study's folder is a workspace of its own as far as runs go"
    text = call(*[part for part in arguments(place, *GRID) if part != "--json"]).out
    assert "lora rank=2" in text and "What the papers claim" in text and "report.md" in text


def test_what_a_model_wrote_says_nothing_of_what_was_forgotten(
    finished: tuple[Study, dict[str, Any]], tmp_path: Path
) -> None:
    """The same study as if its held-out questions were the base model's own, measured by an earlier version."""
    study, results = finished
    assert results["base"]["replay_questions"] == 2 and results["rows"][0]["forgetting"] is not None
    assert results["forgetting_left_out"] is None
    copy = shutil.copytree(study.folder, tmp_path / "copy", symlinks=True)
    written = [
        Asked(dataclasses.replace(one.question, passage=one.hits[0].passage.id), one.hits) for one in study.held_out
    ]
    write_asked(copy / HELD_OUT_FILE, written)
    found = write_results(Study(copy))
    assert found["base"]["forgetting"] is None and found["base"]["replay_f1"] is None
    assert all(row["forgetting"] is None and row["replay_f1"] is None for row in found["rows"])
    assert {line[-1] for line in table_of(found)} == {"–"}
    text = (copy / "report.md").read_text()
    assert "Forgetting is not measured: a model wrote the held-out questions" in text
    assert "Forgetting is not measured" in _outcome(found, False, Namespace(workspace=tmp_path)).text
    (line, *_) = csv.DictReader(io.StringIO((copy / "table.csv").read_text()))
    assert line["forgetting"] == line["replay_f1"] == "" and line["f1"]


@pytest.mark.quick
def test_only_questions_of_people_are_written_again() -> None:
    asked = [asked_of("Who has the keys?", passage=1), asked_of("Whose are the keys?")]
    assert [task.question for task in replay_tasks(asked, PromptTemplate())] == ["Whose are the keys?"]


def test_over_edited_passages_it_is_another_study(place: Path) -> None:
    workspace = Workspace(place / "ws")
    request = Request(methods=("lora",), ranks=(1,))
    before = identity(request, **_facts(workspace, request))
    passage = workspace.corpus.passages()[0]
    workspace.corpus.enable_passage(passage.id, False)
    assert identity(request, **_facts(workspace, request)) != before
    workspace.corpus.enable_passage(passage.id)
    assert identity(request, **_facts(workspace, request)) == before
    workspace.close()


def test_a_plan_says_what_would_be_trained_and_makes_nothing(place: Path) -> None:
    before = sorted(path.name for path in (place / "ws" / "studies").glob("*"))
    said = call(*arguments(place, "--methods", "lora", "--ranks", "1,2", "--plan"))
    assert said.code == 0 and len(said.json["cells"]) == 2 and said.json["trainings"] == 4
    assert sorted(path.name for path in (place / "ws" / "studies").glob("*")) == before
    for more, word, code in (
        (["--methods", "alchemy"], "alchemy", 2),
        (["--methods", "lora", "--option", "seed=3"], "--seeds", 2),
        (["--methods", "prefix", "--option", "gradient_checkpointing=true"], "gradient_checkpointing", 2),
        (["20200101"], "20200101", 1),
    ):
        said = call(*arguments(place, *more))
        assert said.code == code and word in said.json["error"], said.json
    no_held_out = [part for part in arguments(place) if "held-out" not in part]
    assert "--held-out" in call(*no_held_out).json["error"]
    assert "ingest" in call("--workspace", place / "empty", "study", "--json").json["error"]


def material_of(place: Path, folder: Path, **asked: Any) -> tuple[list[Asked], list[Asked]]:
    """The development and the held-out questions of a study that would be made now."""
    workspace = Workspace(place / "ws", str(place / "base"))
    plan = plan_of(workspace, Request(("lora",), **asked))
    make_material(workspace, load_base_model(str(place / "base")), plan, folder, lambda *_: None)
    workspace.close()
    return read_asked(folder / DEVELOPMENT), read_asked(folder / HELD_OUT_FILE)


def test_a_limit_takes_held_out_questions_of_every_kind(place: Path, tmp_path: Path) -> None:
    lines = [{"question": f"Who painted wall {n}?", "answers": ["Ada Lund"] if n < 4 else []} for n in range(8)]
    file = tmp_path / "held-out.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    asked = {"questions": str(place / "learn.jsonl"), "held_out": str(file), "options": {"questions": "0"}}
    (tmp_path / "made").mkdir()
    _, held_out = material_of(place, tmp_path / "made", limit=4, **asked)
    assert [one.question.question for one in held_out] == [lines[n]["question"] for n in (0, 2, 4, 6)]


def test_no_question_that_scores_is_about_what_chose_the_learning_rates(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some of what is learned from is asked in other words to score; some of it then becomes development questions."""
    learned = [Question(f"Who has key {n}?", (f"Ada {n}",), "handbook.md", n) for n in range(24)]
    others = [Question(f"In whose pocket would {n} be found?", (f"Ada {n}",), "handbook.md", n) for n in range(30)]
    monkeypatch.setattr("domain_tuner.study.material.gather_questions", lambda *_: (learned, others))
    development, held_out = material_of(place, tmp_path)
    choosing, scoring = ({one.question.passage for one in asked} for asked in (development, held_out))
    assert len(choosing) == 3 and scoring == set(range(30)) - choosing
    gathered = learned, [others[passage] for passage in choosing if passage is not None]
    monkeypatch.setattr("domain_tuner.study.material.gather_questions", lambda *_: gathered)
    with pytest.raises(BadQuestions, match="--held-out"):
        material_of(place, tmp_path)


def asked_of(question: str, passage: int | None = None) -> Asked:
    """A question with the passage that has its answer; a model wrote it over `passage`, where that is given."""
    found = Passage(1, "a", "a.md", None, "Keys", "Ada Lund has the keys of room 12.", 0)
    return Asked(Question(question, ("Ada Lund",), "a.md", passage), (Hit(found, 1.0),))


@pytest.mark.quick
def test_what_was_forgotten_is_measured_on_questions_of_every_kind() -> None:
    asked = [asked_of(f"Who has key {n}?") for n in range(96)]
    assert [task.question for task in replay_tasks(asked, PromptTemplate())] == [
        q.question.question for q in asked[::2]
    ]


def lora_alone(
    place: Path, rank: int, options: dict[str, str], told: Callable[..., None] = lambda *_: None
) -> tuple[Workspace, Study]:
    """A study of one run, not begun."""
    from domain_tuner.study.making import study_for

    request = Request(
        ("lora",), (rank,), seeds=1, rates=(1.0,), options={**options, "questions": "0"},
        questions=str(place / "learn.jsonl"), held_out=str(place / "held-out.jsonl"),
    )  # fmt: skip
    workspace = Workspace(place / "ws", str(place / "base"))
    return workspace, study_for(workspace, request, told)


def test_a_run_that_fails_is_told_and_tried_again_only_when_asked(place: Path) -> None:
    """Its rows are taken away, so the run fails for real; the study says so and ends."""
    workspace, study = lora_alone(place, 1, {"max_steps": "1"})
    rows = read_rows(study.folder / "rows.jsonl")
    write_rows(study.folder / "rows.jsonl", [])
    for _ in range(2):
        go_on(study, lambda _: None)
        (run,) = study.runs.all()
        assert run.state == FAILED
        (row,) = write_results(study)["rows"]
        assert row["n"] == 0 and row["f1"] is None and "no training rows" in row["failed"][0]
    assert "no training rows" in (study.folder / "report.md").read_text()
    write_rows(run.rows_file, rows)
    go_on(study, lambda _: None, retry=True)
    (row,) = write_results(study)["rows"]
    assert row["n"] == 1 and not row["failed"] and (run.folder / MEASURES).is_file()
    workspace.close()
    config = place / "base" / "config.json"
    before = config.read_text()
    config.write_text(before + "\n")
    study.base_file.unlink()
    with pytest.raises(TuningError, match="has changed"):
        go_on(study, lambda _: None)
    config.write_text(before)


def test_what_memory_does_not_allow_ends_one_run_alone(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from domain_tuner.study import queue

    def too_much(*_: Any) -> Any:
        raise MemoryError

    workspace, study = lora_alone(place, 2, {"epochs": "60"})
    with monkeypatch.context() as patched, pytest.raises(TuningError, match="while the base model was measured"):
        patched.setattr(queue, "measure_base", too_much)
        go_on(study, lambda _: None)

    def kill(progress: Any) -> None:
        if progress.run and progress.run.state == "training":
            os.kill(study.runs.all()[0].recorded("pid"), signal.SIGKILL)

    go_on(study, kill)
    assert [run.state for run in study.runs.all()] == [FAILED]
    assert all("ended by the system" in row["failed"][0] for row in write_results(study)["rows"])
    with monkeypatch.context() as patched:
        patched.setattr(queue, "measure_run", too_much)
        patched.setattr(queue, "_LOOK_SECONDS", 0.05)
        go_on(study, lambda _: None, retry=True)
    assert all("memory ran out while it was measured" in row["failed"][0] for row in write_results(study)["rows"])
    (run,) = study.runs.all()
    trained = run.recorded("started"), run.adapter.stat().st_mtime_ns
    go_on(study, lambda _: None, retry=True)
    assert (run.recorded("started"), run.adapter.stat().st_mtime_ns) == trained, "it is measured again, not trained"
    assert [row["n"] for row in write_results(study)["rows"]] == [1]
    workspace.close()


def test_a_study_that_was_copied_makes_the_place_of_its_lock(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, study = lora_alone(place, 4, {"max_steps": "1"})
    workspace.close()
    copy = shutil.copytree(study.folder, tmp_path / "ws" / "studies" / study.id, symlinks=True)
    monkeypatch.setattr("domain_tuner.study.queue.measure_base", lambda study: {}[study.id])
    with pytest.raises(KeyError, match=study.id):  # as far as that it came
        go_on(Study(copy), lambda _: None)
    assert (tmp_path / "ws" / "runs" / ".accelerator").is_file()


def test_a_study_asked_for_twice_at_once_is_one(place: Path) -> None:
    second_is_through_or_waits, made = threading.Event(), []
    second = threading.Thread(
        target=lambda: ask("waiting for another study to be made", second_is_through_or_waits.set)
    )

    def ask(phase: str, then: Callable[[], object]) -> None:
        def told(doing: str, *_: int) -> None:
            if doing == phase:
                then()

        workspace, study = lora_alone(place, 8, {"max_steps": "1"}, told)
        workspace.close()
        made.append(study.id)
        second_is_through_or_waits.set()

    def start_second() -> None:
        if not second.ident:
            second.start()
            assert second_is_through_or_waits.wait(300)

    ask("finding passages", start_second)
    second.join()
    assert len(made) == 2 and len(set(made)) == 1


def test_a_question_too_long_for_one_method_ends_its_runs_alone(place: Path, tmp_path: Path) -> None:
    """1,024 trained tokens of 4,096 leave it no room; the base model reads it."""
    from domain_tuner.study.making import study_for

    def asked(signs: int) -> Study:
        file = tmp_path / f"{signs}.jsonl"
        file.write_text(json.dumps({"question": f"Where is {'x' * signs}?", "answers": ["room 12"]}) + "\n")
        options = {"max_steps": "1", "questions": "0", "prompt.tokens": "1024"}
        request = Request(
            ("prompt", "lora"), seeds=1, rates=(1.0,), options=options, questions=str(place / "learn.jsonl"),
            held_out=str(file),
        )  # fmt: skip
        return study_for(workspace, request, lambda *_: None)

    workspace = Workspace(place / "ws", str(place / "base"))
    with pytest.raises(BadQuestion, match="alone takes"):
        asked(3980)
    study = asked(3300)
    go_on(study, lambda _: None)
    prompt, lora = write_results(study)["rows"]
    assert prompt["n"] == 0 and "alone takes" in prompt["failed"][0]
    assert lora["n"] == 1 and not lora["failed"]
    workspace.close()


# -- what an adapter costs while it answers


@pytest.mark.parametrize("method", METHODS)
def test_speed_is_measured_of_every_method_and_leaves_the_base_as_it_was(
    method: str, model_folder: Callable[..., Path], tmp_path: Path
) -> None:
    base = load_base_model(model_folder("gpt2"))
    ids = conftest.tokens(base)
    before = conftest.logits(base.model, ids)
    chosen = METHODS[method]
    adapted = chosen.attach(base.model, chosen.options())
    adapted.save_pretrained(tmp_path, save_embedding_layers=False)
    fresh = load_base_model(model_folder("gpt2"))
    merged = merged_model(load_base_model(model_folder("gpt2")), tmp_path)
    found = measure_speed(fresh, merged, tmp_path, [[7, 8, 9], [9, 8]])
    assert found["load_ms"] > 0 and found["switch_ms"] > 0
    for step in found["step_ms"].values():
        assert step["base"] > 0 and step["adapter"] > 0 and (step["merged"] is None) == (merged is None)
    assert conftest.logits(fresh.model, ids).equal(before)
    assert not [name for name, _ in fresh.model.named_parameters() if "measured" in name or "another" in name]


def test_what_was_forgotten_is_measured_on_tasks_that_the_model_can_read(model_folder: Callable[..., Path]) -> None:
    engine, template = Engine(load_base_model(model_folder("gpt2"))), PromptTemplate()
    short, long = (
        Task(template.question_for("room 12", ("Keys", HANDBOOK * times)), "Where are the keys?") for times in (1, 20)
    )
    alone = replay_score(engine, [short], None)
    assert alone["replay_n"] == 1 and replay_score(engine, [long, short], None) == alone
    assert replay_score(engine, [long], None) == {"replay_f1": None, "replay_n": 0}


# -- the table, from invented measures


def row(method: str, parameters: int, f1: float, **more: Any) -> dict[str, Any]:
    measured = dict.fromkeys(MEASURED, 1.0) | {"f1": f1, "f1_with_passages": f1, "adapter_bytes": 4 * parameters}
    size = more.pop("size", None)
    chosen = {} if size is None else {"rank": size}
    label = " ".join([method, *(f"{name}={value}" for name, value in chosen.items())])
    fixed = {"method": method, "label": label, "settings": ["grid"], "chosen": chosen, "size": size, "n": 3,
             "learning_rate": 1e-3, "failed": [], "trainable_parameters": parameters}  # fmt: skip
    return {**fixed, **measured, "spread": dict.fromkeys(MEASURED, 0.002), **more}


def each_of(row: dict[str, Any], questions: int = 50) -> list[list[float]]:
    """A run's quality for each question, around the row's: the same ups and downs in every run."""
    ups = [0.2 * (-1) ** n for n in range(questions)]
    return [[row["f1"] + up for up in ups] for _ in range(row["n"])]


def results_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    each = {row["label"]: each_of(row) for row in rows}
    base = dict.fromkeys(("exact_match", "f1", "exact_match_with_passages", "f1_with_passages"), 0.1)
    return {"study": "s", "base_model": "trial", "parameters": 1000, "rows": rows, "sweep": [], "left_out": ["x: y."],
            "forgetting_left_out": None,
            "claims": claims(rows, each, np.arange(50), base, 1000, 4000), "unfinished": 0,
            "base": {**base, "questions": 9}}  # fmt: skip


@pytest.mark.quick
def test_claims_are_numbers_and_say_whether_they_carry_over() -> None:
    rows = [
        row("lora", 10, 0.5, size=1, peak_bytes=2.0, train_tokens_per_second=3.0),
        row("lora", 80, 0.5, size=8, peak_bytes=2.0, train_tokens_per_second=3.0),
        row("bottle", 20, 0.3, decode_ms_per_token=1.3, decode_ms_per_token_merged=None),
        row("whole", 1000, 0.4, peak_bytes=6.0, train_tokens_per_second=2.0),
    ]
    found = {claim["claim"]: claim for claim in results_of(rows)["claims"]}
    assert found["trainable parameters"]["measured"] == "lora rank=1: 100 times less than the whole model"
    assert "3.00 times" in found["training memory"]["measured"] and found["training memory"]["carries_over"]
    assert "1.50 times" in found["training speed"]["measured"]
    assert "+10.0 points" in found["quality"]["measured"] and found["quality"]["carries_over"]
    assert found["a very small rank suffices"]["carries_over"]
    assert found["merged, an adapter adds no latency"]["measured"].startswith("1.000")
    assert found["adapters that cannot be merged add latency"]["measured"].startswith("1.300")
    unmerged: dict[str, Any] = {"decode_ms_per_token_merged": None}
    tokens = [row("prefix", 10, f1, size=size, **unmerged) for size, f1 in ((1, 0.2), (8, 0.4), (20, 0.6))]
    also = {claim["claim"]: claim for claim in results_of([*rows, *tokens])["claims"]}
    assert "lora rank=1" in also["a very small rank suffices"]["measured"], "tokens are no ranks"
    without = {claim["claim"]: claim for claim in results_of(rows[:1])["claims"]}
    for name in ("training memory", "quality", "a very small rank suffices"):
        assert without[name]["measured"] is None and without[name]["sentence"].startswith("Not checked")
    nothing = {c["claim"]: c for c in results_of([row("lora", 10, 0.1), row("whole", 1000, 0.1)])["claims"]}
    assert nothing["quality"]["carries_over"] is None, "two that learned nothing are not on a par"


@pytest.mark.quick
def test_a_very_small_rank_is_held_against_a_much_larger_one() -> None:
    def told(*sizes: int, beside: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
        found = results_of([*beside, *(row("lora", 10, 0.5, size=size) for size in sizes)])["claims"]
        return next(claim for claim in found if claim["claim"] == "a very small rank suffices")

    for sizes in ((15, 16), (1, 4), (8, 64)):
        assert told(*sizes)["measured"] is None and told(*sizes)["sentence"].startswith("Not checked: ")
    assert told(4, 8, 32)["carries_over"]
    longer = [row("other", 10, 0.5, size=size) for size in (1, 2, 4, 8)]
    assert "lora rank=64" in told(2, 64, beside=longer)["measured"], "the widest"


def told_of(small: list[list[float]], large: list[list[float]], passages: int | None = None) -> dict[str, Any]:
    """The claim of a very small rank, from the F1 of [seeds][questions] about that many passages (None: one each)."""
    facts = np.arange(len(small[0])) % (passages or len(small[0]))
    rows = [
        row("lora", 10 * size, mean(map(mean, runs)), size=size, n=len(runs))
        for size, runs in ((1, small), (16, large))
    ]
    each = {one["label"]: runs for one, runs in zip(rows, (small, large), strict=True)}
    found = claims(rows, each, facts, None, 1000, 4000)
    return next(claim for claim in found if claim["claim"] == "a very small rank suffices")


def answers(f1: float, questions: int, runs: Sequence[float] = (0.0,), seed: int = 0) -> list[list[float]]:
    """Answers that are right or wrong, F1 in the mean; `runs` moves each run by so much."""
    chance = random.Random(seed)
    right = [n < round(f1 * questions) for n in range(questions)]
    return [[float(one) + run for one in chance.sample(right, questions)] for run in runs]


@pytest.mark.quick
def test_what_questions_and_seeds_cannot_tell_is_not_told() -> None:
    few = told_of(answers(0.5, 20, seed=1), answers(0.55, 20, seed=2))
    assert few["carries_over"] is None and "F1 -5.0 points [-" in few["measured"]
    assert few["sentence"].startswith("Cannot be told here") and "of one seed nothing is known" in few["sentence"]
    same = answers(0.5, 100)[0]
    apart_by_luck = [[score + up for score in same] for up in (0.1, 0.0, -0.1)]
    unsure = told_of([[score - 0.075 for score in run] for run in apart_by_luck], apart_by_luck)
    assert unsure["carries_over"] is None, "with such seeds 7.5 points are neither none nor surely some"
    worse = told_of([[score - 0.3 for score in run] for run in apart_by_luck], [same] * 3)
    assert worse["carries_over"] is False and "-30.0 points [-" in worse["measured"]
    assert worse["sentence"].startswith("Does not carry over")
    near = told_of([[score - 0.015 + up for score in same] for up in (-0.001, 0.001)], [same] * 2)
    assert near["carries_over"] is True and "above -2 points" in near["sentence"]
    assert told_of([same], [same])["carries_over"] is True
    assert told_of([same[:19]], [same[:19]])["carries_over"] is None, "19 questions tell little"
    assert "100 questions that the documents answer, about 5 passages" in told_of([same], [same], 5)["sentence"]
    ends = [told_of(answers(0.5, 100, seed=1), [[0.5] * 100], passages)["measured"] for passages in (None, 50, 6)]
    assert len(set(ends)) == 3, "questions of one passage are drawn together"
    text = csv.DictReader(io.StringIO(claims_csv([few, worse, near, {**few, "measured": None}])))
    assert [line["carries_over"] for line in text] == ["cannot be told here", "no", "yes", "not checked"]


@pytest.mark.quick
@pytest.mark.parametrize(("seeds", "by_training"), [(1, 0.0), (2, 0.1), (3, 0.02), (5, 0.1)])
def test_the_interval_between_two_settings_has_the_truth_in_it(seeds: int, by_training: float) -> None:
    """Two that are worth the same: in 200 made studies of 40 questions, zero is outside in about 10."""
    chance = np.random.default_rng(5)
    missed = 0
    for _ in range(200):
        one, other = (
            chance.normal(0.4, 0.3, 40) + chance.normal(0, by_training, (seeds, 1)) + chance.normal(0, 0.1, (seeds, 40))
            for _ in range(2)
        )
        middle, low, high = apart(one.tolist(), other.tolist(), np.arange(40))
        assert low < middle < high
        missed += not low <= 0 <= high
    assert 1 <= missed <= 20


@pytest.mark.quick
def test_measures_without_the_score_of_each_question_tell_nothing() -> None:
    rows = [row("lora", 10, 0.5, size=1), row("lora", 80, 0.5, size=8), row("whole", 1000, 0.4)]
    for each in ({one["label"]: [None] * 3 for one in rows}, {one["label"]: [*each_of(one)[:2], None] for one in rows}):
        found = {claim["claim"]: claim for claim in claims(rows, each, np.arange(50), None, 1000, 4000)}
        for name, difference in (("quality", "+10.0"), ("a very small rank suffices", "+0.0")):
            assert found[name]["measured"].endswith(f"F1 {difference} points") and found[name]["carries_over"] is None
            assert found[name]["sentence"].startswith("Cannot be told here: ")


def test_a_study_measured_by_an_earlier_version_is_still_read(
    finished: tuple[Study, dict[str, Any]], tmp_path: Path
) -> None:
    study, results = finished
    copy = shutil.copytree(study.folder, tmp_path / "copy", symlinks=True)
    for file in (copy / "base.json", *copy.glob(f"runs/*/{MEASURES}")):
        measures = read_json(file)
        assert len(measures["closed"].pop("f1_each")) == len(measures["passages"].pop("f1_each")) == 2
        write_json(file, measures)
    found = write_results(Study(copy))
    assert [row["f1"] for row in found["rows"]] == [row["f1"] for row in results["rows"]]
    assert [row["forgetting"] for row in found["rows"]] == [row["forgetting"] for row in results["rows"]]
    assert "each" not in found["rows"][0] and "a very small rank suffices" in (copy / "claims.csv").read_text()


@pytest.mark.quick
def test_the_spectrum_of_an_update_says_how_many_directions_it_has(llama: Any) -> None:
    import copy

    import torch

    merged = copy.deepcopy(llama)
    name = "model.layers.1.self_attn.q_proj"
    chance = torch.Generator().manual_seed(1)
    left, right = (torch.randn(64, 3, generator=chance) for _ in range(2))
    with torch.no_grad():
        merged.get_submodule(name).weight += left @ right.T
    found = spectrum(llama, merged)
    assert found is not None and [(m["name"], m["role"], m["layer"]) for m in found] == [(name, "q", 1)]
    shares = dict(zip(SIZES, found[0]["shares"], strict=True))
    assert 0.33 < shares[1] < shares[2] < 1 and shares[4] == shares[64] == 1.0
    assert by_role(found) == {"q": found[0]["shares"], "all": found[0]["shares"]}
    assert spectrum(llama, llama) == []
    assert spectrum(copy.deepcopy(llama).bfloat16(), merged) is None


@pytest.mark.quick
def test_reports_and_drawings() -> None:
    update = [{"name": "x.0.q", "role": "q", "layer": 0, "shares": [0.5] * 7}]
    rows = [row("lora", 10, 0.5, size=1), row("lora", 80, 0.6, size=8, spectrum=update), row("a<b", 1000, 0.4)]
    results = results_of(rows)
    pictures = drawings(results)
    names = {f"{name}{of}.svg" for name in ("quality", "sizes") for of in ("", "-with-passages")}
    assert set(pictures) == {*names, "spectrum.svg"}
    for name, dots in (("quality.svg", 3), ("sizes.svg", 2)):
        tree = ElementTree.fromstring(pictures[name])
        legend = len({row["method"] for row in rows}) if name == "quality.svg" else 1
        assert len(tree.findall("{*}circle")) == dots + legend
    assert drawings({"rows": []}) == {}
    one = drawings(results_of([rows[0]]))
    assert set(one) == {"quality.svg", "quality-with-passages.svg"}, "no curve is drawn through one point"
    text = markdown_of(results, list(pictures))
    for part in ("| lora rank=8 |", "60.0 ± 0.2", "![sizes](sizes.svg)", "- x: y.", "| lora rank=8 | all | 50.0 |"):
        assert part in text
    assert all(len(line) == len(HEADERS) for line in table_of(results))
    read = list(csv.DictReader(io.StringIO(csv_of(rows))))
    assert [float(line["f1"]) for line in read] == [0.5, 0.6, 0.4] and read[0]["f1_sd"] == "0.002"
