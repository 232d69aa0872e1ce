"""The corpus on a PostgreSQL server, a real one (retrieval_server.py): what only a server can do to it."""

from __future__ import annotations

import json
import logging
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from retrieval_fakes import FakeEmbedder
from retrieval_server import PostgresServer
from test_retrieval_edits import check_whole

from retrieval import Corpus, SearchOptions, Within
from retrieval.errors import CorpusError, DifferentEmbeddingModel, NewerStore, StoreBusy, StoreError, StoreUnreachable
from retrieval.passages import Document
from retrieval.postgres_index import ServerIndex
from retrieval.postgres_store import PostgresStore, said
from retrieval.rows import NewPassage, write_notes
from retrieval.search import SEARCHES
from retrieval.server_url import server_url
from retrieval.words import words

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "data" / "samples"
WIDTH = 32


@pytest.fixture
def schema(request: pytest.FixtureRequest, postgres: PostgresServer) -> Iterator[str]:
    name = "".join(sign for sign in request.node.name.lower() if sign.isalnum() or sign == "_")[:60]
    yield name
    postgres.execute(f'DROP SCHEMA IF EXISTS "{name}" CASCADE')


@pytest.fixture
def url(postgres: PostgresServer, schema: str) -> str:
    return postgres.url(schema)


@pytest.fixture
def corpus(url: str, tmp_path: Path) -> Iterator[Corpus]:
    made = Corpus(tmp_path / "corpus", embedder=FakeEmbedder(), url=url)
    yield made
    made.close()


# -- ranking


