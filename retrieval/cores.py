"""What the processor can do: how many of its cores this process may use, and whether it multiplies in bfloat16."""

from __future__ import annotations

import os


def usable_cores() -> int:
    """Those of the machine, less what a container or `taskset` withholds."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cpu_has_bfloat16() -> bool:
    """Elsewhere bfloat16 is put together from float32, and slower than it."""
    import torch

    return bool(torch.cpu.get_capabilities().get("avx512_bf16"))
