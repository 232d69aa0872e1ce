"""Every weight of a model, tuned, as a PEFT tuner of our own: a copy of each parameter that can take its place.

While the adapter is at work, a module's `weight` is the copy: it is put into the module's `__dict__`, where Python
looks before it asks torch for the registered parameter. So the base's own weights are never touched, off is the base
to the bit, a switch moves pointers and no numbers, and the modules stay what they were, at their full speed. A weight
that two modules share (embedding and head) is copied once and shared again. The price is the base's weights, which
stay in memory beside the copy. Knows nothing about training.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import torch
from peft import PeftConfig
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import nn

from domain_tuner.methods.tuner import (
    OwnConfig,
    OwnPeftType,
    OwnTuner,
    check_finite,
    enter,
    merging,
    tell_shape,
)

_CHILD = "tuned"  # the layer's name within the module whose parameters it copies
_CHOOSING = ("target_modules", "exclude_modules", "layers_to_transform", "layers_pattern", "modules_to_save")
Users = dict[str, list[tuple[nn.Module, str]]]  # a parameter's name -> every module and attribute that holds it


@dataclass
class FullCopyConfig(OwnConfig):
    """What adapter_config.json holds."""

    by_row = False  # a weight cannot be one thing for one row and another for the next

    def __post_init__(self) -> None:
        super().__post_init__()
        self.peft_type = OwnPeftType.FULL_COPY


class Copies(nn.Module):
    """One adapter's parameters by name. peft and transformers, when they load or cast, put new ones in their place:
    then `changed` is called, since modules may be looking at the old ones."""

    changed: Callable[[], None]

    def __init__(self, copies: dict[str, torch.Tensor], changed: Callable[[], None]) -> None:
        super().__init__()
        for name, copy in copies.items():
            self.register_parameter(name, nn.Parameter(copy))
        self.__dict__["changed"] = changed

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if isinstance(value, nn.Parameter):
            self.changed()


class FullCopyLayer(nn.Module, BaseTunerLayer):
    """The copies of one module's own parameters, by adapter; it is that module's child and does not wrap it."""

    adapter_layer_names = ("full_copy_of",)
    other_param_names = ()

    def __init__(self, users: Users, adapter_name: str, config: FullCopyConfig) -> None:
        super().__init__()
        self.users = users
        self.full_copy_of = nn.ModuleDict()
        self.set_aside: dict[str, torch.Tensor] = {}  # the base's numbers, while a copy's are merged into it
        self._disable_adapters = False
        self.merged_adapters = []
        self._active_adapter = adapter_name
        tell_shape(self, self.get_base_layer())
        self.update_layer(adapter_name, config)

    def update_layer(self, adapter_name: str, config: FullCopyConfig) -> None:
        """Add copies that equal the base's weights (for tests: that do not)."""
        copies = {name: self.set_aside.get(name, self._base(name)).detach().clone() for name in self.users}
        if not config.init_weights:
            copies = {name: torch.randn_like(copy) for name, copy in copies.items()}
        self.full_copy_of[adapter_name] = Copies(copies, self.show)
        self.set_adapter(self.active_adapters, inference_mode=config.inference_mode)

    def set_adapter(self, adapter_names: str | list[str], inference_mode: bool = False) -> None:
        names = [adapter_names] if isinstance(adapter_names, str) else list(adapter_names)
        if len([name for name in names if name in self.full_copy_of]) > 1:
            raise ValueError(f"Of {', '.join(names)} only one can be at work: each is a whole set of weights.")
        super().set_adapter(names, inference_mode=inference_mode)
        self.show()

    def enable_adapters(self, enabled: bool) -> None:
        if self.merged and not enabled:
            self.unmerge()
        super().enable_adapters(enabled)
        self.show()

    def delete_adapter(self, adapter_name: str) -> None:
        super().delete_adapter(adapter_name)
        self.show()

    def show(self) -> None:
        """Put the active copies, or else the base's own weights, where the modules look for them."""
        self.hide()
        off = self.disable_adapters or self.merged
        for active in [] if off else [name for name in self.active_adapters if name in self.full_copy_of]:
            for name, places in self.users.items():
                for module, attribute in places:
                    module.__dict__[attribute] = getattr(self.full_copy_of[active], name)

    def hide(self) -> None:
        """Leave the modules with the base's own weights, for which `tie_weights` may have taken a copy."""
        for name, places in self.users.items():
            base = self._base(name)
            for module, attribute in places:
                module.__dict__.pop(attribute, None)
                module._parameters[attribute] = base

    def merge(self, safe_merge: bool = False, adapter_names: list[str] | None = None) -> None:
        """The base's weights become the copy's; they are set aside for unmerge."""
        names = merging(self, adapter_names)
        if not names:
            return
        if len(names) > 1 or self.merged:
            raise ValueError("Only one full copy can be merged: each is a whole set of weights. Unmerge the other.")
        for name in self.users if safe_merge else ():
            check_finite(getattr(self.full_copy_of[names[0]], name).to(self._base(name).dtype), names[0])
        for name in self.users:
            base, copy = self._base(name), getattr(self.full_copy_of[names[0]], name)
            self.set_aside[name] = base.data
            base.data = copy.data.to(base.dtype, copy=True)
        self.merged_adapters.append(names[0])
        self.show()

    def unmerge(self) -> None:
        for name in list(self.set_aside):
            self._base(name).data = self.set_aside.pop(name)
        self.merged_adapters.clear()
        self.show()

    def get_base_layer(self) -> nn.Module:
        """The module whose parameters these are copies of."""
        return next(iter(self.users.values()))[0][0]

    def _base(self, name: str) -> nn.Parameter:
        module, attribute = self.users[name][0]
        parameter = module._parameters[attribute]
        assert parameter is not None
        return parameter

    def _move_adapter_to_device_of_base_layer(self, adapter_name: str, device: torch.device | None = None) -> None:
        if adapter_name in self.full_copy_of:
            for name, copy in self.full_copy_of[adapter_name].named_parameters():
                copy.data = copy.data.to(device or self._base(name).device)


