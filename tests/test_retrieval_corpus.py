"""The corpus as others use it: what goes in, what is found, what is refused.

Databases are the real ones: each test runs over SQLite with FAISS and over a PostgreSQL server, but for those of what
only a folder has.
"""

from __future__ import annotations

import hashlib
import os
import resource
import sqlite3
import threading
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from retrieval_fakes import FakeEmbedder, write_docx, write_pdf
from retrieval_server import OpenCorpus

from retrieval import Corpus, IngestProgress
from retrieval.errors import (
    AmbiguousDocument,
    BrokenStore,
    CorpusError,
    DifferentEmbeddingModel,
    DiskFull,
    DocumentNotFound,
    InvalidQuery,
    NewerStore,
    NothingToIngest,
    StoreError,
)
from retrieval.sqlite_store import SqliteStore


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    (folder / "sub").mkdir(parents=True)
    (folder / "leave.md").write_text("# Leave\n\nStaff of Velm have 31 days of leave; apply with form RMA-2231.\n")
    (folder / "gates.txt").write_text(
        "\n\n".join(f"Gate {n} is kept by keeper number {n * 7}. " * 9 for n in range(20))
    )
    (folder / "returns.txt").write_bytes("退货政策：客户可以在三十七天内退货。".encode("gbk"))
    (folder / "sub" / "page.html").write_text("<title>Menu</title><h1>Soup</h1><p>Leek soup costs four crowns.</p>")
    (folder / ".hidden.txt").write_text("hidden words")
    (folder / "data.xyz").write_text("a,b\n1,2\n")
    write_docx(folder / "hand.docx")
    write_pdf(folder / "paper.pdf", [[("The tower of Omm was finished in the year 1642 by masons.", 12)]])
    return folder


@pytest.fixture
def corpus(open_corpus: OpenCorpus) -> Corpus:
    return open_corpus(embedder=FakeEmbedder())


@pytest.fixture
def in_folder(tmp_path: Path) -> Corpus:
    return Corpus(tmp_path / "corpus", embedder=FakeEmbedder())


def same_as_fresh(corpus: Corpus) -> None:
    """The cache in memory, the file on disk and an index made anew hold the same ids and vectors."""
    ids = corpus.store.passage_ids().tolist()
    _, vectors = corpus.store.vectors(ids)
    scores, found = corpus._index.search(vectors[:20], len(ids) or 1)
    assert {i for row in found for i in row} <= set(ids)
    if ids:
        assert sorted(found[0].tolist()) == ids
        np.testing.assert_allclose(scores.max(axis=1), (vectors[:20] @ vectors.T).max(axis=1), atol=2e-3)


def test_a_folder_goes_in_and_is_found(corpus: Corpus, files: Path) -> None:
    results = {result.name: result for result in corpus.ingest([files])}
    assert {name for name, result in results.items() if result.status == "indexed"} == {
        "leave.md", "gates.txt", "returns.txt", "page.html", "hand.docx", "paper.pdf",
    }  # fmt: skip
    assert results["data.xyz"].status == "failed" and "not supported" in (results["data.xyz"].reason or "")
    assert ".hidden.txt" not in results
    for mode in ("hybrid", "text", "dense"):
        assert corpus.search("How many days of leave do Velm staff have?", 1, mode)[0].passage.document == "leave.md"
    assert corpus.search("rma/2231", 1)[0].passage.document == "leave.md"
    assert corpus.search("退货", 1, "text")[0].passage.document == "returns.txt"
    hit = corpus.search("tower of Omm", 1)[0]
    assert (hit.passage.document, hit.passage.page) == ("paper.pdf", 1)
    assert corpus.search("leek soup", 1)[0].passage.heading == "Menu > Soup"
    assert corpus.search("xyzzyq", 5, "text") == []
    same_as_fresh(corpus)


def test_search_many_equals_search(corpus: Corpus, files: Path) -> None:
    corpus.ingest([files])
    queries = ["days of leave", "keeper of gate 3", "退货政策"]
    for mode in ("hybrid", "dense", "text"):
        many = corpus.search_many(queries, 4, mode)
        assert many == [corpus.search(query, 4, mode) for query in queries]
        assert all(a.score >= b.score for hits in many for a, b in pairwise(hits))


