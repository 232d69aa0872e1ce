"""The command line as the contract has it: JSON shapes, exit codes, bad input. One tiny run serves all the tests."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import conftest
import pytest

from app.cli import main
from domain_tuner.base_model import TRIAL_MODEL
from domain_tuner.methods import METHODS

ROOT = Path(__file__).resolve().parent.parent
ARMS = ("base", "rag", "peft", "combined")
COMMANDS = (
    *(
        "ingest",
        "documents",
        "passages",
        "store",
        "remove",
        "search",
        "backup",
        "restore",
        "tune",
        "runs",
        "ask",
        "compare",
        "evaluate",
    ),
    *("methods", "forecast", "study", "export", "convert", "calibrate", "serve", "demo", "doctor"),
)
HANDBOOK = """# Harbour handbook

## Keys

The spare keys of the pump house hang in room 12. Ada Lund signs for them.

## Gate

The blue gate opens at 06:30 and its code is K-7731.
"""
QUESTIONS = (
    {"question": "Where do the spare keys hang?", "answers": ["room 12"], "document": "handbook.md"},
    {"question": "What is the code of the blue gate?", "answers": ["K-7731"], "document": "handbook.md"},
    {"question": "Who painted the lighthouse?", "answers": []},
)


class Said:
    """What a command came to. `json` is the one object on standard output."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> dict[str, Any]:
        assert len(self.out.splitlines()) == 1, self.out
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value


def call(*arguments: str | Path) -> Said:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(argument) for argument in arguments])
    return Said(code, out.getvalue(), err.getvalue())


def make_base(folder: Path) -> Path:
    """A tiny base model with room for passages in its context."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conftest, "CONTEXT", 4096)
        tokenizer = conftest.make_tokenizer()
        conftest.make_model("llama", len(tokenizer)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("questions") / "questions.jsonl"
    file.write_text("".join(json.dumps(question) + "\n" for question in QUESTIONS), "utf-8")
    return file


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Said]:
    """A workspace and what the ingest of a folder with three bad files said."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "handbook.md").write_text(HANDBOOK, "utf-8")
    (folder / "船.txt").write_bytes("船舶手册。备用钥匙在十二号房间。".encode("gbk"))
    (folder / "empty.txt").write_bytes(b"")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and then nothing")
    (folder / "wrong.docx").write_text("not a docx")
    workspace = tmp_path_factory.mktemp("workspace")
    return workspace, call("--workspace", workspace, "ingest", folder, "--json")


@pytest.fixture(scope="module")
def tuned(ingested: tuple[Path, Said], tiny: Path, questions: Path) -> tuple[Path, Said]:
    """The same workspace after a run of two steps."""
    workspace, _ = ingested
    options = ("--option", "rank=2", "--option", "max_steps=2", "--option", "questions=0")
    tune = ("tune", *options, "--questions", questions, "--base-model", tiny, "--json")
    return workspace, call("--workspace", workspace, *tune)


@pytest.fixture
def ask(tuned: tuple[Path, Said]) -> Callable[..., Said]:
    return lambda *arguments: call(*arguments, "--workspace", tuned[0])


# -- the form of the command line


@pytest.mark.quick
def test_every_command_has_help_with_an_example_and_loads_nothing_heavy() -> None:
    code = (
        "import sys; from app.cli import main\n"
        "for command in sys.argv[1:]:\n"
        "    try: main([command, '--help'])\n"
        "    except SystemExit: pass\n"
        "print(sorted({'torch', 'gradio', 'transformers', 'faiss', 'pandas', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, *COMMANDS], cwd=ROOT, capture_output=True, text=True, check=True)
    *helps, heavy = done.stdout.rstrip().rsplit("\n", 1)
    assert heavy == "[]"
    assert helps[0].count("\nexample:\n  domain-tuner ") == len(COMMANDS)
    assert helps[0].count("--json") >= len(COMMANDS) and helps[0].count("--workspace") >= len(COMMANDS)


@pytest.mark.quick
@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["unheard-of"],
        ["study", "--ranks", "many"],
        ["study", "--methods", ""],
        ["study", ""],
        ["ask", "x", "--run", ""],
        ["tune", "--base-model", ""],
        ["study", "--ranks", ""],
        ["study", "--targets", " , "],
        ["study", "--rates", ""],
        ["ask"],
        ["ask", "x", "--arm", "best"],
        ["search", "x", "--mode", "magic"],
        ["search", ""],
        ["ask", " "],
        ["compare", ""],
        ["search", "x", "-k", "many"],
        ["search", "x", "-k", "0"],
        ["search", "x", "--neighbours", "-1"],
        ["evaluate", "--limit", "-1"],
        ["evaluate", "--limit", "0"],
        ["study", "--seeds", "0"],
        ["study", "--limit", "-1"],
        ["ingest"],
        ["ingest", ""],
        ["runs", "remove"],
        ["passages", "--off", "99999999999999999999999"],
        ["tune", "--option", "rank"],
        ["passages"],
        ["passages", "x.md", "--off", "1"],
        ["passages", "--edit", "1"],
        ["passages", "--split", "1"],
        ["passages", "--off", "1", "--text", "x"],
        ["passages", "--off", "1", "--on", "1"],
        ["passages", "--edit", "1", "--text-file", "no such file"],
        ["forecast", "--option", "rank"],
        ["calibrate"],
        ["convert", "model.gguf"],
    ],
)
def test_wrong_use_exits_2_and_says_why(arguments: list[str], tmp_path: Path) -> None:
    said = call("--workspace", tmp_path / "w", *arguments, "--json")
    assert said.code == 2
    assert said.json["error"] and said.json["error"] in said.err
    assert not (tmp_path / "w").exists(), "wrong use leaves nothing behind"


