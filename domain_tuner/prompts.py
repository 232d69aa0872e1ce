"""Question (+ passages) -> chat messages -> token ids; the same text for training rows and for answering.

The template's text is saved with every run, and answering with that run's adapter uses the saved copy.
Knows nothing about retrieval, adapters or devices: passages come in as (heading, text) pairs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from domain_tuner.errors import NoModel

Message = dict[str, str]

REFUSAL = "Not in the documents."


@dataclass(frozen=True)
class PromptTemplate:
    """The words around a question. `{question}`, `{passages}` and `{answer}` are filled in, nothing else.

    `closed` is the user turn with nothing shown, `grounded` the one with passages, `ask` the one that has
    a question written for an answer (how training questions are made offline).
    """

    system: str = (
        "Answer in as few words as possible. Where passages are given, answer with their exact words. "
        f"If the answer is not known, reply exactly: {REFUSAL}"
    )
    closed: str = "Question: {question}"
    grounded: str = "{passages}\n\nQuestion: {question}"
    ask: str = "{passages}\n\nWrite a question with this answer: {answer}"
    refusal: str = REFUSAL

    def question(self, question: str, passages: Sequence[tuple[str, str]] = ()) -> list[Message]:
        """Messages for one question; `passages` are (heading, text) pairs, numbered from 1 in their order."""
        pattern = self.grounded if passages else self.closed
        return self._turns(_fill(pattern, question=question.strip(), passages=numbered(passages)))

    def question_for(self, answer: str, passage: tuple[str, str]) -> list[Message]:
        """Messages that ask the model to write the question which `answer` answers in `passage`."""
        return self._turns(_fill(self.ask, answer=answer, passages=numbered([passage])))

    def _turns(self, user: str) -> list[Message]:
        system = [{"role": "system", "content": self.system}] if self.system else []
        return [*system, {"role": "user", "content": user}]


def _fill(pattern: str, **values: str) -> str:
    """Put the values into the pattern in one pass, so that braces in a document are never read as fields."""
    return re.sub(r"\{(question|passages|answer)\}", lambda field: values.get(field[1], field[0]), pattern)


def numbered(passages: Iterable[tuple[str, str]]) -> str:
    """`[1] heading` and the text below it, a blank line between passages."""
    return "\n\n".join(f"[{n}] {heading}\n{text}" for n, (heading, text) in enumerate(passages, start=1))


_ANSWER = "4f1c9a70"  # stands for an answer in a template
_HELD = "8b3e5d21"  # and with a number for a text that is put in later
# A part that a model thinks in, as the templates of reasoning models open it: <think>, <thought>, <seed:think>.
_THINKS = r"<((?:\w+:)?th(?:ink|inking|ought))>"
_NO_SYSTEM = "system turns are left out"  # what a template says in a comment that does so on purpose
# What a template that prints the date of the day is told instead: a prompt is to be the same on any day.
_ONE_DAY = (
    '{%- macro strftime_now(format) -%}{{ format.replace("%d", "26").replace("%b", "Jul").replace("%B", "July")'
    '.replace("%m", "07").replace("%Y", "2024") }}{%- endmacro %}'
)
# Other words for a refusal, in small letters. Before one may stand marks, numbers of passages and "Answer:"; behind it
# the sentence has to end.
_NOT_THERE = (
    r"(?:(?:the (?:answer|information)|this|that|it) (?:is|was) )?"
    r"not (?:(?:given|found|mentioned|stated|contained|included|provided|specified|answered) )?"
    r"in (?:any of )?(?:the|this|these|those) (?:(?:given|provided|shown|above) )?(?:documents?|passages?|text|context)"
    r"|i (?:don['’]t|do not) know(?: [^.!?,;:\n]*)?"
)
_BEFORE = r"(?:\[\d+\]|answer\W*:|[\W_])*"
_END = r"[\"'“”„«»‘’*_`)\]]*\s*(?:$|[.!?;:…]+(?:[\W_]|$)|[。！？；：(（\[\n])"


def is_refusal(text: str, refusal: str = REFUSAL) -> bool:
    """Whether an answer begins by saying that the documents do not hold it, in the words of `refusal` or in close ones
    of English, as a sentence of its own. Case, quotes or asterisks around it, numbers of passages and a leading
    "Answer:" do not matter."""
    exact = " ".join(map(re.escape, refusal.casefold().strip(" .。!").split()))
    wording = f"{exact}|{_NOT_THERE}".replace(" ", r"\s+")
    return re.match(f"{_BEFORE}(?:{wording}){_END}", text.casefold()) is not None


def without_thinking(text: str) -> str:
    """The text behind the part that the model thought in, if it begins with one; nothing of one that is not closed."""
    return re.sub(rf"^\s*{_THINKS}.*?(?:</\1>|\Z)", "", text, count=1, flags=re.DOTALL)


def encode_prompt(tokenizer: Any, messages: list[Message]) -> list[int]:
    """Token ids of the prompt, ready for the answer's first token; the model's own chat template if it has one."""
    messages, held = _without_marks(tokenizer, messages)
    return _ids(tokenizer, _around_answer(tokenizer, messages)[0], held)


def encode_row(tokenizer: Any, messages: list[Message], answer: str) -> tuple[list[int], int]:
    """Token ids of prompt + answer + end of turn, and how many of them are the prompt: those of `encode_prompt`."""
    answered = {"role": "assistant", "content": answer.strip()}
    (*messages, answered), held = _without_marks(tokenizer, [*messages, answered])
    prompt, before, after = _around_answer(tokenizer, messages)
    said = before + answered["content"] + after
    ids, whole = _ids(tokenizer, prompt, held), _ids(tokenizer, prompt + said, held)
    tail = whole[len(ids) :]  # tokens as they follow a prompt: alone, some tokenizers put a space before them
    if whole[: len(ids)] != ids:  # a token would reach from the prompt into the answer
        tail = _ids(tokenizer, said, held)
    end = text_end(tokenizer)
    if end is not None and end not in tail:
        tail = [*tail, end]
    return ids + tail, len(ids)


def _without_marks(tokenizer: Any, messages: list[Message]) -> tuple[list[Message], dict[str, str]]:
    """The messages with a stand-in for each content that spells a mark of the tokenizer's (the end of a turn, say), and
    what each stands for. A passage may spell one because it is about HTML, or to deceive."""
    marks = [token.content for token in tokenizer.added_tokens_decoder.values() if token.special]
    held = {
        f"{_HELD}x{n}x": message["content"].strip()
        for n, message in enumerate(messages)
        if any(mark in message["content"] for mark in marks)
    }
    names = (f"{_HELD}x{n}x" for n in range(len(messages)))
    return [{**m, "content": name} if name in held else m for name, m in zip(names, messages, strict=True)], held


def _ids(tokenizer: Any, text: str, held: dict[str, str]) -> list[int]:
    """Token ids of the text; what stand-ins in it stand for is letters alone."""
    ids: list[int] = []
    for part in re.split(f"({'|'.join(held)})", text) if held else [text]:
        letters = {"split_special_tokens": True} if part in held else {}
        ids += tokenizer(held.get(part, part), add_special_tokens=False, **letters)["input_ids"] if part else []
    return ids


def _around_answer(tokenizer: Any, messages: list[Message]) -> tuple[str, str, str]:
    """The prompt, and what stands between it and an answer and behind the answer.

    The prompt has all words that the template puts before an answer: a model that would think first (GPT-OSS's
    analysis, a thinking part that is opened) is brought to the answer itself, as in the rows that it learns from.
    """
    if not tokenizer.chat_template:
        start = tokenizer.bos_token or ""
        return start + "\n\n".join(message["content"] for message in messages) + "\nAnswer:", " ", ""
    prompt = _templated(tokenizer, messages, add_generation_prompt=True)
    whole = _templated(tokenizer, [*messages, {"role": "assistant", "content": _ANSWER}])
    until, _, after = whole.rpartition(_ANSWER)
    before = until.removeprefix(prompt) if until.startswith(prompt) else ""
    if before.strip():  # a space alone belongs to the answer
        prompt, before = until, ""
    if opened := re.search(rf"{_THINKS}\s*$", prompt):
        prompt, before = f"{prompt.rstrip()}\n\n</{opened[1]}>\n\n", ""
    return prompt, before, after


def text_end(tokenizer: Any) -> int | None:
    """The token that ends a text: the tokenizer's own, or the one that separates two (as BERT has it)."""
    end: int | None = tokenizer.eos_token_id
    return tokenizer.sep_token_id if end is None else end