def test_same_bytes_are_no_work_and_new_bytes_replace(corpus: Corpus, files: Path) -> None:
    corpus.ingest([files / "gates.txt", files / "leave.md"])
    before = corpus.documents()
    embedder = corpus.embedder
    assert isinstance(embedder, FakeEmbedder)
    embedder.embedded.clear()
    assert [result.status for result in corpus.ingest([files / "gates.txt"])] == ["unchanged"]
    assert not embedder.embedded and corpus.documents() == before
    with (files / "gates.txt").open("a") as opened:
        opened.write("\n\n" + "A new gate of bronze was built. " * 20)
    (result,) = corpus.ingest([files / "gates.txt"])
    assert result.status == "replaced"
    assert 0 < len(embedder.embedded) < result.passages, "only new passages are embedded"
    assert sorted(document.name for document in corpus.documents()) == ["gates.txt", "leave.md"]
    assert corpus.search("bronze gate", 1)[0].passage.document_id == result.id
    same_as_fresh(corpus)


def test_same_names_in_two_folders_are_two_documents(corpus: Corpus, tmp_path: Path) -> None:
    for place, text in (("a", "apples are red"), ("b", "plums are blue"), ("c", "apples are red")):
        (tmp_path / "in" / place).mkdir(parents=True)
        (tmp_path / "in" / place / "readme.txt").write_text(text)
    first = corpus.ingest([tmp_path / "in"])
    assert [(result.name, result.status) for result in first] == [
        ("readme.txt", "indexed"), ("b/readme.txt", "indexed"), ("c/readme.txt", "unchanged"),
    ]  # fmt: skip
    assert [result.status for result in corpus.ingest([tmp_path / "in"])] == ["unchanged"] * 3
    assert len(corpus.documents()) == 2


def test_a_file_brought_alone_stays_in_the_folder_that_it_is_known_from(corpus: Corpus, tmp_path: Path) -> None:
    """Else the next look at another folder would take it for the file of that name there."""
    for place in ("ours", "theirs"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "rules.txt").write_text(f"The rules of {place} say 31 days.")
        corpus.ingest([tmp_path / place])
    (tmp_path / "ours" / "rules.txt").write_text("The rules of ours say 32 days.")
    upload = tmp_path / "upload.txt"
    upload.write_text("The rules of ours say 33 days.")
    for alone in ({"paths": [tmp_path / "ours" / "rules.txt"]}, {"paths": [upload], "names": ["rules.txt"]}):
        assert [result.status for result in corpus.ingest(**alone)] == ["replaced"]
        assert [(each.name, each.status) for each in corpus.ingest([tmp_path / "theirs"])] == [
            ("theirs/rules.txt", "unchanged")
        ]
    assert {(each.name, each.folder) for each in corpus.documents()} == {
        ("rules.txt", "ours"), ("theirs/rules.txt", "theirs"),
    }  # fmt: skip


def test_removal_by_name_and_id(corpus: Corpus, files: Path) -> None:
    corpus.ingest([files])
    assert corpus.remove("leave.md").name == "leave.md"
    assert corpus.search("rma-2231", 5, "text") == []
    other = corpus.documents()[0]
    assert corpus.remove(other.id[:12]).id == other.id
    with pytest.raises(DocumentNotFound, match=r"no document 'leave\.md'"):
        corpus.remove("leave.md")
    with pytest.raises(DocumentNotFound, match=r"first 8 signs of an id or more, as `domain-tuner documents` lists"):
        corpus.remove(corpus.documents()[0].id[:2])
    same_as_fresh(corpus)


def test_an_ambiguous_name_is_an_error(corpus: Corpus, files: Path) -> None:
    corpus.add_texts(["one", "two"], ["id-1", "id-2"], [{"source": "same"}, {"source": "same"}])
    with pytest.raises(AmbiguousDocument, match="2 documents fit 'same'"):
        corpus.remove("same")
    assert corpus.remove("id-2").id == "id-2"


