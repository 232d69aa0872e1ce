"""How much memory this process has held at most, on the accelerator or on the machine. Knows nothing about models."""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def peak_bytes(device: torch.device) -> int:
    """Since the process started: of the GPU's memory what torch has held there, else of the machine's."""
    if device.type == "cuda":
        import torch

        return torch.cuda.max_memory_allocated(device)
    return peak_of_process()


def peak_of_process() -> int:
    """Bytes of the machine's memory. Linux's getrusage would do but for a new process, which starts with the peak of
    whoever started it: a page with a model in memory, say."""
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.is_file() else None
    if found:
        return int(found[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # bytes on macOS, KiB elsewhere
