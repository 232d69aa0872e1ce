"""A corpus in one file, and back: `backup` and `restore`, each one call, while others read and write.

Knows nothing about search. The file holds all documents, passages, vectors and full text; the index is a cache and
is made anew. The embedding model is not in it, only its name.
"""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path

from .copies import schema_of
from .errors import BrokenStore, DiskFull, NewerStore, StoreError
from .schema import MIGRATIONS
from .sqlite_store import SqliteStore, tables_of
from .temporaries import discard, discard_old

CORPUS_FILE, REPLACED_FILE = "corpus.sqlite", "before-restore.sqlite"
_TABLES = {"meta", "documents", "passages"}


@dataclass(frozen=True)
class Backup:
    """What is in a backup, or was put back from one. `bytes` is the size of its file; `replaced` a backup of the
    documents that were there before it was put back."""

    file: Path
    documents: int
    passages: int
    bytes: int
    replaced: Path | None = None


def backup(folder: Path, file: Path) -> Backup:
    """Writes the corpus in `folder` to `file`, in place of an older backup there; whole, or not at all.

    Raises StoreError where there is no corpus, or where `file` is something else than a backup, and DiskFull.
    """
    if not (folder / CORPUS_FILE).is_file():
        raise StoreError(f"There is no corpus in {folder}: expected {CORPUS_FILE} in it. Check the folder.")
    if file.is_dir() or (file.exists() and not _is_corpus(file)):
        raise StoreError(f"{file} is there already and is no backup of a corpus. Give a file name that is not taken.")
    if file.resolve() == (folder / CORPUS_FILE).resolve():
        raise StoreError(f"{file} is the corpus itself. Give another file name for its backup.")
    store = SqliteStore(folder / CORPUS_FILE)
    try:
        store.copy_to(file)
    finally:
        store.close()
    written = SqliteStore(file)  # counted in the copy, as another process may be writing on
    try:
        return _contents(written, file)
    finally:
        written.close()


def restore(file: Path, folder: Path) -> Backup:
    """Makes the corpus in `folder` what the backup `file` holds, in one transaction; all of it, or nothing.

    A corpus that is open elsewhere sees the new documents at once, and must be opened again if the backup was made
    with another embedding model. Documents that are there are kept beside, in a backup that the next restore replaces;
    a database that is damaged or of a newer program, under a name with its date. Raises BrokenStore for what is no
    backup, NewerStore, StoreBusy and DiskFull.
    """
    _check(file)
    copy = folder / f".restore-{time.time_ns()}.sqlite"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        discard_old(folder, ".restore-*.sqlite*")
        shutil.copyfile(file, copy)
        source = _opened(copy, file)
        try:
            held = _contents(source, file)
            target = _target(folder / CORPUS_FILE)
            try:
                if target.documents():
                    target.copy_to(folder / REPLACED_FILE)
                    held = replace(held, replaced=folder / REPLACED_FILE)
                target.become(source)
            finally:
                target.close()
        finally:
            source.close()
        return held
    except OSError as error:
        kind = DiskFull if "space" in (error.strerror or "") else StoreError
        raise kind(f"The backup could not be put back into {folder}: {error.strerror}. Nothing was changed.") from error
    finally:
        for left in (copy, Path(f"{copy}-journal")):
            discard(left)


def _is_corpus(file: Path) -> bool:
    """Whether it is a database of ours, whole or not; other programs number their schemas, too."""
    return bool(schema_of(file)) and tables_of(file) >= _TABLES


def _check(file: Path) -> None:
    if not file.is_file():
        raise StoreError(f"There is no backup {file}. Check the path.")
    schema = schema_of(file)
    if not schema or not _is_corpus(file):
        raise BrokenStore(f"{file} is no backup of a corpus. Choose the file that was written as one.")
    if schema > len(MIGRATIONS):
        raise NewerStore(
            f"{file} was written by a newer version of this program (schema {schema}, this one reads up to "
            f"{len(MIGRATIONS)}). Update the program."
        )


def _opened(copy: Path, file: Path) -> SqliteStore:
    """The copy of the backup `file`, read to its end."""
    source = None
    try:
        source = SqliteStore(copy, keep_old=False)
        source.check()
        return source
    except BrokenStore as error:
        if source:
            source.close()
        raise BrokenStore(
            f"{file} is damaged or was cut off. Choose another backup; the corpus is as it was before."
        ) from error


def _target(path: Path) -> SqliteStore:
    """The database to be overwritten; one that cannot be opened is moved aside, since a restore is what mends it."""
    try:
        return SqliteStore(path)
    except (BrokenStore, NewerStore):
        path.replace(path.with_name(f"{path.name}.unusable-{time.strftime('%Y%m%d-%H%M%S')}"))
        Path(f"{path}-journal").unlink(missing_ok=True)
        return SqliteStore(path)


def _contents(store: SqliteStore, file: Path) -> Backup:
    documents = store.documents()
    return Backup(file, len(documents), sum(document.passages for document in documents), file.stat().st_size)
