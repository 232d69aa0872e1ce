"""Bottleneck adapters as a PEFT tuner of our own, in two forms (H_i enters a module, H_o leaves it):

    parallel    H_o <- H_o + scaling (f(H_i W_down + b_down) W_up + b_up)
    series      H_o <- H_o + scaling (f(H_o W_down + b_down) W_up + b_up)

The biases are there `with_biases` only. The module may be a whole sub-layer (`mlp`, `self_attn`), a linear layer, or
BERT's `output`, which computes LayerNorm(H_o + residual): there the residual it is handed is H_i as well, and
LayerNorm(H_o + (residual + update)) is the parallel equation on the sub-layer's output, before the norm. The series
form cannot be had from outside of that module; it goes on the linear layer inside. Knows nothing about training or
about which modules are chosen.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from typing import Any, cast

import torch
from peft import PeftConfig
from torch import nn
from torch.nn import functional

from domain_tuner.methods.places import adds_residual, is_linear, linear_shape
from domain_tuner.methods.tuner import OwnConfig, OwnPeftType, OwnTuner, WrappingLayer, enter, entering_of, rows_of

_ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "relu": functional.relu,
    "gelu": functional.gelu,
    "silu": functional.silu,
    "identity": lambda hidden: hidden,
}
_FORMS = ("parallel", "series")


@dataclass
class BottleneckAdapterConfig(OwnConfig):
    """What adapter_config.json holds."""

    form: str = field(default="parallel", metadata={"help": "parallel (reads H_i) or series (reads H_o)."})
    bottleneck: int = field(default=64, metadata={"help": "Width of the adapter."})
    activation: str = field(default="relu", metadata={"help": "relu, gelu, silu or identity."})
    scaling: float = field(default=1.0, metadata={"help": "Factor of what the adapter adds."})
    with_biases: bool = field(default=False, metadata={"help": "Whether W_down and W_up have biases."})

    def __post_init__(self) -> None:
        super().__post_init__()
        self.peft_type = OwnPeftType.BOTTLENECK_ADAPTER
        if self.form not in _FORMS:
            raise ValueError(f"form={self.form!r}: expected one of {', '.join(_FORMS)}.")
        if self.activation not in _ACTIVATIONS:
            raise ValueError(f"activation={self.activation!r}: expected one of {', '.join(_ACTIVATIONS)}.")
        if self.bottleneck < 1:
            raise ValueError(f"bottleneck={self.bottleneck}: expected at least 1.")


class BottleneckLayer(WrappingLayer):
    """The wrapped module with its adapters by name; adapters of both forms may be on one module."""

    adapter_layer_names = ("bottleneck_adapter_down", "bottleneck_adapter_up")
    other_param_names = ("form", "activation", "scaling")

    def __init__(self, base_layer: nn.Module, adapter_name: str, config: BottleneckAdapterConfig) -> None:
        super().__init__(base_layer, adapter_name)
        self.bottleneck_adapter_down = nn.ModuleDict()
        self.bottleneck_adapter_up = nn.ModuleDict()
        self.form: dict[str, str] = {}
        self.activation: dict[str, str] = {}
        self.scaling: dict[str, float] = {}
        self.adds_residual = adds_residual(base_layer)
        self.d_in, self.d_out = _widths(base_layer)
        self.update_layer(adapter_name, config)

    def update_layer(self, adapter_name: str, config: BottleneckAdapterConfig) -> None:
        """Add an adapter; W_down as nn.Linear starts, W_up and both biases zero, so that it changes nothing yet."""
        if config.form == "series" and self.adds_residual:
            raise ValueError(
                f"{type(self.base_layer).__name__} adds the residual and normalises inside, so a series adapter after "
                "it would stand behind the norm. Put it on the linear layer inside."
            )
        entering = self.d_in if config.form == "parallel" else self.d_out
        down = nn.Linear(entering, config.bottleneck, bias=config.with_biases)
        up = nn.Linear(config.bottleneck, self.d_out, bias=config.with_biases)
        nn.init.kaiming_uniform_(down.weight, a=math.sqrt(5))
        if config.init_weights:
            nn.init.zeros_(up.weight)
        for linear in (down, up):
            if linear.bias is not None:
                nn.init.zeros_(linear.bias)
        self.bottleneck_adapter_down[adapter_name] = down
        self.bottleneck_adapter_up[adapter_name] = up
        self.form[adapter_name] = config.form
        self.activation[adapter_name] = config.activation
        self.scaling[adapter_name] = config.scaling
        self._move_adapter_to_device_of_base_layer(adapter_name)
        self.set_adapter(self.active_adapters, inference_mode=config.inference_mode)

    def forward(self, *args: Any, adapter_names: list[str] | None = None, **kwargs: Any) -> Any:
        """The base module's output, with the update added to what it computes (slot 0 where it gives a tuple)."""
        working = self.working(adapter_names)
        if not working:
            return self.base_layer(*args, **kwargs)
        if self.adds_residual:
            hidden = entering_of(args, kwargs)
            residual = args[1] if len(args) > 1 else kwargs["input_tensor"]
            update = self._update("parallel", residual, working, adapter_names)
            return self.base_layer(hidden, residual if update is None else residual + update)
        entering = entering_of(args, kwargs)
        beside = self._update("parallel", entering, working, adapter_names)
        output = self.base_layer(*args, **kwargs)
        left = output[0] if isinstance(output, tuple) else output
        shape = left.shape
        left = left.reshape(*entering.shape[:-1], shape[-1])  # experts may give it back without its rows (Llama 4)
        after = self._update("series", left, working, adapter_names)
        for update in (beside, after):
            left = left if update is None else left + update
        left = left.reshape(shape)
        return (left, *output[1:]) if isinstance(output, tuple) else left

    def _update(
        self, form: str, entering: torch.Tensor, working: list[str], adapter_names: list[str] | None
    ) -> torch.Tensor | None:
        """What the adapters of this form add, [..., d_out] in the dtype of `entering`; None where there are none.

        With adapter_names row by row: rows of the base get exact zeros.
        """
        names = [name for name in dict.fromkeys(working) if self.form[name] == form]
        if not names:
            return None
        if adapter_names is None:
            update = self._adapter(entering, names[0])
            for name in names[1:]:
                update = update + self._adapter(entering, name)
            return update
        mixed = entering.new_zeros(*entering.shape[:-1], self.d_out)
        for name in names:
            rows = rows_of(adapter_names, name, entering)
            mixed.index_copy_(0, rows, self._adapter(entering.index_select(0, rows), name))
        return mixed

    def _adapter(self, entering: torch.Tensor, name: str) -> torch.Tensor:
        down, up = self.bottleneck_adapter_down[name], self.bottleneck_adapter_up[name]
        inner = down(self._cast_input_dtype(entering, cast(nn.Linear, down).weight.dtype))
        update = up(_ACTIVATIONS[self.activation[name]](inner))
        if self.scaling[name] != 1.0:
            update = update * self.scaling[name]
        return update.to(entering.dtype)

    def merge(self, safe_merge: bool = False, adapter_names: list[str] | None = None) -> None:
        raise ValueError(NOT_MERGEABLE)

    def unmerge(self) -> None:
        """Nothing was merged, so there is nothing to undo."""


