"""Questions: files as people write them, spans worth asking for, and copies that would leak into a test."""

from __future__ import annotations

import csv
import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from domain_tuner.base_model import load_base_model
from domain_tuner.engine import Engine, Output
from domain_tuner.errors import BadQuestions, NothingToLearn
from domain_tuner.examples import RowMix, build_rows
from domain_tuner.preparing import divided, gather_questions, is_held_out
from domain_tuner.prompts import PromptTemplate
from domain_tuner.question_files import read_questions, write_questions
from domain_tuner.questions import Question, asking_for_answers_of, make_questions, near_copies
from domain_tuner.spans import answer_spans
from domain_tuner.study.material import Asked, replay_tasks
from retrieval.passages import Hit, Passage

pytestmark = pytest.mark.quick


def test_json_lines_and_csv_say_the_same(tmp_path: Path) -> None:
    lines, table = tmp_path / "q.jsonl", tmp_path / "q.csv"
    lines.write_text(
        '{"question": "Who?", "answers": ["Ada"], "document": "a.md"}\n\n{"question": "Why?", "answers": []}\n'
    )
    table.write_text("﻿question,answer,document\nWho?,Ada,a.md\nWhy?,,\n", "utf-8")
    expected = [Question("Who?", ("Ada",), "a.md"), Question("Why?", ())]
    assert read_questions(lines) == read_questions(table) == expected
    write_questions(tmp_path / "again.jsonl", expected)
    assert read_questions(tmp_path / "again.jsonl") == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("not json", "line 1: expected a JSON object"),
        ("[1]", "question 1: expected a JSON object, met int"),
        (
            '[{"question": "Q", "answers": []},\n{"question"]',
            "a list: expected a JSON object, met .* in line 2. Write one",
        ),
        ('{"question": "Q", "answers": []}\n[1]', "line 2: expected a JSON object, met list"),
        ('{"question": "", "answers": []}', "'question' must be a text"),
        ('{"question": "Q", "answers": "A"}', "'answers' must be a list"),
        ('{"question": "Q", "answers": [3]}', "'answers' must be a list"),
        ('{"question": "Q", "answer": 3}', "or 'answer' one text"),
        ('{"question": "Q", "answer": "A", "answers": []}', "met both. Leave one"),
        ('{"questions": [], "version": 1}', "expected the keys question, answers .*; met questions, version"),
        ('{"data": [{"paragraphs": [{"qas": [7]}]}]}', "line 1: expected a JSON object, met int"),
        ('{\n "question": "Q"\n "answers": []}', "an object of several lines: .* in line 3"),
        ('{"question": "Q", "answers": [], "document": 4}', "'document' must be"),
        (r'{"question": "Q \ud800", "answers": []}', "no character"),
        ('{"question": "' + "x" * 10_000 + '", "answers": []}', "10000 characters"),
    ],
)
def test_a_bad_file_says_where_and_what(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(text)
    with pytest.raises(BadQuestions, match=says):
        read_questions(path)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("none.jsonl", None, r"There is no questions file .*none\.jsonl\. Name a file"),
        (".", None, "cannot be read: Is a directory"),
        ("u16.jsonl", '{"question": "Q", "answers": []}'.encode("utf-16"), r"another encoding .* Save it as UTF-8\.$"),
        ("gbk.csv", "question,answer\n谁？,她\n".encode("gbk"), r"Save it as UTF-8\.$"),
        ("deep.jsonl", b"[" * 100_000, "a list: expected a JSON object, met a value too deep"),
        ("long.jsonl", b"1" * 5_000, "line 1: expected a JSON object, met a value too .*large"),
        ("none.csv", b"question,reply,document\nQ,A,d.md\n", "columns question, answer.*met question, reply, document"),
        ("comma.csv", b"question,answer\nWhat is the fee?,1,200 EUR\n", "line 2: expected 2 cells.*met more"),
        ("bars.txt", b"question|answer\nQ|A\n", "commas, semicolons or tabs between; met question|answer"),
        ("comma.tsv", b"question\tanswer\nWhat is it?\t1\t2\n", "expected 2 cells.* a text with tabs in it"),
        ("two.csv", b"question,answer,Answer\nQ,A,B\n", "different names, met two that are named answer"),
        ("both.csv", b"question,answer,answers\nQ,A,B\n", "met both. Leave one"),
        ("numpy.csv", b"question,answers\nQ,\"['a' 'b']\"\n", r"line 2: expected a JSON list .*met \['a' 'b'\]"),
        ("number.csv", b"question,answers\nQ,[5]\n", "line 2: expected a JSON list of texts"),
        ("text.csv", b"question,answers\nQ,[5] kg\n", "Name the column answer if"),
        ("blank.csv", b"question,answers\nQ,\"['a', ' ']\"\n", "line 2: 'answers' must be a list of texts"),
        ("says.csv", b"question,answer\nQ,A\nR,B\nQ,\n", "line 2 and line 4: the same question has an answer in one"),
        ("quote.csv", b'question,answer\nQ,"' + b"A" * 200_000, "after line 1: expected CSV.*lone quote"),
        ("empty.csv", b"", "met none"),
        ("book.xlsx", b"PK\x03\x04 and so on", "is a workbook. Save its sheet as CSV"),
        ("sep.csv", b"sep=;\n\nquestion;answer\nQ;A;B\n", "line 4: expected 2 cells.* with semicolons"),
        ("sep.txt", b"\nsep=|\nquestion|answer\nQ|A|B\n", r"line 4: expected 2 cells.* with \| in it"),
        ("sep2.csv", b"sep=\r\nquestion,answer\nQ,A\n", "met sep="),
    ],
)
def test_a_file_that_is_none_of_questions_says_what_to_do(
    name: str, content: bytes | None, says: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    raised = csv.field_size_limit(131_072)  # Python's own; reading a document that is CSV raises it in its process
    with pytest.raises(BadQuestions, match=says) as caught:
        read_questions(tmp_path / name)
    csv.field_size_limit(raised)
    assert "codec" not in str(caught.value) and "Errno" not in str(caught.value)


def test_lines_end_where_their_format_says(tmp_path: Path) -> None:
    lines, table = tmp_path / "q.jsonl", tmp_path / "q.csv"
    lines.write_bytes(
        '{"question": "Who\u2028or what?", "answers": ["Ada\x85"]}\r\n{"question": "Why?", "answers": []}'.encode()
    )
    table.write_bytes(b'question,answers,document\r\n"Who\nor what?","Ada\r\nLund",a.md\r\nWhy?,,\r\n')
    assert read_questions(lines) == [Question("Who\u2028or what?", ("Ada\x85",)), Question("Why?", ())]
    assert read_questions(table) == [Question("Who\nor what?", ("Ada\r\nLund",), "a.md"), Question("Why?", ())]


def test_tables_are_read_as_excel_and_pandas_write_them(tmp_path: Path) -> None:
    expected = [
        Question("How long?", ("five months", "5 months"), "a.md"),
        Question("Why?", ()),
        Question("Who's there?", ("O'Hara", 'the "boss"', "€ \\ n", "5\xa0°C"), "b.md"),
        Question("What does it say?", ("[5 mm]",)),
    ]
    lists = [json.dumps(list(one.answers)) for one in expected], [str(list(one.answers)) for one in expected]
    for answers in lists:
        for delimiter, name in ((",", "q.csv"), (";", "q.csv"), ("\t", "q.tsv"), (";", "q.txt")):
            with (tmp_path / name).open("w", newline="") as file:
                writer = csv.writer(file, delimiter=delimiter)
                writer.writerow(["Question ", "answers", "document", "", ""])
                for one, cell in zip(expected, answers, strict=True):
                    writer.writerow([f" {one.question}", cell, f" {one.document or ''} ", "", ""])
                    writer.writerow(["", " ", "", "", ""])
            assert read_questions(tmp_path / name) == expected, (delimiter, name)
    (tmp_path / "q.csv").write_text("question,answer,document\nQ,[5 mm],,,\n,,\n")
    assert read_questions(tmp_path / "q.csv") == [Question("Q", ("[5 mm]",))]


def test_a_list_of_objects_is_read(tmp_path: Path) -> None:
    rows = [{"question": "Who?", "answers": ["Ada"], "document": " a.md "}, {"question": "Why?", "answers": []}]
    for name in ("q.json", "q.jsonl", "q.txt"):
        for text in (json.dumps(rows, indent=1), json.dumps(rows)):
            (tmp_path / name).write_text("\n" + text)
            assert read_questions(tmp_path / name) == [Question("Who?", ("Ada",), "a.md"), Question("Why?", ())]


def test_other_ways_to_write_answers_are_read(tmp_path: Path) -> None:
    file, expected = tmp_path / "q.jsonl", [Question("Who?", ("Ada", "A. Lund")), Question("Why?", ())]
    first, second = [{"text": "Ada", "answer_start": 3}, {"text": "A. Lund"}, {"text": "Ada"}], {"question": "Why?"}
    impossible = {**second, "answers": [], "is_impossible": True, "plausible_answers": first}
    whole = {"question": "Who?", "answers": first, "is_impossible": False, "id": "1"}
    of_squad = {
        "version": "2.0",
        "data": [{"title": "T", "paragraphs": [{"context": "C", "qas": [whole, impossible]}]}],
    }
    for text in (json.dumps(of_squad), json.dumps(of_squad, indent=1), json.dumps([of_squad])):
        file.write_text(text)
        assert read_questions(file) == expected
    flat = {"question": "Who?", "answers": {"text": ["Ada", "A. Lund"], "answer_start": [3, 9]}}
    for rows in (
        [flat, {**second, "answers": {"text": [], "answer_start": []}}],
        [{"question": "Who?", "answer": ["Ada", "A. Lund"]}, {**second, "answer": ""}],
        [{"question": "Who?", "answer": "Ada"}, {"question": "Who?", "answer": "A. Lund"}, {**second, "answer": None}],
    ):
        file.write_text("\n".join(map(json.dumps, rows)))
        assert read_questions(file) == expected
        file.write_text(json.dumps(rows, indent=1))
        assert read_questions(file) == expected
    for indent in (None, 1):
        file.write_text(json.dumps({"question": "Who?", "answer": "Ada"}, indent=indent))
        assert read_questions(file) == [Question("Who?", ("Ada",))]


def test_a_table_may_begin_with_blank_lines_and_say_its_sign(tmp_path: Path) -> None:
    file = tmp_path / "q.csv"
    for above in ("sep=;\n", "\ufeffsep=;\r\n", "\n \n", '"sep=;"\n\n', "\r\rSEP=;\r"):
        file.write_bytes(f"{above}question;answer;document\r\nWho, or what?;Ada;a.md\r\n".encode())
        assert read_questions(file) == [Question("Who, or what?", ("Ada",), "a.md")], above


def test_rows_of_a_question_and_a_document_are_one_question(tmp_path: Path) -> None:
    expected = [Question("Who?", ("Ada", "A. Lund"), "a.md"), Question("Who?", ("Bo",)), Question("Why?", ())]
    lines, table = tmp_path / "q.jsonl", tmp_path / "q.csv"
    table.write_text(
        "question,answer,document\nWho?,Ada,a.md\nWho?,Bo,\nWho?,A. Lund, a.md\nWho?,Ada,a.md\nWhy?,,\nWhy?,,\n"
    )
    lines.write_text(
        '{"question": "Who?", "answers": ["Ada", "Ada"], "document": "a.md"}\n{"question": "Who?", "answers": ["Bo"]}\n'
        '{"question": "Who? ", "answers": ["A. Lund"], "document": "a.md"}\n{"question": "Why?", "answers": []}\n'
    )
    assert read_questions(lines) == read_questions(table) == expected
    lines.write_text(
        '{"question": "Who?", "answers": []}\n\n{"question": "Who?", "answers": ["Bo"], "document": "b.md"}'
    )
    with pytest.raises(BadQuestions, match=r"q.jsonl, line 1 and line 3: the same question"):
        read_questions(lines)


def test_an_answer_that_refuses_is_none(tmp_path: Path) -> None:
    lines, table = tmp_path / "q.jsonl", tmp_path / "q.csv"
    lines.write_text('{"question": "Why?", "answers": ["Not in the documents."], "document": " "}')
    table.write_text("question,answer,document\nWhy?,not in the documents, \n")
    assert read_questions(lines) == read_questions(table) == [Question("Why?", ())]


def test_spans_are_of_the_text_and_of_many_kinds() -> None:
    text = "Dr. Ada Wright signs form HR-7b by 3 May 2024; the limit is EUR 1,200.50 or 18 kg, open 7:30 a.m., a@b.eu"
    spans = answer_spans(text, 20, random.Random(0))
    assert all(span in text for span in spans)
    assert {"EUR 1,200.50", "3 May 2024", "18 kg", "HR-7b", "a@b.eu"} <= set(spans)
    assert len(answer_spans(text, 3, random.Random(0))) == 3
    assert answer_spans("nothing to ask about here", 5, random.Random(0)) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Signed by Anna Smith-Jones, Jean-Luc Picard, Mary O'Neill or Al McDonald's aunt.",
         "Anna Smith-Jones|Jean-Luc Picard|Mary O'Neill|Al McDonald"),
        ("In 3-5 working days at 2–8 °C, -25 to −18 °C or between 2 and 8 °C, 5-7 bar, 9:30-17:00",
         "3-5 working days|2–8 °C|-25 to −18 °C|between 2 and 8 °C|5-7 bar|9:30-17:00"),
        ("Is 3.5 million euros, €1,200.50 per night, 5%-7%, EUR 85,-; EUR 90 to 95, 1.200,50 €, $3 million, 4.50 EUR",
         "3.5 million euros|€1,200.50|5%-7%|EUR 85|EUR 90 to 95|1.200,50 €|$3 million|4.50 EUR"),
        ("Model X-200B and A-12/3 and §5, EN-ISO-9001, 5 m/s, < 6 kg, DE89 3704", "X-200B|A-12/3|EN-ISO-9001|5 m/s"),
        ("On May 3, 2024 or 3rd of May 2025, 05/03/2024, 6.7.2024; 3-5 June 2024; Sept. 2026",
         "May 3, 2024|3rd of May 2025|05/03/2024|6.7.2024|3-5 June 2024|Sept. 2026"),
        ("first 30 days of leave and 1,200 sheets, twenty-five lorries", "30 days|1,200 sheets|twenty-five lorries"),
        ("| Place | Limit |\n| --- | :---: |\n| Oslo | about ninety |", "Place|Limit|Oslo|about ninety"),
        ("期限为3至5天，五至十天；von 3 bis 6 Tage", "3至5天|五至十天|3 bis 6 Tage"),
    ],
)  # fmt: skip
def test_spans_are_whole(text: str, wanted: str) -> None:
    assert sorted(answer_spans(text, 20, random.Random(0))) == sorted(wanted.split("|"))


