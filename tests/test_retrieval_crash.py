"""SIGKILL between any two steps of ingest, replace, remove, edits and a change of the schema: whole documents only, and
an index like a fresh one.

The child counts its own steps, by what Python and SQLite report of themselves: every SQL statement (trace callback),
every file opened or renamed in the corpus's folder (audit hook). At the n-th it kills itself. Nothing is patched.
"""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from retrieval_fakes import FakeEmbedder
from test_retrieval_corpus import same_as_fresh
from test_retrieval_edits import check_whole as check_edits_whole
from test_retrieval_store import make_schema_five

from retrieval import Corpus
from retrieval.fulltext import words_of
from retrieval.sqlite_store import SqliteStore

CHILD = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = [{tests!r}, {root!r}]
from retrieval import Corpus
from retrieval_fakes import FakeEmbedder
import faiss, numpy

folder, at = Path({folder!r}), int(sys.argv[1])
step, made = 0, []

def count(*_):
    global step
    step += 1
    if step == at:
        os.kill(os.getpid(), signal.SIGKILL)

def heard(event, arguments):
    if event == "sqlite3.connect/handle":
        made.append(arguments[0])  # it cannot be traced before it is made
    elif event in ("open", "os.rename", "os.remove") and str(arguments[0]).startswith(str(folder)):
        while made:
            made.pop().set_trace_callback(count)
        count()

