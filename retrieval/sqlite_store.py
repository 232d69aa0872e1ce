"""The store in one SQLite file. Knows nothing about what is kept in it, or FAISS.

journal_mode=TRUNCATE and synchronous=FULL, not WAL: SQLite before 3.51.3 can corrupt a WAL database when
several processes reset it at once, and Debian 12 ships 3.40.1. One connection a thread.
"""

from __future__ import annotations

import sqlite3
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from . import rows
from .copies import copy_to
from .errors import BrokenStore, NewerStore, StoreError
from .fulltext import holding, match
from .schema import MIGRATIONS
from .sql import BUSY_SECONDS, changed, error_of
from .store import Store

# KiB of pages in memory. What a transaction changes beyond them goes to the file at once, and readers wait for its end.
_PAGES, _PAGES_WRITING = 2000, 262_144


class SqliteStore(Store):
    """The database in `path`, made when it is not there. Safe to use from several threads and processes.

    One of an older schema is brought up to date, after a copy of it was put beside (unless not `keep_old`).
    """

    def __init__(self, path: Path, keep_old: bool = True) -> None:
        self.path, self.place = path, str(path.parent)
        self._keep_old = keep_old
        self._threads = threading.local()
        self._open: list[tuple[threading.Thread, sqlite3.Connection]] = []
        self._opening = threading.Lock()
        self._counted: tuple[str | None, int, dict[str, int]] = (None, 0, {})  # state, passages, those with a word
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{path.parent} cannot be made a folder for the corpus: {error.strerror}.") from error
        self._migrate()

    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        found: sqlite3.Connection | None = getattr(self._threads, "connection", None)
        if found is None:
            found = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            for pragma in (
                "journal_mode=TRUNCATE",
                "synchronous=FULL",
                "foreign_keys=ON",
                "secure_delete=OFF",
            ):
                found.execute(f"PRAGMA {pragma}")
            self._threads.connection = found
            with self._opening:
                self._close_of_ended()
                self._open.append((threading.current_thread(), found))
        return found

    def _close_of_ended(self) -> None:
        """A page has a thread for every question."""
        for thread, connection in self._open:
            if not thread.is_alive():
                connection.close()
        self._open = [(thread, connection) for thread, connection in self._open if thread.is_alive()]

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self.connection()
        except sqlite3.IntegrityError as error:
            raise StoreError(changed(str(self.path))) from error
        except sqlite3.ProgrammingError as error:
            if "closed" not in str(error):
                raise
            raise StoreError(f"{self.path} was closed meanwhile. Open the corpus again.") from error
        except sqlite3.DatabaseError as error:
            raise error_of(str(error), self.path) from error

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; the state changes with every commit, so that caches know."""
        with self.reading() as connection:
            connection.execute(f"PRAGMA cache_size = -{_PAGES_WRITING}")
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                rows.write_notes(connection, {"state": uuid.uuid4().hex})
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            finally:
                connection.execute(f"PRAGMA cache_size = -{_PAGES}")

    def _migrate(self) -> None:
        with self.reading() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > len(MIGRATIONS):
                raise NewerStore(
                    f"{self.path} was written by a newer version of this program (schema {version}, "
                    f"this one reads up to {len(MIGRATIONS)}). Update the program."
                )
            if version == len(MIGRATIONS):
                return
            if version and self._keep_old:
                copy_to(connection, self.path.with_name(f"{self.path.stem}.schema-{version}.sqlite"), version)
        with self.writing() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]  # another process may have been first
            for number, migration in enumerate(MIGRATIONS[version:], start=version + 1):
                migration(connection)
                connection.execute(f"PRAGMA user_version = {number}")
            if not version:  # a cache of another database that was here before is none of this one
                rows.write_notes(connection, {"generation": uuid.uuid4().hex})

    def close(self) -> None:
        """Closes every thread's connection."""
        with self._opening:
            while self._open:
                self._open.pop()[1].close()
            self._threads = threading.local()

    # -- the whole

    def copy_to(self, target: Path) -> None:
        """Writes all of it to one file, as it is at this moment."""
        with self.reading() as connection:
            copy_to(connection, target)

    def check(self) -> None:
        """Reads all of it; raises BrokenStore where something is damaged."""
        with self.reading() as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise BrokenStore(f"{self.path} is damaged ({found}). Choose another backup.")

    def become(self, other: SqliteStore) -> None:
        """Holds what `other` holds, and nothing else, in one transaction."""
        other.set_meta({"generation": uuid.uuid4().hex})  # ids mean other passages now: caches must start anew

        def told(status: int, remaining: int, total: int) -> None:
            if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):  # else it would wait for ever
                raise error_of("busy", self.path)

        with self.reading() as connection:
            other.connection().backup(connection, progress=told)

    # -- what its index follows

    def last_change(self) -> int:
        """The number of the last change to what can be found."""
        with self.reading() as connection:
            return rows.last_change(connection)

    def changed_since(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Passages (int64, ascending) that can be found, and that cannot, of those changed after that change."""
        with self.reading() as connection:
            return rows.changed_since(connection, number)

    # -- full text

    def match(self, query_words: Sequence[str], k: int, within: np.ndarray | None = None) -> list[tuple[int, float]]:
        """(passage id, BM25, higher is better) of the k best passages with any of the words, given as stems."""
        with self.reading() as connection:
            total, held = self._counts(connection)
            return match(connection, total, query_words, k, None if within is None else within.tolist(), held)

    def _counts(self, connection: sqlite3.Connection) -> tuple[int, dict[str, int]]:
        """How many passages there are, which means to read all documents, and how many hold a word; anew after a
        change."""
        state, counted = rows.note(connection, "state"), self._counted
        if state != counted[0]:
            total = connection.execute("SELECT coalesce(sum(passages), 0) FROM documents").fetchone()[0]
            self._counted = counted = (state, total, {})
        return counted[1:]

    def holding(self, phrases: Sequence[Sequence[str]]) -> np.ndarray:
        """int64 [n], ascending: the ids of the passages with all these phrases in them."""
        with self.reading() as connection:
            return np.array(holding(connection, phrases), np.int64)


def tables_of(path: Path) -> set[str]:
    """The names of the tables in a database file; none where they cannot be read."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as opened:
            return {name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.DatabaseError:
        return set()
