"""One base model in memory with any number of adapters hung on it; a batch may use a different one on each row.

Knows nothing about passages, arms or runs' training: it takes prompts as token ids and gives back text.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain_tuner.base_model import BaseModel
from domain_tuner.decoding import BASE, greedy

ADAPTERS_KEPT = 4  # adapters held in memory; the one not used for longest makes room


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
        self._peft: Any = None
        self._loaded: list[str] = []  # least recently used first
        self._lock = threading.Lock()

    def load_adapter(self, name: str, folder: Path) -> str:
        """Hang the PEFT adapter in `folder` on the model under `name`; no work if it is there already."""
        from domain_tuner.methods import register

        register()
        with self._lock:
            if name in self._loaded:
                self._loaded.remove(name)
            else:
                self._hang(name, str(folder))
            self._loaded.append(name)
            while len(self._loaded) > ADAPTERS_KEPT:
                self._activate(self._loaded[-1])
                self._peft.delete_adapter(self._loaded.pop(0))
        return name

    def _hang(self, name: str, folder: str) -> None:
        from peft import PeftConfig, PeftModel

        kind = PeftConfig.from_pretrained(folder).peft_type
        if self._peft is not None and kind != next(iter(self._peft.peft_config.values())).peft_type:
            self._peft.unload()  # peft takes one kind of tuner on a model at a time
            self._peft, self._loaded = None, []
        if self._peft is None:
            self._peft = PeftModel.from_pretrained(self.base.model, folder, adapter_name=name).eval()
        else:
            self._peft.load_adapter(folder, adapter_name=name)

    def generate(
        self,
        prompts: Sequence[Sequence[int]],
        adapters: Sequence[str | None],
        limit: int = 48,
        on_text: Callable[[int, str], None] | None = None,
    ) -> list[Output]:
        """Greedy continuations of all prompts in one batch; row n uses `adapters[n]` (None: the base model as it is).

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
        with self._lock:
            tokens = greedy(self.base, self._forward, prompts, names, limit, on_token)
        return [
            Output(self.base.tokenizer.decode(ids, skip_special_tokens=True).strip(), len(ids), seconds)
            for ids, seconds in zip(tokens, finished, strict=True)
        ]

    def merged(self) -> Any:
        """The base model with the one loaded adapter merged into its weights; the engine is of no use after that."""
        return self._peft.merge_and_unload()

    def _forward(self, names: Sequence[str], **inputs: Any) -> Any:
        used = set(names)
        if self._peft is None:
            return self.base.model(**inputs)
        if used == {BASE}:
            with self._peft.disable_adapter():
                return self.base.model(**inputs)
        if len(used) == 1:
            self._activate(used.pop())
            return self._peft(**inputs)
        return self._peft(**inputs, adapter_names=list(names))

    def _activate(self, name: str) -> None:
        if self._peft.active_adapter != name:
            self._peft.set_adapter(name)


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
