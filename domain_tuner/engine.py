"""One base model in memory with any number of adapters hung on it; each row of a batch may use a different one.

Knows nothing about passages, arms or runs' training: it takes prompts as token ids and gives back text.
"""

from __future__ import annotations

import copy
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain_tuner.adapters import Adapters
from domain_tuner.base_model import BaseModel
from domain_tuner.decoding import BASE, greedy
from domain_tuner.prompts import without_thinking


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
        ends: Sequence[str] | None = None,
    ) -> list[Output]:
        """Greedy continuations of all prompts; row n uses `adapters[n]` (None: the base model as it is). Those
        of one call are of one kind, and no more than are held in memory.

        They are one batch, but for adapters that cannot share one: their rows are written after the others.
        `on_text(row, new_text)` is called as words appear. A row ends before the first of `ends`; None: with its line
        where the model has no chat template, and so has never learned to end its turn. What a model thinks before it
        answers is no part of the text.
        """
        if not prompts:
            return []
        if ends is None:
            ends = () if self.base.tokenizer.chat_template else ("\n",)
        streams = [_Stream(self.base.tokenizer, ends) for _ in prompts]
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
    """Token ids -> text as it becomes certain: a character may need several tokens, and so may one of `ends`."""

    def __init__(self, tokenizer: Any, ends: Sequence[str]) -> None:
        self.tokenizer, self.ends = tokenizer, ends
        self.ids: list[int] = []
        self.told, self.is_over = "", False

    def push(self, token: int) -> str:
        self.ids.append(token)
        text, self.is_over = self._cut(self.ids)
        begun = [n for end in self.ends for n in range(1, len(end)) if text.endswith(end[:n])]
        if not self.is_over and begun:
            text = text[: -max(begun)]
        # The last character is not whole, or the text may be about to open a part for thinking.
        unsure = text.endswith("�") or re.fullmatch(r"<[\w:]*", text)
        if unsure or not text.startswith(self.told):
            return ""
        new, self.told = text[len(self.told) :], text
        return new

    def whole(self, ids: Sequence[int]) -> str:
        """The text of all of them, but for a last character that is not whole (it has at most four bytes)."""
        return re.sub(r"�{1,3}\Z", "", self._cut(ids)[0]).rstrip()

    def _cut(self, ids: Sequence[int]) -> tuple[str, bool]:
        """The text until one of the ends, and whether there is one."""
        text = without_thinking(self.tokenizer.decode(ids, skip_special_tokens=True)).lstrip()
        found = [at for end in self.ends if (at := text.find(end)) >= 0]
        return text[: min(found, default=len(text))], bool(found)
