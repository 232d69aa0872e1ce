"""What our own PEFT tuners have in common: their entry in peft's tables, rows with adapters of their own, refusals.

peft takes new tuners only through its own enum, so `enter` writes them into peft's three tables. Knows no method:
a tuner adds its config (a dataclass), its layer (what stands in a module's place) and its layer's arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import Any, cast

import torch
from peft import PeftConfig
from peft.mapping import PEFT_TYPE_TO_CONFIG_MAPPING, PEFT_TYPE_TO_PREFIX_MAPPING, PEFT_TYPE_TO_TUNER_MAPPING
from peft.tuners.tuners_utils import BaseTuner, BaseTunerLayer, check_adapters_to_merge
from peft.utils.other import AuxiliaryTrainingWrapper
from torch import nn
from torch.nn.modules.linear import NonDynamicallyQuantizableLinear

from domain_tuner.methods.places import is_linear, linear_shape

_BASE = "__base__"  # peft's name for "no adapter" in adapter_names
_OWN_PARTS = ("base_layer", "modules_to_save", "original_module", "weight", "bias")  # of an adapter's own keys


class OwnPeftType(str, Enum):  # noqa: UP042  (peft's own enum is written so; transformers reads .value)
    """Our entries beside peft's PeftType. transformers finds saved weights by these values in lower case."""

    BOTTLENECK_ADAPTER = "BOTTLENECK_ADAPTER"
    BIAS_SHIFT = "BIAS_SHIFT"
    FULL_COPY = "FULL_COPY"


@dataclass
class OwnConfig(PeftConfig):
    """The fields of adapter_config.json that peft's machinery reads by name."""

    target_modules: list[str] | str | None = field(default=None, metadata={"help": "Modules that are adapted."})
    exclude_modules: list[str] | str | None = field(default=None, metadata={"help": "Modules left out."})
    layers_to_transform: list[int] | int | None = field(default=None, metadata={"help": "Only these layers."})
    layers_pattern: list[str] | str | None = field(default=None, metadata={"help": "Name of the list of layers."})
    modules_to_save: list[str] | None = field(default=None, metadata={"help": "Trained and saved whole."})
    init_weights: bool = field(default=True, metadata={"help": "Start as the base model; False is for tests."})

    def __post_init__(self) -> None:
        """ValueError for choices that one another would leave without effect, as peft's own configs raise it."""
        super().__post_init__()
        if isinstance(self.target_modules, str):
            for name in ("layers_to_transform", "layers_pattern"):
                if getattr(self, name) is not None:
                    raise ValueError(f"`{name}` cannot be used when `target_modules` is a str.")
        if self.layers_pattern and self.layers_to_transform is None:
            raise ValueError("When `layers_pattern` is specified, `layers_to_transform` must also be specified.")


class WrappingLayer(nn.Module, BaseTunerLayer):
    """A module with adapters by name in its place; calls with no adapter at work go straight through."""

    def __init__(self, base_layer: nn.Module, adapter_name: str) -> None:
        super().__init__()
        if isinstance(base_layer, NonDynamicallyQuantizableLinear):
            raise ValueError(
                "torch's MultiheadAttention reads the weights of its out_proj and does not call it, so an adapter on "
                "that has no effect. Leave it out."
            )
        self.base_layer = base_layer
        self._disable_adapters = False
        self.merged_adapters = []
        self._active_adapter = adapter_name
        tell_shape(self, base_layer)

    def working(self, adapter_names: list[str] | None) -> list[str]:
        """The adapters of this layer that this call may need; none where they are off (then what was merged is taken
        out again, as peft's own layers do) or merged."""
        if self.disable_adapters and self.merged:
            self.unmerge()
        if self.disable_adapters or self.merged:
            return []
        here = self._get_available_adapters()
        return [name for name in (self.active_adapters if adapter_names is None else adapter_names) if name in here]

    def _get_base_layer_device_and_dtype(self, base_layer: nn.Module) -> tuple[torch.device, torch.dtype]:
        weight = next(base_layer.parameters())
        return weight.device, getattr(base_layer, "compute_dtype", weight.dtype)

    def __getattr__(self, name: str) -> Any:
        """What the model reads from the module that stood here (a flag, a layer's index) comes from that module."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name == "base_layer":
                raise
            return getattr(self.base_layer, name)


def tell_shape(layer: Any, base_layer: nn.Module) -> None:
    """Let the layer tell the shape of the matrix that it is on, as peft's layers do."""
    if is_linear(base_layer):
        layer.in_features, layer.out_features = linear_shape(base_layer)


def merging(layer: BaseTunerLayer, adapter_names: list[str] | None) -> list[str]:
    """The adapters of the layer that a merge is about; peft warns of those that are merged already."""
    return [name for name in check_adapters_to_merge(layer, adapter_names) if name in layer._get_available_adapters()]


def check_finite(merged: torch.Tensor, adapter_name: str) -> None:
    """ValueError, in peft's words, where weights would not be finite with the adapter merged; its `safe_merge`."""
    if not torch.isfinite(merged).all():
        raise ValueError(
            f"NaNs detected in the merged weights. The adapter {adapter_name} seems to be broken: not all numbers "
            f"would be finite in {merged.dtype}. It is not merged."
        )


