"""Prompts: one text for training and answering, whatever stands in documents and questions."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import make_tokenizer
from jinja2 import TemplateError

from domain_tuner.base_model import load_base_model
from domain_tuner.errors import NoModel
from domain_tuner.prompts import PromptTemplate, encode_prompt, encode_row, is_refusal, turn_end

pytestmark = pytest.mark.quick
TEMPLATE = PromptTemplate()
GEMMA_2 = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}"
    "{% endif %}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}"
    "{% endif %}{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}"
)


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


def test_a_template_that_refuses_a_system_turn_has_its_text_in_the_users() -> None:
    tokenizer = make_tokenizer()
    tokenizer.chat_template = GEMMA_2
    messages = TEMPLATE.question("Who?", [("A", "Ada.")])
    user = f"{TEMPLATE.system}\n\n[1] A\nAda.\n\nQuestion: Who?"
    asked = f"<s><start_of_turn>user\n{user}<end_of_turn>\n<start_of_turn>model\n"
    assert tokenizer.decode(encode_prompt(tokenizer, messages)) == asked
    ids, length = encode_row(tokenizer, messages, "Ada")
    assert ids[:length] == encode_prompt(tokenizer, messages)
    assert tokenizer.decode(ids) == f"{asked}Ada<end_of_turn>\n</s>"
    with pytest.raises(TemplateError, match="must alternate"):
        encode_prompt(tokenizer, messages[1:] * 2)


@pytest.mark.parametrize(
    ("begin", "before"),
    [
        ("<|a|>", "<|channel|>final<|message|>"),  # GPT-OSS: its turn begins with a channel, else with its analysis
        ("<|a|><think>", "\n\n</think>\n\n"),  # a template that opens a thinking part, and closes an empty one
        ("<|a|>", ""),
    ],
)
def test_the_prompt_goes_on_to_where_the_answer_begins(begin: str, before: str) -> None:
    tokenizer = make_tokenizer()
    start, whole = begin.replace("\n", "\\n"), (begin + before).replace("\n", "\\n")
    tokenizer.chat_template = (
        "{% for m in messages %}{% if m['role'] == 'assistant' %}{{ '" + whole + "' + m['content'] + '</s>' }}"
        "{% else %}{{ m['content'] }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '"
        + start
        + "' }}{% endif %}"
    )
    messages = TEMPLATE.question("Who?")
    prompt = encode_prompt(tokenizer, messages)
    assert tokenizer.decode(prompt).endswith(f"Question: Who?{begin}{before}")
    ids, length = encode_row(tokenizer, messages, "Ada")
    assert ids[:length] == prompt and tokenizer.decode(ids[length:]) == "Ada</s>"


def test_a_template_that_takes_parts_gets_parts_and_one_that_drops_the_question_is_refused() -> None:
    tokenizer = make_tokenizer()
    tokenizer.chat_template = (
        "{% for m in messages %}{{ m['role'] }}: {% for part in m['content'] %}{% if part['type'] == 'text' %}"
        "{{ part['text'] }}{% endif %}{% endfor %}</s>{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}"
    )
    messages = TEMPLATE.question("Who?")
    ids, length = encode_row(tokenizer, messages, "Ada")
    assert tokenizer.decode(ids[:length]).endswith("user: Question: Who?</s>assistant: ")
    assert tokenizer.decode(ids[length:]) == "Ada</s>"
    tokenizer.chat_template = "{% for m in messages %}{{ m['role'] }}: {% endfor %}"
    with pytest.raises(NoModel, match="leaves out what it is asked"):
        encode_prompt(tokenizer, messages)


def test_a_space_before_the_answer_belongs_to_the_answer() -> None:
    tokenizer = make_tokenizer()  # as the first Mistrals have it
    tokenizer.chat_template = (
        "{% for m in messages %}{% if m['role'] == 'assistant' %}{{ ' ' + m['content'] + '</s>' }}"
        "{% else %}{{ '[INST] ' + m['content'] + ' [/INST]' }}{% endif %}{% endfor %}"
    )
    ids, length = encode_row(tokenizer, TEMPLATE.question("Who?"), "Ada")
    assert tokenizer.decode(ids[:length]).endswith("Who? [/INST]") and tokenizer.decode(ids[length:]) == " Ada</s>"


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("{%- if not date_string is defined %}{%- set date_string = strftime_now('%d %b %Y') %}{% endif %}"
         "{{ date_string }}", "26 Jul 2024"),  # Llama 3.2
        ("{%- macro today() %}{{ 'Date: ' + strftime_now('%Y-%m-%d') }}{% endmacro %}{{ today() }}", "2024-07-26"),
        ("{{ strftime_now('%B %d, %Y') }}", "July 26, 2024"),  # Granite
    ],
)  # fmt: skip
@pytest.mark.parametrize("one_of_several", [False, True])
def test_a_template_that_prints_the_date_gives_one_prompt_on_any_day(
    date: str, said: str, one_of_several: bool
) -> None:
    tokenizer = make_tokenizer()
    dated = date + " {% for m in messages %}{{ m['content'] }}</s>{% endfor %}"
    tokenizer.chat_template = {"default": dated, "tool_use": "{{ tools }}"} if one_of_several else dated
    ids, length = encode_row(tokenizer, TEMPLATE.question("Who?"), "Ada")
    assert said in tokenizer.decode(encode_prompt(tokenizer, TEMPLATE.question("Who?")))
    assert said in tokenizer.decode(ids[:length]) and tokenizer.decode(ids[length:]) == "Ada</s>"
    assert turn_end(tokenizer) == tokenizer.eos_token_id


def test_what_ends_a_turn_in_the_template_ends_an_answer() -> None:
    tokenizer = make_tokenizer()
    assert turn_end(tokenizer) == tokenizer.eos_token_id
    tokenizer.chat_template = "{% for m in messages %}{{ m['content'] }}<|user|>{% endfor %}"  # another special token
    assert turn_end(tokenizer) == tokenizer.convert_tokens_to_ids("<|user|>")
    tokenizer.chat_template = "{% for m in messages %}{{ m['content'] }} and {% endfor %}"
    assert turn_end(tokenizer) is None


@pytest.mark.parametrize(
    ("opened", "closed"),
    [
        ("<think>", "</think>"),
        ("<think>\\n", "</think>"),
        ("<thought>\\n", "</thought>"),
        ("<seed:think>", "</seed:think>"),
    ],
)
def test_a_part_to_think_in_that_a_prompt_leaves_open_is_closed(opened: str, closed: str) -> None:
    tokenizer = make_tokenizer()  # as DeepSeek-R1's, which drops the thinking part of finished turns
    tokenizer.chat_template = (
        "{% for m in messages %}{% if m['role'] == 'assistant' %}A: {% endif %}{{ m['content'] }}|{% endfor %}"
        "{% if add_generation_prompt %}{{ 'A: " + opened + "' }}{% endif %}"
    )
    prompt = encode_prompt(tokenizer, TEMPLATE.question("Who?"))
    mark = opened.removesuffix("\\n")
    assert tokenizer.decode(prompt).endswith(f"Question: Who?|A: {mark}\n\n{closed}\n\n")
    ids, length = encode_row(tokenizer, TEMPLATE.question("Who?"), "Ada")
    assert ids[:length] == prompt and tokenizer.decode(ids[length:]) == "Ada|</s>"


PHI_3 = (
    "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'user' %}"
    "{{ '<|user|>\n' + m['content'] + '\n<|assistant|>\n' }}"
    "{% elif m['role'] == 'assistant' %}{{ m['content'] + '\n' }}{% endif %}{% endfor %}"
)


def test_a_template_that_drops_the_system_turn_has_its_text_in_the_users_unless_it_says_that_it_does() -> None:
    tokenizer, messages = make_tokenizer(), TEMPLATE.question("Who?")
    tokenizer.chat_template = PHI_3
    asked = f"<s><|user|>\n{TEMPLATE.system}\n\nQuestion: Who?\n<|assistant|>\n"
    ids, length = encode_row(tokenizer, messages, "Ada")
    assert tokenizer.decode(ids[:length]) == asked and tokenizer.decode(ids[length:]) == "Ada\n</s>"
    tokenizer.chat_template = "{#- system turns are left out -#}" + PHI_3
    assert tokenizer.decode(encode_prompt(tokenizer, messages)) == "<s><|user|>\nQuestion: Who?\n<|assistant|>\n"
    trial = load_base_model(None).tokenizer
    assert trial.decode(encode_prompt(trial, messages)) == "<s>Question: Who?<assistant>"


@pytest.mark.parametrize("front", ["prepend", "metaspace"])
@pytest.mark.parametrize(
    ("template", "between"),
    [
        ("{% for m in messages %}{{ '[INST] ' + m['content'] + ' [/INST]' if m['role'] == 'user' else "
         "' ' + m['content'] + eos_token }}{% endfor %}", "[INST] Who keeps the key? [/INST] "),
        ("{% for m in messages %}{{ '|' + m['role'] + '|\n' + m['content'] }}"
         "{% if m['role'] == 'assistant' %}{{ eos_token }}{% endif %}{% endfor %}"
         "{% if add_generation_prompt %}{{ '|assistant|\n' }}{% endif %}", "|user|\nWho keeps the key?|assistant|\n"),
        (None, "<s>Who keeps the key?\nAnswer: "),
    ],
)  # fmt: skip
def test_an_answer_is_learned_in_the_tokens_that_follow_its_prompt(
    front: str, template: str | None, between: str
) -> None:
    tokenizer = spaced_tokenizer(front)
    tokenizer.chat_template = template
    messages = [{"role": "user", "content": "Who keeps the key?"}]
    ids, length = encode_row(tokenizer, messages, "Ada Wright")
    assert ids[:length] == encode_prompt(tokenizer, messages)
    whole = tokenizer(f"{between}Ada Wright</s>", add_special_tokens=False)["input_ids"]
    assert ids[: len(whole)] == whole


def test_an_answer_whose_first_letter_would_be_of_the_prompts_last_token_is_read_apart() -> None:
    tokenizer = make_tokenizer()
    tokenizer.chat_template = "{% for m in messages %}{{ m['content'] }} {% endfor %}"
    messages = [{"role": "user", "content": "What?"}]
    ids, length = encode_row(tokenizer, messages, "limit")
    assert ids[:length] == encode_prompt(tokenizer, messages) != tokenizer("What? limit")["input_ids"][:length]
    assert tokenizer.decode(ids) == "What? limit </s>"


def spaced_tokenizer(front: str) -> Any:
    """One that puts a "▁" before a text, as those of Llama 2 ("prepend") or of models converted anew ("metaspace")."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>"))
    if front == "prepend":
        inner.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    else:
        inner.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=True)
    spaces = decoders.Replace("▁", " ")
    inner.decoder = decoders.Sequence([spaces, decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    marks = ["<unk>", "<s>", "</s>", *(f"<0x{n:02X}>" for n in range(256))]
    trainer = trainers.BpeTrainer(vocab_size=340, special_tokens=marks, show_progress=False)
    inner.train_from_iterator(["Who keeps the key? Ada Wright keeps it."] * 5, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=inner, unk_token="<unk>", bos_token="<s>", eos_token="</s>")


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        *[("Not in the documents.", True), (" not in the documents", True), ("Not in the office", False)],
        *[('"Not in the documents."', True), ("**Not in the documents.**", True), ("“Not in the documents”.", True)],
        *[("Answer: Not in the documents.", True), ("**Answer:** *not in the documents*", True), ("Answer: 42", False)],
        *[("42", False), ("", False), ("Answer:", False), ('""', False)],
        *[("Not in the document.", True), ("Not in the provided documents.", True), ("Not given in this text", True)],
        *[("The answer is not in the documents.", True), ("It is not mentioned in any of the passages.", True)],
        *[("I don’t know.", True), ("I do not know who painted it.", True), ("I don't know, maybe 42", False)],
        *[("[1] Not in the documents.", True), ("- Not in  the documents [2]", True), ("_Not in the documents_", True)],
        *[("Not in the documents (see [1]).", True), ("Not in the documents.\nThey tell of pumps.", True)],
        *[("Not in the documents room but in the archive.", False), ("Not in the documents.zip", False)],
        *[("Not in these documents. They are about 42 pumps.", True), ("42. Not in the documents.", False)],
    ],
)
def test_refusals_are_recognised(text: str, refused: bool) -> None:
    assert is_refusal(text) is refused