def test_a_server_ranks_as_a_laptop_does(corpus: Corpus, tmp_path: Path) -> None:
    laptop = Corpus(tmp_path / "laptop", embedder=FakeEmbedder())
    laptop.ingest([SAMPLES / "documents"])
    laptop.add_texts(["退货政策：客户可以在三十七天内退货。", "退款由王经理批准。"], ["r1", "r2"], [{}, {}])
    corpus.add_texts([], [], [])  # notes the model
    for document in laptop.documents():
        own = laptop.passages(document.id)
        _, vectors = laptop.store.vectors([p.id for p in own])
        new = [NewPassage(p.page, p.heading, p.text, vector) for p, vector in zip(own, vectors, strict=True)]
        corpus.store.add(document, new)
    lines = (SAMPLES / "questions-heldout.jsonl").read_text("utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines[::9]]
    questions += [
        "退",
        "退货 退",
        "客户退货",
        "rma/2231",
        "the of",
        '"退"',
        '"shifts"',
        '"a shift"',
        '"shift swap"',
        '"三十七天内"',
        "crowns crowns",
    ]
    places = [{p.id: (p.document, p.position) for p in each.passages()} for each in (corpus, laptop)]
    for mode in SEARCHES:
        for question, here, there in zip(
            questions, corpus.search_many(questions, 12, mode), laptop.search_many(questions, 12, mode), strict=True
        ):
            assert [places[0][hit.passage.id] for hit in here] == [places[1][hit.passage.id] for hit in there], question
            # BM25 is the same to the last digits; a cosine is of float16 numbers, added in another order
            close = 1e-9 if mode == "text" else 1e-5
            np.testing.assert_allclose([hit.score for hit in here], [hit.score for hit in there], atol=close)
    laptop.close()


def test_words_that_an_older_program_kept_in_one_form_are_found_in_the_others(
    corpus: Corpus, url: str, tmp_path: Path
) -> None:
    texts = ["Swaps need both keepers.", "Die Kühlkette hält.", "Leek soups."]
    corpus.add_texts(texts, ["a", "b", "c"], [{}] * 3)
    corpus.enable_passage(corpus.passages()[2].id, False)
    with corpus.store.writing() as connection:
        connection.execute("DELETE FROM passage_words")
        kept = [(passage.id, " ".join(words(passage.text))) for passage in corpus.passages()]
        connection.executemany("INSERT INTO passage_words(rowid, words) VALUES(?, ?)", kept)
        write_notes(connection, {"schema": "1"})
    assert corpus.search("swap", 3, "text") == []
    again = Corpus(tmp_path / "again", embedder=FakeEmbedder(), url=url)
    assert [hit.passage.document_id for hit in again.search("swap", 3, "text")] == ["a"]
    assert [hit.passage.document_id for hit in again.search("kuhlkette", 3, "text")] == ["b"]
    assert [hit.passage.document_id for hit in again.search('"Swaps"', 3, "text")] == ["a"]
    assert again.search("soup", 3, "text") == [], "it is switched off"
    check_whole(again)
    again.close()


# -- vectors


def unit(count: int, seed: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((count, WIDTH)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def fill(store: PostgresStore, documents: int, each: int) -> tuple[np.ndarray, np.ndarray]:
    """(ids, vectors) of what was added."""
    vectors = unit(documents * each, documents)
    ids: list[int] = []
    for number in range(documents):
        own = vectors[number * each :][:each]
        document = Document(f"d{number}", f"d{number}", ".txt", None, each, float(number + 1), 1)
        ids += store.add(document, [NewPassage(None, "", f"w{at}", vector) for at, vector in enumerate(own)])
    store.set_meta({"dimensions": str(WIDTH)})
    return np.array(ids), vectors


def test_a_graph_finds_what_comparing_all_finds_and_filters_still_give_k(
    url: str, postgres: PostgresServer, request: pytest.FixtureRequest
) -> None:
    postgres.execute("ALTER ROLE postgres SET enable_seqscan = off")  # so few passages would be compared one by one
    request.addfinalizer(lambda: postgres.execute("ALTER ROLE postgres RESET enable_seqscan"))
    store = PostgresStore(url)
    ids, vectors = fill(store, 30, 100)
    index, queries = ServerIndex(store, exact_up_to=500), unit(20, 99)
    exact = ids[np.argsort(-(queries @ vectors.T), axis=1)[:, :10]]
    scores, found = index.search(queries, 10)
    assert found.tolist() == exact.tolist() and index.status().kind == "exact"
    np.testing.assert_allclose(scores, np.sort(queries @ vectors.T)[:, :-11:-1], atol=1e-3)
    index.build_in_background()
    fill_more = store.add(Document("more", "more", "", None, 1, 0.0, 1), [NewPassage(None, "", "x", queries[0])])
    index.wait()
    status = index.status()
    assert (status.kind, status.passages, status.measured_on) == ("graph", 3001, 200) and status.recall_at_10 > 0.95
    with store.reading() as connection:
        plan = connection.execute(
            f"EXPLAIN SELECT id FROM passages WHERE enabled ORDER BY vector::halfvec({WIDTH}) <#> ?::halfvec({WIDTH}) "
            "LIMIT 10",
            (queries[0].astype(np.float16),),
        ).fetchall()
    assert "passages_graph" in str(plan), "it is used"
    assert index.search(queries[:1], 1)[1].tolist() == [fill_more], "what is added later is in it"
    scores, found = index.search(queries, 10)
    recall = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found.tolist(), exact.tolist(), strict=True)])
    assert recall > 0.9
    for some in (ids[::2], ids[7:900:100], ids[-550:]):  # half of all, few, and the many of some documents
        _, narrowed = index.search(queries, 40, within=some)
        assert set(narrowed[narrowed >= 0].tolist()) <= set(some.tolist())
        assert (narrowed >= 0).sum(axis=1).tolist() == [min(40, len(some))] * 20
    assert index.search(queries, 5, within=ids[:0])[1].shape == (20, 0)
    store.remove("more")
    assert index.search(queries[:1], 5000)[1].shape == (1, 3000), "more than a graph hands out"
    store.close()


