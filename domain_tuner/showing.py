"""Which passages a question is shown: the same in training rows and in answers. Knows nothing about either."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.corpus import Corpus
from retrieval.finding import SearchOptions
from retrieval.passages import Hit

PASSAGES_SHOWN = 4


def passages_for(corpus: Corpus, questions: Sequence[str]) -> list[list[Hit]]:
    """The passages for each question, best first. Quotes in a question are part of its wording, not a demand."""
    return corpus.search_many([q.strip() for q in questions], PASSAGES_SHOWN, options=SearchOptions(phrases=False))