def test_a_templates_own_refusal_is_recognised() -> None:
    own = "文档中没有。"
    assert (
        is_refusal("“文档中没有”", own)
        and is_refusal("文档中没有。请看附件。", own)
        and is_refusal("I don't know.", own)
    )
    assert not is_refusal("文档中没有规定上限的是酒店", own)


@pytest.mark.parametrize("mark", ["</s>", "<assistant>", "<s>"])
def test_a_mark_that_a_text_spells_is_text(mark: str) -> None:
    tokenizer = load_base_model(None).tokenizer
    known = tokenizer.convert_tokens_to_ids(mark)
    said = f"Put {mark} 999 around it"
    messages = PromptTemplate().question(f"What does {mark} do?", [("Notes", said)])
    plain = PromptTemplate().question("What does it do?", [("Notes", "Put it around it")])
    prompt, other = encode_prompt(tokenizer, messages), encode_prompt(tokenizer, plain)
    assert prompt.count(known) == other.count(known) and said in tokenizer.decode(prompt)
    assert prompt[:3] == other[:3] and prompt[-1] == other[-1], "the template's own marks are marks"
    ids, at = encode_row(tokenizer, messages, said)
    assert ids[:at] == prompt and tokenizer.decode(ids[at:-1]).strip() == said
    assert ids[-1] == tokenizer.eos_token_id and ids[at:-1].count(known) == 0


def test_more_than_ten_texts_that_spell_a_mark_are_told_apart() -> None:
    tokenizer = make_tokenizer()
    roles = [("user", "assistant")[n % 2] for n in range(13)]
    said = tokenizer.decode(
        encode_prompt(tokenizer, [{"role": r, "content": f"</s> {n}."} for n, r in enumerate(roles)])
    )
    assert [f"</s> {n}." in said for n in range(13)] == [True] * 13


def test_a_question_that_is_a_mark_is_text_where_the_system_turn_ends_with_it() -> None:
    tokenizer = load_base_model(None).tokenizer
    tokenizer.chat_template = "{% for message in messages %}<s>{{ message.content }}</s>{% endfor %}"
    end = tokenizer.eos_token_id
    ids = encode_prompt(tokenizer, [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "</s>"}])
    first, second = (at for at, token in enumerate(ids) if token == end)  # the template's, after either turn
    assert tokenizer.decode(ids[first + 2 : second]) == "</s>", "the question's letters stand between"
