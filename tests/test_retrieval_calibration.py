"""The weight of meaning against words, set on a corpus's own questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pytest
from retrieval_fakes import FakeEmbedder
from retrieval_server import OpenCorpus

from retrieval import Corpus
from retrieval.errors import InvalidQuery
from retrieval.search import DENSE_WEIGHT, FOREIGN_WEIGHT, candidates


class Knowing(FakeEmbedder):
    """Takes every question for the text that comes before the one that has its words."""

    def encode(
        self, texts: Sequence[str], query: bool = False, progress: Callable[[int], None] | None = None
    ) -> np.ndarray:
        return super().encode([self._before(text) for text in texts] if query else texts, query, progress)

    @staticmethod
    def _before(text: str) -> str:
        *words, number = text.split()
        return " ".join([*words, f"k{int(number[1:]) - 1}"])


def asked(corpus: Corpus) -> list[tuple[str, set[int]]]:
    return [(passage.text, {passage.id}) for passage in corpus.passages()]


def misleading(corpus: Corpus) -> list[tuple[str, set[int]]]:
    """Each question has the words of one passage and means the one before."""
    passages = corpus.passages()
    return [(after.text, {meant.id}) for meant, after in pairwise(passages)]


def filled(open_corpus: OpenCorpus, embedder: FakeEmbedder) -> Corpus:
    corpus = open_corpus(embedder=embedder)
    texts = [f"keeper of gate k{number}" for number in range(60)]
    corpus.add_texts(texts, texts, [{}] * len(texts))
    return corpus


def test_meaning_weighs_more_where_words_mislead_and_that_is_kept(open_corpus: OpenCorpus) -> None:
    corpus = filled(open_corpus, Knowing())
    found = corpus.calibrate(misleading(corpus))
    assert found.weight > DENSE_WEIGHT and found.after > found.before and found.questions == 59
    corpus.close()
    again = open_corpus(embedder=Knowing())
    assert again.dense_weight == found.weight
    assert again.search("keeper of gate k8", 1)[0].passage.text == "keeper of gate k7"
    again.rebuild(embedder=FakeEmbedder("other"))
    assert again.dense_weight == DENSE_WEIGHT, "it was the old model's"


def test_where_the_usual_weight_does_it_stays(open_corpus: OpenCorpus) -> None:
    corpus = filled(open_corpus, FakeEmbedder())
    found = corpus.calibrate(asked(corpus))
    assert (found.weight, found.after) == (DENSE_WEIGHT, found.before)


def test_questions_in_a_language_the_model_does_not_know_weigh_what_they_weigh_in_a_search(
    open_corpus: OpenCorpus,
) -> None:
    class English(Knowing):
        def reads(self, language: str) -> bool:
            return language != "Chinese"

    corpus = open_corpus(embedder=English())
    texts = [f"第{number}号门的看守 k{number}" for number in range(60)]
    corpus.add_texts(texts, texts, [{}] * len(texts))
    found = corpus.calibrate(misleading(corpus))
    assert (found.weight, found.after) == (DENSE_WEIGHT, found.before)
    questions = ["第号门的看守 k7", "門の番人は誰ですか k7", "문지기는 누구입니까 k7", "Who keeps the gate k7"]
    weights = [each.most for each in candidates(corpus._searchable(), questions, 3)]
    assert weights == [FOREIGN_WEIGHT, 1.0, 1.0, 1.0]


def test_few_questions_weigh_nothing(open_corpus: OpenCorpus) -> None:
    corpus = filled(open_corpus, FakeEmbedder())
    with pytest.raises(InvalidQuery, match="29 questions"):
        corpus.calibrate([*asked(corpus)[:29], ("nobody answers this", set())])
    assert corpus.store.meta("dense_weight") is None
