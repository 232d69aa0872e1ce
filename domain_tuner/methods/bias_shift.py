"""Trainable biases as a PEFT tuner of our own: what a module gives out is shifted by a vector that starts at zero.

A module with the bias b gives f(x) + b; shifted by t it gives f(x) + (b + t), so training t from zero is training b,
and merging is exact: b <- b + t. On a module without a bias the shift is that bias, added. The base's own b is never
touched until it is merged. Knows nothing about training or about which modules are chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import nn

from domain_tuner.methods.places import adds_bias_last, is_linear, linear_shape
from domain_tuner.methods.tuner import (
    OwnConfig,
    OwnPeftType,
    OwnTuner,
    WrappingLayer,
    check_finite,
    enter,
    merging,
    rows_of,
)


@dataclass
class BiasShiftConfig(OwnConfig):
    """What adapter_config.json holds."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.peft_type = OwnPeftType.BIAS_SHIFT


class BiasShiftLayer(WrappingLayer):
    """The wrapped module with its shifts by name."""

    adapter_layer_names = ("bias_shift_by",)
    other_param_names = ()

    def __init__(self, base_layer: nn.Module, adapter_name: str, config: BiasShiftConfig) -> None:
        super().__init__(base_layer, adapter_name)
        self.bias_shift_by = nn.ParameterDict()
        self.update_layer(adapter_name, config)

    def update_layer(self, adapter_name: str, config: BiasShiftConfig) -> None:
        """Add a shift of zeros."""
        size = bias_size(self.base_layer)
        self.bias_shift_by[adapter_name] = torch.zeros(size) if config.init_weights else torch.randn(size)
        self._move_adapter_to_device_of_base_layer(adapter_name)
        self.set_adapter(self.active_adapters, inference_mode=config.inference_mode)

    def forward(self, *args: Any, adapter_names: list[str] | None = None, **kwargs: Any) -> torch.Tensor:
        """The base module's output [b, ..., d], shifted; row by row with adapter_names."""
        working = self.working(adapter_names)  # first, since it may take out what was merged
        output: torch.Tensor = self.base_layer(*args, **kwargs)
        if not working:
            return output
        if adapter_names is None:
            for name in working:
                output = output + self.bias_shift_by[name].to(output.dtype)
            return output
        shifts = output.new_zeros(len(output), output.shape[-1])
        for name in dict.fromkeys(working):
            rows = rows_of(adapter_names, name, output)
            shifts[rows] = self.bias_shift_by[name].to(output.dtype)
        return output + shifts.view(len(output), *[1] * (output.dim() - 2), -1)

    def merge(self, safe_merge: bool = False, adapter_names: list[str] | None = None) -> None:
        """b <- b + t. ValueError where the module has no b: its model's configuration has no place to save one."""
        self.check_mergeable(adapter_names)
        bias = _bias_of(self.base_layer)
        for name in merging(self, adapter_names):
            assert bias is not None
            shift = self.bias_shift_by[name].data.to(bias.dtype)
            if safe_merge:
                check_finite(bias + shift, name)
            bias.data += shift
            self.merged_adapters.append(name)

    def check_mergeable(self, adapter_names: list[str] | None) -> None:
        """ValueError where one of these adapters, else of the active ones, is on this layer, which has no b."""
        asked = self.active_adapters if adapter_names is None else adapter_names
        if _bias_of(self.base_layer) is None and any(name in self.bias_shift_by for name in asked):
            raise ValueError(
                "These biases were added to layers that have none, and the base model's configuration has no place "
                "for them, so they cannot be merged. Use the adapter switched on, or train bitfit without add."
            )

    def unmerge(self) -> None:
        bias = _bias_of(self.base_layer)
        while self.merged_adapters:
            assert bias is not None
            bias.data -= self.bias_shift_by[self.merged_adapters.pop()].data.to(bias.dtype)


class BiasShiftLinear(BiasShiftLayer):
    """On one linear layer."""


class BiasShiftModel(OwnTuner):
    """The tuner."""

    prefix = "bias_shift_"
    tuner_layer_cls = BiasShiftLayer
    linear_cls = BiasShiftLinear

    def merge_adapter(self, adapter_names: list[str] | None = None, safe_merge: bool = False) -> None:
        self._check_mergeable(adapter_names)
        super().merge_adapter(adapter_names, safe_merge)

    def _unload_and_optionally_merge(  # type: ignore[override]  # peft annotates None and gives the model
        self,
        merge: bool = True,
        progressbar: bool = False,
        safe_merge: bool = False,
        adapter_names: list[str] | None = None,
    ) -> nn.Module:
        if merge:
            self._check_mergeable(adapter_names)
        return cast(nn.Module, super()._unload_and_optionally_merge(merge, progressbar, safe_merge, adapter_names))

    def _check_mergeable(self, adapter_names: list[str] | None) -> None:
        """ValueError before anything is changed."""
        for layer in self.model.modules():
            if isinstance(layer, BiasShiftLayer):
                layer.check_mergeable(adapter_names)


def bias_size(module: nn.Module) -> int:
    """How many numbers the module's bias has, or would have."""
    bias = _bias_of(module)
    if bias is None and not is_linear(module):
        raise ValueError(f"{type(module).__name__} has no bias and is no linear layer, so none can be added to it.")
    if not adds_bias_last(module):
        raise ValueError(
            f"{type(module).__name__} does not add its bias along the last axis of what it gives out, as linear layers "
            "and layer norms do, so a shift of its output is not its bias. Leave it out."
        )
    return linear_shape(module)[1] if bias is None else bias.numel()


def _bias_of(module: nn.Module) -> nn.Parameter | None:
    bias = getattr(module, "bias", None)
    return bias if isinstance(bias, nn.Parameter) else None


enter(OwnPeftType.BIAS_SHIFT, BiasShiftConfig, BiasShiftModel)