def test_spans_of_odd_texts_are_found() -> None:
    """A pattern that tries the same words in many ways would not end at this length."""
    for part in ("1", "1,", "111 ", "A-", "Aa-", "a.", "a", "1 - ", "5가", "一", "中", "| ", "EUR 1 to ", "Aa A. "):
        answer_spans(part * 5000, 8, random.Random(0))
        answer_spans("| 5 " + part * 5000, 8, random.Random(0))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Через 5 месяцев 1 200 ₽ до 12 марта 2024. Анна Берг", "5 месяцев|1 200 ₽|12 марта 2024|Анна Берг"),
        ("수습 기간은 5개월이며 수당은 190유로, 마감은 2024년 3월입니다.", "5개월|190유로|2024년 3월"),
        ("مدة التجربة 5 أشهر، والبدل 190 يورو حتى 12 مارس 2024", "5 أشهر|190 يورو|12 مارس 2024"),
        ("试用期为五个月，年假二十天，第一次补贴190欧元。", "五个月|二十天|190欧元"),
        ("試用期間は5か月、手当は190ユーロ、締切は2024年3月12日です。", "5か月|190ユーロ|2024年3月12日"),
        ("Für 30 Tage gibt es 190 Euro oder 1.200,50 € am 12. März 2024.", "30 Tage|190 Euro|1.200,50 €|12. März 2024"),
        ("Son 30 días, el 12 de marzo de 2024, él, Íñigo Álvarez.", "30 días|12 de marzo de 2024|Íñigo Álvarez"),
    ],
)  # fmt: skip
def test_spans_are_of_any_language(text: str, wanted: str) -> None:
    assert sorted(answer_spans(text, 20, random.Random(0))) == sorted(wanted.split("|"))


