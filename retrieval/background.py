"""Work that is done beside searches and ingests. Knows nothing about what it is."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Background:
    """A thread for one piece of work at a time, that does not keep the program from ending."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._thread: threading.Thread | None = None

    @property
    def at_work(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self, work: Callable[[], None]) -> None:
        self._thread = threading.Thread(target=work, name=self._name, daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Until the work is done, if any was started."""
        if self._thread:
            self._thread.join()
