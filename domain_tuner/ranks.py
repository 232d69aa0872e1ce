"""The processes that share each step of one training, as `torchrun` and `accelerate launch` start them.

Each has a rank; rank 0 alone writes files and decides. Knows nothing about what is trained.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from domain_tuner.errors import BadOption

if TYPE_CHECKING:
    import torch


def rank() -> int:
    return int(os.environ.get("RANK", "0"))


def local_rank() -> int:
    """Among the processes of this machine: which accelerator is ours."""
    return int(os.environ.get("LOCAL_RANK", "0"))


def world() -> int:
    """How many processes there are."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def check_processes(processes: int) -> None:
    """BadOption where there are GPUs, and fewer than processes: without one of its own a process would die late."""
    import torch

    found = torch.cuda.device_count() if torch.cuda.is_available() else processes
    if found < processes:
        raise BadOption(
            f"processes={processes} needs {processes} GPUs, one for each, and this machine has {found}. Choose "
            f"processes={found}."
        )


def mean_over_ranks(value: torch.Tensor) -> torch.Tensor:
    """The mean of all processes' values; each must ask."""
    if world() > 1:
        import torch.distributed as dist

        dist.all_reduce(value)
        value /= world()
    return value


def decided(*answers: bool) -> list[bool]:
    """Rank 0's answers, the same for all processes; each must ask."""
    if world() == 1:
        return list(answers)
    import torch
    import torch.distributed as dist

    told = torch.tensor(answers, dtype=torch.uint8, device=_meeting_place())
    dist.broadcast(told, 0)
    return [bool(answer) for answer in told.tolist()]


def of_all(value: int) -> list[int]:
    """Every process's value, by rank; each must ask."""
    if world() == 1:
        return [value]
    import torch
    import torch.distributed as dist

    own = torch.tensor([value], dtype=torch.int64, device=_meeting_place())
    found = [torch.zeros_like(own) for _ in range(world())]
    dist.all_gather(found, own)
    return [int(one) for one in found]


def _meeting_place() -> str:
    """The kind of device on which the processes exchange numbers."""
    import torch.distributed as dist

    return "cuda" if dist.get_backend() == "nccl" else "cpu"


def together() -> None:
    """Wait until every process has come here."""
    if world() > 1:
        import torch.distributed as dist

        dist.barrier()