def test_near_copies_are_found_in_other_wordings_not_in_other_questions() -> None:
    trained = [
        Question("What is the limit for a hotel in Oslo?", ("90 EUR",)),
        Question("Who signs the form?", ("Ann",)),
    ]
    asked = [
        Question("So what is the limit for a hotel in Oslo?", ("EUR 90", "90 EUR")),
        Question("who signs the form", ("Bob",)),
        Question("Where is the form kept?", ("Ann",)),
        Question("What is the limit for a hotel in Rome?", ("80 EUR",)),
        Question("So what is the limit for a hotel in Oslo?", ()),
    ]
    assert near_copies(asked, trained) == {0, 1}
    quarters = [Question("一季度的销售额是多少？", ("9万元",)), Question("三季度的销售额是多少？", ("7万元",))]
    assert near_copies(quarters[:1], quarters[1:]) == set()
    hindi = [
        Question(f"\u0915\u0941\u0932 {word}?", ("15",)) for word in ("\u0926\u093f\u0928", "\u0926\u093e\u0928")
    ]  # days, gifts
    assert near_copies(hindi[:1], hindi[1:]) == set() and near_copies(hindi[:1], hindi[:1]) == {0}
    cold = [Question("Which chamber is kept at 18 °C?", ("2",)), Question("Which chamber is kept at −18 °C?", ("4",))]
    assert near_copies(cold[:1], cold[1:]) == set()
    here = Question("What is the limit for a hotel?", ("85 EUR",), "a.md")
    there = replace(here, answers=("210 EUR",), document="b.md")
    alike = [there, replace(there, document=None), replace(there, document="a.md"), replace(here, document="b.md")]
    assert near_copies(alike, [here]) == {1, 2, 3}, "of another document it is another question, but for the answer"


