"""The names that files are written under before they get their own, and what is left of those.

Knows nothing about what is in them.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from glob import escape
from pathlib import Path

_GIVEN_UP = 24 * 3600  # seconds without a change after which a file is of a process that was killed


def temporary_of(target: Path) -> Path:
    """The name beside `target` for this process; what others left there that were killed is taken away."""
    discard_old(target.parent, f".{escape(target.name)}.*.tmp")
    return target.with_name(f".{target.name}.{os.getpid()}.tmp")


def discard_old(folder: Path, pattern: str) -> None:
    """Takes away files that nobody writes any more. By their age, as a process of another container or machine that
    shares the folder cannot be asked for."""
    for file in folder.glob(pattern):
        with suppress(OSError):
            if time.time() - file.stat().st_mtime > _GIVEN_UP:
                file.unlink()


def discard(file: Path) -> None:
    """Takes the file away, if it is there and can be: on a disk that cannot be written to, it never was."""
    with suppress(OSError):
        file.unlink(missing_ok=True)
