"""A training's weights split over the processes that share it: torch's fully_shard (FSDP2, arXiv 2304.11277).

Each process holds its part of every layer's weights, of their gradients and of what the optimizer keeps; a layer is
whole in a process only while it computes there. What is written is whole, so that adapters and checkpoints are those
of any other run. Knows nothing about trainers or methods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor

from domain_tuner.methods.places import layers_of
from domain_tuner.ranks import rank, world


def shard(adapted: Any, device: torch.device) -> None:
    """Split a PeftModel, layer by layer, for good, and bring each process's part to its device of that type.

    A base weight that a full copy stands before is left where and as it is: no step reads it.
    """
    mesh = init_device_mesh(device.type, (world(),))
    behind = {
        parameter
        for module in adapted.modules()
        for name, parameter in module._parameters.items()
        if parameter is not None and name in module.__dict__
    }
    _, layers = layers_of(adapted.get_base_model())
    for part in (*layers, adapted):
        fully_shard(part, mesh=mesh, ignored_params=behind)


@contextmanager
def whole(adapted: Any) -> Iterator[None]:
    """Meanwhile the first process has every parameter that is trained as one process would have it, on the CPU. Every
    process must come here."""
    parts: list[tuple[nn.Module, str, Any]] = [
        (module, name, parameter)
        for module in adapted.modules()
        for name, parameter in module._parameters.items()
        if isinstance(parameter, DTensor) and parameter.requires_grad
    ]
    try:
        for module, name, part in parts:
            put_together = part.detach().full_tensor()
            if rank() == 0:
                setattr(module, name, nn.Parameter(put_together.cpu()))
        yield
    finally:
        for module, name, part in parts:
            setattr(module, name, part)


def keep_whole(optimizer: torch.optim.Optimizer) -> None:
    """From now on its state_dict() is whole, on the CPU, and must be asked for by every process; load_state_dict()
    takes such a one, in memory or on disk, and keeps this process's part."""

    def put_together(_optimizer: Any, state: dict[str, Any]) -> dict[str, Any]:
        return _changed(state, lambda _number, kept: kept.full_tensor().cpu() if isinstance(kept, DTensor) else kept)

    def split(optimizer: Any, state: dict[str, Any]) -> dict[str, Any]:
        parameters = {
            number: parameter
            for saved, group in zip(state["param_groups"], optimizer.param_groups, strict=True)
            for number, parameter in zip(saved["params"], group["params"], strict=True)
        }

        def part(number: int, kept: Any) -> Any:
            parameter = parameters[number]
            if not isinstance(parameter, DTensor) or getattr(kept, "shape", None) != parameter.shape:
                return kept
            # Every process has read the same file, so nothing needs to be sent.
            return distribute_tensor(kept, parameter.device_mesh, parameter.placements, src_data_rank=None)

        return _changed(state, part)

    optimizer.register_state_dict_post_hook(put_together)
    optimizer.register_load_state_dict_pre_hook(split)


def _changed(state: dict[str, Any], change: Callable[[int, Any], Any]) -> dict[str, Any]:
    """An optimizer's state with `change` made to whatever it keeps of each parameter."""
    kept = {
        number: {name: change(number, value) for name, value in of_parameter.items()}
        for number, of_parameter in state["state"].items()
    }
    return {**state, "state": kept}