@pytest.mark.quick
def test_json_and_workspace_are_taken_before_and_after_the_command(tmp_path: Path) -> None:
    before = call("--json", "--workspace", tmp_path, "documents")
    after = call("documents", "--json", "--workspace", tmp_path)
    assert before.json == after.json == {"documents": []}


# -- nothing there yet


@pytest.mark.quick
def test_methods_and_their_options_are_listed() -> None:
    listed = call("methods", "--json").json["methods"]
    assert [each["method"] for each in listed] == list(METHODS) and all(each["summary"] for each in listed)
    lora = call("methods", "lora", "--json").json
    rank = next(option for option in lora["options"] if option["name"] == "rank")
    assert (rank["default"], rank["low"], rank["high"], rank["allowed"]) == (16, 1, 512, "1 to 512")
    assert {"epochs", "learning_rate", "seed"} <= {option["name"] for option in lora["training"]}
    assert "dora" in call("methods", "lora").out
    unknown = call("methods", "nonsense")
    assert unknown.code == 2 and "parallel-adapter" in unknown.err


@pytest.mark.quick
def test_an_empty_workspace_says_what_to_do(tmp_path: Path) -> None:
    assert "ingest" in call("documents", "--workspace", tmp_path).out
    assert "tune" in call("runs", "--workspace", tmp_path).out
    assert call("runs", "--workspace", tmp_path, "--json").json == {"runs": []}
    assert call("search", "anything", "--workspace", tmp_path, "--json").json["hits"] == []


@pytest.mark.quick
def test_a_workspace_without_documents_is_noted_where_they_are_looked_for(tmp_path: Path, tiny: Path) -> None:
    note = f"The workspace {tmp_path} has no documents"
    said = call("search", "anything", "--workspace", tmp_path, "--json")
    assert said.code == 0 and said.err.startswith(note) and len(said.err.splitlines()) == 1
    for arm, noted in (("rag", True), ("base", False)):
        said = call("ask", "Who?", "--arm", arm, "--base-model", tiny, "--workspace", tmp_path, "--json")
        assert said.code == 0 and said.json["arm"] == arm and (note in said.err) == noted


@pytest.mark.quick
def test_commands_that_are_named_next_have_the_workspace_that_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.failures import COMMANDS as NAMED
    from app.failures import in_workspace
    from domain_tuner.runs import RunConfig, Runs

    assert set(NAMED) == set(COMMANDS)
    assert in_workspace("domain-tuner needs peft; `domain-tuner runs`", tmp_path / "a b") == (
        f"domain-tuner needs peft; `domain-tuner --workspace '{tmp_path}/a b' runs`"
    )
    run = Runs(tmp_path / "runs").create(RunConfig(None, "", "lora", {}))
    run.record("training", started=1.0)
    named = f"domain-tuner --workspace {tmp_path}"
    resume = f"runs resume {run.id}"
    assert f"{named} {resume}" in call("ask", "Who?", "--run", run.id, "--workspace", tmp_path).err
    assert f"{named} {resume}" in call("runs", "show", "--workspace", tmp_path).out
    assert f"{named} tune" in call("compare", "Who?", "--workspace", tmp_path, "--json").json["error"]
    assert f"{named} ingest" in call("documents", "--workspace", tmp_path).out
    monkeypatch.chdir(tmp_path)
    assert "(domain-tuner tune)" in call("evaluate").err