def test_a_rebuild_takes_vectors_of_another_width(corpus: Corpus, url: str, tmp_path: Path) -> None:
    class Narrow(FakeEmbedder):
        dimensions = 16

    corpus.add_texts([f"gate {n} of keeper {n * 7}" for n in range(40)], [f"g{n}" for n in range(40)], [{}] * 40)
    assert isinstance(corpus._index, ServerIndex)
    corpus._index._exact_up_to = 10
    corpus._index.build_in_background()
    corpus._index.wait()
    assert corpus.index_status().kind == "graph"
    left_open = Corpus(tmp_path / "other", embedder=FakeEmbedder(), url=url)
    corpus.rebuild(embedder=Narrow("narrow"))
    corpus._index.wait()
    assert corpus.index_status().kind == "graph", "of the new vectors"
    assert corpus.search("gate 7 of keeper 49", 1, "dense")[0].passage.document_id == "g7"
    with pytest.raises(DifferentEmbeddingModel, match="Open the corpus again"):
        left_open.search("gate", 3, "dense")


# -- several writers, and writers that die

CHILD = """
import sys
from pathlib import Path
sys.path[:0] = [{tests!r}, {root!r}]
from retrieval import Corpus
from retrieval_fakes import FakeEmbedder
corpus = Corpus(Path({folder!r}), embedder=FakeEmbedder(), url={url!r})
files = Path({files!r})
print("ready", flush=True)
{story}
"""
STORY = """
at = 0
while True:
    at += 1
    for name in "abc":
        (files / f"{name}.txt").write_text("".join(f"Gate {n} of {name} {at} is kept. " for n in range(at % 5, 120)))
    print("step", flush=True)
    corpus.ingest([files])
    first, second, *_ = corpus.passages(corpus.find("a.txt").id)
    corpus.edit_passage(first.id, f"Keeper {at} has the keys.")
    corpus.enable_passage(second.id, False)
    corpus.remove("c.txt")
"""


def start(url: str, tmp_path: Path, story: str, wait: bool = True) -> subprocess.Popen[str]:
    files = tmp_path / "files"
    files.mkdir(exist_ok=True)
    names = {"folder": str(tmp_path / "corpus"), "files": str(files), "url": url}
    code = CHILD.format(tests=str(ROOT / "tests"), root=str(ROOT), **names, story=story)
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout and (not wait or child.stdout.readline() == "ready\n")
    return child


def test_killed_at_any_moment_nothing_is_half_done(corpus: Corpus, url: str, tmp_path: Path) -> None:
    rng = random.Random(4)
    for _ in range(4):  # tests/bench/kill_store.py --url does it some hundred times
        child = start(url, tmp_path, STORY)
        for _ in range(rng.randrange(1, 3)):
            assert child.stdout and child.stdout.readline() == "step\n"
        time.sleep(rng.random() * 0.5)
        child.kill()
        assert child.wait() == -signal.SIGKILL
        corpus.store.set_meta({"seen": "yes"})  # the lock of the killed one is free
        check_whole(corpus)
        for document in corpus.documents():
            said = {passage.text.split(" is kept")[0].split()[-1] for passage in corpus.passages(document.id)}
            assert len({each for each in said if each.isdigit()}) <= 1, "of one version"


