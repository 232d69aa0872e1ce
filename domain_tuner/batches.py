"""Training rows -> token ids -> the batches of a whole run, fixed by the seed before the first step.

Rows of like length share a batch, so little is padding; loss falls on the answers only, so a batch carries where
they stand, and nothing else of the vocabulary's size is ever computed. Knows nothing about trainers or adapters.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from domain_tuner.base_model import prefix_mask
from domain_tuner.prompts import encode_row
from domain_tuner.training_config import TrainingConfig

if TYPE_CHECKING:
    import torch

    from domain_tuner.examples import TrainingRow

_BUCKET = 16  # rows are sorted by length within buckets of so many batches: little padding, much mixing


@dataclass(frozen=True)
class EncodedRow:
    """`ids` are prompt and answer, of which the first `prompt` are the prompt; an epoch shows it `repeats` times."""

    ids: list[int]
    prompt: int
    repeats: int = 1


@dataclass(frozen=True)
class Batch:
    """`rows` index the encoded rows; `tokens` are theirs without padding, `width` those of the longest; `epoch` is how
    far through the data the run is after it (1.0: every row seen once)."""

    rows: tuple[int, ...]
    tokens: int
    width: int
    epoch: float


def encode_rows(tokenizer: Any, rows: Sequence[TrainingRow], context: int) -> tuple[list[EncodedRow], int]:
    """The rows that fit into `context` tokens, and how many did not."""
    encoded = [EncodedRow(*encode_row(tokenizer, row.messages, row.answer), row.repeats) for row in rows]
    fitting = [row for row in encoded if len(row.ids) <= context and row.prompt < len(row.ids)]
    return fitting, len(encoded) - len(fitting)


def plan(lengths: Sequence[int], repeats: Sequence[int], config: TrainingConfig) -> list[Batch]:
    """Every batch of the run in order; row n is seen `repeats[n]` times an epoch, never twice in one batch.

    A batch has at most config.rows_per_batch rows and config.tokens_per_batch padded tokens (one row may have more).
    """
    batches: list[Batch] = []
    for epoch in range(config.epochs):
        chance = random.Random(f"{config.seed}/{epoch}")
        groups: list[tuple[int, ...]] = []
        for turn in range(max(repeats)):
            rows = [row for row, times in enumerate(repeats) if times > turn]
            groups.extend(_grouped(rows, lengths, config, chance))
        chance.shuffle(groups)
        seen, whole = 0, sum(repeats)
        for group in groups:
            seen += len(group)
            long = [lengths[row] for row in group]
            batches.append(Batch(group, tokens=sum(long), width=max(long), epoch=round(epoch + seen / whole, 4)))
    return batches


def _grouped(
    rows: list[int], lengths: Sequence[int], config: TrainingConfig, chance: random.Random
) -> list[tuple[int, ...]]:
    """The rows in random buckets, each cut into batches of like length."""
    chance.shuffle(rows)
    size = config.rows_per_batch * _BUCKET
    groups: list[tuple[int, ...]] = []
    for start in range(0, len(rows), size):
        bucket = sorted(rows[start : start + size], key=lambda row: lengths[row])
        groups.extend(cut(bucket, lengths, config.rows_per_batch, config.tokens_per_batch))
    return groups


def cut(rows: list[int], lengths: Sequence[int], most_rows: int, most_tokens: int) -> list[tuple[int, ...]]:
    """Rows sorted by length, shortest first, cut into batches of at most so many rows and padded tokens (one row may
    have more)."""
    groups: list[tuple[int, ...]] = []
    group: list[int] = []
    for row in rows:
        if group and (len(group) == most_rows or (len(group) + 1) * lengths[row] > most_tokens):
            groups.append(tuple(group))
            group = []
        group.append(row)
    return [*groups, tuple(group)] if group else groups


def share_of(batch: Batch, rows: Sequence[EncodedRow], rank: int, world: int) -> tuple[list[EncodedRow], float]:
    """The rows of a batch that one of `world` processes computes, and what its mean loss counts for, so that the mean
    over the processes is the loss of the whole batch. A process with no row left takes the first, which counts 0."""
    whole = [rows[row] for row in batch.rows]
    own = whole[rank::world]
    answers = sum(len(row.ids) - row.prompt for row in whole)
    return own or whole[:1], world * sum(len(row.ids) - row.prompt for row in own) / answers


def collate(rows: Sequence[EncodedRow], pad: int, prompt_is_bidirectional: bool) -> dict[str, torch.Tensor]:
    """Right-padded `input_ids` [b, w]; `at` [n], the places (flattened) whose next token is an answer's; `targets` [n].

    A causal model needs no mask: padding stands after everything that is looked at. A prefix model gets
    `attention_mask` [b, 1, w, w].
    """
    import torch

    width = max(len(row.ids) for row in rows)
    padded = [row.ids + [pad] * (width - len(row.ids)) for row in rows]
    spans = [(index * width, row) for index, row in enumerate(rows)]
    at = [start + place for start, row in spans for place in range(row.prompt - 1, len(row.ids) - 1)]
    batch = {
        "input_ids": torch.tensor(padded),
        "at": torch.tensor(at),
        "targets": torch.tensor([token for row in rows for token in row.ids[row.prompt :]]),
    }
    if prompt_is_bidirectional:
        prompts = torch.tensor([row.prompt for row in rows])
        totals = torch.tensor([len(row.ids) for row in rows])
        batch["attention_mask"] = prefix_mask(prompts, totals, width)
    return batch
