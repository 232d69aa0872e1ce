"""Questions with their answers, made from passages by the base model and checked by it, and what two have in common.

The model is shown a passage and a span of it and writes the question that the span answers; a question is kept if the
model, asked it with the passage shown, answers with that span again. Shown the span's sentence alone it writes the
question in other words. Knows nothing about training rows or arms.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from domain_tuner.engine import Engine
from domain_tuner.prompts import Message, PromptTemplate, encode_prompt
from domain_tuner.scoring import overlap, spaced, stands_in, token_f1, words
from domain_tuner.spans import answer_spans
from retrieval.passages import Document, Passage
from retrieval.words import query_words

LONGEST_QUESTION = 4000  # characters
BATCH = 32


@dataclass(frozen=True)
class Question:
    """`answers` are accepted wordings, the first is the best; none means that the documents do not hold it."""

    question: str
    answers: tuple[str, ...]
    document: str | None = None
    passage: int | None = None


def holds_answer(passage: Passage, question: Question) -> bool:
    """Whether the words of one of the question's answers stand in the passage, whole."""
    return any(stands_in(answer, passage.text) for answer in question.answers)


def answering(questions: Iterable[Question], passages: Iterable[Passage]) -> list[set[int]]:
    """For each question the passages with one of its answers' words, of the document that it names where it does."""
    texts = [(passage.id, passage.document, spaced(passage.text)) for passage in passages]
    found = []
    for question in questions:
        wanted = [spaced(answer) for answer in question.answers if words(answer)]
        found.append(
            {
                i
                for i, document, text in texts
                if question.document in (None, document) and any(answer in text for answer in wanted)
            }
        )
    return found


def missing_documents(questions: Iterable[Question], documents: Iterable[Document]) -> list[str]:
    """The document of each question that names one which is none of these."""
    known = {document.name for document in documents}
    return [question.document for question in questions if question.document and question.document not in known]


