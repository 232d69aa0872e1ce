"""Questions with their answers: read from files, or made from passages by the base model and checked by it.

The model is shown a passage and a span of it and writes the question that the span answers; a question is kept if the
model, asked it with the passage shown, answers with that span again. Shown the span's sentence alone it writes the
question in other words. Knows nothing about training rows or arms.
"""

from __future__ import annotations

import ast
import csv
import io
import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import regex

from domain_tuner.engine import Engine
from domain_tuner.errors import BadQuestions
from domain_tuner.files import write_text
from domain_tuner.prompts import Message, PromptTemplate, encode_prompt, is_refusal
from domain_tuner.scoring import overlap, spaced, stands_in, token_f1, words
from retrieval.passages import Document, Passage
from retrieval.words import CJK, query_words

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
    """Questions of a file of JSON (an object a line, or a list of them) or of a table (columns question, answer or
    answers, document). Rows of one question and document are one question with the answers of all. Raises BadQuestions
    with the line."""
    text = _text(path)
    read = _from_table if _is_table(path, text) else _from_list if text.lstrip().startswith("[") else _from_lines
    questions = _merged(((at, _question(raw, f"{path}, {at}")) for at, raw in read(text, path)), path)
    if not questions:
        raise BadQuestions(f"The questions file {path} is empty. Expected one question a line.")
    return questions


def _is_table(path: Path, text: str) -> bool:
    suffix = path.suffix.lower()
    return suffix in (".csv", ".tsv", ".tab") or (suffix == ".txt" and not text.lstrip().startswith(("{", "[")))


def _merged(read: Iterable[tuple[str, Question]], path: Path) -> list[Question]:
    merged: dict[tuple[str, str | None], Question] = {}
    first: dict[str, tuple[str, bool]] = {}
    for at, question in read:
        before, answered = first.setdefault(question.question, (at, bool(question.answers)))
        if answered != bool(question.answers):
            raise BadQuestions(
                f"{path}, {before} and {at}: the same question has an answer in one and none in the other. Leave "
                "out the one that is wrong."
            )
        known = merged.setdefault((question.question, question.document), question)
        answers = tuple(dict.fromkeys(known.answers + question.answers))
        merged[question.question, question.document] = replace(known, answers=answers)
    return list(merged.values())


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise BadQuestions(f"There is no questions file {path}. Name a file of JSON Lines or CSV.") from error
    except OSError as error:
        raise BadQuestions(f"The questions file {path} cannot be read: {error.strerror}. Name another.") from error
    except UnicodeDecodeError as error:
        raise BadQuestions(f"The questions file {path} is in another encoding than UTF-8. Save it as UTF-8.") from error


def _from_lines(text: str, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), start=1):  # splitlines would cut within texts, at U+2028 and others
        if line.strip():
            yield f"line {number}", _object(_json(line, f"{path}, line {number}"), f"{path}, line {number}")