class FullCopyModel(OwnTuner):
    """The tuner: every module with parameters of its own gets a FullCopyLayer as a child."""

    prefix = f"{_CHILD}.full_copy_"
    tuner_layer_cls = FullCopyLayer

    def __init__(self, model: nn.Module, *args: Any, **kwargs: Any) -> None:
        super().__init__(model, *args, **kwargs)
        self.after_loading = model.register_load_state_dict_post_hook(_show_all)
        if hasattr(model, "resize_token_embeddings"):
            cast(Any, model).resize_token_embeddings = _refuse_resizing  # of this model alone

    def _prepare_adapter_config(self, peft_config: PeftConfig, model_config: Any) -> PeftConfig:
        return peft_config  # peft's own asks for target_modules

    def _prepare_model(self, peft_config: PeftConfig, model: nn.Module) -> None:
        for name in _CHOOSING:
            if getattr(peft_config, name) not in (None, []):
                raise ValueError(f"Full tuning takes every weight, so {name} has no meaning: leave it out.")
        self.users_by_key = _users_by_key(model)
        if "" in self.users_by_key:
            raise ValueError(
                f"{type(model).__name__} has parameters outside of its modules, which full tuning cannot copy. "
                "Choose another method."
            )

    @contextmanager
    def _enable_peft_forward_hooks(self, *args: Any, **kwargs: Any) -> Iterator[None]:
        """ValueError where rows are to use adapters of their own."""
        if kwargs.get("adapter_names") is not None:
            raise ValueError(
                "A full copy is in every row of a batch or in none, so adapter_names cannot be given. Use set_adapter "
                "or disable_adapter, and one batch for each."
            )
        yield

    def _cast_adapter_dtype(self, adapter_name: str, autocast_adapter_dtype: bool = True) -> None:
        """peft holds adapters in 32 bits. Copies that train need that; those that answer stand where weights of the
        model's own dtype stood, and nothing casts what enters them."""
        trains = not self.peft_config[adapter_name].inference_mode
        super()._cast_adapter_dtype(adapter_name, autocast_adapter_dtype and trains)

    def _check_target_module_exists(self, peft_config: PeftConfig, key: str) -> bool:  # type: ignore[override]
        return key in self.users_by_key

    def _create_and_replace(  # type: ignore[override]  # peft's own tuners leave parameter_name out as well
        self,
        peft_config: FullCopyConfig,
        adapter_name: str,
        target: nn.Module,
        target_name: str,
        parent: nn.Module,
        current_key: str,
    ) -> None:
        layer = dict(target.named_children()).get(_CHILD)
        if isinstance(layer, FullCopyLayer):
            layer.update_layer(adapter_name, peft_config)
            return
        layer = FullCopyLayer(self.users_by_key[current_key], adapter_name, peft_config)
        if adapter_name not in self.active_adapters:
            layer.requires_grad_(False)
        target.add_module(_CHILD, layer)

    def _unload_and_optionally_merge(  # type: ignore[override]  # peft annotates None and gives the model
        self,
        merge: bool = True,
        progressbar: bool = False,
        safe_merge: bool = False,
        adapter_names: list[str] | None = None,
    ) -> nn.Module:
        """The base model without the copies, or with its weights replaced by the active ones."""
        for module in list(self.model.modules()):
            layer = dict(module.named_children()).get(_CHILD)
            if isinstance(layer, FullCopyLayer):
                if merge:
                    layer.merge(safe_merge, adapter_names)
                layer.hide()
                del module._modules[_CHILD]
        self.after_loading.remove()
        self.model.__dict__.pop("resize_token_embeddings", None)
        super()._unload_and_optionally_merge(merge=False)  # the rest of the clearing up
        return self.model


def _show_all(model: nn.Module, _keys: Any) -> None:
    """After torch has put other weights in place of a module's own (`load_state_dict`, assigning)."""
    for layer in model.modules():
        if isinstance(layer, FullCopyLayer):
            layer.show()


def _refuse_resizing(*_args: Any, **_kwargs: Any) -> None:
    raise ValueError(
        "Full copies are as large as the weights that they are of, so the embeddings under them cannot be resized. "
        "Resize them first and then add the copy, or unload it."
    )


def _users_by_key(model: nn.Module) -> dict[str, Users]:
    """Each module's own parameters with all who use them; a shared one belongs to the module met first."""
    owners: dict[int, list[tuple[nn.Module, str]]] = {}
    found: dict[str, Users] = {}
    own = {id(part) for layer in model.modules() if isinstance(layer, FullCopyLayer) for part in layer.modules()}
    for key, module in model.named_modules():
        for name, parameter in module._parameters.items() if id(module) not in own else ():
            if parameter is None:
                continue
            if id(parameter) not in owners:
                owners[id(parameter)] = found.setdefault(key, {}).setdefault(name, [])
            owners[id(parameter)].append((module, name))
    return found


enter(OwnPeftType.FULL_COPY, FullCopyConfig, FullCopyModel)
