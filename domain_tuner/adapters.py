"""Adapters hung on one base model, any number of them, called by name for each row of a batch.

peft takes one kind of tuner on a model at a time, so an adapter of another kind makes the others go. Not every kind can
be on some rows of a batch and off on others, and not on every model, as some flatten their batch within a layer (OPT,
shared experts): `batches` says which rows can be read together. Knows nothing about text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from domain_tuner.decoding import BASE
from domain_tuner.errors import NoSuchRun

ADAPTERS_KEPT = 4  # adapters held in memory; the one not used for longest makes room


class Adapters:
    """Not for use by several threads at once."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self._peft: Any = None
        self._loaded: list[str] = []  # least recently used first
        self._mixing: dict[str, bool] = {}  # whether rows with the adapter can share a batch with others

    def load(self, name: str, folder: Path) -> None:
        """Hang the PEFT adapter in `folder` on the model under `name`; no work if it is there already. Raises NoSuchRun
        where there is none in the folder, TuningError where it cannot be read."""
        if name in self._loaded:
            self._loaded.remove(name)
        else:
            self._hang(name, folder)
        self._loaded.append(name)
        while len(self._loaded) > ADAPTERS_KEPT:
            self._activate(self._loaded[-1])
            self._peft.delete_adapter(self._loaded.pop(0))

    def _hang(self, name: str, folder: Path) -> None:
        from domain_tuner.methods.adapted import hang, hang_beside, register, take_off

        for file in ("adapter_config.json", "adapter_model.safetensors"):
            if not (folder / file).is_file():
                raise NoSuchRun(
                    f"There is no adapter {name!r} any more: {folder} has no {file}. Its run was removed, it seems. "
                    "Choose another run, or put the folder back."
                )
        register()
        if self._peft is not None:
            try:
                hang_beside(self._peft, folder, name)
                return
            except ValueError:  # of another kind, or on modules within those that others are on
                take_off(self._peft)
                self._peft, self._loaded = None, []
        self._peft = hang(self.model, folder, name)

    def batches(self, names: Sequence[str]) -> list[list[int]]:
        """The rows in groups that can be read in one batch: those of an adapter that cannot mix stand alone."""
        groups: dict[str, list[int]] = {}
        for row, name in enumerate(names):
            alone = len({*names}) > 1 and name != BASE and not self._mixes(name)
            groups.setdefault(name if alone else "", []).append(row)
        return list(groups.values())

    def _mixes(self, name: str) -> bool:
        """Whether rows of one batch can have this adapter, on this model, while others have none."""
        from domain_tuner.methods.adapted import keeps_rows, mixes_rows

        if name not in self._mixing:
            self._activate(name)
            self._mixing[name] = mixes_rows(self._peft.peft_config[name]) and keeps_rows(self._peft)
        return self._mixing[name]

    def add_tokens(self, names: Sequence[str]) -> bool:
        """Whether one of these puts tokens of its own before the rows."""
        from domain_tuner.methods.adapted import tokens_in_front

        return any(tokens_in_front(self._peft.peft_config[name]) for name in {*names} - {BASE})

    @contextmanager
    def at_work(self, names: Sequence[str]) -> Iterator[Callable[..., Any]]:
        """`forward(names, **inputs)`, the model with these adapters on its rows; later calls may have fewer rows."""
        if self._peft is None or set(names) != {BASE}:
            yield self._forward
            return
        with self._peft.disable_adapter():  # once, not at every token
            yield lambda _names, **inputs: self.model(**inputs)

    def _forward(self, names: Sequence[str], **inputs: Any) -> Any:
        used = set(names)
        if self._peft is None:
            return self.model(**inputs)
        if used == {BASE}:
            with self._peft.disable_adapter():
                return self.model(**inputs)
        if len(used) == 1:
            self._activate(used.pop())
            return self._peft(**inputs)
        return self._peft(**inputs, adapter_names=list(names))

    def _activate(self, name: str) -> None:
        if self._peft.active_adapter != name:
            self._peft.set_adapter(name)

    def merged(self) -> Any:
        """The base model with the one loaded adapter merged into its weights; nothing can be hung on after that."""
        from domain_tuner.methods.adapted import merge

        return merge(self._peft)
