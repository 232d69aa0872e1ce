"""Files of questions as people and programs write them -> Questions, and back.

Knows nothing about what becomes of the questions.
"""

from __future__ import annotations

import ast
import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from domain_tuner.errors import BadQuestions
from domain_tuner.files import write_text
from domain_tuner.prompts import is_refusal
from domain_tuner.questions import LONGEST_QUESTION, Question


def read_questions(path: Path) -> list[Question]:
    """Questions of a file of JSON (an object a line, a list of them, SQuAD's own, or a single one) or of a table
    (columns question, answer or answers, document). Rows of one question and document are one question with the answers
    of all. Raises BadQuestions with the line."""
    text = _text(path)
    read = _from_table if _is_table(path, text) else _from_lines if _is_of_lines(text) else _from_whole
    rows = ((at, _question(_object(raw, f"{path}, {at}"), f"{path}, {at}")) for at, raw in read(text, path))
    questions = _merged(rows, path)
    if not questions:
        raise BadQuestions(f"The questions file {path} is empty. Expected one question a line.")
    return questions


def _is_table(path: Path, text: str) -> bool:
    suffix = path.suffix.lower()
    return suffix in (".csv", ".tsv", ".tab") or (suffix == ".txt" and not text.lstrip().startswith(("{", "[")))


def _is_of_lines(text: str) -> bool:
    """Whether each line is an object by itself; one that goes on in the next line is the whole file."""
    first = text.lstrip().partition("\n")[0].rstrip()
    return not first.startswith(("{", "[")) or (first.startswith("{") and first.endswith("}"))


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


_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx and .ods, and Excel's before 2007


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
        if content.startswith(_WORKBOOKS):
            raise BadQuestions(f"The questions file {path} is a workbook. Save its sheet as CSV, and give that file.")
        return content.decode("utf-8-sig")
    except FileNotFoundError as error:
        raise BadQuestions(f"There is no questions file {path}. Name a file of JSON Lines or CSV.") from error
    except OSError as error:
        raise BadQuestions(f"The questions file {path} cannot be read: {error.strerror}. Name another.") from error
    except UnicodeDecodeError as error:
        raise BadQuestions(f"The questions file {path} is in another encoding than UTF-8. Save it as UTF-8.") from error


def _from_lines(text: str, path: Path) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(text.split("\n"), start=1):  # splitlines would cut within texts, at U+2028 and others
        if line.strip():
            yield from ((f"line {number}", row) for row in _rows(_json(line, f"{path}, line {number}")))


def _from_whole(text: str, path: Path) -> Iterator[tuple[str, Any]]:
    kind = "a list" if text.lstrip().startswith("[") else "an object of several lines"
    found = _json(text, f"{path}, {kind}")
    rows = (row for raw in (found if isinstance(found, list) else [found]) for row in _rows(raw))
    yield from ((f"question {number}", row) for number, row in enumerate(rows, start=1))


def _rows(raw: Any, nested: tuple[str, ...] = ("data", "paragraphs", "qas")) -> Iterator[Any]:
    """The questions within an object that has SQuAD's lists of lists; else what was given."""
    for depth, key in enumerate(nested, start=1):
        if isinstance(raw, dict) and "question" not in raw and isinstance(raw.get(key), list):
            for part in raw[key]:
                yield from _rows(part, nested[depth:])
            return
    yield raw


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
_BLANK_LINES = r"(?:[ \t]*(?:\r\n?|\n))*"
# Excel takes a first line of its own for the sign between cells.
_ABOVE = re.compile(rf'{_BLANK_LINES}(?:"?sep=(?P<by>[^"\r\n])"?[ \t]*(?:\r\n?|\n){_BLANK_LINES})?', re.IGNORECASE)


def _from_table(text: str, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    above = _ABOVE.match(text)
    assert above, "it may be empty"
    text, before = text[above.end() :], len(above[0].splitlines())
    header = text.partition("\n")[0]
    names = header.replace('"', "")
    by = above["by"] or next((sign for sign in _DELIMITERS if "question" in _names(names.split(sign))), ",")
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=by)
    try:
        reader.fieldnames = columns = _names(reader.fieldnames or ())
        held = _answer_column(columns, path)
        for raw in reader:
            at = f"line {before + reader.line_num}"
            if any(cell.strip() for cell in raw.pop(None, ())):  # type: ignore[call-overload]
                raise BadQuestions(
                    f"{path}, {at}: expected {len(columns)} cells as in the first line, met more. "
                    f"Put quotes around a text with {_DELIMITERS.get(by, by)} in it."
                )
            cells = {name: (cell or "").strip() for name, cell in raw.items()}
            if any(cells.values()):  # Excel writes rows of commas alone
                answers = _answers(cells[held], held, f"{path}, {at}")
                yield at, {"question": cells["question"], "answers": answers, "document": cells.get("document")}
    except csv.Error as error:
        at = f"{path}, after line {before + reader.line_num}"
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
    if "question" not in raw:
        met = ", ".join(list(raw)[:6]) or "none"
        raise BadQuestions(f"{where}: expected the keys question, answers (or answer) and, maybe, document; met {met}.")
    question, answers = raw["question"], _answers_of(raw, where)
    if not isinstance(question, str) or not question.strip():
        raise BadQuestions(f"{where}: 'question' must be a text that is not empty.")
    if len(question) > LONGEST_QUESTION:
        raise BadQuestions(
            f"{where}: the question has {len(question)} characters; at most {LONGEST_QUESTION} are taken."
        )
    if any(re.search(r"[\ud800-\udfff]", text) for text in (question, *answers)):
        raise BadQuestions(f"{where}: half of a UTF-16 pair (\\ud800 to \\udfff) is no character. Write it anew.")
    document, passage = raw.get("document"), raw.get("passage")
    if document is not None and not isinstance(document, str):
        raise BadQuestions(f"{where}: 'document' must be a document's name, or absent.")
    held = tuple(answer for answer in answers if not is_refusal(answer))
    place = (document or "").strip() or None
    return Question(question.strip(), held, place, passage if isinstance(passage, int) else None)


def _answers_of(raw: dict[str, Any], where: str) -> list[str]:
    """Of an object: `answers` is a list of texts, or SQuAD's ({"text": ...} in a list, {"text": [...]} as Hugging Face
    has it); `answer` may be one text, too, which may be empty."""
    if "answer" in raw and "answers" in raw:
        raise BadQuestions(f"{where}: expected a key answer or a key answers, met both. Leave one.")
    if raw.get("is_impossible") is True:
        return []
    answers = raw.get("answers")
    if "answer" in raw:
        answers = raw["answer"]
        if answers is None or isinstance(answers, str):
            answers = [answers] if answers and answers.strip() else []
    elif isinstance(answers, dict):
        answers = answers.get("text")
    if isinstance(answers, list):
        answers = [one.get("text") if isinstance(one, dict) else one for one in answers]
    if not isinstance(answers, list) or not all(isinstance(one, str) and one.strip() for one in answers):
        raise BadQuestions(
            f"{where}: 'answers' must be a list of texts, or 'answer' one text (empty: the documents do not hold the "
            "answer)."
        )
    return answers


def write_questions(path: Path, questions: Iterable[Question]) -> None:
    """JSON Lines, whole or not at all."""
    write_text(path, "".join(json.dumps(asdict(question), ensure_ascii=False) + "\n" for question in questions))