def test_two_processes_that_make_a_corpus_of_the_same_files_leave_one_of_each(url: str, tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    for number in range(12):
        (files / f"{number}.txt").write_text(f"Gate {number} is kept by keeper {number * 7}. " * 40)
    children = [start(url, tmp_path, "sys.stdin.readline(); corpus.ingest([files])", wait=False) for _ in range(2)]
    for child in children:
        assert child.stdout and child.stdout.readline() == "ready\n", "both made the tables, or found them"
    for child in children:
        assert child.stdin
        child.stdin.write("go\n")
        child.stdin.flush()
    assert [child.wait(60) for child in children] == [0, 0]
    corpus = Corpus(tmp_path / "corpus", embedder=FakeEmbedder(), url=url)
    assert Counter(document.name for document in corpus.documents()) == {f"{n}.txt": 1 for n in range(12)}
    check_whole(corpus)
    corpus.close()


def test_another_writer_is_waited_for_and_then_told_of(corpus: Corpus) -> None:
    assert isinstance(corpus.store, PostgresStore)
    with corpus.store.writing(), corpus.store.reading() as other:
        other.execute("SET lock_timeout = '50ms'")
        with pytest.raises(StoreBusy, match="Another client"), said(corpus.store._server):
            other.execute("DELETE FROM meta")
        assert corpus.documents() == [], "who reads does not wait"


# -- servers that are gone, wrong or new


def test_a_server_that_stops_is_an_error_and_its_return_is_enough(
    corpus: Corpus, postgres: PostgresServer, tmp_path: Path
) -> None:
    corpus.add_texts(["Gate nine is kept by Ann."], ["a"], [{}])
    (tmp_path / "b.txt").write_text("Leek soup costs four crowns.")
    postgres.stop()
    try:
        for use in (lambda: corpus.search("gate"), lambda: corpus.ingest([tmp_path / "b.txt"]), corpus.documents):
            with pytest.raises(StoreUnreachable, match="does not answer"):
                use()
        with pytest.raises(StoreUnreachable):
            Corpus(tmp_path / "new", url=postgres.url("other"))
    finally:
        postgres.start()
    assert corpus.search("gate nine", 1)[0].passage.document_id == "a"
    assert corpus.ingest([tmp_path / "b.txt"])[0].status == "indexed"
    check_whole(corpus)


def test_a_connection_that_is_cut_leaves_nothing_and_the_next_call_works(
    corpus: Corpus, postgres: PostgresServer
) -> None:
    corpus.add_texts(["Gate nine is kept by Ann."], ["a"], [{}])
    with pytest.raises(StoreUnreachable), corpus.store.writing() as connection:
        connection.execute("DELETE FROM passage_words")
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state LIKE 'idle in%' "
            "AND application_name = 'domain-tuner'"
        )
        connection.execute("DELETE FROM passages")
    check_whole(corpus)
    assert len(corpus.passages()) == 1


def test_a_newer_schema_is_refused_and_other_tables_are_left_alone(
    corpus: Corpus, url: str, postgres: PostgresServer, schema: str, tmp_path: Path
) -> None:
    corpus.store.set_meta({"schema": "99"})
    with pytest.raises(NewerStore, match="schema 99, this one reads up to"):
        Corpus(tmp_path / "x", url=url)
    postgres.execute(f'DROP SCHEMA "{schema}" CASCADE')
    postgres.execute(f'CREATE SCHEMA "{schema}" CREATE TABLE documents(mine text)')
    with pytest.raises(StoreError, match="not those of a corpus"):
        Corpus(tmp_path / "x", url=url)
    assert postgres.execute(f"SELECT tablename FROM pg_tables WHERE schemaname = '{schema}'") == [("documents",)]


def test_each_schema_is_a_corpus_of_its_own(
    corpus: Corpus, postgres: PostgresServer, schema: str, tmp_path: Path
) -> None:
    corpus.add_texts(["Gate nine is kept by Ann."], ["a"], [{}])
    other = Corpus(tmp_path / "x", embedder=FakeEmbedder(), url=postgres.url(f"{schema[:50]}_2"))
    assert other.documents() == [] and other.search("gate") == []
    other.close()
    postgres.execute(f'DROP SCHEMA "{schema[:50]}_2" CASCADE')


def test_a_schema_that_an_administrator_made_is_enough(postgres: PostgresServer, tmp_path: Path) -> None:
    postgres.execute("CREATE ROLE modest LOGIN")
    postgres.execute("CREATE DATABASE bare")
    try:
        postgres.execute("CREATE EXTENSION vector", database="bare")
        postgres.execute("CREATE SCHEMA handbooks AUTHORIZATION modest", database="bare")
        url = postgres.url("handbooks", "modest", "bare")
        Corpus(tmp_path / "x", url=url, embedder=FakeEmbedder()).close()
    finally:
        postgres.execute("DROP DATABASE bare WITH (FORCE)")
        postgres.execute("DROP ROLE modest")