def test_names_are_data(in_folder: Corpus, files: Path, tmp_path: Path) -> None:
    corpus = in_folder
    upload = tmp_path / "0a1b"
    upload.write_text("Words of an upload.")
    outside = sorted(tmp_path.iterdir())
    (result,) = corpus.ingest([upload], names=["../../etc/päss🔥wd.txt"])
    assert (result.name, result.status) == ("päss🔥wd.txt", "indexed")
    odd = Path(os.fsdecode(os.fsencode(files) + b"/rule\xff.txt"))
    odd.write_text("Words under a name that is no UTF-8.")
    (result,) = corpus.ingest([odd])
    assert (result.name, result.status) == ("rule.txt", "indexed")
    corpus.close()
    assert sorted(tmp_path.iterdir()) == outside
    assert {file.name for file in corpus.folder.iterdir()} <= {
        "corpus.sqlite",
        "corpus.sqlite-journal",
        "vectors.cache",
    }


def test_one_bad_file_in_a_hundred(corpus: Corpus, tmp_path: Path) -> None:
    folder = tmp_path / "hundred"
    folder.mkdir()
    for number in range(99):
        (folder / f"{number:02d}.txt").write_text(f"Note {number} says {number * 13}.")
    (folder / "bad.pdf").write_bytes(b"%PDF-1.7\nbroken")
    seen: list[IngestProgress] = []
    results = corpus.ingest([folder], progress=seen.append)
    assert [result.name for result in results if result.status == "failed"] == ["bad.pdf"]
    assert len(corpus.documents()) == 99
    assert seen[-1].files_done == seen[-1].files == 100 and seen[-1].passages_done == 99
    assert {step.stage for step in seen} == {"reading", "embedding", "storing", "done"}