@pytest.mark.quick
def test_a_run_that_stopped_says_why_and_what_can_be_done(tmp_path: Path) -> None:
    from domain_tuner.runs import RunConfig, Runs

    run = Runs(tmp_path / "runs").create(RunConfig(None, "", "lora", {}))
    run.record("training", started=1.0)
    shown = call("runs", "show", "--workspace", tmp_path).out
    assert "interrupted: its process ended before the run was done" in shown and f"runs resume {run.id}" in shown
    run.record("failed", "The disk is full. Free some space.")
    assert f"runs resume {run.id}" in call("runs", "show", "--workspace", tmp_path).out
    said = call("runs", "show", "--follow", "--json", "--workspace", tmp_path)
    assert said.code == 1 and said.json["reason"] and "failed: The disk is full. Free some space." in said.err
    run.record("done")
    assert "resume" not in call("runs", "show", "--workspace", tmp_path).out


@pytest.mark.quick
def test_what_a_run_prepares_is_not_counted_as_steps(tmp_path: Path) -> None:
    from domain_tuner.locks import Lock
    from domain_tuner.runs import RunConfig, Runs

    run = Runs(tmp_path / "runs").create(RunConfig(None, "", "lora", {}))
    run.record("preparing", started=1.0, phase="writing questions", phase_done=3, phase_total=14)
    with Lock(run.lock_file) as lock:
        assert lock.take()
        assert (run.progress().step, run.progress().total) == (3, 14)
        (listed,) = call("runs", "--workspace", tmp_path, "--json").json["runs"]
        assert listed["state"] == "preparing" and (listed["step"], listed["total"]) == (0, 0)
        assert "/14" not in call("runs", "--workspace", tmp_path).out


@pytest.mark.quick
def test_a_dry_run_that_ends_is_not_called_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from domain_tuner.errors import NothingToLearn
    from domain_tuner.runs import RunProgress
    from domain_tuner.workspace import Workspace

    def forecast(*_: Any, told: Callable[[RunProgress], None], **__: Any) -> None:
        told(RunProgress("interrupted", "interrupted", 10, 11, None, 1.0, None))
        raise NothingToLearn("That was all.")

    monkeypatch.setattr(Workspace, "forecast", forecast)
    assert call("forecast", "--workspace", tmp_path).err == "That was all.\n"


@pytest.mark.quick
def test_without_a_run_a_command_that_needs_none_is_named(tmp_path: Path) -> None:
    said = call("compare", "Who?", "--workspace", tmp_path).err
    assert f"`domain-tuner --workspace {tmp_path} ask QUESTION --arm rag` answers without" in said
    assert "base and rag are measured before" in call("evaluate", "--workspace", tmp_path).err
    assert "the arms base and rag answer without" in call("ask", "Who?", "--workspace", tmp_path).err


@pytest.mark.quick
def test_the_command_line_is_a_module_too() -> None:
    done = subprocess.run([sys.executable, "-m", "app", "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "domain-tuner" in done.stdout


@pytest.mark.quick
@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["ask", "What?", "--arm", "peft"], "tune"),
        (["ask", "What?"], "tune"),
        (["compare", "What?"], "tune"),
        (["evaluate"], "tune"),
        (["ask", "What?", "--run", "20200101-000000-abcd"], "20200101-000000-abcd"),
        (["ask", "why? " * 2000, "--arm", "base"], "10,000"),
        (["runs", "show", "20200101-000000-abcd"], "20200101-000000-abcd"),
        (["runs", "cancel", "nothing"], "nothing"),
        (["runs", "log"], "tune"),
        (["export", "latest", "somewhere"], "tune"),
        (["remove", "nothing.pdf"], "nothing.pdf"),
        (["passages", "nothing.pdf"], "nothing.pdf"),
        (["passages", "--off", "7"], "passage 7"),
        (["forecast"], "ingest"),
        (["calibrate", "--questions", "none.jsonl"], "none.jsonl"),
        (["convert", "none.gguf", "somewhere"], "none.gguf"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_1(arguments: list[str], word: str, tmp_path: Path) -> None:
    said = call("--workspace", tmp_path, *arguments, "--json")
    assert said.code == 1
    assert word in said.json["error"]
    assert said.err.strip() == said.json["error"]
    assert "Traceback" not in said.err and not (tmp_path / "errors.log").exists()


@pytest.mark.quick
@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["tune", "--method", "alchemy"], "alchemy"),
        (["tune", "--option", "rank=0"], "rank"),
        (["tune", "--option", "foo=1"], "foo"),
        (["tune", "--method", "prefix", "--option", "gradient_checkpointing=true"], "gradient_checkpointing"),
        (["tune", "--option", "fsdp=true"], "processes=2 or more"),
        (["tune", "--option", "fsdp=true", "--option", "processes=2", "--option", "four_bit=true"], "not both"),
        (["forecast", "--method", "alchemy"], "alchemy"),
        (["study", "--plan", "--option", "seed=3"], "--seeds"),
        (["study", "--plan", "--option", "add=true"], "bitfit.add=true"),
        (["study", "--plan", "--option", "unheard=1"], "lora.alpha=16"),
        (["search", "\udcff abc"], r"'\udcff abc'"),
        (["remove", "\udcff"], "UTF-8"),
        (["tune", "--option", "rank=\udcff"], "UTF-8"),
        (["tune", "--questions", "\udcff"], "UTF-8"),
    ],
)
def test_options_that_cannot_be_are_one_sentence_and_exit_2(arguments: list[str], word: str, tmp_path: Path) -> None:
    said = call("--workspace", tmp_path, *arguments, "--json")
    assert said.code == 2
    assert word in said.json["error"] and said.err.strip() == said.json["error"]
    assert not (tmp_path / "errors.log").exists()


