"""Which passages a question is shown: the same in training rows and in answers. Knows nothing about either.

At most PASSAGES_SHOWN, and no more than fill a part of what the model can read: with a short context, the last passages
take long to read on a CPU and bring little (measured in the trial model's card).
"""

from __future__ import annotations

from collections.abc import Sequence

from domain_tuner.base_model import BaseModel
from domain_tuner.prompts import PromptTemplate, encode_prompt
from domain_tuner.questions import shown_as
from retrieval.corpus import Corpus
from retrieval.finding import SearchOptions
from retrieval.passages import Hit

ANSWER_TOKENS = 48
PASSAGES_SHOWN = 4
SHARE = 2  # a prompt with several passages takes at most one part in so many of the context


def passages_for(corpus: Corpus, questions: Sequence[str]) -> list[list[Hit]]:
    """The passages for each question, best first. Quotes in a question are part of its wording, not a demand."""
    return corpus.search_many([q.strip() for q in questions], PASSAGES_SHOWN, options=SearchOptions(phrases=False))


def shown(base: BaseModel, template: PromptTemplate, question: str, hits: Sequence[Hit]) -> tuple[list[int], list[Hit]]:
    """The prompt's tokens, and those of the hits that it shows, best first; the worst are left out until it fits."""
    kept = list(hits)
    while True:
        tokens = encode_prompt(base.tokenizer, template.question(question, [shown_as(hit.passage) for hit in kept]))
        room = base.context // SHARE if len(kept) > 1 else base.context - ANSWER_TOKENS
        if len(tokens) <= room or not kept:
            return tokens, kept
        kept.pop()
