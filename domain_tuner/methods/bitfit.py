"""BitFit: train the biases, and nothing else (Ben Zaken et al. 2022). Knows nothing about training.

The biases are those of the linear layers and of the norms; the head's, one number a word, are left alone as all
methods here leave the head. Llama and Qwen have none: there it is refused, and `add` gives them some.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from domain_tuner.errors import BadOption
from domain_tuner.methods.method import Method
from domain_tuner.methods.places import (
    READ_PAST,
    adds_bias_last,
    decoder_of,
    find_places,
    linear_shape,
    short_targets,
)


@dataclass(frozen=True)
class BitfitOptions:
    """Default: only biases that the model has."""

    add: bool = field(
        default=False,
        metadata={"help": "give every linear layer of the decoder a bias where it has none (Llama, Qwen)"},
    )


def bias_names(model: Any, options: BitfitOptions) -> dict[str, int]:
    """Full names of the modules whose biases are trained, with the number of numbers of each."""
    from torch import nn

    linears, inside = find_places(model).every_linear(), decoder_of(model)
    head = model.get_output_embeddings()
    sizes = {}
    for name, module in model.named_modules():
        if not name.startswith(inside) or name.rpartition(".")[2] in READ_PAST:
            continue
        bias = getattr(module, "bias", None)
        leaf = not any(True for _ in module.children())
        shifts = leaf and adds_bias_last(module)
        if isinstance(bias, nn.Parameter) and shifts and module is not head and "cross" not in name:
            sizes[name] = bias.numel()
        elif options.add and name in linears:
            sizes[name] = linear_shape(module)[1]
    if not sizes:
        raise BadOption(
            f"{type(model).__name__} has no biases, so bitfit finds nothing to train. Give it some with --option "
            "add=true, in a study bitfit.add=true (every linear layer gets a bias that starts at zero), or choose "
            "another method."
        )
    return sizes


def attach(model: Any, options: BitfitOptions) -> Any:
    """A PeftModel whose biases can be trained."""
    from peft import get_peft_model

    from domain_tuner.methods.bias_shift import BiasShiftConfig

    names = list(bias_names(model, options))
    return get_peft_model(model, BiasShiftConfig(target_modules=short_targets(model, names), task_type="CAUSAL_LM"))


def count(model: Any, options: BitfitOptions) -> int:
    """The biases' sizes, summed: d_out for each linear layer, d for each norm."""
    return sum(bias_names(model, options).values())


METHOD = Method(
    name="bitfit",
    title="BitFit",
    summary="Trains the biases alone: the smallest adapter that touches every layer; merges without a trace.",
    paper="https://arxiv.org/abs/2106.10199",
    options=BitfitOptions,
    learning_rate=3e-3,
    attach=attach,
    count=count,
    own_tuner=True,
)