@pytest.mark.quick
def test_names_in_other_encodings_are_taken_and_shown(tmp_path: Path) -> None:
    empty = os.fsencode(tmp_path) + b"/folder\xff"
    os.mkdir(empty)
    for arguments, code in (([b"ingest", empty], 1), ([b"documents"], 0), ([b"documents", b"x\xff"], 2)):
        command = [os.fsencode(sys.executable), b"-m", b"app.cli", b"--json", b"--workspace", empty + b"-w", *arguments]
        environment = {**os.environ, "PYTHONUTF8": "1"}
        done = subprocess.run(command, cwd=ROOT, capture_output=True, env=environment, check=False)
        assert done.returncode == code, done.stderr
        assert "bug" not in str(json.loads(done.stdout))


def test_nothing_to_learn_from_and_no_such_model(tmp_path: Path, ingested: tuple[Path, Said]) -> None:
    assert "ingest" in call("tune", "--workspace", tmp_path, "--json").json["error"].lower()
    said = call("tune", "--base-model", tmp_path / "no-model", "--workspace", ingested[0], "--json")
    assert said.code == 1 and "no-model" in said.json["error"]
    said = call("tune", "--questions", tmp_path / "none.jsonl", "--workspace", ingested[0], "--json")
    assert said.code == 1 and "none.jsonl" in said.json["error"]
    for command in ("tune", "forecast"):
        said = call(command, "--option", "questions=0", "--workspace", ingested[0], "--json")
        assert said.code == 1 and "No questions file was given, and questions=0" in said.json["error"]


def test_serving_to_others_needs_a_token_and_a_free_port(tmp_path: Path) -> None:
    import socket

    said = call("serve", "--host", "0.0.0.0", "--workspace", tmp_path, "--json")
    assert said.code == 1 and "token" in said.json["error"]
    said = call("serve", "--port", "99999", "--workspace", tmp_path)
    assert "from 1024 to 65535" in said.err and "open already" not in said.err
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = call("serve", "--port", str(taken.getsockname()[1]), "--workspace", tmp_path, "--json")
    assert said.code == 1 and "open already? Otherwise give another port: --port" in said.json["error"]


@pytest.mark.quick
def test_an_error_cannot_steer_the_terminal(tmp_path: Path) -> None:
    said = call("calibrate", "--questions", "none\x1b[2J.jsonl", "--workspace", tmp_path)
    assert said.code == 1 and "file none[2J.jsonl" in said.err


# -- documents


def test_ingest_takes_the_good_files_and_reports_the_bad(ingested: tuple[Path, Said]) -> None:
    workspace, said = ingested
    assert said.code == 1, "some failed"
    assert set(said.json) == {"documents", "seconds"}
    results = {result["name"]: result for result in said.json["documents"]}
    assert all(set(r) == {"name", "id", "status", "passages", "pages", "reason"} for r in results.values())
    status = {name: result["status"] for name, result in results.items()}
    assert status == {
        "handbook.md": "indexed",
        "船.txt": "indexed",
        "empty.txt": "failed",
        "broken.pdf": "failed",
        "wrong.docx": "failed",
    }
    assert all(results[name]["reason"] for name in ("empty.txt", "broken.pdf", "wrong.docx"))
    listed = call("documents", "--workspace", workspace, "--json").json["documents"]
    assert {document["name"] for document in listed} == {"handbook.md", "船.txt"}


def test_what_the_workspace_keeps_is_no_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes.md").write_text("The lamp is green.")
    (tmp_path / "workspace" / "runs" / "one").mkdir(parents=True)
    (tmp_path / "workspace" / "runs" / "one" / "heldout.jsonl").write_text('{"question": "Which lamp?"}')
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        said = call("ingest", ".", "--json")
        assert said.code == 0 and [document["name"] for document in said.json["documents"]] == ["notes.md"]