def test_paths_that_are_no_documents(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(NothingToIngest, match="holds no files"):
        corpus.ingest([tmp_path / "none"])
    (tmp_path / "none" / "a.exe").write_bytes(b"MZ")
    with pytest.raises(NothingToIngest, match="supported format"):
        corpus.ingest([tmp_path / "none"])
    (result,) = corpus.ingest([tmp_path / "missing.pdf"])
    assert result.status == "failed" and "There is no file" in (result.reason or "")


def test_an_empty_folder_among_others_is_reported_and_the_others_go_in(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "x.py").write_text("pass")
    (tmp_path / "a.txt").write_text("Anna counts the carts.")
    corpus = Corpus(tmp_path / "corpus", embedder=FakeEmbedder())
    found = corpus.ingest([tmp_path / name for name in ("empty", "a.txt", "code", "nothere.txt")])
    assert [(each.name, each.status) for each in found] == [
        *(("empty", "failed"), ("a.txt", "indexed"), ("code", "failed"), ("nothere.txt", "failed"))
    ]
    assert "holds no files" in str(found[0].reason) and "supported format" in str(found[2].reason)
    with pytest.raises(NothingToIngest, match=r"empty holds no files.*supported format"):
        corpus.ingest([tmp_path / "empty", tmp_path / "code"])
    corpus.close()


def test_what_another_workspace_keeps_is_no_document(tmp_path: Path) -> None:
    other = tmp_path / "files" / "other"
    Corpus(other / "corpus", embedder=FakeEmbedder()).close()
    (other / "runs").mkdir()
    (other / "runs" / "heldout.jsonl").write_text('{"question": "Which lamp?"}')
    (other / "letters").mkdir()
    for file in (tmp_path / "files" / "a.txt", other / "letters" / "b.txt"):
        file.write_text(f"Anna wrote {file.name}.")
    corpus = Corpus(tmp_path / "corpus", embedder=FakeEmbedder())
    found = corpus.ingest([tmp_path / "files"])
    assert [(each.name, each.status) for each in found] == [("a.txt", "indexed"), ("other", "failed")]
    assert "is a workspace" in str(found[1].reason)
    with pytest.raises(NothingToIngest, match="is a workspace"):
        corpus.ingest([other])
    assert [each.name for each in corpus.ingest([other / "letters"])] == ["b.txt"]
    corpus.close()


def test_questions_that_cannot_be_asked(corpus: Corpus, files: Path) -> None:
    assert corpus.search("anything") == []
    corpus.ingest([files])
    for query, k, mode in (("  ", 5, "hybrid"), ("x", 0, "hybrid"), ("x", 5, "magic")):
        with pytest.raises(InvalidQuery):
            corpus.search(query, k, mode)
    assert corpus.search('AND "OR NOT (NEAR* leave -- ; DROP', 1)[0].passage.document == "leave.md"
    assert len(corpus.search("leave " * 2000, 3)) == 3
    assert len(corpus.search("".join(chr(0x4E00 + i) for i in range(10_000)), 3)) <= 3
    assert len(corpus.search("leave", 1000)) == len(corpus.search("leave", 10**19)) == len(corpus.passages())
    assert len(corpus.nearest(np.ones(64), 10**19)) == len(corpus.passages())


def test_another_model_is_refused_and_rebuild_takes_it(corpus: Corpus, open_corpus: OpenCorpus, files: Path) -> None:
    corpus.ingest([files])
    corpus.close()
    with pytest.raises(DifferentEmbeddingModel, match="rebuild") as refused:
        open_corpus(embedder=FakeEmbedder("other"))
    assert isinstance(refused.value, CorpusError)
    again = open_corpus()  # without naming a model: opens, and loads none
    again.rebuild(embedder=FakeEmbedder("other"))
    assert again.search("days of leave", 1, "dense")[0].passage.document == "leave.md"
    same_as_fresh(again)
    again.close()
    assert open_corpus(embedder=FakeEmbedder("other")).search("leave", 1)


def test_two_that_begin_with_two_models_do_not_mix_them(corpus: Corpus, open_corpus: OpenCorpus, files: Path) -> None:
    other = open_corpus(embedder=FakeEmbedder("other"))
    corpus.ingest([files / "leave.md"])
    with pytest.raises(DifferentEmbeddingModel, match="rebuild"):
        other.ingest([files / "gates.txt"])
    assert [document.name for document in corpus.documents()] == ["leave.md"]


def test_vectors_made_anew_by_another_model_are_noticed_by_who_has_the_corpus_open(
    corpus: Corpus, open_corpus: OpenCorpus, files: Path
) -> None:
    corpus.ingest([files / "leave.md"])
    passage = corpus.search("leave", 1)[0].passage
    (document,), made_with = corpus.documents(), corpus.store.meta("embedding_fingerprint")
    open_corpus().rebuild(embedder=FakeEmbedder("other"))
    before = corpus.passages()
    for wrong in (
        lambda: corpus.search("leave", 1),
        lambda: corpus.edit_passage(passage.id, "Nobody has leave."),
        lambda: corpus.ingest([files / "gates.txt"]),
        lambda: corpus.add_texts(["Nobody has leave."], ["x"], [{}]),
        lambda: corpus.store.add(document, [], [], {}, None, made_with),  # embedded before, stored after
    ):
        with pytest.raises(DifferentEmbeddingModel):
            wrong()
    assert corpus.passages() == before and len(corpus.documents()) == 1


def test_a_search_writes_nothing_and_a_new_database_takes_no_old_cache(in_folder: Corpus, files: Path) -> None:
    corpus = in_folder
    corpus.ingest([files])
    corpus.close()
    cache = corpus.folder / "vectors.cache"
    before = cache.stat().st_ino
    again = Corpus(corpus.folder, embedder=FakeEmbedder())
    again.search("leave", 1)
    again.close()
    assert cache.stat().st_ino == before
    (corpus.folder / "corpus.sqlite").unlink()
    (files / "first.txt").write_text("The tower of Omm is older than the days of leave.")
    anew = Corpus(corpus.folder, embedder=FakeEmbedder())
    anew.ingest([files / "first.txt", files])
    same_as_fresh(anew)


def test_threads_that_have_ended_hold_nothing_open(in_folder: Corpus, files: Path) -> None:
    in_folder.ingest([files / "leave.md"])
    for _ in range(30):
        asking = threading.Thread(target=in_folder.search, args=("leave",))
        asking.start()
        asking.join()
    opened = [os.readlink(f"/proc/self/fd/{each}") for each in os.listdir("/proc/self/fd") if _is_open(each)]
    assert sum(each.startswith(str(in_folder.folder / "corpus.sqlite")) for each in opened) <= 2


def _is_open(descriptor: str) -> bool:
    return os.path.lexists(f"/proc/self/fd/{descriptor}")


def test_signs_that_no_database_takes(corpus: Corpus, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "half.jsonl").write_text('{"note": "An emoji cut in two: \\ud83d, and a zero: \\u0000."}\n')
    mail = b"From: a@b.example\nSubject: Gate\nContent-Type: text/plain; charset=utf-7\n\nGate +2D0- is kept by Ann.\n"
    (folder / "mail.eml").write_bytes(mail)
    for name in (b"M\xfcller.txt", b"M\xf6ller.txt"):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(b"Keys of " + name)
    (folder / "last.txt").write_text("Leek soup costs four crowns.")
    results = corpus.ingest([folder])
    assert {result.status for result in results} == {"indexed"} and len(results) == 5
    assert corpus.search("emoji cut in two", 1)[0].passage.document == "half.jsonl"
    assert corpus.search("gate kept by", 1)[0].passage.document == "mail.eml"
    assert {"Mller.txt", "Mller (2).txt"} <= {document.name for document in corpus.documents()}


def test_a_cache_that_is_odd_is_built_again(in_folder: Corpus, files: Path) -> None:
    corpus = in_folder
    corpus.ingest([files])
    corpus.close()
    cache = corpus.folder / "vectors.cache"
    good = cache.read_bytes()
    for bad in (b"", b"nonsense", good[:-7], good[:-1] + bytes([good[-1] ^ 1]), b"[]\n" + good, None):
        cache.unlink(missing_ok=True)
        if bad is not None:
            cache.write_bytes(bad)
        again = Corpus(corpus.folder, embedder=FakeEmbedder())
        same_as_fresh(again)
        again.close()
        assert cache.read_bytes()[:20] == good[:20]


def test_a_stale_cache_is_brought_up_to_date(in_folder: Corpus, files: Path) -> None:
    corpus = in_folder
    corpus.ingest([files])
    corpus.close()
    stale = (corpus.folder / "vectors.cache").read_bytes()
    again = Corpus(corpus.folder, embedder=FakeEmbedder())
    again.remove("gates.txt")
    again.close()
    (corpus.folder / "vectors.cache").write_bytes(stale)
    same_as_fresh(Corpus(corpus.folder, embedder=FakeEmbedder()))


def test_two_openings_see_each_other(corpus: Corpus, open_corpus: OpenCorpus, files: Path) -> None:
    other = open_corpus(embedder=FakeEmbedder())
    corpus.ingest([files / "leave.md"])
    assert other.search("leave", 1)[0].passage.document == "leave.md"
    other.ingest([files / "gates.txt"])
    corpus.remove("leave.md")
    for each in (corpus, other):
        assert {hit.passage.document for hit in each.search("leave gate", 9)} == {"gates.txt"}
        same_as_fresh(each)


def test_threads_search_while_one_ingests(corpus: Corpus, files: Path) -> None:
    corpus.ingest([files / "leave.md"])
    wrong: list[BaseException] = []

    def look() -> None:
        try:
            for _ in range(60):
                assert "leave.md" in {hit.passage.document for hit in corpus.search("days of leave", 3, "text")}
                corpus.search("days of leave", 3)
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    corpus.ingest([files])
    for thread in threads:
        thread.join()
    assert not wrong
    same_as_fresh(corpus)


def test_a_full_disk_leaves_whole_documents(in_folder: Corpus, files: Path) -> None:
    corpus = in_folder
    corpus.ingest([files / "leave.md"])
    assert isinstance(corpus.store, SqliteStore)
    connection = corpus.store.connection()
    connection.execute("VACUUM")  # the database's first steps leave free pages
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    before = corpus.documents()
    with pytest.raises(DiskFull, match="Free some space"):
        corpus.ingest([files / "gates.txt"])
    assert corpus.documents() == before
    connection.execute("PRAGMA max_page_count = 1000000")
    assert corpus.ingest([files / "gates.txt"])[0].status == "indexed"
    same_as_fresh(corpus)


def test_a_limit_on_the_size_of_files_is_no_broken_corpus(in_folder: Corpus, files: Path) -> None:
    in_folder.ingest([files / "leave.md"])
    before, (limit, most) = in_folder.documents(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, most))
    try:
        with pytest.raises(StoreError, match="left as it was") as refused:
            in_folder.ingest([files / "gates.txt"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
    assert not isinstance(refused.value, BrokenStore) and in_folder.documents() == before


def test_a_corpus_that_is_closed_while_it_is_read_is_not_broken(in_folder: Corpus) -> None:
    with (
        pytest.raises(StoreError, match="closed meanwhile") as refused,
        in_folder.store.reading() as connection,
    ):
        in_folder.close()
        connection.execute("SELECT 1")
    assert not isinstance(refused.value, BrokenStore)


def test_what_cannot_be_written_to_is_said_before_anything_is_read(in_folder: Corpus, files: Path) -> None:
    assert isinstance(in_folder.store, SqliteStore)
    in_folder.store.connection().execute("PRAGMA query_only = ON")
    seen: list[IngestProgress] = []
    with pytest.raises(StoreError, match="cannot be opened for writing"):
        in_folder.ingest([files], progress=seen.append)
    assert not seen
    in_folder.store.connection().execute("PRAGMA query_only = OFF")
    in_folder.ingest([files / "leave.md"])


def test_to_try_whether_it_can_be_written_changes_nothing(corpus: Corpus, files: Path) -> None:
    corpus.ingest([files / "leave.md"])
    state = corpus.store.meta("state")
    corpus.store.check_writable()
    assert corpus.store.meta("state") == state and corpus.store.meta("tried") is None
    same_as_fresh(corpus)


def test_a_store_of_the_future_or_of_rubbish_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    Corpus(folder, embedder=FakeEmbedder()).close()
    with sqlite3.connect(folder / "corpus.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(NewerStore, match="schema 99"):
        Corpus(folder)
    (folder / "corpus.sqlite").write_bytes(os.urandom(9000))
    with pytest.raises(BrokenStore, match="backup"):
        Corpus(folder)


def test_the_id_is_of_the_bytes_that_were_parsed(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text("first words")

    def touch(step: IngestProgress) -> None:
        if step.stage == "reading":
            (tmp_path / "new").write_text("other words")
            (tmp_path / "new").rename(path)

    assert corpus.ingest([path], progress=touch)[0].status == "indexed"
    text = corpus.passages()[0].text
    assert text in ("first words", "other words")
    assert corpus.documents()[0].id == hashlib.sha256(text.encode()).hexdigest()


def names_and_texts(corpus: Corpus) -> dict[str, str]:
    return {passage.document: passage.text for passage in corpus.passages()}


@pytest.mark.parametrize("moved", ["a-2024.txt", "z-2024.txt"])
def test_a_renamed_file_stays_when_another_takes_its_name(corpus: Corpus, tmp_path: Path, moved: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "report.txt").write_text("The tariff is 75.")
    corpus.ingest([folder])
    (folder / "report.txt").rename(folder / moved)
    (folder / "report.txt").write_text("The tariff is 80.")
    results = {result.name: result for result in corpus.ingest([folder])}
    assert results[moved].status == "unchanged"
    assert results[moved].reason == "Its bytes were in the corpus as report.txt."
    assert names_and_texts(corpus) == {moved: "The tariff is 75.", "report.txt": "The tariff is 80."}
    assert [document.folder for document in corpus.documents()] == ["in", "in"]


def test_files_of_one_name_that_were_given_one_by_one_stay_apart(corpus: Corpus, tmp_path: Path) -> None:
    both = [tmp_path / place / "README.md" for place in ("a", "b")]
    for file in both:
        file.parent.mkdir()
        file.write_text(f"This is {file.parent.name}.")
    corpus.ingest(both)
    (again,) = corpus.ingest([both[1]])
    assert (again.name, again.status) == ("b/README.md", "unchanged")
    both[1].write_text("This is the new b.")
    (again,) = corpus.ingest([both[1]])
    assert (again.name, again.status) == ("b/README.md", "replaced")
    assert names_and_texts(corpus) == {"README.md": "This is a.", "b/README.md": "This is the new b."}
    assert [result.status for result in corpus.ingest(both)] == ["unchanged", "unchanged"]


def test_a_part_of_a_folder_replaces_what_came_from_that_part(corpus: Corpus, tmp_path: Path) -> None:
    for place in ("a", "b"):
        (tmp_path / "in" / place).mkdir(parents=True)
        (tmp_path / "in" / place / "prices.txt").write_text(f"Prices of {place}.")
    corpus.ingest([tmp_path / "in"])
    (tmp_path / "in" / "b" / "prices.txt").write_text("New prices of b.")
    (result,) = corpus.ingest([tmp_path / "in" / "b"])
    assert (result.name, result.status) == ("b/prices.txt", "replaced")
    assert names_and_texts(corpus) == {"prices.txt": "Prices of a.", "b/prices.txt": "New prices of b."}
    assert [result.status for result in corpus.ingest([tmp_path / "in"])] == ["unchanged", "unchanged"]


def test_the_same_name_from_another_folder_is_another_document(corpus: Corpus, tmp_path: Path) -> None:
    for place in ("a", "b"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "prices.txt").write_text(f"Prices of {place}.")
        with zipfile.ZipFile(tmp_path / place / "docs.zip", "w") as archive:
            archive.writestr(f"minutes/{place}.txt", f"Minutes of {place}.")
    for place in ("a", "b", "b"):
        results = corpus.ingest([tmp_path / place])
    assert [(result.name, result.status) for result in results] == [
        ("b/docs.zip/minutes/b.txt", "unchanged"), ("b/prices.txt", "unchanged"),
    ]  # fmt: skip
    assert sorted(names_and_texts(corpus)) == [
        "b/docs.zip/minutes/b.txt", "b/prices.txt", "docs.zip/minutes/a.txt", "prices.txt",
    ]  # fmt: skip
    for folder, name in (("b", "b/prices.txt"), ("downloads", "prices.txt")):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "prices.txt").write_text(f"Other prices, of {folder}.")
        (result,) = corpus.ingest([tmp_path / folder / "prices.txt"])
        assert (result.name, result.status) == (name, "replaced"), "alone, it is known by its folder or else its name"


def test_folders_that_may_not_be_read_are_named(corpus: Corpus, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "note.txt").write_text("A note.")
    for name, mode in (("closed", 0o000), ("listed", 0o444)):
        (folder / name / "deeper").mkdir(parents=True)
        (folder / name / "secret.txt").write_text("Nobody reads this.")
        (folder / name).chmod(mode)
    if os.access(folder / "closed", os.R_OK):
        pytest.skip("root may read every folder")
    try:
        results = {result.name: result for result in corpus.ingest([folder])}
        with pytest.raises(NothingToIngest, match="may not be read"):
            corpus.ingest([folder / "listed"])
    finally:
        for name in ("closed", "listed"):
            (folder / name).chmod(0o755)
    assert {name: result.status for name, result in results.items()} == {
        "note.txt": "indexed", "closed": "failed", "listed": "failed",
    }  # fmt: skip
    assert "may not be read" in (results["closed"].reason or "")


def test_what_a_folder_holds_that_is_no_file_is_named(corpus: Corpus, tmp_path: Path) -> None:
    folder, other = tmp_path / "in", tmp_path / "other"
    for each in (folder, other):
        each.mkdir()
        (each / "note.txt").write_text(f"A note {each.name}.")
    (folder / "linked.txt").symlink_to(other / "note.txt")
    (folder / "elsewhere").symlink_to(other)
    (folder / "loop").symlink_to(folder)
    (folder / "gone.txt").symlink_to(tmp_path / "nothing.txt")
    os.mkfifo(folder / "pipe.txt")
    results = corpus.ingest([folder])
    assert [result.name for result in results if result.status == "indexed"] == ["linked.txt", "note.txt"]
    reasons = {result.name: result.reason or "" for result in results if result.status == "failed"}
    assert sorted(reasons) == ["elsewhere", "gone.txt", "pipe.txt"], "the loop leads to what was read"
    assert "link to a folder elsewhere" in reasons["elsewhere"] and "not there" in reasons["gone.txt"]
    (alone,) = corpus.ingest([folder / "pipe.txt"])
    assert alone.status == "failed" and "no regular file" in (alone.reason or "")


def test_a_stopped_ingest_stops_what_it_reads_ahead(corpus: Corpus, tmp_path: Path) -> None:
    gates = tmp_path / "gates"
    gates.mkdir()
    for number in range(30):
        (gates / f"{number}.txt").write_text(f"Gate {number} is kept. " * 200)

    def stop(step: IngestProgress) -> None:
        if step.file == "3.txt":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        corpus.ingest([gates], progress=stop)
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("reading")]
    assert corpus.documents() == []
    assert len(corpus.ingest([gates])) == 30


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs a file that is another for each process")
def test_a_file_that_does_not_stop_changing_is_refused_alone(corpus: Corpus, files: Path, tmp_path: Path) -> None:
    (tmp_path / "restless.txt").symlink_to("/proc/self/status")
    restless, leave = corpus.ingest([tmp_path / "restless.txt", files / "leave.md"])
    assert restless.status == "failed" and "changed while it was read" in (restless.reason or "")
    assert leave.status == "indexed"
