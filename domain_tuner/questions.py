"""Questions with their answers: read from files, or made from passages by the base model and checked by it.

The model is shown a passage and a span of it and writes the question that the span answers; a question is kept if the
model, asked it with the passage shown, answers with that span again. Shown the span's sentence alone it writes the
question in other words. Knows nothing about training rows or arms.
"""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from domain_tuner.engine import Engine
from domain_tuner.errors import BadQuestions
from domain_tuner.files import write_text
from domain_tuner.prompts import Message, PromptTemplate, encode_prompt
from domain_tuner.scoring import overlap, spaced, stands_in, token_f1, words
from retrieval.passages import Document, Passage

LONGEST_QUESTION = 4000  # characters
BATCH = 16


@dataclass(frozen=True)
class Question:
    """`answers` are accepted wordings, the first is the best; none means that the documents do not hold it."""

    question: str
    answers: tuple[str, ...]
    document: str | None = None
    passage: int | None = None


def read_questions(path: Path) -> list[Question]:
    """Questions of a JSON Lines or CSV file (columns question, answer, document). Raises BadQuestions with the line."""
    read = _from_csv if path.suffix.lower() == ".csv" else _from_lines
    questions = [_question(raw, f"{path}, line {line}") for line, raw in read(_text(path), path)]
    if not questions:
        raise BadQuestions(f"The questions file {path} is empty. Expected one question a line.")
    return questions


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise BadQuestions(f"There is no questions file {path}. Name a file of JSON Lines or CSV.") from error
    except OSError as error:
        raise BadQuestions(f"The questions file {path} cannot be read: {error.strerror}. Name another.") from error
    except UnicodeDecodeError as error:
        raise BadQuestions(f"The questions file {path} is in another encoding than UTF-8. Save it as UTF-8.") from error


def _from_lines(text: str, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), start=1):  # splitlines would cut within texts, at U+2028 and others
        if not line.strip():
            continue
        try:
            raw = json.loads(line)
        except (ValueError, RecursionError) as error:
            met = error.msg if isinstance(error, json.JSONDecodeError) else "a value too deep or too large"
            raise BadQuestions(f"{path}, line {number}: expected a JSON object, met {met}.") from error
        if not isinstance(raw, dict):
            raise BadQuestions(f"{path}, line {number}: expected a JSON object, met {type(raw).__name__}.")
        yield number, raw