sys.addaudithook(heard)
corpus = Corpus(folder, embedder=FakeEmbedder())
corpus.store.connection().set_trace_callback(count)
files = Path({files!r})
{story}
corpus.close()
print(step)
"""
INGEST = """
corpus.ingest([files / "a.txt", files / "b.txt", files / "c.txt"])
corpus.remove("b.txt")
"""
EDIT = """
first, *_ = corpus.passages(corpus.find("a.txt").id)
corpus.edit_passage(first.id, "A word on apricots.")
first, second, *_ = corpus.passages(corpus.find("b.txt").id)
left, right = corpus.split_passage(first.id, 60)
corpus.merge_passages(left.id, right.id)
corpus.enable_passage(second.id, False)
corpus.ingest([files / "b.txt"])
corpus.revert_passage(corpus.passages(corpus.find("b.txt").id)[1].id)
"""


def prepare(tmp_path: Path, name: str, story: str = INGEST) -> tuple[Path, str]:
    """A corpus with a.txt (old) and b.txt, and a script that replaces a, keeps b, adds c, and removes b; or edits."""
    files, folder = tmp_path / f"files-{name}", tmp_path / f"corpus-{name}"
    files.mkdir()
    (files / "a.txt").write_text("Old words about apples. " * 30)
    (files / "b.txt").write_text("Words about bread. " * 30)
    corpus = Corpus(folder, embedder=FakeEmbedder())
    corpus.ingest([files])
    corpus.close()
    (files / "a.txt").write_text("New words about avocados. " * 60)
    (files / "c.txt").write_text("Words about cheese. " * 60)
    here = Path(__file__).resolve().parent
    places = {"tests": str(here), "root": str(here.parent), "folder": str(folder), "files": str(files)}
    script = CHILD.format(**places, story=story)
    return folder, script


def check_whole(folder: Path) -> None:
    corpus = Corpus(folder, embedder=FakeEmbedder())
    assert isinstance(corpus.store, SqliteStore)
    connection = corpus.store.connection()
    assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    connection.execute("INSERT INTO passage_words(passage_words) VALUES('integrity-check')")
    documents = {document.name: document for document in corpus.documents()}
    assert {"a.txt"} <= set(documents) <= {"a.txt", "b.txt", "c.txt"}
    for document in documents.values():
        passages = corpus.passages(document.id)
        assert len(passages) == document.passages > 0
        assert [passage.position for passage in passages] == list(range(document.passages))
        assert len({("Old" in passage.text, "New" in passage.text) for passage in passages}) == 1
    said = dict(connection.execute("SELECT rowid, words FROM passage_words").fetchall())
    assert said == {passage.id: words_of(passage.text) for passage in corpus.passages()}
    same_as_fresh(corpus)
    corpus.close()


def test_killed_between_any_two_steps(tmp_path: Path) -> None:
    _, script = prepare(tmp_path, "whole")
    ended = subprocess.run([sys.executable, "-c", script, "0"], capture_output=True, text=True, check=True)
    steps = int(ended.stdout)
    assert steps > 40
    for at in range(1, steps + 1, max(steps // 24, 1)):
        folder, script = prepare(tmp_path, str(at))
        ended = subprocess.run([sys.executable, "-c", script, str(at)], capture_output=True, text=True)
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        check_whole(folder)


def test_killed_between_any_two_steps_of_edits(tmp_path: Path) -> None:
    def made(name: str) -> tuple[Path, str]:
        folder, script = prepare(tmp_path, name, EDIT)
        corpus = Corpus(folder, embedder=FakeEmbedder())
        (tmp_path / f"files-{name}" / "b.txt").write_text("".join(f"Loaf {n} is baked at noon. " for n in range(90)))
        corpus.ingest([tmp_path / f"files-{name}" / "b.txt"])
        corpus.close()
        more = "".join(f"Loaf {n} is baked at noon. " for n in range(-3, 90))
        (tmp_path / f"files-{name}" / "b.txt").write_text(more)
        return folder, script

    _, script = made("whole")
    ended = subprocess.run([sys.executable, "-c", script, "0"], capture_output=True, text=True, check=True)
    steps = int(ended.stdout)
    assert steps > 100
    for at in range(1, steps + 1, max(steps // 24, 1)):
        folder, script = made(str(at))
        ended = subprocess.run([sys.executable, "-c", script, str(at)], capture_output=True, text=True)
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        corpus = Corpus(folder, embedder=FakeEmbedder())
        check_edits_whole(corpus)
        document = corpus.find("b.txt")
        edits = corpus.store.edits([document.id])
        assert all(edit.placed and edit.before for edit in edits)
        off = [passage for passage in corpus.passages(disabled=True) if not passage.enabled]
        assert len(off) == (len(corpus.passages(document.id)) < len(corpus.passages(document.id, disabled=True)))
        corpus.close()


def test_killed_between_any_two_steps_of_a_change_of_schema(tmp_path: Path) -> None:
    def made(name: str) -> tuple[Path, str]:
        folder, script = prepare(tmp_path, name, "")
        make_schema_five(folder)
        return folder, script

    def kept(folder: Path) -> tuple[int, list[tuple[int, str]]]:
        with closing(sqlite3.connect(folder / "corpus.sqlite")) as connection:
            (schema,) = connection.execute("PRAGMA user_version").fetchone()
            return schema, connection.execute("SELECT rowid, words FROM passage_words").fetchall()

    folder, script = made("whole")
    old = kept(folder)
    ended = subprocess.run([sys.executable, "-c", script, "0"], capture_output=True, text=True, check=True)
    new, seen = kept(folder), set()
    assert old[0] < new[0] and old[1] != new[1]
    steps = int(ended.stdout)
    for at in {*range(1, steps, max(steps // 12, 1)), steps}:
        folder, script = made(str(at))
        ended = subprocess.run([sys.executable, "-c", script, str(at)], capture_output=True, text=True)
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        seen.add(kept(folder)[0])
        assert kept(folder) in (old, new)
        check_whole(folder)
    assert seen == {old[0], new[0]}


@pytest.mark.parametrize("at", [0])
def test_the_whole_story_without_a_crash(tmp_path: Path, at: int) -> None:
    folder, script = prepare(tmp_path, "calm")
    subprocess.run([sys.executable, "-c", script, str(at)], check=True, capture_output=True)
    check_whole(folder)
    assert [document.name for document in Corpus(folder).documents()] == ["a.txt", "c.txt"]
