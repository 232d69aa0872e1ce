"""SIGKILL at random moments while documents are added, replaced, edited and removed; after each the corpus is checked.

A child process works on a corpus at random; some steps and up to 0.3 s later it is killed. Then every document must be
whole, texts, words, vectors and positions must agree, and the index must answer as a fresh one. The next child goes on
with the same corpus. `tests/test_retrieval_crash.py` kills between any two steps of short stories; this one looks for
what nobody thought of.
With --url it does so to a corpus in that PostgreSQL database.
    python tests/bench/kill_store.py [--kills 200] [--seed 1] [--url URL]
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]


def work(folder: Path, seed: int, url: str | None) -> None:
    """Until it is killed."""
    from retrieval_fakes import FakeEmbedder

    from retrieval import Corpus

    rng = random.Random(seed)
    corpus = Corpus(folder / "corpus", embedder=FakeEmbedder(), url=url)
    files = folder / "files"
    files.mkdir(exist_ok=True)
    while True:
        print("step", flush=True)
        documents, passages = corpus.documents(), corpus.passages(disabled=True)
        one = rng.choice(passages) if passages else None
        kind = rng.choice(("ingest", "ingest", "remove", "edit", "split", "merge", "switch", "revert", "save"))
        if kind == "ingest":
            file = files / f"{rng.randrange(12)}.txt"
            start = rng.randrange(5)
            file.write_text("".join(f"Gate {n} of {file.stem} is kept. " for n in range(start, start + 90)))
            corpus.ingest([file])
        elif kind == "remove" and len(documents) > 4:
            corpus.remove(rng.choice(documents).id)
        elif one and kind == "edit":
            corpus.edit_passage(one.id, f"Keeper {rng.random()} has the keys.")
        elif one and kind == "split" and len(one.text) > 40:
            corpus.split_passage(one.id, 20)
        elif one and kind == "merge":
            after = [p for p in passages if p.document_id == one.document_id and p.position == one.position + 1]
            if after and len(one.text) + len(after[0].text) < 400 and one.enabled == after[0].enabled:
                corpus.merge_passages(one.id, after[0].id)
        elif one and kind == "switch":
            corpus.enable_passage(one.id, not one.enabled)
        elif one and kind == "revert":
            corpus.revert_passage(one.id)
        elif kind == "save":
            corpus._index.save()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--url", help="of an empty corpus on a server (default: one in a temporary folder)")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work:
        work(asked.work, asked.seed, asked.url)
    from retrieval_fakes import FakeEmbedder
    from test_retrieval_edits import check_whole

    from retrieval import Corpus
    from retrieval.sqlite_store import SqliteStore

    rng = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as place:
        for kill in range(asked.kills):
            command = [sys.executable, __file__, "--work", place, "--seed", str(asked.seed + kill)]
            command += ["--url", asked.url] if asked.url else []
            with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
                for _ in range(rng.randrange(1, 9)):
                    assert child.stdout and child.stdout.readline() == b"step\n"
                time.sleep(rng.random() * 0.3)
                child.kill()
            corpus = Corpus(Path(place) / "corpus", embedder=FakeEmbedder(), url=asked.url)
            if isinstance(corpus.store, SqliteStore):
                assert corpus.store.connection().execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            check_whole(corpus)
            edits = sum(len(corpus.store.edits([document.id])) for document in corpus.documents())
            counts = f"{len(corpus.documents())} documents, {len(corpus.passages())} passages, {edits} edits"
            print(f"kill {kill + 1}: whole ({counts})", flush=True)
            corpus.close()


if __name__ == "__main__":
    main()
