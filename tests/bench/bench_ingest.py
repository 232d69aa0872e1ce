"""Ingest passages/s of Corpus against LangChain's FAISS.from_documents with HuggingFaceEmbeddings, as
documented.

Both embed the same passages with the same weights, in turns, so that a busy machine slows both. Corpus does
more: it parses the files, cuts them, writes text, vectors and full text durably; LangChain is handed the
passages for nothing. Needs langchain-huggingface and langchain-community, which nothing else here needs:
    pip install langchain-huggingface langchain-community faiss-cpu
    python tests/bench/bench_ingest.py [TEXTS.jsonl.gz] [--passages 240] [--rounds 3]
Without a file (JSON Lines with a "context" field) the texts of data/samples are taken.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def texts_of(source: Path | None) -> list[str]:
    if source is None:
        files = sorted((ROOT / "data" / "samples").rglob("*"))
        return [file.read_text(errors="replace") for file in files if file.suffix in (".md", ".txt")]
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        return list(dict.fromkeys(json.loads(line)["context"] for line in lines))


def prepare(texts: list[str], folder: Path, passages: int) -> None:
    """A folder of text files with about so many passages of 210 tokens, at four characters a token; with fewer where
    the texts end, as Corpus embeds no text twice."""
    folder.mkdir()
    wanted, size, number = passages * 210 * 4, 0, 0
    while size < wanted and number < len(texts):
        body: list[str] = []
        while sum(map(len, body)) < 20_000 and size < wanted and number < len(texts):
            body.append(texts[number])
            size += len(body[-1])
            number += 1
        (folder / f"part-{number:06d}.txt").write_text("\n\n".join(body), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", nargs="?", type=Path)
    parser.add_argument("--passages", type=int, default=240)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    try:
        from langchain_community.vectorstores import FAISS
        from langchain_huggingface import HuggingFaceEmbeddings
    except ImportError as error:
        sys.exit(f"{error.name} is not installed: pip install langchain-huggingface langchain-community")
    from langchain_core.documents import Document

    from retrieval import Corpus
    from retrieval.weights import packaged_folder

    theirs = HuggingFaceEmbeddings(model_name=str(packaged_folder()))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        prepare(texts_of(asked.texts), folder / "files", asked.passages)
        warm = Corpus(folder / "warm")
        embedder = warm.embedder
        embedder.encode(["a warm-up text"] * 64)  # both sides: model loaded, kernels chosen
        theirs.embed_documents(["a warm-up text"] * 64)
        ours_rate, theirs_rate = [], []
        for turn in range(asked.rounds):
            corpus = Corpus(folder / f"corpus-{turn}", embedder=embedder)
            began = time.perf_counter()
            corpus.ingest([folder / "files"])
            ours_seconds = time.perf_counter() - began
            passages = corpus.passages()
            documents = [Document(page_content=passage.text) for passage in passages]
            began = time.perf_counter()
            store = FAISS.from_documents(documents, theirs)
            theirs_seconds = time.perf_counter() - began
            ours_rate.append(len(passages) / ours_seconds)
            theirs_rate.append(len(passages) / theirs_seconds)
            ids, mine = corpus.store.vectors([passage.id for passage in passages])
            assert ids.tolist() == [passage.id for passage in passages]
            their_vectors = store.index.reconstruct_n(0, len(passages))
            apart = float(1 - (mine * their_vectors).sum(axis=1).min())
            largest = float(np.abs(mine - their_vectors).max())
            corpus.close()
            print(
                f"round {turn + 1}: {len(passages)} passages, ours {ours_rate[-1]:.1f}/s, theirs "
                f"{theirs_rate[-1]:.1f}/s, "
                f"ratio {ours_rate[-1] / theirs_rate[-1]:.2f}, cosine distance at most {apart:.1e}, "
                f"numbers {largest:.1e}",
                flush=True,
            )
            assert apart < 1e-3
        ratios = [a / b for a, b in zip(ours_rate, theirs_rate, strict=True)]
        print(f"median ratio {statistics.median(ratios):.2f} (aim: 3), bfloat16: {bool(getattr(embedder, '_half', 0))}")


if __name__ == "__main__":
    main()
