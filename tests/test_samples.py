"""The sample corpus: as many documents, words and questions as promised, and every answer in its document."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).parent.parent / "data" / "samples"
DOCUMENTS = SAMPLES / "documents"
KINDS = {"trained-fact", "new-fact", "unanswerable", "changed", "two-passage"}


def questions(name: str) -> list[dict[str, Any]]:
    lines = (SAMPLES / f"questions-{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


TRAIN, HELD_OUT = questions("train"), questions("heldout")


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.in_style = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.in_style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self.in_style = False

    def handle_data(self, data: str) -> None:
        if not self.in_style:
            self.parts.append(data)


def pdf_text(path: Path) -> str:
    pdfium = pytest.importorskip("pypdfium2")
    pdf = pdfium.PdfDocument(str(path))
    return "\n".join(page.get_textpage().get_text_range() for page in pdf)


def docx_text(path: Path) -> str:
    docx = pytest.importorskip("docx")
    parts = []
    for block in docx.Document(str(path)).iter_inner_content():
        parts.append(block.text if hasattr(block, "text") else "\n".join(c.text for r in block.rows for c in r.cells))
    return "\n".join(parts)


def html_text(path: Path) -> str:
    parser = _Text()
    parser.feed(path.read_text(encoding="utf-8"))
    return " ".join(parser.parts)


def text_in(path: Path) -> str:
    read = {".pdf": pdf_text, ".docx": docx_text, ".html": html_text}.get(path.suffix)
    return " ".join((read(path) if read else path.read_text(encoding="utf-8")).split())


@cache
def text_of(name: str) -> str:
    return text_in(DOCUMENTS / name)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def similarity(a: str, b: str) -> float:
    left, right = set(words(a)), set(words(b))
    return len(left & right) / len(left | right)


def test_formats_and_length() -> None:
    suffixes = Counter(path.suffix for path in DOCUMENTS.iterdir())
    assert 14 <= suffixes.total() <= 16
    for suffix, least in {".pdf": 3, ".docx": 3, ".md": 4, ".html": 2, ".txt": 2}.items():
        assert suffixes[suffix] >= least, suffix
    # Words as a person counts them: pieces between spaces that hold a letter or a figure.
    total = sum(len(re.findall(r"\S*\w\S*", text_of(path.name))) for path in DOCUMENTS.iterdir())
    assert 20_000 <= total <= 24_000


def test_question_counts() -> None:
    kinds = Counter(row["kind"] for row in HELD_OUT)
    assert set(kinds) == KINDS
    assert 110 <= len(TRAIN) <= 140
    assert len(HELD_OUT) >= 150
    assert kinds["trained-fact"] >= 65
    assert kinds["new-fact"] >= 55
    assert kinds["unanswerable"] >= 25
    assert sum(not row["answers"] for row in TRAIN) >= 15


@pytest.mark.parametrize("row", [*TRAIN, *HELD_OUT], ids=lambda row: f"{row.get('kind', 'train')}-{row['fact']}")
def test_answer_is_in_its_document(row: dict[str, Any]) -> None:
    if not row["answers"]:
        assert "document" not in row
        assert row.get("kind", "unanswerable") == "unanswerable"
        return
    assert row.get("kind") != "unanswerable"
    answer = row["answers"][0]
    assert re.search(rf"(?<!\w){re.escape(answer)}(?!\w)", text_of(row["document"])), answer
    assert 1 <= len(answer.split()) <= 8
    assert len(row["answers"]) <= 3


def test_split_is_by_fact() -> None:
    trained = {row["fact"]: row["answers"] for row in TRAIN}
    assert len(trained) == len(TRAIN)
    for row in HELD_OUT:
        if row["kind"] == "trained-fact":
            assert row["answers"] == trained[row["fact"]]
        else:
            assert row["fact"] not in trained
    assert max(Counter(row["fact"] for row in HELD_OUT).values()) == 1


def test_held_out_questions_are_no_copies() -> None:
    for held_out, train in product(HELD_OUT, TRAIN):
        assert similarity(held_out["question"], train["question"]) < 0.75, (held_out, train)
    assert len({row["question"] for row in [*TRAIN, *HELD_OUT]}) == len(TRAIN) + len(HELD_OUT)


def test_two_documents_have_no_training_question() -> None:
    unseen = {path.name for path in DOCUMENTS.iterdir()} - {row.get("document") for row in TRAIN}
    assert unseen == {"letter-hollin-and-marsh.txt", "maintenance-schedule-2025.pdf"}


def test_documents_are_made_from_their_sources(tmp_path: Path) -> None:
    pytest.importorskip("reportlab")
    once, again = tmp_path / "once", tmp_path / "again"
    for folder in (once, again):
        subprocess.run([sys.executable, str(SAMPLES / "make_samples.py"), str(folder)], check=True)
    for path in once.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes(), path.name
        # Text, not bytes: another release of reportlab or zlib may pack the same pages otherwise.
        assert text_in(path) == text_of(path.name), path.name
