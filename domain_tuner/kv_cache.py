"""A key-value cache with room for the answer: each new token is written into place.

transformers' own grows by concatenation, which copies everything that was read, for every token of every layer. Knows
nothing about models or decoding.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.functional import pad
from transformers.cache_utils import DynamicLayer


class RoomyLayer(DynamicLayer):
    """Keys and values [b, heads, n, d] as views of larger tensors, which have room for `room` tokens more."""

    def __init__(self, layer: DynamicLayer, room: int) -> None:
        super().__init__()
        keys, values = layer.keys, layer.values
        assert keys is not None and values is not None  # a layer that has read something
        self.dtype, self.device, self.is_initialized = keys.dtype, keys.device, True
        self._held = [pad(keys, (0, 0, 0, room)), pad(values, (0, 0, 0, room))]
        self._show(keys.shape[-2])

    def _show(self, tokens: int) -> None:
        self.keys, self.values = (held[:, :, :tokens] for held in self._held)

    def update(self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        start = self.get_seq_length()
        end = start + key_states.shape[-2]
        for held, new in zip(self._held, (key_states, value_states), strict=True):
            held[:, :, start:end] = new
        self._show(end)
        return self.keys, self.values

    def batch_select_indices(self, indices: torch.Tensor) -> None:
        tokens = self.get_seq_length()
        self._held = [held[indices] for held in self._held]
        self._show(tokens)


def make_room(cache: Any, room: int) -> None:
    """Let plain layers take `room` more tokens in place; layers of another kind (sliding windows) stay as they are."""
    cache.layers = [RoomyLayer(layer, room) if type(layer) is DynamicLayer else layer for layer in cache.layers]
