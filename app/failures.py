"""An exception -> the sentence that a person reads, and a log of what was a bug. Knows no command and no widget.

Two families of errors are meant for people, CorpusError and TuningError; what the machine refuses (a full disk, a
forbidden file) is put into words here. Anything else is a bug: logged in full, and said to be one.
"""

from __future__ import annotations

import errno
import re
import shlex
import time
import traceback
from pathlib import Path

from domain_tuner.errors import TuningError
from domain_tuner.files import is_disk_full
from retrieval.errors import CorpusError

LOG_NAME = "errors.log"
_LOG_BYTES = 1_000_000  # then the log starts anew and the old one is kept beside it


COMMANDS = (
    *("ingest", "documents", "passages", "store", "remove", "search", "calibrate", "backup", "restore"),
    *("methods", "tune", "forecast", "runs", "ask", "compare", "evaluate", "study", "export", "convert"),
    *("serve", "demo", "doctor"),
)
_COMMAND = re.compile(rf"\bdomain-tuner (?=(?:{'|'.join(COMMANDS)})\b)")


class PageError(Exception):
    """The page cannot be served as asked; the message says why and what to do."""


def sentence_of(error: BaseException, workspace: Path) -> str:
    """What happened and what to do, in words; a bug is written to the workspace's errors.log first."""
    if isinstance(error, (CorpusError, TuningError, PageError)):
        return str(error)
    if is_disk_full(error):
        return f"The disk that holds {workspace} is full. Nothing was left half written; free some space and try again."
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{error.filename or workspace} may not be read or written by this user. Check its permissions."
    return _bug(error, workspace)


def in_workspace(sentence: str, workspace: Path | None) -> str:
    """The sentence with the workspace in each command that it names, to be typed as it stands; None: the usual one."""
    if workspace is None:
        return sentence
    named = f"domain-tuner --workspace {shlex.quote(str(workspace))} "
    return _COMMAND.sub(lambda _: named, sentence)


def _bug(error: BaseException, workspace: Path) -> str:
    kind = type(error).__name__
    try:
        log = write_log(error, workspace)
    except OSError as unwritable:
        trace = "".join(traceback.format_exception(error))
        return f"{trace}This is a bug in domain-tuner ({kind}), and it could not be logged: {unwritable}."
    return f"This is a bug in domain-tuner ({kind}). Its details are in {log}; please report it with them."


def write_log(error: BaseException, workspace: Path) -> Path:
    """Appends the full traceback to the workspace's errors.log and returns its path."""
    workspace.mkdir(parents=True, exist_ok=True)
    log = workspace / LOG_NAME
    if log.exists() and log.stat().st_size > _LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    with log.open("a", encoding="utf-8") as file:
        file.write(time.strftime("--- %Y-%m-%d %H:%M:%S\n"))
        file.writelines(traceback.format_exception(error))
    return log
