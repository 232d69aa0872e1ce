"""A base model held in 4 bits while an adapter is trained on it (QLoRA, arXiv 2305.14314), and back again.

The decoder's linear layers are put into 4-bit NormalFloat with double quantisation, by bitsandbytes; their full
precision waits in the computer's memory until `restore`. Answers are always made with the full-precision base, so that
the arms share one. Knows nothing about LoRA.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from domain_tuner.errors import BadOption
from domain_tuner.methods.places import find_places

_KEPT = "_full_precision"  # on the model: the layers that 4-bit ones stand in for, by name


def check_four_bit(model: Any) -> None:
    """BadOption where this machine or this model cannot do it."""
    from torch import nn

    if model.device.type != "cuda":
        raise BadOption(
            f"four_bit=true needs a CUDA GPU, and the base model is on this machine's {model.device.type}. Leave it "
            "off here: LoRA then trains on the full-precision base, which needs more memory and is no worse."
        )
    if importlib.util.find_spec("bitsandbytes") is None:
        raise BadOption("four_bit=true needs the package bitsandbytes: pip install bitsandbytes")
    loose = [name for name in find_places(model).every_linear() if not isinstance(model.get_submodule(name), nn.Linear)]
    if loose:
        raise BadOption(
            f"{type(model).__name__} keeps {loose[0]} transposed, which bitsandbytes does not read. Leave four_bit off."
        )


@contextmanager
def in_four_bits(model: Any) -> Iterator[None]:
    """Put a 4-bit layer in the place of every linear layer of the decoder, and let peft look for such layers within.

    They stay until `restore`; where peft fails they do not.
    """
    kept = {name: model.get_submodule(name) for name in sorted(find_places(model).every_linear())}
    for name, linear in kept.items():
        _put(model, name, _quantised(linear))
        linear.to("cpu")
    model.__dict__[_KEPT] = kept  # not as modules, which would be moved and saved with the model
    model.is_loaded_in_4bit = True
    try:
        yield
    except BaseException:
        restore(model)
        raise
    finally:
        del model.is_loaded_in_4bit  # else the trainer would cast the adapter to bf16 as well


def restore(model: Any) -> None:
    """Put the full-precision layers back; nothing to do where none were taken away."""
    kept = model.__dict__.pop(_KEPT, None)
    if kept is None:
        return
    for name, linear in kept.items():
        _put(model, name, linear.to(model.device))


def _quantised(linear: Any) -> Any:
    from bitsandbytes.nn import Linear4bit, Params4bit
    from torch import nn

    weight = linear.weight
    held = Linear4bit(
        linear.in_features,
        linear.out_features,
        bias=linear.bias is not None,
        compute_dtype=weight.dtype,
        quant_type="nf4",
        device="meta",
    )
    numbers = Params4bit(weight.data.clone(), requires_grad=False, quant_type="nf4", compress_statistics=True)
    held.weight = numbers.to(weight.device)  # here they become 4-bit
    if linear.bias is not None:  # a copy: the layer that waits in the computer's memory takes its own along
        held.bias = nn.Parameter(linear.bias.data.clone(), requires_grad=False)
    return held


def _put(model: Any, name: str, module: Any) -> None:
    parent, _, child = name.rpartition(".")
    setattr(model.get_submodule(parent), child, module)