def _from_list(text: str, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, raw in enumerate(_json(text, f"{path}, a list"), start=1):
        yield f"question {number}", _object(raw, f"{path}, question {number}")


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        met = "a value too deep or too large"
        if isinstance(error, json.JSONDecodeError):
            met = error.msg + (f" in line {error.lineno}" if error.lineno > 1 else "")
        raise BadQuestions(
            f"{where}: expected a JSON object, met {met}. Write one object a line, or a list of objects."
        ) from error


def _object(raw: Any, where: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise BadQuestions(f"{where}: expected a JSON object, met {type(raw).__name__}.")
    return raw


_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}  # a German Excel writes semicolons


def _from_table(text: str, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    header = text.partition("\n")[0]
    by = next((sign for sign in _DELIMITERS if "question" in _names(header.replace('"', "").split(sign))), ",")
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=by)
    try:
        reader.fieldnames = columns = _names(reader.fieldnames or ())
        held = _answer_column(columns, path)
        for raw in reader:
            at = f"line {reader.line_num}"
            if any(cell.strip() for cell in raw.pop(None, ())):  # type: ignore[call-overload]
                raise BadQuestions(
                    f"{path}, {at}: expected {len(columns)} cells as in the first line, met more. "
                    f"Put quotes around a text with {_DELIMITERS[by]} in it."
                )
            cells = {name: (cell or "").strip() for name, cell in raw.items()}
            if any(cells.values()):  # Excel writes rows of commas alone
                answers = _answers(cells[held], held, f"{path}, {at}")
                yield at, {"question": cells["question"], "answers": answers, "document": cells.get("document")}
    except csv.Error as error:
        at = f"{path}, after line {reader.line_num}"
        raise BadQuestions(f"{at}: expected CSV, met an error ({error}). Look for a lone quote.") from error


def _names(cells: Iterable[str]) -> list[str]:
    return [cell.strip().casefold() for cell in cells]


def _answer_column(columns: list[str], path: Path) -> str:
    """The name of the column with answers. Raises BadQuestions where it, or another, is not told by its name."""
    twice = next((name for name in columns if name and columns.count(name) > 1), None)
    if twice:
        raise BadQuestions(f"{path}: expected columns of different names, met two that are named {twice}. Rename one.")
    held = [name for name in ("answer", "answers") if name in columns]
    if len(held) == 2:
        raise BadQuestions(
            f"{path}: expected a column answer or a column answers, met both. Leave one: several answers to a question "
            'may stand in answers as a JSON list, ["five months", "5 months"], or in rows of their own.'
        )
    if not held or "question" not in columns:
        raise BadQuestions(
            f"{path}: expected the columns question, answer, document, with commas, semicolons or tabs between; met "
            f"{', '.join(columns) or 'none'}. An answer may be empty: the documents do not hold it."
        )
    return held[0]


# As Python, and so pandas, writes a list of texts; without a comma between two (numpy) Python would make them one.
_ESCAPED = r"\\(?:[\\'\"nrt]|x[0-9a-f]{2}|u[0-9a-f]{4}|U000[0-9a-f]{5})"
_PYTHON_TEXT = rf"""(?:'(?:[^'\\\n]|{_ESCAPED})*'|"(?:[^"\\\n]|{_ESCAPED})*")"""
_PYTHON_LIST = re.compile(rf"\[\s*{_PYTHON_TEXT}(?:\s*,\s*{_PYTHON_TEXT})*\s*\]")


def _answers(cell: str, column: str, where: str) -> list[str]:
    """A column `answers` may have lists; an answer in brackets is one in a column `answer`."""
    if column == "answer" or not cell.startswith("["):
        return [cell] if cell else []
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        found = ast.literal_eval(cell) if _PYTHON_LIST.fullmatch(cell) else None
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise BadQuestions(
            f'{where}: expected a JSON list of texts in the column answers, as ["five months", "5 months"], met '
            f"{cell[:60]}. Name the column answer if the brackets belong to a single answer."
        )
    return found


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
    held = tuple(answer for answer in answers if not is_refusal(answer))
    place = (document or "").strip() or None
    return Question(question.strip(), held, place, passage if isinstance(passage, int) else None)


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
    re.compile(r"\b\d{1,2}[:.]\d{2}(?!\d)(?: ?[ap]\.?m\.?)?"),
    re.compile(r"《[^》]{2,20}》|「[^」]{2,20}」|\d[\d,.]*\s?[元天日个年月小时分钟公斤米吨页次人]{1,2}"),
    re.compile(r"(?<=[|:] )[^|:\n.]{3,40}(?=\s*(?:\||\n|$))"),
]
_COUNTED = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|\d+)(?:[- ][a-z]++){1,2}+\b(?! de \d{4})"
)

