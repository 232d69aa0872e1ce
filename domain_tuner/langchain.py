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

    Raises BadQuestion where messages are not text or do not fit the model's context.
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
        params["ls_model_name"], params["ls_max_tokens"] = self.engine.base.name, self.max_tokens
        return params

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        prompt = self._prompt(messages)
        output = self._write(prompt, None)
        text = _cut(output.text, stop or self.stop or [])
        message = AIMessage(text, usage_metadata=_usage(prompt, output), response_metadata=self._metadata())
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        prompt, ends = self._prompt(messages), stop or self.stop or []
        text = told = ""
        for news in reports(lambda report: self._write(prompt, lambda _, fresh: report(fresh))):
            if isinstance(news, Finished):
                chunk = AIMessageChunk(
                    content=_cut(text, ends)[len(told) :], usage_metadata=_usage(prompt, news.result)
                )
                chunk.response_metadata, chunk.chunk_position = self._metadata(), "last"
            else:
                text += "".join(new for (new,) in news)
                certain = _cut(text, ends, still_written=True)
                chunk, told = AIMessageChunk(content=certain[len(told) :]), certain
            generation = ChatGenerationChunk(message=chunk)
            if run_manager:
                run_manager.on_llm_new_token(str(chunk.content), chunk=generation)
            yield generation

    def _prompt(self, messages: Sequence[BaseMessage]) -> list[int]:
        tokens = encode_prompt(self.engine.base.tokenizer, [_message(message) for message in messages])
        room = self.engine.base.context - self.max_tokens
        if len(tokens) > room:
            raise BadQuestion(
                f"The messages take {len(tokens)} tokens; the base model reads {self.engine.base.context}, of which "
                f"{self.max_tokens} are kept for the answer. Send fewer, or set max_tokens lower."
            )
        return tokens

    def _write(self, prompt: list[int], on_text: Callable[[int, str], None] | None) -> Output:
        return self.engine.generate([prompt], [self.adapter], self.max_tokens, on_text, many_lines=True)[0]

    def _metadata(self) -> dict[str, Any]:
        return {"model_name": self.engine.base.name, "model_provider": self._llm_type}


def _message(message: BaseMessage) -> Message:
    strange = [block["type"] for block in message.content_blocks if block["type"] != "text"]
    if message.type not in _ROLES or strange:
        met = f"a {strange[0]} block" if strange else f"a {message.type} message"
        raise BadQuestion(f"This model takes system, human and AI messages of text; it met {met}. Leave it out.")
    return {"role": _ROLES[message.type], "content": str(message.text)}


def _cut(text: str, ends: Sequence[str], still_written: bool = False) -> str:
    """The text before the first of `ends`; of text that is still written also without what may become one."""
    found = [at for end in ends if (at := text.find(end)) >= 0]
    if found:
        return text[: min(found)]
    unsure = [n for end in ends for n in range(1, len(end)) if still_written and text.endswith(end[:n])]
    return text[: len(text) - max(unsure, default=0)]


def _usage(prompt: list[int], output: Output) -> UsageMetadata:
    return UsageMetadata(
        input_tokens=len(prompt), output_tokens=output.tokens, total_tokens=len(prompt) + output.tokens
    )