def _from_csv(text: str, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        columns = reader.fieldnames or ()
        held = "answer" if "answer" in columns else "answers"
        if not {"question", held} <= set(columns):
            raise BadQuestions(
                f"{path}: expected the columns question, answer, document, with commas between; met "
                f"{', '.join(columns) or 'none'}. An answer may be empty: the documents do not hold it."
            )
        for raw in reader:
            if None in raw:
                raise BadQuestions(
                    f"{path}, line {reader.line_num}: expected {len(columns)} cells as in the first line, met more. "
                    "Put quotes around a text with commas in it."
                )
            answer = (raw[held] or "").strip()
            document = raw.get("document") or None
            yield reader.line_num, {**raw, "answers": [answer] if answer else [], "document": document}
    except csv.Error as error:
        at = f"{path}, after line {reader.line_num}"
        raise BadQuestions(f"{at}: expected CSV, met an error ({error}). Look for a lone quote.") from error


def _question(raw: dict[str, Any], where: str) -> Question:
    question, answers = raw.get("question"), raw.get("answers")
    if not isinstance(question, str) or not question.strip():
        raise BadQuestions(f"{where}: 'question' must be a text that is not empty.")
    if len(question) > LONGEST_QUESTION:
        raise BadQuestions(
            f"{where}: the question has {len(question)} characters; at most {LONGEST_QUESTION} are taken."
        )
    if not isinstance(answers, list) or not all(isinstance(a, str) and a.strip() for a in answers):
        raise BadQuestions(f"{where}: 'answers' must be a list of texts (empty: the documents do not hold the answer).")
    if any(re.search(r"[\ud800-\udfff]", text) for text in (question, *answers)):
        raise BadQuestions(f"{where}: half of a UTF-16 pair (\\ud800 to \\udfff) is no character. Write it anew.")
    document, passage = raw.get("document"), raw.get("passage")
    if document is not None and not isinstance(document, str):
        raise BadQuestions(f"{where}: 'document' must be a document's name, or absent.")
    return Question(question.strip(), tuple(answers), document, passage if isinstance(passage, int) else None)


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


def write_questions(path: Path, questions: Iterable[Question]) -> None:
    """JSON Lines, whole or not at all."""
    write_text(path, "".join(json.dumps(asdict(question), ensure_ascii=False) + "\n" for question in questions))


# Spans that questions are about: what private documents are asked for. Order is preference.
_SPANS = [
    re.compile(r"(?:[A-Z]{2,4} ?|[€$£¥])\d[\d,.]*\d|\d[\d,.]* ?(?:EUR|USD|GBP|CHF|euros?|dollars?|%|percent)"),
    re.compile(
        r"\b\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December)"
        r"(?: \d{4})?|\b\d{4}-\d{2}-\d{2}\b|\d{4}年\d{1,2}月(?:\d{1,2}日)?"
    ),
    re.compile(
        r"[−-]?\d[\d,.]* ?(?:°C|°F|kg|g|mg|t|km|mm|cm|m|bar|V|W|kW|kWh|A|Hz|litres?|l|ml|hours?|h|minutes?|min|"
        r"seconds?|s|days?|weeks?|months?|years?|working days|calendar days|people|pages|metres?)\b"
    ),
    re.compile(
        r"\b(?:(?:Dr|Mr|Mrs|Ms|Prof)\. )?[A-Z][a-zà-ÿ]+(?: (?:van|de|der|von|al|bin|[A-Z]\.|[A-Z][a-zà-ÿ-]+)){1,3}"
    ),
    re.compile(r"\b[A-Z]{1,5}[-/ ]?\d+[\w./-]*\w|\b\d+[A-Z]\w*"),
    re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+\w"),
    re.compile(r"\b\d{1,2}[:.]\d{2}(?: ?[ap]\.?m\.?)?"),
    re.compile(r"《[^》]{2,20}》|「[^」]{2,20}」|\d[\d,.]*\s?[元天日个年月小时分钟公斤米吨页次人]{1,2}"),
    re.compile(r"(?<=[|:] )[^|:\n.]{3,40}(?=\s*(?:\||\n|$))"),
    re.compile(r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|\d+)(?:[- ][a-z]+){1,2}\b"),
]


_SENTENCE_END = re.compile(r"\n+|(?<=[.!?])\s+|(?<=[。！？])")


def answer_spans(text: str, most: int, rng: random.Random) -> list[str]:
    """Up to `most` spans of the text that a question could ask for, of different kinds where there are any."""
    kinds = [[match.group().strip() for match in pattern.finditer(text)] for pattern in _SPANS]
    for kind in kinds:
        rng.shuffle(kind)
    chosen: list[str] = []
    while any(kinds) and len(chosen) < most:
        for kind in kinds:
            span = kind.pop() if kind else ""
            new = all(span not in other and other not in span for other in chosen)
            if 1 < len(span) <= 60 and new and len(chosen) < most:
                chosen.append(span)
    return chosen


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


def _answer(
    engine: Engine, template: PromptTemplate, questions: list[str], part: list[tuple[Passage, str]]
) -> list[str]:
    asked = [template.question(q or "?", [shown_as(passage)]) for q, (passage, _) in zip(questions, part, strict=True)]
    return _written(engine, asked, limit=32)


def _checked(
    engine: Engine, template: PromptTemplate, part: list[tuple[Passage, str]], asked: list[str]
) -> Iterator[Question]:
    """Those of the questions asked for these spans that are good, and that the model answers with the span again."""
    for question, again, (passage, span) in zip(asked, _answer(engine, template, asked, part), part, strict=True):
        if _is_good(question, span) and token_f1(again, [span]) >= 0.8:
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
    nearly the same ones and with the same answer, as a word more or less may make it another question."""
    others = [(words(other.question), other) for other in of]
    whole = {tuple(theirs) for theirs, _ in others}

    def is_copy(question: Question) -> bool:
        said = words(question.question)
        return tuple(said) in whole or any(
            overlap(said, theirs) >= at and _same_answer(question, other) for theirs, other in others
        )

    return {n for n, question in enumerate(questions) if is_copy(question)}


def _same_answer(one: Question, other: Question) -> bool:
    if not one.answers or not other.answers:
        return not one.answers and not other.answers
    pairs = [(answer, accepted) for answer in one.answers for accepted in other.answers]
    return any(token_f1(a, [b]) >= 0.5 and _figures(a) == _figures(b) for a, b in pairs)


def _figures(text: str) -> set[str]:
    return {word for word in words(text) if any(sign.isdigit() for sign in word)}


def asking_for_answers_of(others: Iterable[Question], questions: Sequence[Question]) -> set[int]:
    """Positions of the questions whose answer is one that the others have of the same document: most likely the same
    fact, whatever the wording."""
    known = {fact for other in others for fact in _facts(other)}
    return {n for n, question in enumerate(questions) if known & _facts(question)}


def _facts(question: Question) -> set[tuple[str, ...]]:
    document = question.document
    return set() if document is None else {(document, *words(answer)) for answer in question.answers}
