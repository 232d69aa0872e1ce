"""A tuned model in a LangChain chain: LangChain's own standard tests, and what they do not ask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_tests.integration_tests import ChatModelIntegrationTests
from test_engine import LIMIT, ModelFolder, adapter_folder

from domain_tuner.base_model import load_base_model
from domain_tuner.engine import Engine
from domain_tuner.errors import BadQuestion
from domain_tuner.langchain import TunedChatModel

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def engine(model_folder: ModelFolder) -> Engine:
    return Engine(load_base_model(model_folder("llama")))


class TestChatModel(ChatModelIntegrationTests):
    engine: Engine

    @pytest.fixture(autouse=True)
    def loaded(self, engine: Engine) -> None:
        type(self).engine = engine

    @property
    def chat_model_class(self) -> type[TunedChatModel]:
        return TunedChatModel

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"engine": self.engine}

    @property
    def standard_chat_model_params(self) -> dict[str, Any]:
        return {"max_tokens": LIMIT}

    has_tool_calling = False
    has_structured_output = False


def test_the_adapter_makes_the_difference(engine: Engine, model_folder: ModelFolder, tmp_path: Path) -> None:
    engine.load_adapter("one", adapter_folder(model_folder("llama"), "lora", tmp_path / "one"))
    plain = TunedChatModel(engine=engine, max_tokens=LIMIT)
    tuned = TunedChatModel(engine=engine, adapter="one", max_tokens=LIMIT)
    assert plain.invoke("Who keeps gate 4?").content != tuned.invoke("Who keeps gate 4?").content


def test_a_stream_is_the_answer_in_parts_and_ends_with_what_it_cost(engine: Engine) -> None:
    model = TunedChatModel(engine=engine, max_tokens=LIMIT)
    asked = [SystemMessage("Answer shortly."), HumanMessage("Who keeps gate 4?")]
    whole = model.invoke(asked)
    parts = list(model.stream(asked))
    assert "".join(str(part.content) for part in parts).strip() == whole.content
    assert isinstance(parts[-1], AIMessageChunk) and parts[-1].usage_metadata == whole.usage_metadata
    assert whole.usage_metadata and 0 < whole.usage_metadata["output_tokens"] <= LIMIT


def test_nothing_after_a_stop_sequence_is_told(engine: Engine) -> None:
    model = TunedChatModel(engine=engine, max_tokens=LIMIT)
    whole = str(model.invoke("gate").content)
    end = whole[len(whole) // 2 :][:2]
    expected = whole[: whole.find(end)]
    stopped = model.invoke("gate", stop=[end])
    assert stopped.content == expected.strip()
    assert stopped.usage_metadata and stopped.usage_metadata["output_tokens"] < LIMIT, "it is not written on"
    assert "".join(str(part.content) for part in model.stream("gate", stop=[end])).strip() == expected.strip()


def test_as_many_tokens_are_written_as_a_call_asks_for(engine: Engine) -> None:
    model = TunedChatModel(engine=engine, max_tokens=LIMIT)
    for answer in (model.invoke("gate", max_tokens=2), model.bind(max_tokens=2).invoke("gate")):
        assert answer.usage_metadata and answer.usage_metadata["output_tokens"] == 2
    *_, last = model.stream("gate", max_tokens=2)
    assert isinstance(last, AIMessageChunk) and last.usage_metadata and last.usage_metadata["output_tokens"] == 2


@pytest.mark.parametrize("tokens", range(1, LIMIT))
def test_a_stream_has_the_last_character_that_the_whole_has(engine: Engine, tokens: int) -> None:
    model = TunedChatModel(engine=engine, max_tokens=tokens)
    asked = "Where does the north pump stop?"
    assert "".join(str(part.content) for part in model.stream(asked)).strip() == model.invoke(asked).content


ALTERNATING = (
    "{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('No system turn.') }}{% endif %}"
    "{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Roles must alternate.') }}{% endif %}"
    "{{ m['role'] + ':' + m['content'] + ';' }}{% endfor %}"
)


def test_messages_of_one_role_are_one_turn_and_what_a_template_refuses_is_said(engine: Engine) -> None:
    engine.base.tokenizer.chat_template = ALTERNATING
    model = TunedChatModel(engine=engine, max_tokens=LIMIT)

    def read(*messages: BaseMessage) -> str:
        return str(engine.base.tokenizer.decode(model._prompt(messages, LIMIT)))

    assert read(HumanMessage("a"), HumanMessage("b")) == "user:a\n\nb;assistant:"
    assert read(HumanMessage("a"), SystemMessage("b"), HumanMessage("c")) == "user:a\n\nb\n\nc;assistant:"
    assert read(SystemMessage("a"), SystemMessage("b"), HumanMessage("c")) == "user:a\n\nb\n\nc;assistant:"
    assert read(HumanMessage("a"), AIMessage("b"), SystemMessage("c")) == "user:a;assistant:b;user:c;assistant:"
    with pytest.raises(BadQuestion, match=r"refuses the order of these messages: Roles must alternate\. Expected"):
        model.invoke([AIMessage("a"), HumanMessage("b")])
    with pytest.raises(BadQuestion, match="no message to answer"):
        model.invoke([])


def test_it_stands_in_a_chain(engine: Engine) -> None:
    prompt = ChatPromptTemplate.from_messages([("system", "Be short."), ("human", "{question}")])
    chain = prompt | TunedChatModel(engine=engine, max_tokens=LIMIT) | StrOutputParser()
    assert len(chain.batch([{"question": "Who?"}, {"question": "Where?"}])) == 2


def test_what_is_no_text_and_what_is_too_long_are_refused(engine: Engine) -> None:
    model = TunedChatModel(engine=engine, max_tokens=LIMIT)
    picture = HumanMessage([{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}])
    with pytest.raises(BadQuestion, match="image"):
        model.invoke([picture])
    with pytest.raises(BadQuestion, match="max_tokens"):
        model.invoke("gate " * 3000)
