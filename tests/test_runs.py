"""Runs as folders: found, listed, removed; states follow from the lock; files and locks hold what they promise."""

from __future__ import annotations

import contextlib
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from retrieval_fakes import FakeEmbedder

from domain_tuner import jobs
from domain_tuner.errors import NoSuchRun, RunBusy
from domain_tuner.files import is_disk_full, new_folder, publish_folder, read_json, write_json, write_text
from domain_tuner.locks import Lock, is_held
from domain_tuner.methods import METHODS, option_values
from domain_tuner.runs import Run, RunConfig, Runs
from domain_tuner.snapshot import passage_digests
from domain_tuner.training_config import TrainingConfig
from domain_tuner.workspace import Workspace
from retrieval.corpus import Corpus

pytestmark = pytest.mark.quick


def bare(runs: Runs, **more: Any) -> Run:
    return runs.create(RunConfig(None, "", "lora", {}, **more))


@pytest.fixture
def holder() -> Iterator[Callable[[Path], None]]:
    """holder(path): another process takes that lock and keeps it."""
    code = (
        "import sys, time; from pathlib import Path; from domain_tuner.locks import Lock; "
        "print(Lock(Path(sys.argv[1])).take(), flush=True); time.sleep(60)"
    )
    processes = []

    def hold(path: Path) -> None:
        held = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        processes.append(held)
        assert held.stdout and held.stdout.readline() == "True\n"

    yield hold
    for process in processes:
        process.kill()
        process.wait()


