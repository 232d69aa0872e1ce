"""Bottleneck adapters as a PEFT tuner of our own: H_o <- H_o + scaling f(H_i W_down) W_up beside a module.

The module may be a whole sub-layer (`mlp`, `self_attn`), a linear layer, or BERT's `output`, which computes
LayerNorm(H_o + residual): there the residual it is handed is H_i as well, and LayerNorm(H_o + (residual + update)) is
the equation on the sub-layer's output, before the norm. peft takes new tuners only through its own enum, so this
file enters itself in peft's three tables on import. Knows nothing about training or about which modules are chosen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import Any, cast

import torch
from peft import PeftConfig
from peft.mapping import PEFT_TYPE_TO_CONFIG_MAPPING, PEFT_TYPE_TO_PREFIX_MAPPING, PEFT_TYPE_TO_TUNER_MAPPING
from peft.tuners.tuners_utils import BaseTuner, BaseTunerLayer
from torch import nn
from torch.nn import functional

from domain_tuner.methods.places import adds_residual, is_linear, linear_shape

_ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "relu": functional.relu,
    "gelu": functional.gelu,
    "silu": functional.silu,
    "identity": lambda hidden: hidden,
}
_BASE = "__base__"  # peft's name for "no adapter" in adapter_names


class BottleneckPeftType(str, Enum):  # noqa: UP042  (peft's own enum is written so; transformers reads .value)
    """Our entry beside peft's PeftType. transformers finds saved weights by this value in lower case."""

    BOTTLENECK_ADAPTER = "BOTTLENECK_ADAPTER"


@dataclass
class BottleneckAdapterConfig(PeftConfig):
    """What adapter_config.json holds; the names that peft's machinery reads are peft's."""

    target_modules: list[str] | str | None = field(default=None, metadata={"help": "Modules that get an adapter."})
    exclude_modules: list[str] | str | None = field(default=None, metadata={"help": "Modules left out."})
    bottleneck: int = field(default=64, metadata={"help": "Width of the adapter."})
    activation: str = field(default="relu", metadata={"help": "relu, gelu, silu or identity."})
    scaling: float = field(default=1.0, metadata={"help": "Factor of what the adapter adds."})
    layers_to_transform: list[int] | int | None = field(default=None, metadata={"help": "Only these layers."})
    layers_pattern: list[str] | str | None = field(default=None, metadata={"help": "Name of the list of layers."})
    modules_to_save: list[str] | None = field(default=None, metadata={"help": "Trained and saved whole."})
    init_weights: bool = field(default=True, metadata={"help": "Start as the identity; False is for tests."})

    def __post_init__(self) -> None:
        super().__post_init__()
        self.peft_type = BottleneckPeftType.BOTTLENECK_ADAPTER
        if self.activation not in _ACTIVATIONS:
            raise ValueError(f"activation={self.activation!r}: expected one of {', '.join(_ACTIVATIONS)}.")
        if self.bottleneck < 1:
            raise ValueError(f"bottleneck={self.bottleneck}: expected at least 1.")


