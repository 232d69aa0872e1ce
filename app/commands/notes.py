"""What commands say on standard error of the questions and the corpus that they were given. Knows nothing about what
becomes of them."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from app import figures, terminal
from app.commands.paths import typed

if TYPE_CHECKING:
    from retrieval import Corpus

_NAMED = 5  # documents; the sentence counts the others


def note_no_documents(corpus: Corpus, args: Namespace) -> None:
    """Says that there is nothing to search in, if so: the workspace may be another one than was meant."""
    if corpus.documents():
        return
    hint = typed("domain-tuner ingest PATH", args)
    print(
        terminal.safe(
            f"The workspace {args.workspace} has no documents, so there was nothing to find or to show. Take some in "
            f"({hint}), or name another workspace (--workspace DIR)."
        ),
        file=sys.stderr,
        flush=True,
    )


def note_missing_documents(corpus: Corpus, file: Path | None) -> None:
    """Says which documents the questions of the file name and the corpus does not have, if there are any."""
    from domain_tuner.question_files import read_questions
    from domain_tuner.questions import missing_documents

    missing = missing_documents(read_questions(file), corpus.documents()) if file else []
    if not missing:
        return
    names = list(dict.fromkeys(missing))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    print(
        terminal.safe(
            f"{figures.counted(len(missing), 'question')} of {file} about a document that is not in the corpus: "
            f"{', '.join(names[:_NAMED])}{more}. Take it in, or correct its name (`domain-tuner documents` lists them)."
        ),
        file=sys.stderr,
        flush=True,
    )