def turn_end(tokenizer: Any) -> int | None:
    """The special token that the chat template puts right behind an answer; None where there is none."""
    after = _around_answer(tokenizer, [{"role": "user", "content": "?"}])[2]
    ids = tokenizer(after, add_special_tokens=False)["input_ids"]
    special = ids and ids[0] in tokenizer.added_tokens_decoder and tokenizer.added_tokens_decoder[ids[0]].special
    return int(ids[0]) if special else None


def _templated(tokenizer: Any, messages: list[Message], **more: Any) -> str:
    """The messages in the model's own template; one that refuses a system turn (Gemma 2, the first Mistrals) or drops
    it without a word (the first Phi-3) gets its text in front of the user's."""
    from jinja2 import TemplateError

    template = tokenizer.get_chat_template()
    given = {**more, "chat_template": _ONE_DAY + template if "strftime_now" in template else template}

    def text(turns: list[Message]) -> str:
        # enable_thinking: templates that know it (Qwen3) then leave the thinking part empty; others ignore it.
        for shaped in (str, _parts):
            said = [{**turn, "content": shaped(turn["content"])} for turn in turns]
            rendered: str = tokenizer.apply_chat_template(said, tokenize=False, enable_thinking=False, **given)
            if turns[-1]["content"].strip() in rendered:
                return rendered
        raise NoModel(
            "The chat template of the base model leaves out what it is asked. Expected one that takes messages with a "
            "role and a text; choose another base model, or put another template into its tokenizer's files."
        )

    if messages[0]["role"] != "system":
        return text(messages)
    try:
        rendered = text(messages)
    except TemplateError:
        return text(_without_system(messages))
    read = messages[0]["content"].strip() in rendered or _NO_SYSTEM in template
    return rendered if read else text(_without_system(messages))


def _parts(text: str) -> list[dict[str, str]]:
    """As templates of models that see pictures (SmolVLM) want it."""
    return [{"type": "text", "text": text}]


def _without_system(messages: list[Message]) -> list[Message]:
    system, *turns = messages
    said = [system["content"]]
    if turns and turns[0]["role"] == "user":
        said.append(turns.pop(0)["content"])
    return [{"role": "user", "content": "\n\n".join(said)}, *turns]
