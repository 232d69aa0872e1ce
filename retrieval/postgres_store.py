"""The store on a PostgreSQL server with pgvector. Knows nothing about what is kept in it.

Many machines may write: a writing transaction first takes the lock of one table (EXCLUSIVE: readers do not wait), so
writers come one after the other, as they do in SQLite, and no statement of ours can meet half of another's work. A
client that is killed loses its connection, and with that its transaction; one whose network is gone is given up by the
server after a minute.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import psycopg

from . import postgres_fulltext
from .errors import NewerStore, StoreError
from .postgres_connection import PostgresConnection, bare, connected
from .postgres_errors import LOST, REFUSED, sentence_of
from .postgres_schema import EXTENSION, MIGRATIONS
from .server_url import ServerUrl, server_url
from .store import Store

_KEPT = 4  # connections that wait for work
_MIGRATORS_LOCK = 0x646F6D62  # of the whole database, as the extension is


class PostgresStore(Store):
    """The corpus in a schema of a database; made where it is not there."""

    name_column = 'name COLLATE "C"'

    def __init__(self, url: str) -> None:
        self._server = server_url(url)
        self.place = self._server.shown
        self._idle: deque[PostgresConnection] = deque()
        with said(self._server):
            migrate(self._server)

    @contextmanager
    def reading(self, keep: bool = True) -> Iterator[PostgresConnection]:
        with said(self._server):
            connection = self._taken()
            try:
                yield connection
            except LOST as error:
                if not isinstance(error, REFUSED):
                    self.close()  # the others of this server are gone, too
                raise
            finally:
                connection.used = time.monotonic()
                if keep and len(self._idle) < _KEPT and connection.usable():
                    self._idle.append(connection)
                else:
                    connection.raw.close()

    @contextmanager
    def writing(self) -> Iterator[PostgresConnection]:
        with self.reading() as connection, connection.raw.transaction():
            connection.execute("LOCK TABLE meta IN EXCLUSIVE MODE")
            yield connection

    def _taken(self) -> PostgresConnection:
        while connection := self._waiting():
            if connection.usable():
                return connection
            connection.raw.close()
        return PostgresConnection(connected(self._server))

    def _waiting(self) -> PostgresConnection | None:
        with suppress(IndexError):  # other threads take them, too
            return self._idle.pop()
        return None

    def close(self) -> None:
        while connection := self._waiting():
            connection.raw.close()

    def replace_vectors(self, ids: Sequence[int], vectors: np.ndarray, notes: dict[str, str]) -> None:
        with self.writing() as connection:
            connection.execute("DROP INDEX IF EXISTS passages_graph")  # of the old vectors, which may be narrower
            self._write_vectors(connection, ids, vectors, notes)

    def match(self, query_words: Sequence[str], k: int, within: np.ndarray | None = None) -> list[tuple[int, float]]:
        with self.reading() as connection:
            only = None if within is None else within.tolist()
            return postgres_fulltext.match(connection, query_words, k, only)

    def holding(self, phrases: Sequence[Sequence[str]]) -> np.ndarray:
        with self.reading() as connection:
            return np.array(postgres_fulltext.holding(connection, phrases), np.int64)


@contextmanager
def said(server: ServerUrl) -> Iterator[None]:
    """What the server or the library says, as something that a person can act on."""
    try:
        yield
    except psycopg.Error as error:
        sentence = sentence_of(error, server)
        if sentence is None:
            raise
        raise sentence from None  # the library's own words may repeat an address


def described(url: str) -> str:
    """What answers there, in words; makes and changes nothing. Raises as opening a corpus there does."""
    server = server_url(url)
    with said(server), bare(server) as raw:
        row = raw.execute("SELECT current_setting('server_version')").fetchone()
        there = "a corpus" if _version(raw, server) else "no corpus yet"
    assert row is not None
    return f"PostgreSQL {row[0]} at {server.shown}, {there}"


def migrate(server: ServerUrl) -> None:
    """Makes the extension, the schema and its tables what this program expects, in one transaction."""
    with bare(server) as raw:
        if _version(raw, server) == len(MIGRATIONS):
            return
    with bare(server) as raw, raw.transaction():
        raw.execute("SELECT pg_advisory_xact_lock(%s)", (_MIGRATORS_LOCK,))
        version = _version(raw, server)  # another process may have been first
        if raw.execute("SELECT 1 FROM pg_extension WHERE extname = %s", (EXTENSION,)).fetchone() is None:
            raw.execute(f"CREATE EXTENSION {EXTENSION}")
        # IF NOT EXISTS would want the right to make schemas also where an administrator has made this one.
        if raw.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (server.schema,)).fetchone() is None:
            raw.execute(f'CREATE SCHEMA "{server.schema}"')
        home = raw.execute(
            "SELECT quote_ident(nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace "
            "WHERE extname = %s",
            (EXTENSION,),
        ).fetchone()
        assert home is not None
        raw.execute(f'SET LOCAL search_path TO "{server.schema}", {home[0]}')
        for migration in MIGRATIONS[version:]:
            if isinstance(migration, str):
                raw.execute(migration)  # type: ignore[call-overload]
            else:
                migration(PostgresConnection(raw))
        notes = [("schema", str(len(MIGRATIONS)))] + ([] if version else [("generation", "first")])
        for note in notes:
            raw.execute("INSERT INTO meta VALUES(%s, %s) ON CONFLICT(key) DO UPDATE SET value = excluded.value", note)


def _version(raw: psycopg.Connection[Any], server: ServerUrl) -> int:
    """The number of the last step that the schema has taken. Raises NewerStore, StoreError."""
    table = f'"{server.schema}".meta'
    if not raw.execute("SELECT to_regclass(%s) IS NOT NULL", (table,)).fetchone()[0]:  # type: ignore[index]
        return 0
    found = raw.execute(f"SELECT value FROM {table} WHERE key = 'schema'").fetchone()  # type: ignore[call-overload]
    if found is None:
        raise StoreError(f"In {server.shown} there are tables of something else. Name another one with ?schema=name.")
    version = int(found[0])
    if version > len(MIGRATIONS):
        raise NewerStore(
            f"{server.shown} was written by a newer version of this program (schema {version}, this one reads up to "
            f"{len(MIGRATIONS)}). Update the program."
        )
    return version
