"""Locks that die with their process: POSIX record locks on a file (not flock, which a forked child would keep).

A process loses such a lock when it closes ANY descriptor of that file, so locks held here are kept in one table and
asked after there. Knows nothing about what is locked.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from pathlib import Path
from types import TracebackType

_held: dict[Path, int] = {}
_table = threading.Lock()  # between opening a file and entering it in the table, no thread may close another descriptor


class Lock:
    """`if lock.take(): ... lock.release()`, or as a context after take."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()

    def take(self, patience: float = 0.0) -> bool:
        """Whether the lock is ours now, tried for `patience` seconds (those who only look hold it for an instant)."""
        until = time.monotonic() + patience
        while not self._try():
            if time.monotonic() >= until:
                return False
            time.sleep(0.02)
        return True

    def _try(self) -> bool:
        with _table:
            if self.path in _held:
                return False
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(descriptor)
                return False
            _held[self.path] = descriptor
            return True

    def release(self) -> None:
        with _table:
            descriptor = _held.pop(self.path, None)
            if descriptor is not None:
                os.close(descriptor)

    def __enter__(self) -> Lock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def is_held(path: Path) -> bool:
    """Whether a living process, this one or another, has the lock. Looking takes no lock from anyone."""
    path = path.resolve()
    with _table:
        if path in _held:
            return True
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(descriptor)
        return False
