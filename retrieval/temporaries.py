"""The names that files are written under before they get their own, and what is left of those.

Knows nothing about what is in them.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path


def temporary_of(target: Path) -> Path:
    """The name beside `target` for this process; what others left there that were killed is taken away."""
    ours = re.compile(rf"\.?{re.escape(target.name)}\.(\d{{1,9}})\.tmp")
    for file in target.parent.glob("*.tmp"):
        if (found := ours.fullmatch(file.name)) and not _runs(int(found[1])):
            discard(file)
    return target.with_name(f".{target.name}.{os.getpid()}.tmp")


def discard(file: Path) -> None:
    """Takes the file away, if it is there and can be: on a disk that cannot be written to, it never was."""
    with suppress(OSError):
        file.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # another user's
    return True
