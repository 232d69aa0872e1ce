"""What commands say on standard error of the questions they were given. Knows nothing about what becomes of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app import figures, terminal

if TYPE_CHECKING:
    from retrieval import Corpus

_NAMED = 5  # documents; the sentence counts the others


def note_missing_documents(corpus: Corpus, file: Path | None) -> None:
    """Says which documents the questions of the file name and the corpus does not have, if there are any."""
    from domain_tuner.questions import missing_documents, read_questions

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