def test_recall_rows_are_shown_with_words_left_out_too() -> None:
    mix = RowMix(recall_repeats=8, recall_worn=5)
    for text in ("Who signs the form for the north pump?", "备用钥匙在哪个房间？", "Who?"):
        rows = build_rows([Question(text, ("Ada",))], lambda asked: [[] for _ in asked], PromptTemplate(), 0, mix)
        assert sum(row.repeats for row in rows) == 8 and all(row.repeats > 0 for row in rows)
        assert {row.question for row in rows} == {text} and {row.answer for row in rows} == {"Ada"}
        cut = list if text[0] == "备" else str.split
        shown = [cut(row.messages[-1]["content"].removeprefix("Question: ")) for row in rows]
        assert all([word for word in cut(text) if word in said] == said for said in shown), "in their order"
        assert len(rows) > 1 if len(cut(text)) > 5 else len(rows) == 1


def passages(*texts: str) -> list[Passage]:
    return [Passage(n, "d", "d.md", None, "Pumps", text, n) for n, text in enumerate(texts)]


def shown_in(kind: str, question: Question, shown: list[Passage]) -> list[str]:
    """The user turns of the rows of that kind that show passages."""
    mix = RowMix(refusal_share=1.0)
    rows = build_rows([question], lambda asked: [shown], PromptTemplate(), 0, mix)
    return [row.messages[-1]["content"] for row in rows if row.kind == kind and "[1]" in row.messages[-1]["content"]]


