"""A base model with a run's adapter (or without one) as a LangChain chat model, so that a user's own chain can have it.

    model = TunedChatModel.of(Workspace(Path("workspace")), run="latest")
    model.invoke("Who keeps the key?")

Decoding is greedy, as everywhere here. Text in, text out: no tools, no images. Knows nothing about passages; the corpus
as a retriever is in `retrieval.langchain`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LangSmithParams
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import ConfigDict

from domain_tuner.engine import Engine, Output
from domain_tuner.errors import BadQuestion
from domain_tuner.prompts import Message, encode_prompt
from domain_tuner.streaming import Finished, reports

if TYPE_CHECKING:
    from domain_tuner.workspace import Workspace

_ROLES = {"system": "system", "human": "user", "ai": "assistant"}


class TunedChatModel(BaseChatModel):
    """`adapter` names one that the engine was given; None is the base model as it is. `max_tokens`: of an answer.

    Raises BadQuestion where messages are not text, stand in an order that the model's chat template refuses, or do not
    fit its context.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    engine: Engine
    adapter: str | None = None
    max_tokens: int = 256
    stop: list[str] | None = None

    @classmethod
    def of(cls, workspace: Workspace, run: str | None = None, **options: Any) -> TunedChatModel:
        """The workspace's base model, with the adapter of `run` (an id or 'latest': done) if one is named."""
        chosen = workspace.runs.finished(run) if run else None
        engine = workspace.engine(chosen)
        adapter = engine.load_adapter(chosen.id, chosen.adapter) if chosen else None
        return cls(engine=engine, adapter=adapter, **options)

    @property
    def _llm_type(self) -> str:
        return "domain-tuner"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"base_model": self.engine.base.name, "adapter": self.adapter, "max_tokens": self.max_tokens}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = super()._get_ls_params(stop=stop, **kwargs)
        params["ls_model_name"] = self.engine.base.name
        params["ls_max_tokens"] = kwargs.get("max_tokens", self.max_tokens)
        return params

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        max_tokens: int | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        limit = self.max_tokens if max_tokens is None else max_tokens
        prompt = self._prompt(messages, limit)
        output = self._write(prompt, limit, stop, None)
        message = AIMessage(output.text, usage_metadata=_usage(prompt, output), response_metadata=self._metadata())
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        max_tokens: int | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        limit = self.max_tokens if max_tokens is None else max_tokens
        prompt, told = self._prompt(messages, limit), 0
        for news in reports(lambda report: self._write(prompt, limit, stop, lambda _, fresh: report(fresh))):
            if isinstance(news, Finished):
                chunk = AIMessageChunk(content=news.result.text[told:], usage_metadata=_usage(prompt, news.result))
                chunk.response_metadata, chunk.chunk_position = self._metadata(), "last"
            else:
                chunk = AIMessageChunk(content="".join(new for (new,) in news))
                told += len(str(chunk.content))
            generation = ChatGenerationChunk(message=chunk)
            if run_manager:
                run_manager.on_llm_new_token(str(chunk.content), chunk=generation)
            yield generation

    def _prompt(self, messages: Sequence[BaseMessage], limit: int) -> list[int]:
        from jinja2 import TemplateError

        try:
            tokens = encode_prompt(self.engine.base.tokenizer, _turns(messages))
        except TemplateError as error:
            raise BadQuestion(
                f"The base model's chat template refuses the order of these messages: {str(error).rstrip('.')}. "
                "Expected a human message first (a system message may precede it) and AI messages between human ones."
            ) from error
        room = self.engine.base.context - limit
        if len(tokens) > room:
            raise BadQuestion(
                f"The messages take {len(tokens)} tokens; the base model reads {self.engine.base.context}, of which "
                f"{limit} are kept for the answer. Send fewer, or set max_tokens lower."
            )
        return tokens

    def _write(
        self, prompt: list[int], limit: int, stop: list[str] | None, on_text: Callable[[int, str], None] | None
    ) -> Output:
        return self.engine.generate([prompt], [self.adapter], limit, on_text, stop or self.stop or ())[0]

    def _metadata(self) -> dict[str, Any]:
        return {"model_name": self.engine.base.name, "model_provider": self._llm_type}


def _turns(messages: Sequence[BaseMessage]) -> list[Message]:
    """The messages as templates have them that know a system turn at the head alone, and no two turns of one role in a
    row: a later system message is the user's."""
    turns: list[Message] = []
    for turn in map(_message, messages):
        if turn["role"] == "system" and turns and turns[-1]["role"] != "system":
            turn["role"] = "user"
        if turns and turns[-1]["role"] == turn["role"]:
            turns[-1]["content"] += "\n\n" + turn["content"]
        else:
            turns.append(turn)
    if not turns:
        raise BadQuestion("There is no message to answer. Send at least one human message.")
    return turns


def _message(message: BaseMessage) -> Message:
    strange = [block["type"] for block in message.content_blocks if block["type"] != "text"]
    if message.type not in _ROLES or strange:
        met = f"a {strange[0]} block" if strange else f"a {message.type} message"
        raise BadQuestion(f"This model takes system, human and AI messages of text; it met {met}. Leave it out.")
    return {"role": _ROLES[message.type], "content": str(message.text)}


def _usage(prompt: list[int], output: Output) -> UsageMetadata:
    return UsageMetadata(
        input_tokens=len(prompt), output_tokens=output.tokens, total_tokens=len(prompt) + output.tokens
    )