def make_questions(
    engine: Engine,
    passages: Sequence[Passage],
    template: PromptTemplate,
    wanted: int,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> list[Question]:
    """At most `wanted` questions over the passages that the base model wrote and could answer again.

    Each keeps the passage that it was made from. `progress(done, all)` counts spans that were tried.
    """
    made: list[Question] = []
    for kept, tried, total in batches_of_questions(engine, passages, template, wanted, seed):
        made = kept
        if progress:
            progress(tried, total)
    return made


def batches_of_questions(
    engine: Engine, passages: Sequence[Passage], template: PromptTemplate, wanted: int, seed: int = 0
) -> Iterator[tuple[list[Question], int, int]]:
    """After each batch that the model wrote: the questions kept so far, the spans tried, and the spans in all. It ends
    when `wanted` are kept or every span was tried."""
    rng = random.Random(seed)
    per_passage = max(1, round(1.6 * wanted / max(1, len(passages))))
    spans = [(p, span) for p in passages for span in answer_spans(p.text, min(per_passage, 8), rng)]
    rng.shuffle(spans)
    kept: dict[str, Question] = {}
    for start in range(0, len(spans), BATCH):
        part = spans[start : start + BATCH]
        for made in _checked(engine, template, part, _ask(engine, template, part)):
            kept.setdefault(made.question.casefold(), made)
        yield list(kept.values())[:wanted], start + len(part), len(spans)
        if len(kept) >= wanted:
            return


def reworded(
    engine: Engine,
    questions: Sequence[Question],
    passages: Iterable[Passage],
    template: PromptTemplate,
    progress: Callable[[int, int], None] | None = None,
) -> list[Question]:
    """The same in other words, where the model finds some, for questions that it wrote over these passages.

    `progress(done, all)` counts questions.
    """
    by_id = {passage.id: passage for passage in passages}
    spans = [(by_id[q.passage], q.answers[0]) for q in questions if q.passage in by_id]
    made: dict[str, Question] = {}
    for start in range(0, len(spans), BATCH):
        part = spans[start : start + BATCH]
        asked = _ask(engine, template, [(replace(p, text=_sentence_with(span, p.text)), span) for p, span in part])
        for other in _checked(engine, template, part, asked):
            made.setdefault(other.question.casefold(), other)
        if progress:
            progress(start + len(part), len(spans))
    return list(made.values())


_SENTENCE_END = re.compile(r"\n+|(?<=[.!?])\s+|(?<=[。！？])")


def _sentence_with(span: str, text: str) -> str:
    """The first line or sentence of the text that has the span; all of the text where the span is cut by their ends."""
    return next((part for part in _SENTENCE_END.split(text) if span in part), text)


def shown_as(passage: Passage) -> tuple[str, str]:
    """(heading, text) as every prompt shows a passage, in training and in answering alike."""
    return passage.heading or passage.document, passage.text


def _ask(engine: Engine, template: PromptTemplate, part: list[tuple[Passage, str]]) -> list[str]:
    asked = [template.question_for(span, shown_as(passage)) for passage, span in part]
    lines = [text.split("\n")[0] for text in _written(engine, asked, limit=48)]
    return [re.sub(r"^(?:question|q)\s*:\s*", "", line, flags=re.IGNORECASE).strip() for line in lines]


def _checked(
    engine: Engine, template: PromptTemplate, part: list[tuple[Passage, str]], asked: list[str]
) -> Iterator[Question]:
    """Those of the questions asked for these spans that are good, and that the model answers with the span again."""
    good = [(question, *of) for question, of in zip(asked, part, strict=True) if _is_good(question, of[1])]
    prompts = [template.question(question, [shown_as(passage)]) for question, passage, _ in good]
    for (question, passage, span), again in zip(good, _written(engine, prompts, limit=32), strict=True):
        same_names = _named(again) <= set(words(span)) and _named(span) <= set(words(again))
        if same_names and token_f1(again, [span]) >= 0.8:
            yield Question(question, (span,), passage.document, passage.id)


def _written(engine: Engine, asked: list[list[Message]], limit: int) -> list[str]:
    """What the base model writes; nothing where the passage leaves it no room for that."""
    prompts = [encode_prompt(engine.base.tokenizer, messages) for messages in asked]
    fitting = [n for n, prompt in enumerate(prompts) if engine.has_room(prompt, limit)]
    outputs = engine.generate([prompts[n] for n in fitting], [None] * len(fitting), limit)
    texts = {n: output.text for n, output in zip(fitting, outputs, strict=True)}
    return [texts.get(n, "") for n in range(len(prompts))]


def _is_good(question: str, span: str) -> bool:
    """Long enough to be understood without the passage, not giving its answer away, no stutter of a weak model."""
    said = words(question)
    stutters = 4 * len(set(said)) < 3 * len(said)
    gives_away = token_f1(question, [span]) >= 0.5 or span in question
    return 4 <= len(said) <= 60 and len(question) <= 300 and not stutters and not gives_away


def near_copies(questions: Sequence[Question], of: Sequence[Question], at: float = 0.8) -> set[int]:
    """Positions of the questions that ask what one of the others asks (for leaks into a test): in the same words, or in
    nearly the same ones and with the same answer, as a word more or less may make it another question. So does another
    document that is named."""
    others = [(words(other.question), other) for other in of]

    def is_copy(question: Question) -> bool:
        said = words(question.question)
        return any(
            overlap(said, theirs) >= at
            and (_same_answer(question, other) or (said == theirs and not _elsewhere(question, other)))
            for theirs, other in others
        )

    return {n for n, question in enumerate(questions) if is_copy(question)}


def _elsewhere(one: Question, other: Question) -> bool:
    return None not in (one.document, other.document) and one.document != other.document


def _same_answer(one: Question, other: Question) -> bool:
    if not one.answers or not other.answers:
        return not one.answers and not other.answers
    pairs = [(answer, accepted) for answer in one.answers for accepted in other.answers]
    return any(token_f1(a, [b]) >= 0.5 and _figures(a) == _figures(b) for a, b in pairs)


def _figures(text: str) -> set[str]:
    return {word for word in words(text) if any(sign.isdigit() for sign in word)}


def _named(text: str) -> set[str]:
    """Its figures and its words with a capital: what makes another answer of nearly the same words."""
    others = re.sub(r"\w+", lambda word: "" if word[0][0].isupper() else word[0], text)
    return _figures(text) | set(words(text)).difference(words(others))


# Answers that tell nothing of what was asked, and words of questions that tell nothing of what they ask for.
_SAID = "yes no true false ja nein oui non sí 是 是的 不是 否 有 没有 可以 不可以 能 不能"
_YES_OR_NO = {tuple(words(answer)) for answer in _SAID.split()}
_SAYS_HOW = "many much long high often far old large big may must shall allowed permitted name number amount"
_ASKING = frozenset(_SAYS_HOW.split())


def is_yes_or_no(answer: str) -> bool:
    return tuple(words(answer)) in _YES_OR_NO


def asking_for_answers_of(
    others: Iterable[Question],
    questions: Sequence[Question],
    said_once: Callable[[str, Sequence[str]], bool] = lambda document, answer: False,
) -> set[int]:
    """Positions of the questions that ask, most likely, for a fact that the others ask for: they have the answer and
    the document of one of those, and its passage or some of its words; or the answer is `said_once` in the document.

    Other wordings of a fact may share no word at all (on trial, probation). So what is left without a like one counts,
    too, but never by yes or no alone, only where no more are left than there are others for them, and only beside one
    that a person wrote as well, or the model, as it did (one that knows its passage): the model keeps to the passage's
    words."""
    theirs, ours = _by_fact(others), _by_fact(questions)
    found: set[int] = set()
    for (document, *answer), known in theirs.items():
        asked = ours.get((document, *answer), [])
        if said_once(document, answer):
            found |= set(map(id, asked))
            continue
        alike = [one for one in asked if any(_alike(one, other, answer) for other in known)]
        left = [one for one in asked if one not in alike]
        new = [one for one in alike if one not in known]
        free = [other for other in known if not any(_alike(one, other, answer) for one in new)]
        for written in (True, False) if tuple(answer) not in _YES_OR_NO else ():
            of_them = [one for one in left if (one.passage is not None) is written]
            if len(of_them) <= sum((other.passage is not None) is written for other in free):
                alike += of_them
        found |= set(map(id, alike))
    return {n for n, question in enumerate(questions) if id(question) in found}


def _by_fact(questions: Iterable[Question]) -> dict[tuple[str, ...], list[Question]]:
    """Those that name a document, by it and the words of an answer."""
    found: dict[tuple[str, ...], list[Question]] = {}
    for question in questions:
        if question.document is not None:
            for answer in {tuple(words(answer)) or (answer,) for answer in question.answers}:
                found.setdefault((question.document, *answer), []).append(question)
    return found


def _alike(one: Question, other: Question, answer: list[str]) -> bool:
    """Whether two questions with that answer are about one passage or in words of which a fifth are the same; of yes
    and no, two fifths."""
    if one.question == other.question or (one.passage is not None and one.passage == other.passage):
        return True
    a, b = (_telling(each.question).difference(answer) for each in (one, other))
    return bool(a & b) and overlap(a, b) >= (0.4 if tuple(answer) in _YES_OR_NO else 0.2)


@lru_cache(maxsize=4096)
def _telling(question: str) -> frozenset[str]:
    return frozenset(query_words(question)) - _ASKING
