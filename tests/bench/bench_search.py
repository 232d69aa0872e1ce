"""Search, add, remove and open at 10,000, 100,000 and (--million) 1,000,000 passages, beside bare FAISS in one run.

Passages are made: vectors around 1 + n / 500 centres, texts of made-up words as frequent as a language's are (Zipf). A
question is a passage's vector with noise and six of its words. "faiss" is IndexFlatIP over the same float32 vectors,
one question at a time. Recall is of the ten nearest by numpy in float32. Opening is measured in a process of its own:
the first search by meaning, and what the process's memory grew by until then.
    python tests/bench/bench_search.py [--sizes 10000 100000] [--million] [--exact-up-to N] [--folder DIR] [--json]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from retrieval.index import EXACT_UP_TO, VectorIndex  # noqa: E402

WIDTH, WORDS, VOCABULARY, QUESTIONS, K = 384, 120, 60_000, 100, 10
DOCUMENT = 1000  # passages of one made document; the one that is added and removed has 20


class Known:
    """An embedding model that knows the questions' vectors by heart: what is measured is the search."""

    name = fingerprint = "made"
    max_tokens, dimensions = 256, WIDTH

    def __init__(self) -> None:
        self.known: dict[str, np.ndarray] = {}

    def encode(self, texts: Sequence[str], query: bool = False, progress: Any = None) -> np.ndarray:
        other = np.eye(1, WIDTH, dtype=np.float32)[0]
        return np.array([self.known.get(text, other) for text in texts], np.float32).reshape(len(texts), WIDTH)

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def count_many(self, texts: Sequence[str]) -> list[int]:
        return [self.count_tokens(text) for text in texts]

    def reads(self, language: str) -> bool:
        return True


