"""Pages/s from a folder of mixed documents to a corpus that can be searched, against LangChain's loaders and FAISS.

Both read the same files, cut them into passages of about 210 tokens, embed them with the same weights and can be
searched afterwards, in turns. A page is 3,000 characters of what Corpus reads. LangChain's way is the documented one: a
loader a format, RecursiveCharacterTextSplitter, FAISS.from_documents with HuggingFaceEmbeddings; it keeps nothing on
disk. Needs what nothing else here needs:
    pip install langchain-huggingface langchain-community faiss-cpu pypdf docx2txt beautifulsoup4
    python tests/bench/bench_documents.py [FOLDER] [--rounds 3]
Without a folder the sample documents are taken (PDF, DOCX, HTML, Markdown, text).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
CHARACTERS_A_PAGE = 3000
CHARACTERS_A_PASSAGE = 840


def with_langchain(files: Sequence[Path], embeddings: Any) -> int:
    """Passages that can be searched."""
    from langchain_community.document_loaders import BSHTMLLoader, Docx2txtLoader, PyPDFLoader, TextLoader
    from langchain_community.vectorstores import FAISS
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    loaders = {".pdf": PyPDFLoader, ".docx": Docx2txtLoader, ".html": BSHTMLLoader}
    documents = [page for file in files for page in loaders.get(file.suffix, TextLoader)(str(file)).load()]
    passages = RecursiveCharacterTextSplitter(chunk_size=CHARACTERS_A_PASSAGE).split_documents(documents)
    return int(FAISS.from_documents(passages, embeddings).index.ntotal)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "data" / "samples" / "documents")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    try:
        from langchain_huggingface import HuggingFaceEmbeddings
    except ImportError as error:
        sys.exit(f"{error.name} is not installed; see --help")

    from retrieval import Corpus
    from retrieval.weights import packaged_folder

    theirs = HuggingFaceEmbeddings(model_name=str(packaged_folder()))
    files = sorted(path for path in asked.folder.rglob("*") if path.suffix in (".pdf", ".docx", ".html", ".md", ".txt"))
    with tempfile.TemporaryDirectory() as place:
        embedder = Corpus(Path(place) / "warm").embedder
        embedder.encode(["a warm-up text"] * 64)  # both sides: model loaded, kernels chosen
        theirs.embed_documents(["a warm-up text"] * 64)
        ratios = []
        for turn in range(asked.rounds):
            corpus = Corpus(Path(place) / f"corpus-{turn}", embedder=embedder)
            began = time.perf_counter()
            corpus.ingest(files)
            seconds = time.perf_counter() - began
            passages = corpus.passages()
            pages = sum(len(passage.text) for passage in passages) / CHARACTERS_A_PAGE
            began = time.perf_counter()
            other = with_langchain(files, theirs)
            their_seconds = time.perf_counter() - began
            ratios.append(their_seconds / seconds)
            print(
                f"round {turn + 1}: {len(files)} files, {pages:.0f} pages; ours {pages / seconds:.1f} pages/s "
                f"({len(passages)} passages), theirs {pages / their_seconds:.1f} ({other}), ratio {ratios[-1]:.2f}",
                flush=True,
            )
            corpus.close()
    print(f"median ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
