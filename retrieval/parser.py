"""Reads files in a child process with limits, so that one bad file never ends the batch or the program.

Knows nothing about formats: the child runs `readers.read`. One child serves file after file, and is started
anew when it dies or is stopped at a limit. Requests and answers are one line of JSON each;
before its answer, the child may say which page it is at.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any

from .archives import Member
from .errors import UNREADABLE, BrokenDocument, DocumentTooLarge, UnreadableDocument
from .passages import Block

MAX_SECONDS = 60
MAX_MEMORY = 2 * 2**30
MAX_ANSWER = 512 * 2**20
Told = Callable[[int, int], None]  # (page that is begun, pages)


@dataclass(frozen=True)
class Parsed:
    """One file's blocks. `sha256` is of the bytes that were really parsed, `note` what was left out of them."""

    blocks: list[Block]
    pages: int | None
    sha256: str
    note: str | None = None


class Parser:
    """A child process that parses. Use as a context manager; `parse` raises UnreadableDocument."""

    def __init__(self, seconds: float = MAX_SECONDS, memory: int = MAX_MEMORY) -> None:
        self._seconds = seconds
        self._memory = memory
        self._child: subprocess.Popen[bytes] | None = None
        self._rest = b""  # what the child has said after the line that was read last

    def __enter__(self) -> Parser:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the child."""
        self._rest = b""
        if self._child:
            self._child.kill()
            self._child.wait()
            for pipe in (self._child.stdin, self._child.stdout):
                if pipe:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()
            self._child = None

    def interrupt(self) -> None:
        """From another thread: ends the child, so that who waits for its answer hears that it crashed."""
        if child := self._child:
            child.kill()

    def parse(self, path: Path, name: str, inner: Sequence[int] = (), told: Told | None = None) -> Parsed:
        """The blocks of the file at `path`, read as its `name` says; `inner` is the place of one in an archive.

        `told` hears of every page that takes long, and each such page has the whole time limit to itself.
        """
        answer = self._ask({"path": os.fspath(path), "name": name, "inner": list(inner)}, told)
        blocks = [Block(*block) for block in answer["blocks"]]
        return Parsed(blocks, answer["pages"], answer["sha256"], answer["note"])

    def members(self, path: Path, name: str) -> list[Member]:
        """The files in the archive at `path`, those in archives within it too."""
        answer = self._ask({"path": os.fspath(path), "name": name, "list": True})
        return [Member(tuple(inner), *rest) for inner, *rest in answer["members"]]

    def _ask(self, request: dict[str, Any], told: Told | None = None) -> dict[str, Any]:
        child = self._started()
        assert child.stdin is not None
        try:
            child.stdin.write(json.dumps(request).encode() + b"\n")
            child.stdin.flush()
            while "page" in (answer := self._answer(child)):
                if told:
                    told(answer["page"], answer["of"])
        except (BrokenPipeError, EOFError, ValueError) as error:
            self.close()
            raise BrokenDocument(
                "The file is damaged: its reader crashed on it. Open it in its own program, save it "
                "again, and try that."
            ) from error
        if answer.get("spent"):  # what a memory error leaves behind may be too little for the next file
            self.close()
        if "error" in answer:
            raise UNREADABLE.get(answer["error"], BrokenDocument)(answer["reason"])
        return answer

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self.close()
            home = str(Path(__file__).resolve().parent.parent)
            paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
            self._child = subprocess.Popen(
                [sys.executable, "-P", "-m", "retrieval.parser", str(int(self._seconds)), str(self._memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                close_fds=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            )
        return self._child

    def _answer(self, child: subprocess.Popen[bytes]) -> dict[str, Any]:
        """One line from the child, within the time limit."""
        assert child.stdout is not None
        ends, parts = time.monotonic() + self._seconds, [self._rest]
        size = len(self._rest)
        with selectors.DefaultSelector() as ready:
            ready.register(child.stdout, selectors.EVENT_READ)
            while b"\n" not in parts[-1]:
                if not ready.select(max(ends - time.monotonic(), 0)):
                    self.close()
                    raise DocumentTooLarge(
                        f"Reading it took over {self._seconds:g} s and was stopped. Split it into parts, "
                        "or save it again in its own program."
                    )
                part = os.read(child.stdout.fileno(), 1 << 20)
                if not part:
                    raise EOFError("the child ended")
                parts.append(part)
                size += len(part)
                if size > MAX_ANSWER:
                    self.close()
                    raise DocumentTooLarge("It holds more text than can be taken in at once. Split it into parts.")
        parts[-1], _, self._rest = parts[-1].partition(b"\n")
        answer: dict[str, Any] = json.loads(b"".join(parts))
        return answer


def _limit(memory: int) -> None:
    import resource

    for what, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):  # not every system has every limit
            resource.setrlimit(what, (most, most))


def _limit_cpu(seconds: float) -> None:
    """CPU time counts for the whole life of a process, so the limit moves on with every file."""
    import resource

    with contextlib.suppress(ValueError, OSError):
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + seconds) + 1, hard))


def _answered(asked: dict[str, Any], told: Told) -> dict[str, Any]:
    """The answer to one request: what was read, or why it could not be."""
    try:
        return _listed(asked) if asked.get("list") else _parsed(asked, told)
    except UnreadableDocument as error:
        return {"error": type(error).__name__, "reason": str(error)}
    except MemoryError:
        return {
            "error": "DocumentTooLarge",
            "spent": True,
            "reason": "Reading it takes more memory than is allowed for one file. Split it into parts.",
        }
    except OSError as error:
        return {"error": "BrokenDocument", "reason": f"It cannot be read: {error.strerror}."}
    except Exception as error:  # a reader's library failed on this one file; its name is the best hint there is
        return {
            "error": "BrokenDocument",
            "reason": f"The file is damaged: its reader failed on it "
            f"({type(error).__name__}). Open it in its own program, save it again, and try that.",
        }


def _bytes(path: str) -> bytes:
    from .formats import MAX_FILE_BYTES

    with open(path, "rb") as opened:
        return opened.read(MAX_FILE_BYTES + 1)


def _listed(asked: dict[str, Any]) -> dict[str, Any]:
    from .archives import members
    from .formats import check

    check(asked["name"], _bytes(asked["path"]))
    return {"members": [astuple(member) for member in members(asked["path"])]}


def _parsed(asked: dict[str, Any], told: Told) -> dict[str, Any]:
    from .archives import member_bytes
    from .readers import read

    path, inner = asked["path"], asked["inner"]
    data = member_bytes(path, inner) if inner else _bytes(path)
    reading = read(asked["name"], data, told)
    blocks = [(block.text, block.page, block.heading) for block in reading.blocks]
    digest = sha256(data).hexdigest()
    return {"blocks": blocks, "pages": reading.pages, "sha256": digest, "note": reading.note}


def serve(seconds: float, memory: int) -> None:
    """The child's loop. Libraries that print must not reach the pipe, so standard output is moved "
    "away first."""
    answers = os.fdopen(os.dup(1), "wb")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    _limit(memory)

    def say(answer: dict[str, Any]) -> None:
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()

    def told(page: int, pages: int) -> None:
        _limit_cpu(seconds)
        say({"page": page, "of": pages})

    for line in sys.stdin.buffer:
        _limit_cpu(seconds)
        say(_answered(json.loads(line), told))


if __name__ == "__main__":
    serve(float(sys.argv[1]), int(sys.argv[2]))