def entering_of(args: Any, kwargs: dict[str, Any]) -> torch.Tensor:
    """What enters a module, H_i [b, ...], from the arguments of its call."""
    hidden: torch.Tensor = args[0] if args else kwargs["hidden_states"]
    return hidden


def rows_of(adapter_names: list[str], name: str, batch: torch.Tensor) -> torch.Tensor:
    """Which rows of the batch [b, ...] use that adapter."""
    return torch.tensor([row for row, of in enumerate(adapter_names) if of == name], device=batch.device)


class OwnTuner(BaseTuner):
    """The tuner: which modules are wrapped, and what is refused. A subclass names its layer class and prefix."""

    target_module_mapping: dict[str, list[str]] = {}  # noqa: RUF012  (none: modules are always named)
    linear_cls: type[WrappingLayer]  # around one linear layer: peft's "all-linear" knows such by "Linear" in the name

    def _create_and_replace(  # type: ignore[override]  # peft's own tuners leave parameter_name out as well
        self,
        peft_config: PeftConfig,
        adapter_name: str,
        target: nn.Module,
        target_name: str,
        parent: nn.Module,
        current_key: str,
    ) -> None:
        if isinstance(target, self.tuner_layer_cls):
            cast(Any, target).update_layer(adapter_name, peft_config)
            return
        layer = cast(Any, self.linear_cls if is_linear(target) else self.tuner_layer_cls)(
            target, adapter_name, peft_config
        )
        if adapter_name not in self.active_adapters:
            layer.requires_grad_(False)
        self._replace_module(parent, target_name, layer, target)

    def inject_adapter(self, model: nn.Module, adapter_name: str, *args: Any, **kwargs: Any) -> None:
        """ValueError for a name by which peft would take other weights for the adapter's, before anything is added."""
        if adapter_name in self.prefix:
            raise ValueError(
                f"The adapter name {adapter_name!r} is a part of {self.prefix!r}, by which saved weights are found. "
                "Choose another name."
            )
        taken = {part for key in self.state_dict() for part in key.split(".")}
        if adapter_name in taken.union(_OWN_PARTS, self.tuner_layer_cls.adapter_layer_names):
            raise ValueError(
                f"The adapter name {adapter_name!r} is that of a part of the model, too, so that peft would leave "
                "parts of other adapters out when it saves them. Choose another name."
            )
        super().inject_adapter(model, adapter_name, *args, **kwargs)

    def _replace_module(self, parent: nn.Module, child_name: str, new_module: Any, child: nn.Module) -> None:
        # peft's own version copies `weight`, which a whole sub-layer does not have; the layer has moved itself.
        setattr(parent, child_name, new_module)

    @contextmanager
    def _enable_peft_forward_hooks(self, *args: Any, **kwargs: Any) -> Iterator[None]:
        """Hand `adapter_names` (one a row, "__base__" for none) to every layer for this call, as peft's LoRA does."""
        names = kwargs.pop("adapter_names", None)
        if names is None:
            yield
            return
        if self.training:
            raise ValueError("adapter_names is for answering: call eval() first, or train one adapter at a time.")
        layers: list[Any] = [module for module in self.modules() if isinstance(module, self.tuner_layer_cls)]
        unknown = set(names) - {_BASE} - {name for layer in layers for name in layer._get_available_adapters()}
        if unknown:
            raise ValueError(f"No adapter named {', '.join(sorted(unknown))} is on this model.")
        if any(layer.merged for layer in layers):
            raise ValueError("An adapter is merged into the weights, so rows cannot differ. Unmerge it first.")
        beams = kwargs.get("num_beams")
        if isinstance(beams, int) and beams > 1:
            names = [name for name in names for _ in range(beams)]
        hook = partial(_give_names, names=names)
        handles = [layer.register_forward_pre_hook(hook, with_kwargs=True) for layer in layers]
        for module in self.modules():
            if isinstance(module, AuxiliaryTrainingWrapper):  # of modules_to_save, and checks for itself
                handles.append(module.register_forward_pre_hook(partial(_add_names, names=names), with_kwargs=True))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()


def _give_names(_layer: nn.Module, args: Any, kwargs: dict[str, Any], names: list[str]) -> tuple[Any, dict[str, Any]]:
    rows = len(entering_of(args, kwargs))
    if len(names) != rows:
        raise ValueError(f"adapter_names has {len(names)} names for a batch of {rows} rows.")
    return _add_names(_layer, args, kwargs, names)


def _add_names(_module: nn.Module, args: Any, kwargs: dict[str, Any], names: list[str]) -> tuple[Any, dict[str, Any]]:
    return args, {**kwargs, "adapter_names": names}


def enter(kind: OwnPeftType, config: type[PeftConfig], tuner: type[BaseTuner]) -> None:
    """Write a tuner into peft's tables; RuntimeError where a later peft has one of that name."""
    there = PEFT_TYPE_TO_CONFIG_MAPPING.get(kind)  # type: ignore[call-overload]  # the tables are typed by peft's enum
    if there is not None and there is not config:
        raise RuntimeError(f"This version of peft has its own {kind.value}; domain-tuner needs the one pinned for it.")
    PEFT_TYPE_TO_CONFIG_MAPPING[kind] = config  # type: ignore[index]
    PEFT_TYPE_TO_TUNER_MAPPING[kind] = tuner  # type: ignore[index]
    PEFT_TYPE_TO_PREFIX_MAPPING[kind] = tuner.prefix  # type: ignore[index]