def test_search_finds_a_passage(ingested: tuple[Path, Said]) -> None:
    said = call("search", "code of the blue gate", "-k", "1", "--workspace", ingested[0], "--json")
    assert said.code == 0 and set(said.json) == {"hits", "seconds"}
    (hit,) = said.json["hits"]
    assert set(hit) == {"document", "page", "heading", "score", "text", "passage"}
    assert hit["document"] == "handbook.md" and "K-7731" in hit["text"]
    none = call("search", "gate", "--since", "2040-01-01", "--workspace", ingested[0]).out
    assert none == "Nothing was found among the documents that --document, --folder, --since and --until leave.\n"
    text = call("search", "钥匙", "--mode", "text", "--workspace", ingested[0])
    assert "船.txt" in text.out


def test_a_search_can_be_narrowed(ingested: tuple[Path, Said]) -> None:
    workspace, _ = ingested
    query = ("search", "the code of the blue gate", "--json", "--workspace", workspace)
    inside = call(*query, "--document", "handbook.md", "--since", "2020-01-01", "--neighbours", "1").json["hits"]
    assert inside[0]["document"] == "handbook.md" and "K-7731" in inside[0]["text"]
    assert {"before", "after"} <= set(inside[0])
    assert call(*query, "--until", "1999-12-31").json["hits"] == []
    assert call(*query, "--since", "yesterday").code == 2
    assert "no document 'nothing.md'" in call(*query, "--document", "nothing.md").json["error"]