class BottleneckLayer(nn.Module, BaseTunerLayer):
    """The wrapped module with its adapters by name; calls with no adapter at work go straight through."""

    adapter_layer_names = ("bottleneck_adapter_down", "bottleneck_adapter_up")
    other_param_names = ("activation", "scaling")

    def __init__(self, base_layer: nn.Module, adapter_name: str, config: BottleneckAdapterConfig) -> None:
        super().__init__()
        self.base_layer = base_layer
        self.bottleneck_adapter_down = nn.ModuleDict()
        self.bottleneck_adapter_up = nn.ModuleDict()
        self.activation: dict[str, str] = {}
        self.scaling: dict[str, float] = {}
        self._disable_adapters = False
        self.merged_adapters = []
        self.adds_residual = adds_residual(base_layer)
        self.d_in, self.d_out = _widths(base_layer)
        self._active_adapter = adapter_name
        self.update_layer(adapter_name, config)

    def update_layer(self, adapter_name: str, config: BottleneckAdapterConfig) -> None:
        """Add an adapter; W_down as nn.Linear starts, W_up zero, so that it changes nothing yet."""
        down = nn.Linear(self.d_in, config.bottleneck, bias=False)
        up = nn.Linear(config.bottleneck, self.d_out, bias=False)
        nn.init.kaiming_uniform_(down.weight, a=math.sqrt(5))
        if config.init_weights:
            nn.init.zeros_(up.weight)
        self.bottleneck_adapter_down[adapter_name] = down
        self.bottleneck_adapter_up[adapter_name] = up
        self.activation[adapter_name] = config.activation
        self.scaling[adapter_name] = config.scaling
        self._move_adapter_to_device_of_base_layer(adapter_name)
        self.set_adapter(self.active_adapters, inference_mode=config.inference_mode)

    def forward(self, *args: Any, adapter_names: list[str] | None = None, **kwargs: Any) -> Any:
        """The base module's output, with the update added to what it computes (slot 0 where it gives a tuple)."""
        working = self.active_adapters if adapter_names is None else adapter_names
        if self.disable_adapters or not any(name in self.scaling for name in working):
            return self.base_layer(*args, **kwargs)
        if self.adds_residual:
            hidden = args[0] if args else kwargs["hidden_states"]
            residual = args[1] if len(args) > 1 else kwargs["input_tensor"]
            return self.base_layer(hidden, residual + self._update(residual, adapter_names))
        update = self._update(args[0] if args else kwargs["hidden_states"], adapter_names)
        output = self.base_layer(*args, **kwargs)
        return (output[0] + update, *output[1:]) if isinstance(output, tuple) else output + update

    def _update(self, entering: torch.Tensor, adapter_names: list[str] | None) -> torch.Tensor:
        """[..., d_out] in the dtype of `entering`; with adapter_names, row by row, rows of the base get exact zeros."""
        if adapter_names is None:
            names = [name for name in self.active_adapters if name in self.scaling]
            update = self._adapter(entering, names[0])
            for name in names[1:]:
                update = update + self._adapter(entering, name)
            return update
        if len(adapter_names) != len(entering):
            raise ValueError(f"adapter_names has {len(adapter_names)} names for a batch of {len(entering)} rows.")
        mixed = entering.new_zeros(*entering.shape[:-1], self.d_out)
        for name in {name for name in adapter_names if name in self.scaling}:
            rows = torch.tensor([row for row, of in enumerate(adapter_names) if of == name], device=entering.device)
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

    def _get_base_layer_device_and_dtype(self, base_layer: nn.Module) -> tuple[torch.device, torch.dtype]:
        weight = next(base_layer.parameters())
        return weight.device, weight.dtype

    def __getattr__(self, name: str) -> Any:
        """What the model reads from the module that stood here (a flag, a layer's index) comes from that module."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name == "base_layer":
                raise
            return getattr(self.base_layer, name)


NOT_MERGEABLE = (
    "A bottleneck adapter cannot be merged: it has a non-linearity between its two matrices, so no change of the "
    "base weights equals it. Use it switched on (it costs a few per cent of speed), or train LoRA to merge."
)


class BottleneckModel(BaseTuner):
    """The tuner: which modules are wrapped, and what is refused."""

    prefix = "bottleneck_adapter_"
    tuner_layer_cls = BottleneckLayer
    target_module_mapping: dict[str, list[str]] = {}  # noqa: RUF012  (none: modules are always named)

    def _prepare_model(self, peft_config: PeftConfig, model: nn.Module) -> None:
        """Refuse nested targets before anything is changed: their saved keys would silently not load again."""
        wrapped = {key for key, module in model.named_modules() if isinstance(module, BottleneckLayer)}
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

    def _create_and_replace(  # type: ignore[override]  # peft's own tuners leave parameter_name out as well
        self,
        peft_config: BottleneckAdapterConfig,
        adapter_name: str,
        target: nn.Module,
        target_name: str,
        parent: nn.Module,
        current_key: str,
    ) -> None:
        if adapter_name in self.prefix:
            raise ValueError(
                f"The adapter name {adapter_name!r} is a part of {self.prefix!r}, by which saved weights are found. "
                "Choose another name."
            )
        if isinstance(target, BottleneckLayer):
            target.update_layer(adapter_name, peft_config)
            return
        layer = BottleneckLayer(target, adapter_name, peft_config)
        if adapter_name not in self.active_adapters:
            layer.requires_grad_(False)
        self._replace_module(parent, target_name, layer, target)

    def _replace_module(self, parent: nn.Module, child_name: str, new_module: nn.Module, child: nn.Module) -> None:
        # peft's own version copies `weight`, which a whole sub-layer does not have; the layer has moved itself.
        setattr(parent, child_name, new_module)

    def _check_merge_allowed(self) -> None:
        raise ValueError(NOT_MERGEABLE)

    @contextmanager
    def _enable_peft_forward_hooks(self, *args: Any, **kwargs: Any) -> Iterator[None]:
        """Hand `adapter_names` (one a row, "__base__" for none) to every layer for this call, as peft's LoRA does."""
        names = kwargs.pop("adapter_names", None)
        if names is None:
            yield
            return
        if self.training:
            raise ValueError("adapter_names is for answering: call eval() first, or train one adapter at a time.")
        layers = [module for module in self.modules() if isinstance(module, BottleneckLayer)]
        unknown = set(names) - {_BASE} - {name for layer in layers for name in layer.scaling}
        if unknown:
            raise ValueError(f"No adapter named {', '.join(sorted(unknown))} is on this model.")
        beams = kwargs.get("num_beams")
        if isinstance(beams, int) and beams > 1:
            names = [name for name in names for _ in range(beams)]
        hook = partial(_give_names, names=names)
        handles = [layer.register_forward_pre_hook(hook, with_kwargs=True) for layer in layers]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()


def _give_names(_layer: nn.Module, args: Any, kwargs: dict[str, Any], names: list[str]) -> tuple[Any, dict[str, Any]]:
    return args, {**kwargs, "adapter_names": names}


def _widths(module: nn.Module) -> tuple[int, int]:
    """(what enters, what leaves) a module: its own shape, or of a sub-layer the first linear's d_in, twice."""
    if is_linear(module):
        return linear_shape(module)
    shapes = [linear_shape(part) for part in module.modules() if is_linear(part)]
    if not shapes:
        raise ValueError(f"{type(module).__name__} has no linear layer to size an adapter by.")
    width = shapes[0][1] if adds_residual(module) else shapes[0][0]
    return width, width


def _plain(key: str) -> str:
    return key.replace(".base_layer", "")


def _register() -> None:
    kind = BottleneckPeftType.BOTTLENECK_ADAPTER
    there = PEFT_TYPE_TO_CONFIG_MAPPING.get(kind)  # type: ignore[call-overload]  # the tables are typed by peft's enum
    if there is not None and there is not BottleneckAdapterConfig:
        raise RuntimeError(f"This version of peft has its own {kind.value}; domain-tuner needs the one pinned for it.")
    PEFT_TYPE_TO_CONFIG_MAPPING[kind] = BottleneckAdapterConfig  # type: ignore[index]
    PEFT_TYPE_TO_TUNER_MAPPING[kind] = BottleneckModel  # type: ignore[index]
    PEFT_TYPE_TO_PREFIX_MAPPING[kind] = BottleneckModel.prefix  # type: ignore[index]


_register()
