"""A call that reports through a callback -> a generator of what is known so far, at most ten times a second.

Knows nothing about answers or widgets.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")
_SECONDS_APART = 0.1


@dataclass(frozen=True)
class Finished(Generic[Result]):
    """The last thing that is yielded: what the call returned."""

    result: Result


def reports(call: Callable[[Callable[..., None]], Result]) -> Iterator[list[tuple[Any, ...]] | Finished[Result]]:
    """Runs `call(report)` in a thread and yields lists of the reports made since; Finished comes last.

    What the call raises is raised here. If nobody listens any more (the page was closed) the call runs to its end.
    """
    made: queue.Queue[tuple[Any, ...] | None] = queue.Queue()
    outcome: list[Finished[Result] | BaseException] = []

    def work() -> None:
        try:
            outcome.append(Finished(call(lambda *report: made.put(report))))
        except BaseException as error:
            outcome.append(error)
        finally:
            made.put(None)

    threading.Thread(target=work, daemon=True).start()
    ended = False
    while not ended:
        fresh = [made.get()]
        time.sleep(0 if fresh == [None] else _SECONDS_APART)
        while not made.empty():
            fresh.append(made.get())
        ended = fresh[-1] is None
        told = [report for report in fresh if report is not None]
        if told:
            yield told
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    yield outcome[0]