def test_a_user_or_a_server_without_pgvector_is_told_what_to_do(postgres: PostgresServer, tmp_path: Path) -> None:
    postgres.execute("CREATE ROLE modest LOGIN")
    postgres.execute("CREATE DATABASE bare")
    try:
        with pytest.raises(StoreError, match='administrator of the database run "CREATE EXTENSION vector"'):
            Corpus(tmp_path / "x", url=postgres.url(user="modest", database="bare"))
        postgres.execute("CREATE EXTENSION vector", database="bare")
        postgres.execute("UPDATE pg_extension SET extversion = '0.7.4' WHERE extname = 'vector'", database="bare")
        with pytest.raises(StoreError, match=r"pgvector 0\.8 or later .* there is version 0\.7\.4"):
            Corpus(tmp_path / "x", url=postgres.url(database="bare"))
    finally:
        postgres.execute("DROP DATABASE bare")
        postgres.execute("DROP ROLE modest")


@pytest.mark.parametrize("way", ["wrong password", "no database", "no host", "a port that is none", "stray signs"])
def test_the_password_is_in_no_message(
    way: str, postgres: PostgresServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "hunter/2 @x"
    coded = quote(secret, safe="")
    postgres.execute("DROP ROLE IF EXISTS guarded")
    postgres.execute("CREATE ROLE guarded LOGIN SUPERUSER PASSWORD 'another'")
    address = {
        "wrong password": postgres.url(user=f"guarded:{coded}"),
        "no database": postgres.url(user=f"postgres:{coded}", database="nowhere"),
        "no host": f"postgresql://ann:{coded}@127.0.0.1:1/corpus",
        "a port that is none": f"postgresql://ann:{coded}@127.0.0.1:{coded}/corpus",
        "stray signs": f"postgresql://ann:{secret}@127.0.0.1/corpus",
    }[way]
    with caplog.at_level(logging.DEBUG), pytest.raises(StoreError) as refused:
        Corpus(tmp_path / "x", url=address)
    said = str(refused.value) + caplog.text + "".join(map(repr, [refused.value.__cause__, refused.value]))
    assert not any(part in said for part in (secret, coded, "hunter")), said
    assert any(part in said for part in ("PGPASSWORD", "Expected postgresql://")), said
    postgres.execute("DROP ROLE guarded")


def test_an_address_is_shown_without_what_is_secret() -> None:
    found = server_url("postgresql://ann:pa%40ss@db.example:5433/corpora?sslpassword=x1y&schema=team_a&sslmode=require")
    assert found.shown == "postgresql://ann@db.example:5433/corpora?schema=team_a"
    assert found.url == "postgresql://ann:pa%40ss@db.example:5433/corpora?sslpassword=x1y&sslmode=require"
    assert "pa" not in repr(found).replace("team_a", "") and "x1y" not in repr(found)
    assert found.without_secrets("pa@ss pa%40ss x1y") == "*** *** ***"
    for wrong in ("mysql://ann@db/x", "postgresql://a@b@c/x", "corpus.sqlite", "postgresql://db/x?schema=A-b"):
        with pytest.raises(StoreError):
            server_url(wrong)


def test_a_text_may_hold_any_sign(corpus: Corpus) -> None:
    corpus.add_texts(["a\0b 50% of ? {x} \\N \t 🔥\u2028 end"], ["odd"], [{"k": "\0%s"}])
    (passage,) = corpus.passages()
    assert passage.text == "a\ufffdb 50% of ? {x} \\N \t 🔥\u2028 end" and corpus.store.metadata("odd") == {"k": "\0%s"}
    assert corpus.search("50", 1, "text", SearchOptions(within=Within(documents=("odd",))))[0].passage == passage
    assert isinstance(corpus.edit_passage(passage.id, "100% %s ?").edited, bool)


def test_a_limit_of_the_server_is_no_lost_connection(corpus: Corpus) -> None:
    with (
        pytest.raises(StoreError, match="canceling statement due to statement timeout") as refused,
        corpus.store.writing() as connection,
    ):
        connection.execute("SET LOCAL statement_timeout = 20")
        connection.execute("SELECT pg_sleep(9)")
    assert not isinstance(refused.value, StoreUnreachable)
    assert corpus.search("gate") == []


def test_errors_of_a_server_are_the_corpus_errors(corpus: Corpus) -> None:
    with pytest.raises(CorpusError), corpus.store.reading() as connection:
        connection.execute("SELECT * FROM gone")