def test_a_refusal_row_shows_no_passage_that_has_the_answer() -> None:
    shown = passages("The clerk is ADA  WRIGHT.", "It stops at 42 litres.", "She signs on Monday.", "Nothing here.")
    question = Question("Who is the clerk?", ("Ada Wright", "the clerk Wright"), "d.md", 2)
    (refused,) = shown_in("refusal", question, shown)
    assert "litres" in refused and "Nothing here" in refused
    assert "WRIGHT" not in refused, "in capitals it is the answer, too"
    assert "Monday" not in refused, "the question was made from it"


def test_without_a_passage_that_has_the_answer_nothing_is_refused_or_grounded() -> None:
    """The passages may hold it in other words; those of a question that the documents do not answer are refused."""
    shown = passages("Where it is two dozen litres, it stops.", "Nothing here.")
    for kind in ("grounded", "refusal"):
        assert shown_in(kind, Question("Where does it stop?", ("24 litres",)), shown) == []
    assert len(shown_in("refusal", Question("Who painted it?", ()), shown)) == 1


def test_a_part_of_a_word_is_not_the_answer() -> None:
    shown = passages("It stops at 15 litres.", "It takes 5 days.")
    question = Question("How many days does it take?", ("5",))
    (refused,) = shown_in("refusal", question, shown)
    assert "15 litres" in refused and "5 days" not in refused
    rows = build_rows([question], lambda asked: [shown], PromptTemplate(), 0, RowMix(replay_share=1.0))
    assert {row.passage for row in rows if row.kind in ("grounded", "replay")} == {1}
    (task,) = replay_tasks([Asked(question, tuple(Hit(one, 1.0) for one in shown))], PromptTemplate())
    assert "5 days" in task.messages[-1]["content"]
    assert shown_in("grounded", question, shown[:1]) == []


