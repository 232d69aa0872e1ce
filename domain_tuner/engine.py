"""One base model in memory with any number of adapters hung on it; each row of a batch may use a different one.

Knows nothing about passages, arms or runs' training: it takes prompts as token ids and gives back text.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain_tuner.adapters import Adapters
from domain_tuner.base_model import BaseModel
from domain_tuner.decoding import BASE, greedy


@dataclass(frozen=True)
class Output:
    """What was written for one prompt; `seconds` counts from when its rows were begun to its last token."""

    text: str
    tokens: int
    seconds: float


class Engine:
    """Writes answers. Threads may share it; batches run one after the other."""

    def __init__(self, base: BaseModel) -> None:
        self.base = base
        self._adapters = Adapters(base.model)
        self._folders: dict[str, Path] = {}  # of every adapter by name: one that made room for others is loaded again
        self._lock = threading.Lock()

    def leaving(self, tokens: int) -> Engine:
        """This same engine, to someone who has to leave so many tokens of the context free."""
        if not tokens:
            return self
        view = copy.copy(self)
        view.base = self.base.leaving(tokens)
        return view

    def load_adapter(self, name: str, folder: Path) -> str:
        """Hang the PEFT adapter in `folder` on the model under `name`, which `generate` knows from then on; no work if
        it is there already."""
        with self._lock:
            self._adapters.load(name, folder)
            self._folders[name] = folder
        return name

    def has_room(self, prompt: Sequence[int], limit: int) -> bool:
        """Whether the model can read the prompt and write so many tokens more."""
        return len(prompt) + limit <= self.base.context

    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        adapters: Sequence[str | None],
        limit: int = 48,
        on_text: Callable[[int, str], None] | None = None,
        many_lines: bool = False,
    ) -> list[Output]:
        """Greedy continuations of all prompts; row n uses `adapters[n]` (None: the base model as it is). Those
        of one call are of one kind, and no more than are held in memory.

        They are one batch, but for adapters that cannot share one: their rows are written after the others.
        `on_text(row, new_text)` is called as words appear. A model without a chat template has never learned to end
        its turn, and is ended with its line, unless `many_lines`.
        """
        if not prompts:
            return []
        one_line = not (many_lines or self.base.tokenizer.chat_template)
        streams = [_Stream(self.base.tokenizer, one_line) for _ in prompts]
        names = [name or BASE for name in adapters]
        told = on_text or (lambda row, new: None)
        outputs: dict[int, Output] = {}
        with self._lock:
            for name in dict.fromkeys(filter(None, adapters)):
                self._adapters.load(name, self._folders[name])
            for rows in self._adapters.batches(names):
                outputs.update(self._write(rows, prompts, names, limit, streams, told))
        return [outputs[row] for row in range(len(prompts))]

    def _write(
        self,
        rows: Sequence[int],
        prompts: Sequence[Sequence[int]],
        names: Sequence[str],
        limit: int,
        streams: Sequence[_Stream],
        told: Callable[[int, str], None],
    ) -> dict[int, Output]:
        """These rows, written together."""
        chosen, parts = [names[row] for row in rows], [prompts[row] for row in rows]
        started = time.perf_counter()
        moments: list[tuple[int, float]] = []

        def on_token(at: int, token: int) -> bool:
            row = rows[at]
            moments.append((row, time.perf_counter() - started))
            if new := streams[row].push(token):
                told(row, new)
            return streams[row].is_over

        with self._adapters.at_work(chosen) as forward:
            in_front = self._adapters.add_tokens(chosen)
            written = greedy(self.base, forward, parts, chosen, limit, on_token, in_front)
        _, first = moments[0] if moments else (None, time.perf_counter() - started)  # where the first token is the end
        last = dict(moments)
        return {
            row: Output(streams[row].whole(ids), len(ids), last.get(row, first))
            for row, ids in zip(rows, written, strict=True)
        }

    def merged(self) -> Any:
        """The base model with the one loaded adapter merged into its weights; the engine is of no use after that."""
        return self._adapters.merged()


class _Stream:
    """Token ids -> text as it becomes certain (a character may need several tokens); `one_line`: no more than that."""

    def __init__(self, tokenizer: Any, one_line: bool) -> None:
        self.tokenizer, self.one_line = tokenizer, one_line
        self.ids: list[int] = []
        self.told, self.is_over = "", False

    def push(self, token: int) -> str:
        self.ids.append(token)
        text = self._decoded(self.ids).lstrip()
        if self.one_line and "\n" in text:
            text, self.is_over = text.split("\n")[0], True
        if text.endswith("�") or not text.startswith(self.told):
            return ""
        new, self.told = text[len(self.told) :], text
        return new

    def whole(self, ids: Sequence[int]) -> str:
        """The text of all of them."""
        text = self._decoded(ids).strip()
        return text.split("\n")[0].rstrip() if self.one_line else text

    def _decoded(self, ids: Sequence[int]) -> str:
        return self.tokenizer.decode(ids, skip_special_tokens=True)
