"""How a run is trained, as a frozen dataclass from which flags and forms can be made. Knows no method and no model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from domain_tuner.errors import WrongOption


@dataclass(frozen=True)
class TrainingConfig:
    """Same metadata as a method's options (see methods/options.py)."""

    epochs: int = field(
        default=1,
        metadata={"help": "passes over the rows; a recall row is repeated within each", "low": 1, "high": 1000},
    )
    learning_rate: float = field(
        default=0.0,
        metadata={"help": "peak step size of AdamW; 0 suits method and model", "low": 0.0, "high": 1.0},
    )
    schedule: str = field(
        default="cosine",
        metadata={"help": "how the learning rate falls after warm-up", "choices": ("cosine", "linear", "constant")},
    )
    warmup_ratio: float = field(
        default=0.05, metadata={"help": "share of the steps in which the rate rises", "low": 0.0, "high": 0.5}
    )
    questions: int = field(
        default=240,
        metadata={"help": "questions the base model writes over the documents; 0 for none", "low": 0, "high": 100000},
    )
    rows_per_batch: int = field(default=16, metadata={"help": "most rows in one step", "low": 1, "high": 4096})
    tokens_per_batch: int = field(
        default=4096, metadata={"help": "most tokens in one step, padding included", "low": 16, "high": 1048576}
    )
    max_steps: int = field(
        default=0, metadata={"help": "stop after so many steps; 0 means all epochs", "low": 0, "high": 10000000}
    )
    weight_decay: float = field(default=0.0, metadata={"help": "of AdamW", "low": 0.0, "high": 1.0})
    max_gradient: float = field(
        default=1.0, metadata={"help": "gradients longer than this are shortened to it", "low": 0.001, "high": 1000.0}
    )
    gradient_checkpointing: bool = field(
        default=False, metadata={"help": "recompute instead of keep: less memory, about a third slower"}
    )
    precision: str = field(
        default="auto",
        metadata={
            "help": "of a CPU's matrix products: auto takes bfloat16 where the CPU has it, as a GPU always does",
            "choices": ("auto", "bfloat16", "float32"),
        },
    )
    checkpoint_seconds: float = field(
        default=60.0,
        metadata={"help": "seconds between checkpoints; 0 means by steps alone", "low": 0.0, "high": 86400.0},
    )
    checkpoint_steps: int = field(
        default=0,
        metadata={
            "help": "steps between checkpoints; 0 means by time alone (with both 0 there are none)",
            "low": 0,
            "high": 1000000,
        },
    )
    processes: int = field(
        default=1,
        metadata={"help": "processes that share each step, one an accelerator", "low": 1, "high": 64},
    )
    fsdp: bool = field(
        default=False,
        metadata={
            "help": "split weights, gradients and the optimizer's numbers over the processes: less memory in each, "
            "more that they exchange"
        },
    )
    seed: int = field(
        default=0,
        metadata={"help": "decides the start weights, the order and the dropout", "low": 0, "high": 2**31 - 1},
    )

    def check(self, options: Any) -> None:
        """WrongOption where these exclude each other, or one of the method's `options` (None: whatever they are)."""
        if self.fsdp and self.processes == 1:
            raise WrongOption(
                "fsdp=true splits the weights over processes, and this run would be one. Choose processes=2 or more, "
                "one an accelerator, or leave fsdp off."
            )
        if self.fsdp and getattr(options, "four_bit", False):
            raise WrongOption(
                "Weights in 4 bits cannot be split over processes. Choose fsdp=true or four_bit=true, not both."
            )