def test_the_passage_that_a_question_was_made_from_holds_its_answer() -> None:
    shown = passages("There are 5 parking places.", "There are 5 days of sick leave.")
    question = Question("How many days of sick leave?", ("five", "5"), "d.md", 1)
    rows = build_rows([question], lambda asked: [shown], PromptTemplate(), 0, RowMix(replay_share=1.0))
    grounded, replay = ([row for row in rows if row.kind == kind] for kind in ("grounded", "replay"))
    assert {row.passage for row in grounded + replay} == {1}
    assert {row.answer for row in grounded} == {"5"}, "as it stands there, not as it is written first"
    assert "sick leave" in replay[0].messages[-1]["content"] and "five" not in replay[0].messages[-1]["content"]


def test_a_short_answer_stands_in_the_document_that_is_named_or_nowhere() -> None:
    address, twin = passages("Storgata 5, 3rd floor.", "Interns get five days of leave.")
    question = Question("How many days of leave do interns get?", ("5",), "leave.md")
    assert shown_in("grounded", question, [address]) == shown_in("refusal", question, [address, twin]) == []
    assert len(shown_in("grounded", replace(question, document=None), [address])) == 1, "nothing else is known"
    assert len(shown_in("grounded", replace(question, document="d.md"), [address])) == 1
    for answers, there in ((("5 days",), 0), (("Storgata",), 0), (("five days",), 1), (("5", "five days of leave"), 1)):
        other = replace(question, answers=answers)
        assert len(shown_in("grounded", other, [address, replace(twin, text=f"{twin.text} Take 5 days.")])) == there


def test_no_passage_holds_a_no_but_the_one_that_was_asked_about() -> None:
    shown = passages("Payment no later than 5 May.", "Is it allowed to smoke? No.")
    assert shown_in("grounded", Question("May I smoke?", ("No",), "d.md"), shown) == []
    assert len(shown_in("grounded", Question("May I smoke?", ("No",), "d.md", 1), shown)) == 1