def test_search_is_weighed_by_questions_that_the_documents_answer(ingested: tuple[Path, Said], tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    answered = [{"question": f"{n}: where do the keys hang?", "answers": ["room 12"]} for n in range(30)]
    file.write_text("".join(json.dumps(each) + "\n" for each in (*answered, QUESTIONS[2])), "utf-8")
    shutil.copytree(ingested[0], tmp_path / "w")
    command = ("calibrate", "--json", "--workspace", tmp_path / "w", "--questions")
    found = call(*command, file).json
    assert found["questions"] == 30 and 0 <= found["weight"] <= 1
    assert found["after"] >= found["before"]
    file.write_text(json.dumps(QUESTIONS[0]))
    assert "too few" in call(*command, file).json["error"]


def test_questions_about_documents_that_are_not_there_are_noted(ingested: tuple[Path, Said], tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    names = ("handbook.md", "gone.md", "gone.md", *"abcde")
    asked = [{**QUESTIONS[0], "question": f"Who is number {n}?", "document": name} for n, name in enumerate(names)]
    file.write_text("".join(json.dumps(each) + "\n" for each in asked), "utf-8")
    said = call("calibrate", "--questions", file, "--workspace", ingested[0])
    note, error = said.err.strip().splitlines()
    assert note.startswith("7 questions of ") and "not in the corpus: gone.md, a, b, c, d and 1 more." in note
    assert "too few" in error
    file.write_text(json.dumps(asked[0]))
    assert "not in the corpus" not in call("calibrate", "--questions", file, "--workspace", ingested[0]).err


def test_a_search_shows_where_the_words_stand(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("The pier is old. " * 25 + "The zebra sleeps in hut 9. " + "It rains. " * 8)
    call("ingest", tmp_path / "long.txt", "--workspace", tmp_path / "work")
    said = call("search", "where sleeps the zebra", "-k", "1", "--workspace", tmp_path / "work").out
    assert "… " in said and "The zebra sleeps in hut 9." in said and ", passage 1)" in said


def test_questions_may_come_through_a_pipe(ingested: tuple[Path, Said], tiny: Path, tmp_path: Path) -> None:
    def called(*arguments: str | Path) -> Said:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        writer = threading.Thread(target=pipe.write_text, args=(json.dumps(QUESTIONS[0]),), daemon=True)
        writer.start()
        said = call(*arguments, "--questions", pipe, "--workspace", ingested[0], "--json")
        writer.join(20)
        pipe.unlink()
        return said

    assert "too few" in called("calibrate").json["error"]
    stamp = called("evaluate", "--base-model", tiny).json["stamp"]
    assert (stamp["file"], stamp["questions"]) == ("a pipe", 1)


@pytest.mark.quick
def test_a_run_whose_documents_changed_or_went_says_so(tmp_path: Path) -> None:
    from domain_tuner.runs import RunConfig, Runs

    run = Runs(tmp_path / "runs").create(RunConfig(None, "", "lora", {}, documents={"1": "b.md", "2": "a.md"}))
    run.record("done")
    says = "learned from 2 documents that changed or went since: a.md, b.md"
    note = f"Run {run.id} {says}. Tune a new run to have it learn what is there now (domain-tuner"
    for asked in (["ask", "Who?"], ["ask", "Who?", "--arm", "peft"], ["compare", "Who?"], ["evaluate"]):
        assert note in call(*asked, "--workspace", tmp_path, "--json").err, asked
    assert "went since" not in call("ask", "Who?", "--arm", "rag", "--workspace", tmp_path).err
    assert f"note        it {says}" in call("runs", "show", "--workspace", tmp_path).out
    assert call("runs", "show", "--workspace", tmp_path, "--json").json["stale_documents"] == ["a.md", "b.md"]


def test_a_corpus_is_backed_up_and_put_back(ingested: tuple[Path, Said], tmp_path: Path) -> None:
    workspace, _ = ingested
    kept = call("backup", tmp_path / "corpus.sqlite", "--json", "--workspace", workspace).json
    back = call("restore", tmp_path / "corpus.sqlite", "--json", "--workspace", tmp_path / "other").json
    assert kept["documents"] == back["documents"] > 0 and "replaced" not in back
    again = call("restore", tmp_path / "corpus.sqlite", "--workspace", tmp_path / "other").out
    assert "What was there before is in" in again and "before-restore.sqlite" in again
    names = [
        [document["name"] for document in call("documents", "--json", "--workspace", place).json["documents"]]
        for place in (workspace, tmp_path / "other")
    ]
    assert names[0] == names[1]
    (tmp_path / "notes.txt").write_text("no backup")
    assert call("restore", tmp_path / "notes.txt", "--json", "--workspace", tmp_path / "third").code == 1


def test_ctrl_c_says_what_is_kept_of_an_ingest(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("The lamp of the pier is green.")
    command = [
        sys.executable,
        "-m",
        "app.cli",
        "--workspace",
        str(tmp_path / "w"),
        "ingest",
        str(tmp_path / "note.txt"),
    ]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stderr and "file 0/1" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 1
    assert err.splitlines()[-1].startswith("Stopped. Documents stored so far are kept")


def test_a_document_again_is_no_work_and_can_be_removed(ingested: tuple[Path, Said], tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    file.write_text("The lamp of the pier is green.")
    first = call("ingest", file, "--workspace", ingested[0], "--json")
    again = call("ingest", file, "--workspace", ingested[0], "--json")
    assert [said.json["documents"][0]["status"] for said in (first, again)] == ["indexed", "unchanged"]
    assert first.code == again.code == 0
    assert "note.txt  1 passage\n" in call("ingest", file, "--workspace", ingested[0]).out
    said = call("remove", "note.txt", "--workspace", ingested[0], "--json")
    assert said.json["removed"]["name"] == "note.txt"
    assert call("remove", "note.txt", "--workspace", ingested[0]).code == 1


# -- runs and answers


def test_tune_says_what_it_made(tuned: tuple[Path, Said]) -> None:
    said = tuned[1]
    assert said.code == 0, said.err
    run = said.json
    assert {"run", "state", "seconds", "trainable_parameters", "adapter_bytes", "method", "options"} <= set(run)
    assert (run["state"], run["method"], run["options"]["rank"]) == ("done", "lora", 2)
    assert run["trainable_parameters"] > 0 and run["adapter_bytes"] > 0


def test_runs_are_listed_shown_and_logged(ask: Callable[..., Said], tuned: tuple[Path, Said]) -> None:
    run = tuned[1].json["run"]
    assert [each["run"] for each in ask("runs", "--json").json["runs"]] == [run]
    shown = ask("runs", "show", run[:12], "--json").json
    assert shown["run"] == run and [metric["step"] for metric in shown["metrics"]] == [1, 2]
    assert ask("runs", "log", "latest", "--json").json["run"] == run
    assert ask("runs", "resume", run, "--json").code == 1
    assert ask("runs", "cancel", run, "--json").code == 1
    text = ask("runs", "show", "latest").out
    assert run in text and "rank=2" in text and "done" in text


@pytest.mark.quick
def test_latest_is_the_newest_run_and_only_one_that_is_done_answers(tmp_path: Path) -> None:
    from domain_tuner.runs import RunConfig, Runs

    runs = Runs(tmp_path / "runs")
    old, new = (runs.create(RunConfig(None, "", "lora", {}, created=created)) for created in (1.7e9, 1.8e9))
    old.record("done")
    new.record("training", started=1.0)

    def call_here(*arguments: str | Path) -> Said:
        return call(*arguments, "--workspace", tmp_path, "--json")

    for answering in (["ask", "Who?"], ["compare", "Who?"], ["evaluate"]):
        said = call_here(*answering, "--run", new.id)
        assert said.code == 1 and f"{new.id} is interrupted" in said.json["error"]
    assert "can answer or be exported" in call_here("export", new.id, tmp_path / "out").json["error"]
    assert old.id in call_here("evaluate").json["error"], "of those that are done the latest"
    assert call_here("runs", "show", "latest").json["run"] == call_here("runs", "log").json["run"] == new.id
    assert call_here("runs", "cancel", "latest").json["state"] == "cancelled"
    assert call_here("runs", "remove", "latest").json == {"removed": new.id}


def test_a_base_model_beside_a_run_of_another_is_refused(tiny: Path, tmp_path: Path) -> None:
    from domain_tuner.runs import DONE, RunConfig
    from domain_tuner.workspace import Workspace

    workspace = Workspace(tmp_path / "w")
    run = workspace.runs.create(RunConfig(None, "", "lora", {}))
    run.record(DONE)
    workspace.close()

    def call_here(*arguments: str | Path) -> Said:
        return call(*arguments, "--workspace", tmp_path / "w", "--json")

    for asked in (["compare", "Who?"], ["evaluate"], ["ask", "Who?"], ["ask", "Who?", "--arm", "rag", "--run", run.id]):
        said = call_here(*asked, "--base-model", tiny)
        assert said.code == 1 and f"{run.id} was tuned on the base model trial" in said.json["error"], said.json
        assert "Leave it out, or name a run" in said.json["error"]
    assert "no questions aside" in call_here("evaluate", "--base-model", TRIAL_MODEL).json["error"], "that is its own"
    assert call_here("ask", "Who?", "--arm", "base", "--base-model", tiny).code == 0, "no run decides"


@pytest.mark.parametrize("arm", ARMS)
def test_ask_with_each_arm(ask: Callable[..., Said], arm: str) -> None:
    said = ask("ask", "What is the code of the blue gate?", "--arm", arm, "--json")
    assert said.code == 0, said.err
    answer = said.json
    keys = {"arm", "answer", "refused", "citations", "seconds", "prompt_tokens", "output_tokens"}
    assert keys <= set(answer) and answer["arm"] == arm
    assert bool(answer["citations"]) == (arm in ("rag", "combined"))
    for citation in answer["citations"]:
        assert {"document", "page", "passage", "text"} <= set(citation)


def test_compare_has_all_four_and_people_see_their_sources(ask: Callable[..., Said]) -> None:
    said = ask("compare", "Where do the spare keys hang?", "--json")
    assert set(said.json) == {"question", "answers", "seconds"} and tuple(said.json["answers"]) == ARMS
    text = ask("compare", "Where do the spare keys hang?").out
    assert [f"== {arm}\n" in text for arm in ARMS] == [True] * 4
    assert "[1] handbook.md, Harbour handbook" in text


def test_evaluate_scores_the_arms_and_keeps_the_result(
    ask: Callable[..., Said], tuned: tuple[Path, Said], questions: Path, tmp_path: Path
) -> None:
    assert "--questions" in ask("evaluate", "--json").json["error"], "this run set no questions aside"
    elsewhere = tmp_path / "elsewhere.jsonl"
    elsewhere.write_text(json.dumps({**QUESTIONS[0], "document": "gone.md"}), "utf-8")
    part = ask("evaluate", "--questions", elsewhere, "--limit", "1", "--json")
    assert f"1 question of {elsewhere} about a document that is not in the corpus: gone.md." in part.err
    assert part.code == 0 and len(part.json["questions"]) == 1
    kept = tuned[0] / "runs" / tuned[1].json["run"] / "evaluation.json"
    assert not kept.exists(), "a part is not kept as the whole"
    said = ask("evaluate", "--questions", questions, "--json")
    assert tuple(said.json["arms"]) == ARMS and len(said.json["questions"]) == 3 and said.json["verdict"]
    for arm in said.json["arms"].values():
        assert arm["n"] == 3 and arm["seconds_per_question"] > 0
        for metric in ("exact_match", "f1", "refusal_precision", "refusal_recall", "citation_hit"):
            assert set(arm[metric]) == {"value", "low", "high"}
    for pair in said.json["pairs"]:
        assert set(pair) == {"a", "b", "metric", "difference", "low", "high", "p"}
    assert json.loads(kept.read_text("utf-8")) == said.json
    assert "95 % intervals" in ask("evaluate", "--questions", questions).out


def test_export_writes_plain_files(ask: Callable[..., Said], tmp_path: Path) -> None:
    said = ask("export", "latest", tmp_path / "adapter", "--json")
    assert said.code == 0, said.err
    names = {Path(file).name for file in said.json["files"]}
    assert {"adapter_model.safetensors", "adapter_config.json"} <= names
    assert all(Path(file).is_file() for file in said.json["files"])
    usual = tmp_path / "usual"
    usual.touch()
    assert {Path(file).stat().st_mode for file in said.json["files"]} == {usual.stat().st_mode}, "others may read them"
    assert ask("export", "latest", tmp_path / "adapter", "--json").code == 1, "the folder is in use now"


def test_doctor_names_what_it_checked(tmp_path: Path) -> None:
    said = call("doctor", "--workspace", tmp_path, "--json")
    assert said.json["checks"] and all(set(c) == {"name", "ok", "detail", "fix"} for c in said.json["checks"])
    assert said.code == (0 if all(check["ok"] for check in said.json["checks"]) else 1)


def test_the_demo_knows_its_own_run_and_leaves_other_peoples_documents_alone(
    ingested: tuple[Path, Said], tiny: Path
) -> None:
    import dataclasses

    from app.commands.house import is_demo
    from domain_tuner.examples import RowMix
    from domain_tuner.methods import METHODS
    from domain_tuner.runs import RunConfig
    from domain_tuner.samples import TRAIN
    from domain_tuner.snapshot import passage_digests
    from domain_tuner.workspace import Workspace

    said = call("demo", "--no-serve", "--workspace", ingested[0], "--json")
    assert said.code == 1 and "documents of your own" in said.json["error"]
    workspace = Workspace(ingested[0], str(tiny))
    from domain_tuner.base_model import fingerprint

    config = RunConfig(
        base_model=str(tiny),
        base_fingerprint=fingerprint(str(tiny)),
        method="lora",
        options=dataclasses.asdict(METHODS["lora"].options()),
        questions_file=str(TRAIN.resolve()),
        template=dataclasses.asdict(workspace.template),
        documents={document.id: document.name for document in workspace.corpus.documents()},
        passages=passage_digests(workspace.corpus, [document.id for document in workspace.corpus.documents()]),
        mix=dataclasses.asdict(RowMix()),
    )
    assert is_demo(config, workspace, TRAIN)
    assert not is_demo(dataclasses.replace(config, passages=dict.fromkeys(config.passages, "0")), workspace, TRAIN)
    assert not is_demo(dataclasses.replace(config, options={**config.options, "rank": 3}), workspace, TRAIN)
    assert not is_demo(dataclasses.replace(config, documents={}), workspace, TRAIN)
    assert not is_demo(dataclasses.replace(config, mix={**config.mix, "recall_repeats": 1}), workspace, TRAIN)
    assert not is_demo(dataclasses.replace(config, base_fingerprint="0" * 16), workspace, TRAIN)
    workspace.close()


@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_what_nobody_reads_stops_no_work(tmp_path: Path, closed: str) -> None:
    files = tmp_path / "files"
    files.mkdir()
    for number in range(3):
        (files / f"{number}.md").write_text(HANDBOOK.replace("12", str(number)), "utf-8")
    (files / "empty.txt").write_bytes(b"")
    reader, writer = os.pipe()
    os.close(reader)
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, closed: writer}
    command = [sys.executable, "-m", "app.cli", "--workspace", str(tmp_path / "work"), "ingest", str(files)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, text=True, check=False, **streams)
    os.close(writer)
    assert len(call("documents", "--workspace", tmp_path / "work", "--json").json["documents"]) == 3
    assert done.returncode == (1 if closed == "stderr" else 0)
    if closed == "stderr":
        assert "3 indexed" in done.stdout


@pytest.mark.quick
def test_a_pipe_that_broke_inside_is_no_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr("app.commands.documents.open_corpus", broken)
    said = call("documents", "--workspace", tmp_path)
    assert said.code == 1 and said.err


def test_ctrl_c_closes_the_page(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "app.cli", "--workspace", str(tmp_path), "serve", "--port", str(port), "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            break
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, json.loads(out)) == (0, {"served": True}), err


def test_ctrl_c_leaves_the_run_going_and_says_how_to_follow_it(
    ingested: tuple[Path, Said], tiny: Path, tmp_path: Path
) -> None:
    workspace, questions = ingested[0], tmp_path / "elsewhere.jsonl"
    questions.write_text(json.dumps({**QUESTIONS[0], "document": "gone.md"}), "utf-8")
    before = {run["run"] for run in call("runs", "--workspace", workspace, "--json").json["runs"]}
    tune = ["tune", "--option", "epochs=1000", "--option", "questions=0", "--questions", str(questions)]
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "--workspace", str(workspace), *tune, "--base-model", str(tiny), "--json"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    new: set[str] = set()
    until = time.monotonic() + 600
    while not new and time.monotonic() < until and process.poll() is None:
        time.sleep(0.3)
        listed = call("runs", "--workspace", workspace, "--json").json["runs"]
        new = {run["run"] for run in listed if run["state"] in ("preparing", "training")} - before
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)
    assert new, err
    (run,) = new
    try:
        assert process.returncode == 0, err
        assert "not in the corpus: gone.md" in err
        assert json.loads(out)["run"] == run
        assert json.loads(out)["state"] in ("preparing", "training"), "it goes on without us"
    finally:
        said = call("runs", "cancel", run, "--workspace", workspace, "--json")
    assert said.code == 0 and said.json["state"] == "cancelled"
    assert call("runs", "remove", run, "--workspace", workspace, "--json").json == {"removed": run}
