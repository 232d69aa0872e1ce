"""One base model in memory with any number of adapters hung on it; each row of a batch may use a different one.

Knows nothing about passages, arms or runs' training: it takes prompts as token ids and gives back text.
"""

from __future__ import annotations

import copy
import dataclasses
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
    """What was written for one prompt; `seconds` counts from the start of the batch to this row's last token."""

    text: str
    tokens: int
    seconds: float


class Engine:
    """Writes answers. Threads may share it; batches run one after the other."""

    def __init__(self, base: BaseModel) -> None:
        self.base = base
        self._adapters = Adapters(base.model)
        self._lock = threading.Lock()

    def leaving(self, tokens: int) -> Engine:
        """This same engine, to someone who has to leave so many tokens of the context free."""
        if not tokens:
            return self
        view = copy.copy(self)
        view.base = dataclasses.replace(self.base, context=self.base.context - tokens)
        return view

    def load_adapter(self, name: str, folder: Path) -> str:
        """Hang the PEFT adapter in `folder` on the model under `name`; no work if it is there already."""
        with self._lock:
            self._adapters.load(name, folder)
        return name

    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        adapters: Sequence[str | None],
        limit: int = 48,
        on_text: Callable[[int, str], None] | None = None,
    ) -> list[Output]:
        """Greedy continuations of all prompts; row n uses `adapters[n]` (None: the base model as it is).

        They are one batch, but for adapters that cannot share one: their rows are written after the others.
        `on_text(row, new_text)` is called as words appear.
        """
        if not prompts:
            return []
        streams = [_Stream(self.base.tokenizer) for _ in prompts]
        started = time.perf_counter()
        finished = [0.0] * len(prompts)

        def on_token(row: int, token: int) -> None:
            finished[row] = time.perf_counter() - started
            new = streams[row].push(token)
            if new and on_text:
                on_text(row, new)

        names = [name or BASE for name in adapters]
        tokens: list[list[int]] = [[] for _ in prompts]
        with self._lock:
            for rows in self._adapters.batches(names):
                for row, ids in zip(rows, self._write(rows, prompts, names, limit, on_token), strict=True):
                    tokens[row] = ids
        return [
            Output(self.base.tokenizer.decode(ids, skip_special_tokens=True).strip(), len(ids), seconds)
            for ids, seconds in zip(tokens, finished, strict=True)
        ]

    def _write(
        self,
        rows: Sequence[int],
        prompts: Sequence[Sequence[int]],
        names: Sequence[str],
        limit: int,
        on_token: Callable[[int, int], None],
    ) -> list[list[int]]:
        """The tokens of these rows, written together."""
        chosen = [names[row] for row in rows]
        with self._adapters.at_work(chosen) as forward:
            parts = [prompts[row] for row in rows]
            return greedy(self.base, forward, parts, chosen, limit, lambda at, token: on_token(rows[at], token))

    def merged(self) -> Any:
        """The base model with the one loaded adapter merged into its weights; the engine is of no use after that."""
        return self._adapters.merged()


class _Stream:
    """Token ids -> text as it becomes certain (a character may need several tokens)."""

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer, self.ids, self.told = tokenizer, [], ""  # type: ignore[var-annotated]

    def push(self, token: int) -> str:
        self.ids.append(token)
        text = self.tokenizer.decode(self.ids, skip_special_tokens=True).lstrip()
        if text.endswith("�") or not text.startswith(self.told):
            return ""
        new, self.told = text[len(self.told) :], text
        return new
