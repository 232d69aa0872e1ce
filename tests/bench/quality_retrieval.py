"""How well each way to search finds the passage with the answer: hit@1, 5 and 10, MRR@10 and nDCG@10, in percent.

Corpora: the samples with their held-out questions (a passage counts if it is of the named document and has the answer's
words), 25 Chinese passages (chinese.jsonl), and for every JSON Lines file ("context", "question", "answers") of a
--reading folder a sample of its texts, each to be found by one question on it. The last column is what hybrid search
loses in nDCG@10 against the better of its two parts (aim: at most 0.5). With --calibrate every corpus's weight is set
on other questions of the same kind first, and never on those that are scored.
    python tests/bench/quality_retrieval.py [--reading FOLDER] [--questions 200] [--calibrate] [--json]
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log2
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
WAYS = ("dense", "text", "hybrid", "rrf")
DEPTH = 10
LONGEST = 1000  # characters of a text that is taken from a reading file: about what the model reads
AIM = 0.5


@dataclass(frozen=True)
class Asked:
    """A question and the passages (ids) that answer it."""

    question: str
    relevant: frozenset[int]


def scores(ranked: Sequence[Sequence[int]], asked: Sequence[Asked]) -> dict[str, float]:
    """In percent, means over the questions."""
    sums = dict.fromkeys(("hit@1", "hit@5", "hit@10", "mrr@10", "ndcg@10"), 0.0)
    for found, one in zip(ranked, asked, strict=True):
        places = [place for place, passage in enumerate(found[:DEPTH], start=1) if passage in one.relevant]
        for k in (1, 5, 10):
            sums[f"hit@{k}"] += bool(places) and places[0] <= k
        sums["mrr@10"] += 1 / places[0] if places else 0
        ideal = sum(1 / log2(place + 1) for place in range(1, min(len(one.relevant), DEPTH) + 1))
        sums["ndcg@10"] += sum(1 / log2(place + 1) for place in places) / ideal
    return {name: 100 * total / len(asked) for name, total in sums.items()}


def samples(corpus: Any, rng: random.Random, most: int) -> tuple[list[Asked], list[Asked]]:
    """(scored, to calibrate on): the held-out questions and those for training."""
    corpus.ingest([ROOT / "data" / "samples" / "documents"])
    words = {passage.id: (passage.document, plain(passage.text)) for passage in corpus.passages()}

    def read(name: str) -> list[Asked]:
        found = []
        for line in (ROOT / "data" / "samples" / name).read_text("utf-8").splitlines():
            raw = json.loads(line)
            right = frozenset(
                passage
                for passage, (document, text) in words.items()
                if raw.get("document") in (None, document) and any(plain(answer) in text for answer in raw["answers"])
            )
            found += [Asked(raw["question"], right)] if right else []
        return rng.sample(found, min(most, len(found)))

    return read("questions-heldout.jsonl"), read("questions-train.jsonl")


def plain(text: str) -> str:
    return f" {' '.join(''.join(c if c.isalnum() else ' ' for c in text.casefold()).split())} "


def chinese(corpus: Any, rng: random.Random, most: int) -> tuple[list[Asked], list[Asked]]:
    rows = [json.loads(line) for line in (Path(__file__).parent / "chinese.jsonl").read_text("utf-8").splitlines()]
    asked = texts_in(corpus, [(row["passage"], question) for row in rows for question in row["questions"]])
    rng.shuffle(asked)
    return asked, []


def reading(file: Path, corpus: Any, rng: random.Random, most: int) -> tuple[list[Asked], list[Asked]]:
    """One question a text, twice as many texts as questions that are scored."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    rng.shuffle(rows)
    one_each = {row["context"]: row["question"] for row in rows if len(row["context"]) <= LONGEST and row["answers"]}
    asked = texts_in(corpus, list(one_each.items())[: 2 * most])
    return asked[:most], asked[most:]


def texts_in(corpus: Any, pairs: Sequence[tuple[str, str]]) -> list[Asked]:
    texts = list(dict.fromkeys(text for text, _ in pairs))
    corpus.add_texts(texts, [f"text {number}" for number in range(len(texts))], [{}] * len(texts))
    ids = {passage.text: passage.id for passage in corpus.passages()}
    return [Asked(question, frozenset({ids[text]})) for text, question in pairs]


def corpora(folder: Path | None) -> Iterator[tuple[str, Any]]:
    yield "samples", samples
    yield "chinese", chinese
    for file in sorted(folder.glob("*.jsonl.gz")) if folder else []:
        yield file.name.partition(".")[0], lambda *rest, file=file: reading(file, *rest)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reading", type=Path)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--calibrate", action="store_true")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()

    from retrieval import Corpus, SearchOptions

    embedder = None
    for name, fill in corpora(asked.reading):
        with tempfile.TemporaryDirectory() as place:
            corpus = Corpus(Path(place) / "corpus", embedder=embedder)
            scored, other = fill(corpus, random.Random(name), asked.questions)
            embedder = corpus.embedder
            if asked.calibrate and other:
                corpus.calibrate([(one.question, one.relevant) for one in other])
            row: dict[str, Any] = {"corpus": name, "passages": len(corpus.passages()), "questions": len(scored)}
            row["dense_weight"] = corpus.dense_weight
            for way in WAYS:
                hits = corpus.search_many(
                    [one.question for one in scored], DEPTH, way, SearchOptions(fold=False, phrases=False)
                )
                row[way] = scores([[hit.passage.id for hit in found] for found in hits], scored)
            row["lost"] = max(row["dense"]["ndcg@10"], row["text"]["ndcg@10"]) - row["hybrid"]["ndcg@10"]
            corpus.close()
        print(json.dumps(row) if asked.json else told(row), flush=True)


def told(row: dict[str, Any]) -> str:
    head = f"{row['corpus']}: {row['questions']} questions, {row['passages']} passages, weight {row['dense_weight']}"
    lines = [head, f"  {'':8}" + "".join(f"{name:>9}" for name in row["dense"])]
    lines += [f"  {way:8}" + "".join(f"{value:9.1f}" for value in row[way].values()) for way in WAYS]
    return "\n".join([*lines, f"  hybrid loses {row['lost']:.1f} (aim: at most {AIM})"])


if __name__ == "__main__":
    main()
