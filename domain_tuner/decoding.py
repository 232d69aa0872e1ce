"""Greedy decoding of many prompts in one batch, each row with an adapter or without, told token by token.

Prompts of alike length are read together and their caches joined, so that a short prompt in the batch does not cost
a long one's reading; all rows are then written together. Knows nothing about questions, runs or text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from domain_tuner.base_model import BaseModel
from domain_tuner.errors import NoModel
from domain_tuner.prompts import text_end, turn_end

if TYPE_CHECKING:
    import torch

BASE = "__base__"  # peft's own name for "no adapter on this row"


def greedy(
    base: BaseModel,
    forward: Callable[..., Any],
    prompts: Sequence[Sequence[int]],
    adapters: Sequence[str],
    limit: int,
    on_token: Callable[[int, int], bool],
    in_front: bool = False,
) -> list[list[int]]:
    """The most likely continuation of each prompt, without its end token; at most `limit` tokens each.

    `forward(names, **inputs)` is the model with those adapters on those rows (`BASE` = none). `on_token(row, token)`
    is called for each new token at once; True from it ends the row, too. `in_front`: an adapter puts tokens before
    every row.
    """
    import torch

    from domain_tuner.kv_cache import make_room

    with torch.inference_mode():
        cache, mask, logits, order = _read(base, forward, prompts, adapters, in_front)
        make_room(cache, limit)
        names = [adapters[row] for row in order]
        ends = end_tokens(base)
        written: list[list[int]] = [[] for _ in prompts]
        rows = list(range(len(order)))  # rows of the batch that are still written
        position = mask.sum(1, keepdim=True)
        for step in range(limit):
            token = logits.argmax(-1)
            going = []
            for at, (row, new) in enumerate(zip(rows, token.tolist(), strict=True)):
                if new in ends:
                    continue
                written[order[row]].append(new)
                if not on_token(order[row], new):
                    going.append(at)
            if not going or step == limit - 1:
                return written
            if len(going) < len(rows):
                keep = torch.tensor(going, device=token.device)
                cache.reorder_cache(keep)
                rows, token = [rows[at] for at in going], token[keep]
                mask, position = mask[keep], position[keep]
            mask = torch.cat([mask, mask.new_ones(len(rows), 1)], 1)
            inputs = {"input_ids": token[:, None], "attention_mask": mask, "position_ids": position}
            output = forward([names[row] for row in rows], **inputs, past_key_values=cache, use_cache=True)
            logits = output.logits[:, -1]
            position = position + 1
    return written


def end_tokens(base: BaseModel) -> set[int]:
    """Every token that ends an answer: the tokenizer's, those in the model's generation settings, and the one that ends
    a turn in its template (which base models with a template need not name elsewhere)."""
    ends = base.model.generation_config.eos_token_id
    known = ends if isinstance(ends, list) else [ends]
    known = [*known, text_end(base.tokenizer), turn_end(base.tokenizer)]
    return {token for token in known if token is not None}


def _read(
    base: BaseModel,
    forward: Callable[..., Any],
    prompts: Sequence[Sequence[int]],
    adapters: Sequence[str],
    in_front: bool,
) -> tuple[Any, torch.Tensor, torch.Tensor, list[int]]:
    """Cache, mask [b, n] and last logits [b, v] of all prompts, with the prompt that each row of the batch holds."""
    import torch
    from torch.nn.functional import pad

    from domain_tuner.kv_cache import check_kept, joined, keep_as

    config = base.model.config.get_text_config()
    # Padding between the tokens in front and the prompt would push them out of a sliding window, or let a state fade.
    windowed = getattr(config, "sliding_window", None) is not None
    forgetting = windowed or bool({*(getattr(config, "layer_types", None) or ())} - {"full_attention"})
    parts = []
    for rows in _alike(prompts, 1.0 if in_front and forgetting else 0.5):
        ids, mask = _left_padded(base, [prompts[row] for row in rows])
        positions = (mask.cumsum(1) - 1).clamp(min=0)
        seen = mask
        if base.prompt_is_bidirectional:
            seen = mask.bool()[:, None, None, :].expand(-1, 1, ids.shape[1], -1)
        inputs = {"input_ids": ids, "attention_mask": seen, "position_ids": positions}
        with torch.autocast(base.device.type, torch.bfloat16, enabled=base.reads_in_bfloat16):
            output = forward([adapters[row] for row in rows], **inputs, use_cache=True, logits_to_keep=1)
        cache = output.get("past_key_values")
        if cache is None:
            raise NoModel(
                f"{type(base.model).__name__} has no attention layers, whose keys and values answers are written from. "
                "Expected a model that has some; choose another base model."
            )
        check_kept(cache)
        added = cache.get_seq_length() - ids.shape[1]  # what an adapter has put before every row
        mask = torch.cat([mask.new_ones(len(rows), added), mask], 1)
        if base.reads_in_bfloat16:
            keep_as(base.dtype, cache)
        parts.append((cache, mask, output.logits[:, -1], rows))
    caches, masks, logits, groups = zip(*parts, strict=True)
    mask = torch.cat([pad(part, (masks[0].shape[1] - part.shape[1], 0)) for part in masks])
    return joined(caches), mask, torch.cat(logits), [row for rows in groups for row in rows]


def _alike(prompts: Sequence[Sequence[int]], share: float) -> Iterator[list[int]]:
    """Rows in groups in which the shortest prompt has at least this share of the longest one's tokens."""
    order = sorted(range(len(prompts)), key=lambda row: -len(prompts[row]))
    while order:
        longest = len(prompts[order[0]])
        group = [row for row in order if len(prompts[row]) >= share * longest]
        yield group
        order = order[len(group) :]


def _left_padded(base: BaseModel, prompts: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    import torch

    width = max(map(len, prompts))
    pad = base.tokenizer.pad_token_id or 0
    ids = [[pad] * (width - len(prompt)) + list(prompt) for prompt in prompts]
    mask = [[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts]
    return torch.tensor(ids, device=base.device), torch.tensor(mask, device=base.device)