def test_a_passage_that_leaves_no_room_in_the_context_is_not_asked_about(
    model_folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """GPT-2's positions end with its context; and Chinese takes several of its tokens a character."""

    class Listening(Engine):
        def generate(self, prompts: Sequence[Sequence[int]], *more: Any, **others: Any) -> list[Output]:
            read.extend(map(len, prompts))
            return super().generate(prompts, *more, **others)

    read: list[int] = []
    monkeypatch.setattr("domain_tuner.questions._is_good", lambda question, span: True)
    engine = Listening(load_base_model(model_folder("gpt2")))
    long = "船舶手册。备用钥匙在十二号房间。" * 12 + " The limit is EUR 85."
    make_questions(engine, passages(long, "The limit is EUR 75."), PromptTemplate(), wanted=4)
    assert len(read) == 2 and max(read) < engine.base.context == 512, "of the short one question and answer"


@pytest.mark.parametrize(
    ("again", "kept"),
    [("Ada Maria van Wright", True), ("ada maria Van Wright.", True), ("Ada Maria van Wright-Orr", False),
     ("Ada van Wright", False), ("Ada Maria van Wright 2", False)],
)  # fmt: skip
def test_a_question_is_kept_where_the_model_answers_with_the_same_names_and_figures(
    again: str, kept: bool, model_folder: Callable[..., Path]
) -> None:
    class Writing(Engine):
        def generate(self, prompts: Sequence[Sequence[int]], *more: Any, **others: Any) -> list[Output]:
            said = [self.base.tokenizer.decode(prompt) for prompt in prompts]
            asked = ["Who signs the form in the hall?" if "Write a question" in one else again for one in said]
            return [Output(text, 5, 0.0) for text in asked]

    engine = Writing(load_base_model(model_folder("llama")))
    made = make_questions(engine, passages("It is signed by Ada Maria van Wright."), PromptTemplate(), wanted=1)
    assert [one.answers for one in made] == [("Ada Maria van Wright",)] * kept


def test_no_fact_is_learned_and_set_aside() -> None:
    """The sentence where two passages meet stands in both."""
    asked = [Question(f"Who keeps gate {n}?", (f"Ann {n}",), "a.md", n) for n in range(40)]
    learned, aside = divided([], asked)
    assert len(learned) + len(aside) == 40 and aside
    again = Question("By whom is it kept?", aside[0].answers, "a.md", learned[0].passage)
    assert divided([], [*asked, again]) == ([*learned, again], aside[1:])


@pytest.mark.parametrize("document", ["handbook.pdf", "notes.txt", "rules.txt"])
def test_a_document_of_one_passage_is_learned_whatever_it_is_called(document: str) -> None:
    asked = [Question(f"Who keeps gate {n}?", (f"Ann {n}",), document, 1) for n in range(3)]
    assert all(map(is_held_out, asked))
    assert divided([], asked) == (asked, []) and divided([], []) == ([], [])


@pytest.mark.parametrize(("answer", "alone"), [("No", False), ("是", False), ("5", True), ("EUR 20", True)])
def test_an_answer_alone_tells_no_fact_where_many_questions_have_it(answer: str, alone: bool) -> None:
    learned = Question("How is smoking in the depot seen?", (answer,), "rules.md", 3)
    asked = ["May guests park?", "Are dogs let in?", "Is overtime paid?", "How many lifts are there?", "Who pays?"]
    others = [Question(text, (answer,), "rules.md") for text in asked]
    assert asking_for_answers_of([learned], others) == set()
    reworded = Question("What of smoking inside the depot?", (answer,), "rules.md")
    assert asking_for_answers_of([learned], [*others, reworded]) == {5}
    of_passage = Question("By whom?", (answer,), "rules.md", 3)
    assert asking_for_answers_of([learned], [*others, of_passage, replace(of_passage, passage=4)]) == {5}
    elsewhere = [
        replace(reworded, document="b.md"),
        replace(reworded, document=None),
        replace(reworded, answers=("7",)),
    ]
    assert asking_for_answers_of([learned], elsewhere) == set()
    assert asking_for_answers_of([learned], others[:1]) == set(), "the model wrote it in words of the passage"
    given = replace(learned, passage=None)
    assert asking_for_answers_of([given], others[:1]) == ({0} if alone else set()), "it may be in other words"
    assert asking_for_answers_of([given], [reworded, others[0]]) == {0}, "what was learned is asked already"
    assert asking_for_answers_of([given, *others[:1]], others) == {0}


def test_an_answer_that_a_document_gives_in_one_place_is_one_fact() -> None:
    learned = Question("How is smoking in the depot seen?", ("EUR 20",), "rules.md", 3)
    asked = [Question(text, ("EUR 20",), "rules.md") for text in ("Who pays?", "Are dogs let in?")]
    for place, facts in (("rules.md", {0, 1}), ("notes.md", set())):
        once = {(place, "eur", "20")}
        assert asking_for_answers_of([learned], asked, lambda *said, once=once: (said[0], *said[1]) in once) == facts


def test_all_of_the_samples_facts_that_are_learned_are_found() -> None:
    samples = Path(__file__).parent.parent / "data" / "samples"
    kinds = [json.loads(line)["kind"] for line in (samples / "questions-heldout.jsonl").open(encoding="utf-8")]
    learned, held_out = (read_questions(samples / f"questions-{name}.jsonl") for name in ("train", "heldout"))
    facts = {n for n, kind in enumerate(kinds) if kind == "trained-fact"}
    assert asking_for_answers_of(learned, held_out) == facts and len(facts) == 73


def test_some_of_what_is_learned_is_asked_of_the_run_in_other_words(
    model_folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what the model answers from the passage, and what asks in other words indeed."""
    of_passage, of_sentence = "How high is the limit for hotel {n}?", "What does a night at hotel {n} cost at most?"

    class Writing(Engine):
        def generate(self, prompts: Sequence[Sequence[int]], *more: Any, **others: Any) -> list[Output]:
            return [Output(written(self.base.tokenizer.decode(prompt)), 5, 0.0) for prompt in prompts]

    def written(prompt: str) -> str:
        (n,) = set(re.findall(r"Hotel (\d+)", prompt))
        if "Write a question" not in prompt:
            assert "Ask Ada" in prompt, "it is answered from the whole passage"
            return "EUR 1" if f"at hotel {n} " in prompt and int(n) % 3 == 0 else f"EUR {n}00"
        alone = of_passage if int(n) % 3 == 1 else of_sentence
        return (of_passage if "Ask Ada" in prompt else alone).format(n=n)

    monkeypatch.setattr("domain_tuner.preparing.Engine", Writing)
    texts = [f"Ask Ada before. Hotel {n} may cost EUR {n}00 a night." for n in range(10, 99)]
    corpus = SimpleNamespace(passages=lambda: passages(*texts))
    base = load_base_model(model_folder("llama"))
    learned, aside = gather_questions(corpus, base, PromptTemplate(), None, 99, 0, lambda *told: None)  # type: ignore[arg-type]
    others = [one for one in aside if one.passage in {known.passage for known in learned}]
    assert len(learned) + len(aside) - len(others) == len(texts) and len(others) >= 3
    assert {one.question for one in others} <= {of_sentence.format(n=n) for n in range(11, 99, 3)}
    assert asking_for_answers_of(learned, aside) == {n for n, one in enumerate(aside) if one in others}


def test_no_near_copy_of_what_is_learned_is_set_aside(
    model_folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two documents that are nearly one, a fact's two passages may come to stand on both sides."""
    wordings = {"a.md": "How high is the limit for hotel {n}?", "b.md": "So how high is the limit for hotel {n}?"}
    wordings["c.md"] = "What does inn {n} cost?"
    made = [Question(text.format(n=n), (f"EUR {n}",), name, n) for n in range(40) for name, text in wordings.items()]
    monkeypatch.setattr("domain_tuner.preparing.make_questions", lambda *_: made)
    monkeypatch.setattr("domain_tuner.preparing.reworded", lambda *_: [])
    corpus, base = SimpleNamespace(passages=lambda: passages("EUR 1")), load_base_model(model_folder("llama"))
    learned, aside = gather_questions(corpus, base, PromptTemplate(), None, 99, 0, lambda *told: None)  # type: ignore[arg-type]
    assert near_copies(divided([], made)[1], learned), "they would, but for that"
    assert aside and not near_copies(aside, learned)


def test_where_there_is_nothing_to_ask_about_it_is_said_so(model_folder: Callable[..., Path]) -> None:
    base = load_base_model(model_folder("llama"))
    for text, says in (("nothing to ask about here", "not asked"), ("It costs EUR 85.", "wrote no question over 1")):
        corpus = SimpleNamespace(passages=lambda text=text: passages(text))
        with pytest.raises(NothingToLearn, match=says):
            gather_questions(corpus, base, PromptTemplate(), None, 9, 0, lambda *told: None)  # type: ignore[arg-type]