@contextlib.contextmanager
def largest_file(size: int) -> Iterator[None]:
    """As on a full disk, no file can grow beyond `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_run_is_its_folder(tmp_path: Path) -> None:
    runs = Runs(tmp_path / "runs")
    assert runs.all() == []
    config = RunConfig("m", "f", "lora", {"rank": 4}, TrainingConfig(epochs=2), documents={"a": "b.md"}, created=1.0)
    run = runs.create(config)
    assert Runs(tmp_path / "runs").get(run.id).config == config
    assert run.state == "queued" and run.reason is None and run.metrics() == [] and run.log() == ""
    progress = run.progress()
    assert (progress.step, progress.total, progress.loss, progress.seconds_left) == (0, 0, None, None)
    summary = run.summary()
    assert (summary["run"], summary["state"], summary["adapter_bytes"]) == (run.id, "queued", None)


def test_what_was_chosen_for_a_run_is_told_from_the_defaults(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    assert bare(runs).summary()["chosen"] == {}
    options = {**option_values(METHODS["lora"].options()), "rank": 4}
    config = RunConfig("some/model", "", "lora", options, TrainingConfig(epochs=3, learning_rate=1e-4))
    chosen = {"base_model": "some/model", "rank": 4, "epochs": 3, "learning_rate": 1e-4}
    assert runs.create(config).summary()["chosen"] == chosen
    unknown = RunConfig(None, "", "of a later version", {"width": 3})
    assert runs.create(unknown).summary()["chosen"] == {"width": 3}


def test_who_wants_an_adapter_is_told_of_runs_that_have_one(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    done, failed = bare(runs, created=1.7e9), bare(runs, created=1.8e9)
    done.record("done")
    failed.record("failed")
    with pytest.raises(NoSuchRun, match=f"done: {done.id}\\.$"):
        runs.finished("gone")
    with pytest.raises(NoSuchRun, match=f"runs: {failed.id}, {done.id}"):
        runs.get("gone")


def test_a_folder_of_an_older_run_is_read(tmp_path: Path) -> None:
    run = bare(Runs(tmp_path), documents={"a": "b.md"}, passages={"a": "0"}, mix={"recall_repeats": 2})
    config = read_json(run.folder / "config.json")
    del config["mix"], config["passages"]
    write_json(run.folder / "config.json", {**config, "training": {**config["training"], "no_more": 1}})
    older = Run(run.folder).config
    assert (older.mix, older.passages, older.documents) == ({}, {}, {"a": "b.md"})


def test_a_run_notices_that_its_passages_changed(tmp_path: Path) -> None:
    """Edited, split, switched off: each makes the run say so, and putting it back takes that back."""
    for name in ("one", "two"):
        (tmp_path / f"{name}.md").write_text(f"# {name}\n\nThe pump of {name} stops at 42 litres. It starts at 7.\n")
    workspace = Workspace(tmp_path / "w")
    workspace.corpus = corpus = Corpus(tmp_path / "corpus", embedder=FakeEmbedder())
    corpus.ingest([tmp_path / "one.md", tmp_path / "two.md"])
    documents = {document.id: document.name for document in corpus.documents()}
    kept = {"documents": documents, "passages": passage_digests(corpus, documents)}
    run, older = bare(workspace.runs, **kept), bare(workspace.runs, documents=documents)
    passage = next(passage for passage in corpus.passages() if passage.document == "two.md")
    assert workspace.stale_documents(run) == []
    edited = corpus.edit_passage(passage.id, "The pump stops at 43 litres.")
    assert workspace.stale_documents(run) == ["two.md"]
    (put_back,) = corpus.revert_passage(edited.id)
    assert workspace.stale_documents(run) == []
    corpus.enable_passage(put_back.id, False)
    assert workspace.stale_documents(run) == ["two.md"]
    corpus.enable_passage(put_back.id)
    halves = corpus.split_passage(put_back.id, 10)
    assert workspace.stale_documents(run) == ["two.md"] and workspace.stale_documents(older) == []
    corpus.merge_passages(*(half.id for half in halves))
    corpus.remove("one.md")
    assert "one.md" in workspace.stale_documents(run) and workspace.stale_documents(older) == ["one.md"]
    workspace.close()


def test_runs_are_found_by_id_prefix_and_latest(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    for look, says in ((runs.finished, r"No run .* done yet"), (runs.get, "no run 'latest'.*tune")):
        with pytest.raises(NoSuchRun, match=says):
            look()
    old, new = bare(runs, created=1.7e9), bare(runs, created=1.8e9)
    assert [run.id for run in runs.all()] == [new.id, old.id]
    assert runs.get(old.id[:8]).id == old.id
    old.record("done")
    assert runs.finished().id == runs.finished(old.id).id == old.id
    new.record("failed", "why")
    assert runs.get("latest").reason == "why", "the newest, whatever became of it"
    assert runs.finished("latest").id == old.id and runs.get(new.id).reason == "why"
    with pytest.raises(NoSuchRun, match=r"2 runs start with '2'.*Give more of the id"):
        runs.get("2")
    for wrong in ("nope", "", "../../etc", "-rf", "."):
        with pytest.raises(NoSuchRun):
            runs.get(wrong)


def test_a_run_that_is_not_done_says_how_it_can_be(tmp_path: Path, holder: Callable[[Path], None]) -> None:
    runs = Runs(tmp_path)
    run = bare(runs)
    run.record("training", started=time.time())
    with pytest.raises(RunBusy, match=rf"{run.id} is interrupted, and only .* done can answer.*runs resume {run.id}"):
        runs.finished(run.id)
    holder(run.lock_file)
    with pytest.raises(RunBusy, match=rf"is training.*runs show {run.id} --follow"):
        runs.finished(run.id[:15])


def test_odd_folders_are_no_runs(tmp_path: Path) -> None:
    for name in ("notes", ".new-ab", "20261123-221500-3fa2x", "20261123-221500-ZZZZ"):
        (tmp_path / name).mkdir()
    (tmp_path / "20261123-221500-3fa2").write_text("no folder")
    assert Runs(tmp_path).all() == []


def test_a_damaged_run_is_passed_over_and_named_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    runs = Runs(tmp_path)
    damages = [("config.json", ""), ("config.json", '{"training": 1}'), ("config.json", "[]"), ("state.json", "")]
    kept, *damaged = (bare(runs, created=1.7e9 + n) for n in range(1 + len(damages)))
    kept.record("done")
    for run, (name, text) in zip(damaged, damages, strict=True):
        (run.folder / name).write_text(text)
    for _ in range(2):
        assert [run.id for run in runs.all()] == [summary["run"] for summary in runs.summaries()] == [kept.id]
    assert runs.finished().id == kept.id
    assert all(sum(run.id in said for said in caplog.messages) == 1 for run in damaged)


def test_a_run_without_a_state_is_none(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    kept, lost = bare(runs, created=1.7e9), bare(runs, created=1.8e9)
    kept.record("done")
    (lost.folder / "state.json").unlink()
    assert runs.finished().id == kept.id
    with pytest.raises(NoSuchRun, match=lost.id):
        runs.finished(lost.id)


def test_a_run_that_is_removed_meanwhile_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = Runs(tmp_path)
    kept, gone = bare(runs, created=1.7e9), bare(runs, created=1.8e9)
    listed = list(tmp_path.iterdir())
    runs.remove(gone.id)
    monkeypatch.setattr(Path, "iterdir", lambda self: iter(listed))
    assert [run.id for run in runs.all()] == [kept.id]


def test_processes_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain_tuner.jobs.usable_cores", lambda: 16)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert jobs.environment(4)["OMP_NUM_THREADS"] == "4" and "OMP_NUM_THREADS" not in jobs.environment()
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert jobs.environment(4)["OMP_NUM_THREADS"] == "3"


@pytest.mark.parametrize("processes", [1, 2])
def test_what_a_launcher_says_is_not_for_our_processes(processes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"RANK": "1", "LOCAL_RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "elsewhere", "MASTER_PORT": "29500"}
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    assert not said.keys() & jobs.environment(processes).keys()


def test_a_folder_to_write_to_may_be_the_one_that_one_stands_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with new_folder(Path(".")) as made:
        (made / "part").mkdir()
        (made / "part" / "f").write_text("whole")
    assert Path("part/f").read_text() == "whole" and [path.name for path in tmp_path.iterdir()] == ["part"]


def test_many_runs_at_once_have_ids_of_their_own(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    assert len({bare(runs, created=1.7e9).id for _ in range(50)}) == 50


def test_a_half_written_metrics_line_is_left_out(tmp_path: Path) -> None:
    run = bare(Runs(tmp_path))
    run.metrics_file.write_text('{"step": 1, "loss": 2.0}\n{"step": 2, "lo')
    assert run.metrics() == [{"step": 1, "loss": 2.0}]


def test_progress_tells_the_time_left_from_tokens(tmp_path: Path, holder: Callable[[Path], None]) -> None:
    run = bare(Runs(tmp_path))
    run.record("preparing", started=time.time() - 60, phase="writing questions", phase_done=3, phase_total=12)
    holder(run.lock_file)
    progress = run.progress()
    assert 60 <= progress.seconds < 90, "since it was started"
    assert (progress.state, progress.phase, progress.step, progress.total) == ("preparing", "writing questions", 3, 12)
    run.record("training", total_steps=40, total_tokens=4000)
    run.metrics_file.write_text('{"step": 10, "loss": 1.5, "tokens": 1000, "seconds": 20.0}\n')
    progress = run.progress()
    assert (progress.step, progress.total, progress.loss, progress.seconds_left) == (10, 40, 1.5, 60.0)


def test_states_follow_from_the_lock(tmp_path: Path, holder: Callable[[Path], None]) -> None:
    runs = Runs(tmp_path)
    run = bare(runs)
    run.record("training", started=time.time())
    assert run.state == "interrupted"
    holder(run.lock_file)
    assert run.state == "training" and run.is_working()
    for wrong in (lambda: runs.remove(run.id), lambda: jobs.start(run), lambda: jobs.resume(run)):
        with pytest.raises(RunBusy, match=run.id):
            wrong()
    other = bare(runs)
    other.record("done")
    with pytest.raises(RunBusy, match=r"done already"):
        jobs.cancel(other)
    with pytest.raises(RunBusy, match=r"is done"):
        jobs.resume(other)
    assert runs.remove(other.id) == other.id and not other.folder.exists()
    assert [kept.id for kept in runs.all()] == [run.id]


def test_a_lock_survives_looks_and_dies_with_its_process(tmp_path: Path, holder: Callable[[Path], None]) -> None:
    path = tmp_path / "lock"
    assert not is_held(path)
    lock = Lock(path)
    assert lock.take() and not Lock(path).take() and is_held(path)
    code = "import sys; from pathlib import Path; from domain_tuner.locks import *; p = Path(sys.argv[1]); " \
           "sys.exit(10 * is_held(p) + Lock(p).take())"  # fmt: skip
    for _ in range(2):  # looking from inside must not drop it: POSIX would, were the file opened and closed again
        assert is_held(path)
        assert subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, check=False).returncode == 10
    lock.release()
    assert subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, check=False).returncode == 1
    assert not is_held(path)  # that process is gone, and so is its lock
    holder(path)
    assert is_held(path) and not lock.take()


def test_files_are_whole_or_not_there(tmp_path: Path) -> None:
    target = tmp_path / "config.json"
    write_text(target, "old")
    with largest_file(10_000), pytest.raises(OSError) as caught:
        write_text(target, "new" * 10_000)
    assert is_disk_full(caught.value)
    assert target.read_text() == "old" and [path.name for path in tmp_path.iterdir()] == ["config.json"]
    made = tmp_path / "made"
    for text in ("one", "two"):
        made.mkdir()
        (made / "f").write_text(text)
        publish_folder(made, tmp_path / "out")
    assert (tmp_path / "out" / "f").read_text() == "two"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "out"]


def test_a_disk_that_torch_fills_is_full(tmp_path: Path) -> None:
    import torch

    with largest_file(10_000), pytest.raises(RuntimeError) as caught:
        torch.save(torch.zeros(10_000), tmp_path / "optimizer.pt")
    assert is_disk_full(caught.value)
    with pytest.raises(RuntimeError) as caught:
        torch.save(torch.zeros(10), tmp_path / "nowhere" / "optimizer.pt")
    assert not is_disk_full(caught.value)


def test_memory_that_torch_cannot_have_is_out_of_memory() -> None:
    import torch

    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 50, dtype=torch.uint8)
    assert jobs.is_out_of_memory(caught.value) and not jobs.is_out_of_memory(RuntimeError("a shape is wrong"))


def test_cancel_of_a_run_that_was_never_started(tmp_path: Path) -> None:
    run = bare(Runs(tmp_path))
    assert jobs.cancel(run) == "cancelled"
    gone = bare(Runs(tmp_path))
    gone.record("training", started=1.0)
    assert gone.state == "interrupted" and jobs.cancel(gone) == "cancelled"


def test_worker_says_how_it_is_used() -> None:
    for arguments in ([], ["a", "b"], ["/no/such/run"]):
        assert jobs.main(arguments) == 2