# The same of other languages: dates, numbers with what they count, names. To a Korean word its particle is glued.
_LETTERS = rf"[\p{{L}}\p{{M}}--[{CJK}]]"
_DATE = rf"\d{{1,2}}\.? (?:de )?{_LETTERS}{{3,}} (?:de )?\d{{4}}|\d{{4}}[年년] ?\d{{1,2}}[月월](?: ?\d{{1,2}}[日일])?"
_DIGITS = r"(?:\d{1,3}(?:[^\S\n]\d{3})+|\d[\d.,]*)(?<=\d)(?:,\d+)?[百千万亿億만억]?"
_NUMBER = rf"(?<![第\p{{Latin}}\d.,:/-])(?:{_DIGITS}|[〇一二三四五六七八九十百千万两兩半]+)"
_UNITS = "工作日|小时|小時|時間|分[钟鐘間]|星期|[欧歐美日港]?元|[年月日天周週秒块円人名次回件枚台歳]"
_COUNTS = rf"{_LETTERS}{{2,}}|\p{{Sc}}|[\p{{Katakana}}ー]{{2,}}|[个個ヶヵかカケ]?(?:{_UNITS})[間间]?"
_COUNTS_IN_KOREAN = r"\p{Hangul}+?(?=(?:[은는을를이가의]|입니다|이며|이고)?(?!\p{Hangul}))"
_OF_ANY_SCRIPT = [
    regex.compile(rf"{_DATE}|{_NUMBER}[^\S\n]?(?:{_COUNTS}|{_COUNTS_IN_KOREAN})", regex.V1),
    regex.compile(rf"\p{{Lu}}{_LETTERS}+(?: \p{{Lu}}{_LETTERS}+){{1,2}}", regex.V1),
]
_BEYOND_ENGLISH = regex.compile(r"[\p{L}--[a-zA-Zªµº]]", regex.V1)


_SENTENCE_END = re.compile(r"\n+|(?<=[.!?])\s+|(?<=[。！？])")


def answer_spans(text: str, most: int, rng: random.Random) -> list[str]:
    """Up to `most` spans of the text that a question could ask for, of different kinds where there are any."""
    patterns = [*_SPANS, *(_OF_ANY_SCRIPT if _BEYOND_ENGLISH.search(text) else ()), _COUNTED]
    kinds = [[match.group().strip() for match in pattern.finditer(text)] for pattern in patterns]
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


def _checked(
    engine: Engine, template: PromptTemplate, part: list[tuple[Passage, str]], asked: list[str]
) -> Iterator[Question]:
    """Those of the questions asked for these spans that are good, and that the model answers with the span again."""
    good = [(question, *of) for question, of in zip(asked, part, strict=True) if _is_good(question, of[1])]
    prompts = [template.question(question, [shown_as(passage)]) for question, passage, _ in good]
    for (question, passage, span), again in zip(good, _written(engine, prompts, limit=32), strict=True):
        if token_f1(again, [span]) >= 0.8:
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


# Answers that tell nothing of what was asked, and words of questions that tell nothing of what they ask for.
_SAID = "yes no true false ja nein oui non sí 是 是的 不是 否 有 没有 可以 不可以 能 不能"
_YES_OR_NO = {tuple(words(answer)) for answer in _SAID.split()}
_SAYS_HOW = "many much long high often far old large big may must shall allowed permitted name number amount"
_ASKING = frozenset(_SAYS_HOW.split())


def is_yes_or_no(answer: str) -> bool:
    return tuple(words(answer)) in _YES_OR_NO


def asking_for_answers_of(others: Iterable[Question], questions: Sequence[Question]) -> set[int]:
    """Positions of the questions that ask, most likely, for a fact that the others ask for: they have the answer and
    the document of one of those, and its passage or some of its words.

    Other wordings of a fact may share no word at all (on trial, probation). So what is left without a like one counts,
    too, but never by yes or no alone, only where no more are left than there are others for them, and only beside one
    that a person wrote as well, or the model, as it did (one that knows its passage): the model keeps to the passage's
    words."""
    theirs, ours = _by_fact(others), _by_fact(questions)
    found: set[int] = set()
    for (document, *answer), known in theirs.items():
        asked = ours.get((document, *answer), [])
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
