"""What a model keeps of the tokens that it has read: several such caches made one, with room in it for the answer.

transformers' own grows by concatenation, which copies everything that was read, for every token of every layer; here
each new token is written into place. Knows nothing about models or decoding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn.functional import pad
from transformers.cache_utils import DynamicLayer

from domain_tuner.errors import NoModel

_STATES = ("conv_states", "recurrent_states")  # of layers without keys and values, by number


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

    def reorder_cache(self, beam_idx: torch.Tensor) -> None:
        tokens = self.get_seq_length()
        self._held = [held[beam_idx] for held in self._held]
        self._show(tokens)


def check_kept(cache: Any) -> None:
    """NoModel where what was read is not in the cache."""
    if any(type(layer) is DynamicLayer and layer.keys is None for layer in cache.layers):
        raise NoModel(
            "The base model keeps what it has read in places of its own beside keys and values (as MiniMax does), and "
            "such answers are not written here. Choose another base model."
        )


def make_room(cache: Any, room: int) -> None:
    """Let plain layers take `room` more tokens in place; layers of another kind (sliding windows) stay as they are."""
    cache.layers = [RoomyLayer(layer, room) if type(layer) is DynamicLayer else layer for layer in cache.layers]


def keep_as(dtype: torch.dtype, cache: Any) -> None:
    """What was read in another precision, to be written from in this one."""
    for layer in cache.layers:
        if getattr(layer, "keys", None) is not None:
            layer.keys, layer.values = layer.keys.to(dtype), layer.values.to(dtype)
        for name in _STATES:
            held = getattr(layer, name, {})
            held.update({number: state.to(dtype) for number, state in held.items() if state is not None})


def joined(caches: Sequence[Any]) -> Any:
    """One cache with the rows of all, the first of which has read the most tokens: keys and values of the others are
    padded on the left, layer by layer, as a layer with a sliding window keeps fewer; the states of layers without keys
    and values (linear attention, convolutions, state spaces) are of one size. The caches are used up by it.
    """
    whole = caches[0]
    for at, layer in enumerate(whole.layers if len(caches) > 1 else ()):
        layers = [cache.layers[at] for cache in caches]
        if getattr(layer, "keys", None) is not None:  # else it shares those of another layer, or has none
            layer.keys, layer.values = (_padded([getattr(one, name) for one in layers]) for name in ("keys", "values"))
        for name in _STATES:
            for number, state in getattr(layer, name, {}).items():
                if state is not None:
                    getattr(layer, name)[number] = torch.cat([getattr(one, name)[number] for one in layers])
    return whole


def _padded(tensors: Sequence[torch.Tensor]) -> torch.Tensor:
    longest = max(held.shape[-2] for held in tensors)
    return torch.cat([pad(held, (0, 0, longest - held.shape[-2], 0)) for held in tensors])
