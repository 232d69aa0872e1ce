"""The one setting that says where a workspace's corpus is kept, and the commands that tell of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from retrieval_fakes import FakeEmbedder
from retrieval_server import PostgresServer

from app.cli import main
from domain_tuner.corpora import VARIABLE, open_corpus, store_url
from domain_tuner.doctor import checks
from domain_tuner.workspace import Workspace
from retrieval import Corpus

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def url(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.delenv(VARIABLE, raising=False)
    yield postgres.url("one_setting")
    postgres.execute("DROP SCHEMA IF EXISTS one_setting CASCADE")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """One that was made before there was a server."""
    corpus = Corpus(tmp_path / "w" / "corpus", embedder=FakeEmbedder())
    corpus.add_texts(["Gate nine is kept by Ann."], ["a"], [{}])
    corpus.close()
    return tmp_path / "w"


@pytest.fixture
def run(workspace: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*words: str, code: int = 0) -> dict[str, Any]:
        assert main(["--workspace", str(workspace), "--json", *words]) == code
        said: dict[str, Any] = json.loads(capsys.readouterr().out)
        return said

    return command


def test_a_recorded_server_holds_for_every_command(url: str, workspace: Path, run: Run) -> None:
    assert run("store")["store"] == "folder" and len(run("documents")["documents"]) == 1
    found = run("store", url)
    assert (found["store"], found["place"], found["documents"]) == ("server", url.replace("%2F", "/"), 0)
    assert run("documents")["documents"] == []
    served = Corpus(workspace / "x", embedder=FakeEmbedder(), url=url)
    served.add_texts(["Gate ten is kept by Bob."], ["b"], [{}])
    served.close()
    assert [document["id"] for document in run("documents")["documents"]] == ["b"]
    opened = Workspace(workspace)
    assert [document.id for document in opened.corpus.documents()] == ["b"]
    opened.close()
    assert "pg_dump" in run("backup", str(workspace / "kept"), code=1)["error"]
    assert "pg_dump" in run("restore", str(workspace / "kept"), code=1)["error"]
    assert run("store", "--folder")["store"] == "folder"
    assert [document["id"] for document in run("documents")["documents"]] == ["a"]


def test_an_empty_server_before_a_full_folder_is_said(
    url: str, workspace: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(VARIABLE, url)
    assert store_url(workspace) == url
    corpus = open_corpus(workspace)
    assert (
        corpus.documents() == [] and "is empty" in caplog.text and "(documents: 1) and is not searched" in caplog.text
    )
    corpus.close()


def test_the_doctor_says_which_store_is_used(
    url: str, workspace: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def store() -> Any:
        return next(check for check in checks(workspace) if check.name == "store")

    assert store().ok and store().detail.startswith("SQLite, in ")
    monkeypatch.setenv(VARIABLE, url)
    assert store().ok and store().detail.startswith("PostgreSQL 16") and store().detail.endswith("no corpus yet")
    assert not postgres.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'one_setting'"), "it only looks"
    monkeypatch.setenv(VARIABLE, "postgresql://ann:hunter2@127.0.0.1:1/corpora")
    assert not store().ok and "ann@127.0.0.1:1" in store().detail and "hunter2" not in store().detail


def test_a_password_is_not_recorded(url: str, workspace: Path, run: Run) -> None:
    said = run("store", "postgresql://ann:hunter2@127.0.0.1:1/corpora", code=1)["error"]
    assert "PGPASSWORD" in said and "hunter2" not in said
    assert "does not answer" in run("store", "postgresql://ann@127.0.0.1:1/corpora", code=1)["error"]
    assert store_url(workspace) is None, "what does not answer is not recorded"
