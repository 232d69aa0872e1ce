"""Prompts: one text for training and answering, whatever stands in documents and questions."""

from __future__ import annotations

import pytest
from conftest import make_tokenizer

from domain_tuner.prompts import PromptTemplate, encode_prompt, encode_row, is_refusal

pytestmark = pytest.mark.quick
TEMPLATE = PromptTemplate()


def test_passages_are_numbered_under_their_headings() -> None:
    user = TEMPLATE.question("Who?", [("A > B", "First."), ("C", "Second.")])[-1]["content"]
    assert user == "[1] A > B\nFirst.\n\n[2] C\nSecond.\n\nQuestion: Who?"


def test_braces_in_documents_and_questions_are_text() -> None:
    user = TEMPLATE.question("What is {passages}?", [("{question}", "{answer} {0} {x}")])[-1]["content"]
    assert user == "[1] {question}\n{answer} {0} {x}\n\nQuestion: What is {passages}?"


@pytest.mark.parametrize("template", [True, False])
def test_a_row_is_the_prompt_and_its_answer(template: bool) -> None:
    tokenizer = make_tokenizer()
    if not template:
        tokenizer.chat_template = None
    messages = TEMPLATE.question("What is the limit?", [("Pumps", "The limit is 42 litres.")])
    prompt = encode_prompt(tokenizer, messages)
    ids, length = encode_row(tokenizer, messages, "42 litres")
    assert ids[:length] == prompt
    assert tokenizer.eos_token_id in ids[length:]
    assert tokenizer.decode(ids[length:], skip_special_tokens=True).strip() == "42 litres"


@pytest.mark.parametrize(
    ("text", "refused"),
    [("Not in the documents.", True), (" not in the documents", True), ("Not in the office", False), ("42", False)],
)
def test_refusals_are_recognised(text: str, refused: bool) -> None:
    assert is_refusal(text) is refused
