"""How row mixes leave reading: LoRA on the samples, scored on training questions about documents that no row asks of.

    python tests/bench/other_documents.py '{}' '{"refusal_share": 0}'

The documents of questions-train.jsonl are split in two; each half is learned (with the questions that the model writes
over all passages) and asks the other, and the questions without an answer of reworded.jsonl as well. A mix is what
differs from the defaults of RowMix. The held-out questions have no part in this.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from recall_mixes import REWORDED, tuned

from domain_tuner.base_model import quiet_libraries
from domain_tuner.evaluation import evaluate
from domain_tuner.question_files import read_questions, write_questions
from domain_tuner.questions import Question
from domain_tuner.samples import SAMPLES, TRAIN
from domain_tuner.workspace import Workspace


def halves() -> tuple[list[Question], list[Question]]:
    """The training questions by document, in halves of like size; those without an answer in turns."""
    asked = read_questions(TRAIN)
    of: dict[str | None, list[Question]] = {}
    for question in asked:
        of.setdefault(question.document, []).append(question)
    nowhere = of.pop(None, [])
    parts: tuple[list[Question], list[Question]] = ([], [])
    for _, questions in sorted(of.items(), key=lambda pair: (-len(pair[1]), str(pair[0]))):
        min(parts, key=len).extend(questions)
    return [*parts[0], *nowhere[::2]], [*parts[1], *nowhere[1::2]]


def percent(rows: list[dict[str, Any]], arm: str, metric: str) -> str:
    values = [float(row["arms"][arm][metric]) for row in rows]
    return f"{100 * sum(values) / len(values):.1f}"


def main() -> None:
    quiet_libraries()
    nowhere = [question for question in read_questions(REWORDED) if not question.answers]
    with tempfile.TemporaryDirectory() as name:
        workspace = Workspace(Path(name) / "workspace")
        workspace.corpus.ingest([SAMPLES])
        for given in sys.argv[1:]:
            rows: list[dict[str, Any]] = []
            first, second = halves()
            for learned, others in ((first, second), (second, first)):
                write_questions(Path(name) / "learned.jsonl", learned)
                run = tuned(workspace, json.loads(given), Path(name) / "learned.jsonl")
                rows += evaluate(workspace, others + nowhere, run.id).questions
            held, not_held = ([row for row in rows if bool(row["answers"]) is there] for there in (True, False))
            print(f"{given}: {len(held)} questions with an answer, {len(not_held)} without")
            for arm in ("rag", "peft", "combined"):
                scores = ", ".join(percent(held, arm, metric) for metric in ("exact_match", "f1", "refused"))
                print(f"  {arm}: exact match, F1, refused {scores}; refusals made {percent(not_held, arm, 'refused')}")
                sys.stdout.flush()
        workspace.close()


if __name__ == "__main__":
    main()