NOT_MERGEABLE = (
    "A bottleneck adapter cannot be merged: no change of the base weights equals a non-linearity between two matrices, "
    "and what it could be without one (activation=identity) is left to LoRA. Use it switched on (it costs a few per "
    "cent of speed), or train LoRA to merge."
)


class BottleneckLinear(BottleneckLayer):
    """On one linear layer."""


class BottleneckModel(OwnTuner):
    """The tuner: nested targets and merging are refused."""

    prefix = "bottleneck_adapter_"
    tuner_layer_cls = BottleneckLayer
    linear_cls = BottleneckLinear

    def _prepare_model(self, peft_config: Any, model: nn.Module) -> None:
        """Refuse nested targets before anything is changed: their saved keys would silently not load again."""
        wrapped = {key for key, module in model.named_modules() if isinstance(module, BottleneckLayer)}
        if wrapped and str(peft_config.target_modules).lower() == "all-linear":
            linears = {key for key, module in model.named_modules() if is_linear(module)}
            peft_config = copy(peft_config)  # peft itself leaves out what is within a module that has an adapter
            peft_config.target_modules = linears - {f"{key}.base_layer" for key in wrapped}
        wanted = {key for key, _ in model.named_modules() if key and self._is_wanted(peft_config, key, wrapped)}
        for inner in wanted | wrapped:
            for outer in wanted | wrapped:
                if inner.startswith(f"{outer}."):
                    raise ValueError(
                        f"Adapter targets {_plain(inner)} and {_plain(outer)}, of which one contains the other. "
                        "Put adapters beside one of them only."
                    )

    def _is_wanted(self, peft_config: PeftConfig, key: str, wrapped: set[str]) -> bool:
        own = any(key.startswith(f"{outer}.bottleneck_adapter_") for outer in wrapped)
        return not own and bool(self._check_target_module_exists(peft_config, key))

    def _check_merge_allowed(self) -> None:
        raise ValueError(NOT_MERGEABLE)


def _widths(module: nn.Module) -> tuple[int, int]:
    """(what enters, what leaves) a module: its own shape, or of a sub-layer the first linear's d_in, twice; of experts,
    whose weights are stacked, what their router's matrix [experts, d_in] takes."""
    if is_linear(module):
        return linear_shape(module)
    shapes = [linear_shape(part) for part in module.modules() if is_linear(part)]
    if shapes and adds_residual(module):
        return shapes[0][1], shapes[0][1]
    weights = dict(module.named_parameters())
    stacked = any(each.dim() > 2 for each in weights.values())
    routers = [each for name, each in weights.items() if stacked and name.endswith("weight") and each.dim() == 2]
    widths = [shape[0] for shape in shapes] or [int(each.shape[1]) for each in routers]
    if not widths:
        raise ValueError(f"{type(module).__name__} has no linear layer to size an adapter by.")
    return widths[0], widths[0]


def _plain(key: str) -> str:
    return key.replace(".base_layer", "")


enter(OwnPeftType.BOTTLENECK_ADAPTER, BottleneckAdapterConfig, BottleneckModel)
