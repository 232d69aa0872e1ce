"""A whole copy of a database in one file, made while others may read and write it.

Knows nothing about tables but that of notes. The copy appears under its name when it is complete and on the disk, or
not at all.
"""

from __future__ import annotations

import errno
import os
import uuid
from pathlib import Path

from .errors import DiskFull, StoreError
from .sql import Connection
from .temporaries import discard, temporary_of

_MAGIC = b"SQLite format 3\x00"


def schema_of(path: Path) -> int | None:
    """The number of the last schema step in a database file, from its header; None where it is no database."""
    with path.open("rb") as opened:
        head = opened.read(100)
    return int.from_bytes(head[60:64], "big") if len(head) == 100 and head.startswith(_MAGIC) else None


def copy_to(connection: Connection, target: Path, schema: int | None = None) -> bool:
    """Copies the database to `target`, in place of what is there; nothing if it is not of this `schema` any more."""
    temporary = temporary_of(target)
    try:
        temporary.write_bytes(b"")  # a folder that cannot be written to shows here, with its reason
        connection.execute("VACUUM INTO ?", (os.fspath(temporary),))
        if schema is not None and schema_of(temporary) != schema:
            return False
        _begin_generation(connection, temporary)
        with temporary.open("rb+") as opened:
            os.fsync(opened.fileno())
        temporary.replace(target)
        _flush_folder(target.parent)
        return True
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(
                f"The disk is full: {target} could not be written. Free some space and try again."
            ) from error
        raise StoreError(f"{target} could not be written: {error.strerror}. Choose another place.") from error
    finally:
        discard(temporary)


def _begin_generation(connection: Connection, copy: Path) -> None:
    """Were it put back by hand, the cache of the corpus that went on without it must not be taken for its own."""
    connection.execute("ATTACH ? AS copy", (os.fspath(copy),))
    try:
        connection.execute("PRAGMA copy.journal_mode = OFF").fetchone()
        connection.execute("UPDATE copy.meta SET value = ? WHERE key = 'generation'", (uuid.uuid4().hex,))
    finally:
        connection.execute("DETACH copy")


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
