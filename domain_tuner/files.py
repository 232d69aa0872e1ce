"""Files written whole or not at all: a temporary name beside the target, flushed to disk, then renamed.

Knows nothing about what is in them.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from domain_tuner.errors import BadOption

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_SAID_FULL = ("No space left", "StorageFull", "File too large", "Disk quota")
_SAVE_BROKEN_OFF = ("PytorchStreamWriter failed", "iostream error", "unexpected pos")  # torch.save gives no reason


def write_text(path: Path, text: str) -> None:
    """Replace the file's text in one step; a reader sees the old text or the new."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with beside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any) -> None:
    """As write_text, of one JSON value."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def publish_folder(made: Path, target: Path) -> None:
    """Flush every file of the folder `made` and give it the name `target`, in place of what had it."""
    _flush_files(made)
    if target.exists():
        old = target.with_name(f".{target.name}.{os.getpid()}.old")
        os.replace(target, old)
        os.replace(made, target)
        shutil.rmtree(old)
    else:
        os.replace(made, target)
    _flush(target.parent)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder to write into, which becomes `folder` when all went well and is gone when not.

    Raises BadOption where `folder` is in use.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadOption(f"{folder} is there already and is not an empty folder. Name a new one to write to.")
    folder = folder.resolve()
    # Somebody may stand in an empty folder, or it may be a disk of its own: it stays, and what was made moves into it.
    made = folder / ".new" if folder.exists() else folder.with_name(f".{folder.name}.new")
    shutil.rmtree(made, ignore_errors=True)
    try:
        made.mkdir(parents=True)
    except (FileExistsError, FileNotFoundError, NotADirectoryError) as error:
        raise BadOption(f"No folder {folder} can be made ({error.strerror}). Name another.") from error
    try:
        yield made
        readable = made.stat().st_mode & 0o666  # as the umask has it: safetensors writes files for their owner alone
        for path in made.rglob("*"):
            if path.is_file():
                path.chmod(readable)
        if made.parent == folder:
            _flush_files(made)
            for path in made.iterdir():
                path.rename(folder / path.name)
            _flush(folder)
        else:
            publish_folder(made, folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _flush_files(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            _flush(path)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256(path: Path) -> str:
    """Hex digest of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_disk_full(error: BaseException) -> bool:
    """Whether an error, or one that it came from, says that the disk has no room. Libraries in Rust and C++ put the
    reason into their message only."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in _FULL:
            return True
        if any(sign in str(seen) for sign in (*_SAID_FULL, *_SAVE_BROKEN_OFF)):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
