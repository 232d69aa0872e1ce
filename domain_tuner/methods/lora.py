"""LoRA: W = W0 + (alpha / rank) B A on chosen linear layers, B = 0 at the start. Knows nothing about training.

Merging it into W0 is exact, so a merged model is as fast as its base. Two relatives are options: DoRA, which also
trains the length of every column of the weight, and LoRA+, in which B learns faster than A. QLoRA is LoRA on a base
that is held in 4 bits meanwhile (see four_bit.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

from domain_tuner.errors import BadOption
from domain_tuner.methods.method import Method
from domain_tuner.methods.places import READ_PAST, find_places, has_stacked_experts, linear_shape, short_targets

# A target by role; `all` is every linear layer of the decoder's layers. The head is never among them.
_TARGETS = {
    "q": ("q",),
    "qv": ("q", "v"),
    "qkvo": ("q", "k", "v", "o"),
    "mlp": ("mlp",),
    "all": ("q", "k", "v", "o", "other", "mlp"),
}
# Families with Mamba layers, whose kernels read the weight of out_proj themselves; on most peft refuses LoRA there.
_STATE_SPACES = ("bamba", "falcon_h1", "falcon_mamba", "granitemoehybrid", "mamba", "mamba2", "nemotron_h")
# What peft takes for all of the experts of a model that stacks them, also where it is a shared expert's.
_EXPERTS = {"gate", "gate_proj", "up_proj", "down_proj", "w1", "w2", "w3"}


@dataclass(frozen=True)
class LoraOptions:
    """Defaults: every linear layer at a small rank beats few layers at a high one (QLoRA, table of section 4)."""

    rank: int = field(
        default=16, metadata={"help": "width of the update; more learns more and costs more", "low": 1, "high": 512}
    )
    alpha: int = field(
        default=0,
        metadata={"help": "the update is scaled by alpha / rank; 0 means alpha = rank", "low": 0, "high": 4096},
    )
    targets: str = field(
        default="all",
        metadata={
            "help": "which linear layers; where query, key and value are one matrix (GPT-2), q and qv mean all of it",
            "choices": tuple(_TARGETS),
        },
    )
    dropout: float = field(
        default=0.0, metadata={"help": "share of the update's inputs left out in training", "low": 0.0, "high": 0.9}
    )
    rslora: bool = field(
        default=False,
        metadata={"help": "scale by alpha / sqrt(rank) instead, steadier at high ranks (rsLoRA)", "label": "rsLoRA"},
    )
    dora: bool = field(
        default=False,
        metadata={
            "help": "train the length of each weight's columns as well (DoRA): about a quarter slower",
            "label": "DoRA",
        },
    )
    four_bit: bool = field(
        default=False,
        metadata={
            "help": "hold the base in 4 bits while training (QLoRA); CUDA GPUs with bitsandbytes only",
            "label": "QLoRA",
        },
    )
    plus: float = field(
        default=1.0,
        metadata={
            "help": "B learns at so many times A's rate; 16 in the LoRA+ paper, 1 is LoRA",
            "low": 1,
            "high": 64,
            "label": "LoRA+",
        },
    )


def target_names(model: Any, options: LoraOptions) -> list[str]:
    """Full names of the linear layers that the options mean on this model; experts and routers are left alone."""
    refused = {"out_proj"} if getattr(model, "config", None) and model.config.model_type in _STATE_SPACES else set()
    refused |= READ_PAST
    refused |= _EXPERTS if has_stacked_experts(model) else set()
    names = find_places(model).linear_names(_TARGETS[options.targets])
    names = [name for name in names if name.rpartition(".")[2] not in refused]
    if not names:
        raise BadOption(
            f"targets={options.targets} finds no layer in {type(model).__name__}. Try targets=all, which takes every "
            "linear layer of the decoder."
        )
    return names


def needs(model: Any, options: LoraOptions) -> None:
    """For four_bit, a GPU and the package."""
    from domain_tuner.methods.four_bit import check_four_bit

    if options.four_bit:
        check_four_bit(model)


def attach(model: Any, options: LoraOptions) -> Any:
    """A PeftModel with a fresh LoRA on the model."""
    from peft import LoraConfig, get_peft_model
    from transformers.pytorch_utils import Conv1D

    from domain_tuner.methods.four_bit import in_four_bits

    needs(model, options)
    names = target_names(model, options)
    config = LoraConfig(
        r=options.rank,
        lora_alpha=options.alpha or options.rank,
        lora_dropout=options.dropout,
        target_modules=short_targets(model, names),
        use_rslora=options.rslora,
        use_dora=options.dora,
        fan_in_fan_out=isinstance(model.get_submodule(names[0]), Conv1D),
        task_type="CAUSAL_LM",
    )
    with in_four_bits(model) if options.four_bit else nullcontext():
        return get_peft_model(model, config)


def count(model: Any, options: LoraOptions) -> int:
    """rank x (d_in + d_out), summed over the targets; DoRA's lengths add d_out to each."""
    shapes = [linear_shape(model.get_submodule(name)) for name in target_names(model, options)]
    return sum(options.rank * (d_in + d_out) + (d_out if options.dora else 0) for d_in, d_out in shapes)


def rates(options: LoraOptions) -> Mapping[str, float]:
    """LoRA+ (arXiv 2402.12354): B at `plus` times the rate of A."""
    return {"lora_B": options.plus} if options.plus != 1 else {}


METHOD = Method(
    name="lora",
    title="LoRA",
    summary="Adds a low-rank matrix beside each chosen weight; merges without a trace, so it costs no speed later.",
    paper="https://arxiv.org/abs/2106.09685",
    options=LoraOptions,
    learning_rate=1e-3,
    attach=attach,
    count=count,
    rates=rates,
    needs=needs,
)
