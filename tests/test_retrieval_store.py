"""The store over time: schemas old and new, backups, and what is put back from them."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from retrieval_fakes import FakeEmbedder
from test_retrieval_corpus import same_as_fresh
from test_retrieval_edits import check_whole

from retrieval import Corpus, backup, restore
from retrieval.copies import schema_of
from retrieval.errors import BrokenStore, NewerStore, StoreError
from retrieval.index import VectorIndex
from retrieval.passages import searchable_text
from retrieval.rows import text_key, write_notes
from retrieval.schema import MIGRATIONS, m001_documents_passages_words
from retrieval.sqlite_store import SqliteStore
from retrieval.words import words


def open_corpus(folder: Path) -> Corpus:
    return Corpus(folder, embedder=FakeEmbedder())


def filled(folder: Path, *texts: str) -> Corpus:
    corpus = open_corpus(folder)
    for number, text in enumerate(texts):
        path = folder.parent / f"{number}.txt"
        path.write_text(text)
        corpus.ingest([path])
    return corpus


def write_schema_one(folder: Path, text: str = "Gate nine is kept by Ann.", said: str = "") -> None:
    """A corpus as the first version of the program wrote it: one document with one passage, of the words `said`."""
    folder.mkdir()
    connection = sqlite3.connect(folder / "corpus.sqlite")
    m001_documents_passages_words(connection)
    connection.execute("PRAGMA user_version = 1")
    connection.executemany(
        "INSERT INTO meta VALUES(?, ?)",
        [("embedding_model", "fake"), ("embedding_fingerprint", "fake"), ("dimensions", "64"), ("state", "s")],
    )
    vector = FakeEmbedder().encode([text])[0].astype(np.float16).tobytes()
    connection.execute(
        "INSERT INTO documents VALUES('a' || hex(zeroblob(31)), 'old.txt', '.txt', NULL, 1, 1.0, 9, '{}')"
    )
    connection.execute(
        "INSERT INTO passages SELECT 1, id, 0, NULL, '', ?, ?, ? FROM documents", (text, text_key("", text), vector)
    )
    connection.execute(
        "INSERT INTO passage_words(rowid, words) VALUES(1, ?)", (said or " ".join(words(searchable_text("", text))),)
    )
    connection.commit()
    connection.close()


def test_an_older_schema_is_brought_up_to_date_and_a_copy_kept(tmp_path: Path) -> None:
    write_schema_one(tmp_path / "c")
    before = (tmp_path / "c" / "corpus.sqlite").read_bytes()
    corpus = open_corpus(tmp_path / "c")
    (document,) = corpus.documents()
    assert (document.name, document.folder, document.modified) == ("old.txt", "", None)
    assert corpus.search("gate nine", 1)[0].passage.text == "Gate nine is kept by Ann."
    corpus.close()
    kept = tmp_path / "c" / "corpus.schema-1.sqlite"
    assert schema_of(kept) == 1 and schema_of(tmp_path / "c" / "corpus.sqlite") == len(MIGRATIONS)
    (tmp_path / "again").mkdir()
    kept.replace(tmp_path / "again" / "corpus.sqlite")
    assert open_corpus(tmp_path / "again").documents() == [document]
    assert before[60:64] == b"\x00\x00\x00\x01"


def test_words_that_an_older_program_cut_at_their_marks_are_cut_anew(tmp_path: Path) -> None:
    write_schema_one(tmp_path / "c", "यह किला है", "यह क ल ह")
    corpus = open_corpus(tmp_path / "c")
    assert corpus.search("किला", 1, "text") and not corpus.search("काला", 1, "text")


def make_schema_five(folder: Path) -> None:
    """The corpus as the program wrote it that found words in one form only."""
    connection = sqlite3.connect(folder / "corpus.sqlite")
    texts = connection.execute("SELECT id, heading, text FROM passages WHERE enabled").fetchall()
    connection.execute("DELETE FROM passage_words")
    connection.executemany(
        "INSERT INTO passage_words(rowid, words) VALUES(?, ?)",
        [(i, " ".join(words(searchable_text(heading, text)))) for i, heading, text in texts],
    )
    connection.execute("PRAGMA user_version = 5")
    connection.commit()
    connection.close()


def test_words_that_an_older_program_kept_in_one_form_are_found_in_the_others(tmp_path: Path) -> None:
    made = filled(tmp_path / "c", "Swaps need both keepers.", "Die Kühlkette hält.", "Leek soups.")
    made.enable_passage(made.passages()[2].id, False)
    made.close()
    make_schema_five(tmp_path / "c")
    corpus = open_corpus(tmp_path / "c")
    assert [hit.passage.document for hit in corpus.search("swap", 3, "text")] == ["0.txt"]
    assert [hit.passage.document for hit in corpus.search("kuhlkette", 3, "text")] == ["1.txt"]
    assert [hit.passage.document for hit in corpus.search('"Swaps"', 3, "text")] == ["0.txt"]
    assert corpus.search("soup", 3, "text") == [], "it is switched off"
    check_whole(corpus)
    assert schema_of(tmp_path / "c" / "corpus.schema-5.sqlite") == 5


def test_what_was_changed_meanwhile_is_no_broken_corpus(tmp_path: Path) -> None:
    corpus = filled(tmp_path / "c", "Gate nine is kept by Ann.")
    (passage,) = corpus.passages()
    corpus.edit_passage(passage.id, "Gate ten is kept by Bob.")
    with pytest.raises(StoreError, match="changed by another process") as refused:
        corpus.store.remove(passage.document_id, heir="removed meanwhile")
    assert not isinstance(refused.value, BrokenStore)
    assert corpus.search("gate ten", 1)[0].passage.text == "Gate ten is kept by Bob."


def test_readers_do_not_wait_while_a_large_document_is_written(tmp_path: Path) -> None:
    corpus = filled(tmp_path / "c", "Gate nine is kept by Ann.")
    reader = SqliteStore(corpus.folder / "corpus.sqlite")
    reader.connection().execute("PRAGMA busy_timeout = 100")
    with corpus.store.writing() as connection:
        write_notes(connection, {f"page {n}": "x" * 4000 for n in range(4000)})
        assert [document.name for document in reader.documents()] == ["0.txt"]
    assert reader.meta("page 3999")


def test_every_migration_is_numbered() -> None:
    assert [migration.__name__[:5] for migration in MIGRATIONS] == [f"m{n:03d}_" for n in range(1, len(MIGRATIONS) + 1)]


def test_a_backup_is_put_back_while_the_corpus_is_open(tmp_path: Path) -> None:
    corpus = filled(tmp_path / "c", "Gate nine is kept by Ann.", "Gate ten is kept by Bob.")
    corpus.search("gate", 2)
    made = backup(corpus.folder, tmp_path / "kept.sqlite")
    assert (made.documents, made.passages, made.bytes) == (2, 2, (tmp_path / "kept.sqlite").stat().st_size)
    assert not list(tmp_path.glob("kept.sqlite-*")), "nothing is written to it under its own name"
    passages = corpus.passages()
    corpus.remove("0.txt")
    (tmp_path / "new.txt").write_text("The tower of Omm fell.")
    corpus.ingest([tmp_path / "new.txt"])
    new_id = corpus.passages()[-1].id
    assert corpus.search("tower", 1)[0].passage.document == "new.txt"
    before = corpus.folder / "before-restore.sqlite"
    assert restore(tmp_path / "kept.sqlite", corpus.folder) == replace(made, replaced=before)
    assert restore(before, tmp_path / "again").documents == 2
    assert [document.name for document in open_corpus(tmp_path / "again").documents()] == ["1.txt", "new.txt"]
    assert corpus.passages() == passages
    assert corpus.search("tower", 5, "text") == []
    same_as_fresh(corpus)
    (tmp_path / "other.txt").write_text("Leek soup costs four crowns.")
    corpus.ingest([tmp_path / "other.txt"])
    assert corpus.passages()[-1].id == new_id, "the id is given again, so the index must not hold on to its vector"
    assert corpus.search("leek soup", 1, "dense")[0].passage.document == "other.txt"
    same_as_fresh(corpus)
    assert sorted(file.name for file in corpus.folder.iterdir() if file.name.startswith(".")) == []


def test_a_backup_put_back_by_hand_takes_no_vectors_of_what_came_after_it(tmp_path: Path) -> None:
    corpus = filled(tmp_path / "c", "Gate nine is kept by Ann.")
    backup(corpus.folder, tmp_path / "kept.sqlite")
    after = [tmp_path / f"after{n}.txt" for n in range(12)]
    for n, path in enumerate(after):
        path.write_text(f"Soup {n} costs {n} crowns.")
    corpus.ingest(after[:5])
    corpus.close()
    (tmp_path / "kept.sqlite").replace(corpus.folder / "corpus.sqlite")
    again = open_corpus(corpus.folder)
    again.ingest(after[5:])
    again.search("soup", 1)
    same_as_fresh(again)


def test_a_corpus_is_made_from_a_backup_even_of_an_older_schema(tmp_path: Path) -> None:
    write_schema_one(tmp_path / "old")
    file = tmp_path / "old" / "corpus.sqlite"
    before = file.read_bytes()
    restore(file, tmp_path / "new" / "place")
    assert open_corpus(tmp_path / "new" / "place").search("gate nine", 1)[0].passage.document == "old.txt"
    assert file.read_bytes() == before, "a backup is only read"
    assert {path.name for path in (tmp_path / "new" / "place").iterdir()} <= {"corpus.sqlite", "corpus.sqlite-journal"}


def test_a_damaged_corpus_is_mended_by_its_backup(tmp_path: Path) -> None:
    corpus = filled(tmp_path / "c", "Gate nine is kept by Ann.")
    backup(corpus.folder, tmp_path / "kept.sqlite")
    corpus.close()
    rubbish = os.urandom(9000)
    (corpus.folder / "corpus.sqlite").write_bytes(rubbish)
    restore(tmp_path / "kept.sqlite", corpus.folder)
    assert open_corpus(corpus.folder).search("gate", 1)[0].passage.document == "0.txt"
    (aside,) = corpus.folder.glob("corpus.sqlite.unusable-*")
    assert aside.read_bytes() == rubbish


def test_what_killed_processes_left_is_taken_away(tmp_path: Path) -> None:
    corpus = filled(tmp_path / "c", "Gate nine is kept by Ann.")
    left = [".vectors.cache.77.tmp", ".restore-1.sqlite", ".restore-1.sqlite-journal"]
    kept = [".vectors.cache.78.tmp", "notes.txt.77.tmp", ".restore-2.sqlite"]
    for name in left + kept:
        (corpus.folder / name).write_bytes(b"x")
    for name in [*left, kept[1]]:
        os.utime(corpus.folder / name, (1.5e9, 1.5e9))
    backup(corpus.folder, tmp_path / "kept.sqlite")
    restore(tmp_path / "kept.sqlite", corpus.folder)
    corpus.search("gate", 1)
    corpus.close()
    names = {file.name for file in corpus.folder.iterdir()}
    assert not names & set(left) and names >= set(kept)


def test_where_nothing_can_be_written_is_an_error_and_no_bug(tmp_path: Path) -> None:
    """A file in the place of the folder fails alike, whoever runs the tests."""
    corpus = filled(tmp_path / "c", "Gate nine is kept by Ann.")
    (tmp_path / "file").write_text("no folder")
    VectorIndex(SqliteStore(corpus.folder / "corpus.sqlite"), tmp_path / "file" / "vectors.cache").save()
    with pytest.raises(StoreError, match="could not be written: Not a directory"):
        backup(corpus.folder, tmp_path / "file" / "kept.sqlite")
    backup(corpus.folder, tmp_path / "kept.sqlite")
    with pytest.raises(StoreError, match="could not be put back"):
        restore(tmp_path / "kept.sqlite", tmp_path / "file")


def test_what_is_no_backup_is_left_alone_and_so_is_the_corpus(tmp_path: Path) -> None:
    corpus = filled(tmp_path / "c", "Gate nine is kept by Ann.")
    documents = corpus.documents()
    note = tmp_path / "note.txt"
    note.write_text("not a backup")
    sqlite3.connect(tmp_path / "foreign.sqlite").execute("CREATE TABLE t(a)").connection.close()
    sqlite3.connect(tmp_path / "numbered.sqlite").executescript("CREATE TABLE t(a); PRAGMA user_version = 7").close()
    foreign = tmp_path / "foreign.sqlite", tmp_path / "numbered.sqlite"
    for target in (note, *foreign, tmp_path, corpus.folder / "corpus.sqlite"):
        with pytest.raises(StoreError, match=r"another file name|not taken"):
            backup(corpus.folder, target)
    with pytest.raises(StoreError, match="could not be written"):
        backup(corpus.folder, tmp_path / "no such folder" / "x.sqlite")
    with pytest.raises(StoreError, match="no corpus"):
        backup(tmp_path / "nowhere", tmp_path / "x.sqlite")
    made = backup(corpus.folder, tmp_path / "kept.sqlite").file
    cut = tmp_path / "cut.sqlite"
    cut.write_bytes(made.read_bytes()[:-5000])
    newer = tmp_path / "newer.sqlite"
    newer.write_bytes(made.read_bytes()[:60] + b"\x00\x00\x00\x63" + made.read_bytes()[64:])
    for file, error in (
        (note, BrokenStore), *((file, BrokenStore) for file in foreign), (cut, BrokenStore), (newer, NewerStore),
        (tmp_path / "gone.sqlite", StoreError),
    ):  # fmt: skip
        with pytest.raises(error, match=file.name):
            restore(file, corpus.folder)
    assert note.read_text() == "not a backup"
    assert corpus.documents() == documents
    same_as_fresh(corpus)
