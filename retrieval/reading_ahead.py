"""Reads the next files while the last ones are embedded and stored: several at once, each in a child process.

Knows nothing about documents that are known already, nor about what becomes of the blocks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from types import TracebackType

from .archives import Member
from .cores import usable_cores
from .parser import Parsed, Parser
from .sources import Source

_MOST_PROCESSES = 4  # a child takes 60 MB and more, and the embedding model needs cores, too


class Begun:
    """A file that is being read, or will be."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.news: SimpleQueue[tuple[int, int] | Parsed | Exception] = SimpleQueue()

    def read(self, parser: Parser) -> None:
        """In a thread of its own: pages that take long, then the outcome, go into `news`."""
        inner = self.source.member.inner if self.source.member else ()
        try:
            self.news.put(parser.parse(self.source.path, self.source.typed, inner, lambda *page: self.news.put(page)))
        except Exception as error:  # it is raised by `ReadAhead.finished`, where somebody waits
            self.news.put(error)


class ReadAhead:
    """A few processes that read files in the order in which they were begun. Use as a context manager."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(min(usable_cores(), _MOST_PROCESSES), "reading")
        self._parsers: list[Parser] = []
        self._idle: deque[Parser] = deque()

    def __enter__(self) -> ReadAhead:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        for parser in self._parsers:
            parser.interrupt()
        self._pool.shutdown()
        for parser in self._parsers:
            parser.close()

    def begin(self, source: Source) -> Begun:
        begun = Begun(source)
        self._pool.submit(self._read, begun)
        return begun

    def finished(self, begun: Begun, told: Callable[[int, int], None]) -> Parsed:
        """What was read; `told` hears of every page that takes long. Raises UnreadableDocument."""
        while isinstance(news := begun.news.get(), tuple):
            told(*news)
        if isinstance(news, Exception):
            raise news
        return news

    def members(self, source: Source) -> list[Member]:
        """The files in an archive."""
        parser = self._parser()
        try:
            return parser.members(source.path, source.typed)
        finally:
            self._idle.append(parser)

    def _read(self, begun: Begun) -> None:
        parser = self._parser()
        begun.read(parser)
        self._idle.append(parser)

    def _parser(self) -> Parser:
        try:
            return self._idle.pop()
        except IndexError:
            self._parsers.append(parser := Parser())
            return parser
