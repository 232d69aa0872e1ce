"""What commands say on standard error of the questions, the corpus and the run that they were given. Knows nothing
about what becomes of them."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app import figures, terminal
from app.commands.paths import typed

if TYPE_CHECKING:
    from domain_tuner.questions import Question
    from domain_tuner.runs import Run
    from domain_tuner.workspace import Workspace
    from retrieval import Corpus

_NAMED = 5  # documents; the sentence counts the others


def note_no_documents(corpus: Corpus, args: Namespace) -> None:
    """Says that there is nothing to search in, if so: the workspace may be another one than was meant."""
    if not corpus.documents():
        hint = typed("domain-tuner ingest PATH", args)
        _say(
            f"The workspace {args.workspace} has no documents, so there was nothing to find or to show. Take some in "
            f"({hint}), or name another workspace (--workspace DIR)."
        )


def note_missing_documents(corpus: Corpus, questions: Sequence[Question], file: Path | None) -> None:
    """Says which documents these questions of the file name and the corpus does not have, if there are any."""
    from domain_tuner.questions import missing_documents

    missing = missing_documents(questions, corpus.documents())
    if missing:
        _say(
            f"{figures.counted(len(missing), 'question')} of {file} about a document that is not in the corpus: "
            f"{_some(missing)}. Take it in, or correct its name (`domain-tuner documents` lists them)."
        )


def note_stale_documents(workspace: Workspace, run: Run | None, args: Namespace) -> None:
    """Says which documents the run learned from and changed or went since, if there are any."""
    stale = workspace.stale_documents(run) if run else []
    if run and stale:
        hint = typed("domain-tuner tune", args)
        _say(f"Run {run.id} {learned_from(stale)}. Tune a new run to have it learn what is there now ({hint}).")


def learned_from(stale: Sequence[str]) -> str:
    """What is said of a run that learned from documents which changed or went since."""
    return f"learned from {figures.counted(len(stale), 'document')} that changed or went since: {_some(stale)}"


def _some(names: Sequence[str]) -> str:
    """Each once, the first few by name."""
    each = list(dict.fromkeys(names))
    return ", ".join(each[:_NAMED]) + (f" and {len(each) - _NAMED} more" if len(each) > _NAMED else "")


def _say(text: str) -> None:
    print(terminal.safe(text), file=sys.stderr, flush=True)