class Maker:
    """Vectors and texts, the same in every run."""

    def __init__(self, passages: int) -> None:
        self._random = np.random.default_rng(7)
        self._centres = self._random.standard_normal((1 + passages // 500, WIDTH), np.float32)
        shares = 1 / np.arange(1, VOCABULARY + 1)
        self._shares = np.cumsum(shares / shares.sum())
        letters = self._random.integers(97, 123, (VOCABULARY, 7)).astype(np.uint8)
        self._words = np.array([bytes(word).decode() for word in letters])

    def vectors(self, count: int) -> np.ndarray:
        middle = self._centres[self._random.integers(0, len(self._centres), count)]
        return unit(middle + 0.9 * self._random.standard_normal((count, WIDTH), np.float32))

    def near(self, vector: np.ndarray) -> np.ndarray:
        return unit(vector + 0.02 * self._random.standard_normal(WIDTH, np.float32)[None])[0]

    def texts(self, count: int) -> list[str]:
        drawn = np.searchsorted(self._shares, self._random.random((count, WORDS)))
        return [" ".join(row) for row in self._words[np.minimum(drawn, VOCABULARY - 1)]]


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def fill(corpus: Any, maker: Maker, passages: int) -> tuple[np.ndarray, list[str]]:
    """The vectors of all passages in order of their ids (from 1), and the texts of the first thousand."""
    from retrieval.passages import Document
    from retrieval.rows import NewPassage

    corpus.add_texts([], [], [])  # notes the model
    every: list[np.ndarray] = []
    first: list[str] = []
    for start in range(0, passages, DOCUMENT):
        count = min(DOCUMENT, passages - start)
        vectors, texts = maker.vectors(count), maker.texts(count)
        document = Document(f"made-{start}", f"made-{start}.txt", ".txt", None, count, float(start + 1), 1)
        new = [NewPassage(None, "", text, vector) for text, vector in zip(texts, vectors, strict=True)]
        corpus.store.add(document, new)
        every.append(vectors)
        first = first or texts
    return np.concatenate(every), first


def milliseconds(call: Callable[[Any], Any], arguments: Sequence[Any]) -> dict[str, float]:
    times = []
    for argument in arguments:
        began = time.perf_counter()
        call(argument)
        times.append(1000 * (time.perf_counter() - began))
    return {"p50": float(np.percentile(times, 50)), "p95": float(np.percentile(times, 95))}


def once(call: Callable[[], Any]) -> float:
    return milliseconds(lambda _: call(), [None])["p50"]


def memory() -> int:
    """Bytes of this process that are its own."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("RssAnon"))
    return 1024 * int(line.split()[1])


def bare_faiss(vectors: np.ndarray, asked: np.ndarray) -> dict[str, float]:
    import faiss

    flat: Any = faiss.IndexFlatIP(WIDTH)
    flat.add(vectors)
    return milliseconds(lambda one: flat.search(one[None], K), list(asked))


def measure(passages: int, folder: Path, exact_up_to: int) -> dict[str, Any]:
    from retrieval import Corpus
    from retrieval.passages import Document
    from retrieval.rows import NewPassage

    embedder, maker = Known(), Maker(passages)
    corpus = Corpus(folder, embedder=embedder)
    began = time.perf_counter()
    vectors, texts = fill(corpus, maker, passages)
    filled = time.perf_counter() - began
    assert isinstance(corpus._index, VectorIndex)
    corpus._index._exact_up_to = exact_up_to
    built = once(corpus._index.save)
    corpus._index.build_in_background()
    clustered = once(corpus._index.wait)
    status = corpus.index_status()
    corpus.close()
    chosen = np.random.default_rng(1).choice(min(DOCUMENT, passages), QUESTIONS, replace=False)
    questions = [" ".join(texts[i].split()[:60:10]) for i in chosen]
    embedder.known = {question: maker.near(vectors[i]) for question, i in zip(questions, chosen, strict=True)}
    asked = embedder.encode(questions)
    bare = bare_faiss(vectors, asked)
    opened = json.loads(subprocess.check_output([sys.executable, __file__, "--open", str(folder)]))
    corpus = Corpus(folder, embedder=embedder)
    best = np.argpartition(-(asked @ vectors.T), K, axis=1)[:, :K] + 1
    found = [{hit.passage.id for hit in hits} for hits in corpus.search_many(questions, K, "dense")]
    result: dict[str, Any] = {
        "passages": passages,
        "filled_s": filled,
        "index_built_ms": built,
        "clusters_built_ms": clustered,
        "index": status.kind,
        "probes": status.probes,
        "measured_recall": status.recall_at_10,
        "opened_ms": opened["ms"],
        "recall@10": float(np.mean([len(a & set(b)) / K for a, b in zip(found, best.tolist(), strict=True)])),
        "faiss_ms": bare,
    }
    for mode in ("dense", "text", "hybrid"):
        result[f"{mode}_ms"] = milliseconds(partial(corpus.search, k=K, mode=mode), questions)
    result["dense_to_faiss"] = result["dense_ms"]["p50"] / bare["p50"]
    new = [NewPassage(None, "", t, v) for t, v in zip(maker.texts(20), maker.vectors(20), strict=True)]
    document = Document("added", "added.txt", ".txt", None, 20, 0.0, 1)
    result["add_document_ms"] = once(lambda: corpus.store.add(document, new))
    result["found_after_add_ms"] = once(lambda: corpus.search(questions[0], K, "dense"))
    result["remove_document_ms"] = once(lambda: corpus.remove("added.txt"))
    result["found_after_remove_ms"] = once(lambda: corpus.search(questions[0], K, "dense"))
    result["memory_bytes_a_passage"] = opened["bytes"] / passages
    result["disk_bytes_a_passage"] = sum(file.stat().st_size for file in folder.iterdir()) / passages
    corpus.close()
    return result


def open_once(folder: Path) -> dict[str, float]:
    import_module("faiss")
    from retrieval import Corpus

    before, began = memory(), time.perf_counter()
    corpus = Corpus(folder, embedder=Known())
    corpus.search("anything", K, "dense")
    assert corpus._index.loaded
    return {"ms": 1000 * (time.perf_counter() - began), "bytes": memory() - before}


def told(result: dict[str, Any]) -> str:
    lines = [f"{result['passages']:,} passages"]
    for name, value in result.items():
        if isinstance(value, dict):
            lines.append(f"  {name:24} p50 {value['p50']:10.2f}  p95 {value['p95']:10.2f}")
        elif name != "passages":
            lines.append(f"  {name:24} {value if isinstance(value, str) else format(value, '.3f'):>14}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--folder", type=Path, help="where the corpora are made for a while (default: a temporary one)")
    parser.add_argument("--exact-up-to", type=int, default=EXACT_UP_TO, help="passages (default: %(default)s)")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--open", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.open:
        print(json.dumps(open_once(asked.open)))
        return
    for size in [*asked.sizes, *([1_000_000] if asked.million else [])]:
        with tempfile.TemporaryDirectory(dir=asked.folder) as place:
            result = measure(size, Path(place) / "corpus", asked.exact_up_to)
        print(json.dumps(result) if asked.json else told(result), flush=True)


if __name__ == "__main__":
    main()
