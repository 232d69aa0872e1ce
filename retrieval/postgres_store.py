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
from contextlib import contextmanager
from typing import Any

import numpy as np
import psycopg
from psycopg.adapt import Dumper, Loader
from psycopg.pq import Format, TransactionStatus

from . import postgres_fulltext
from .errors import NewerStore, StoreError
from .postgres_errors import LOST, no_extension, sentence_of
from .postgres_schema import EXTENSION, LEAST_EXTENSION, MIGRATIONS
from .server_url import UNREADABLE, ServerUrl, server_url
from .sql import BUSY_SECONDS
from .store import Store

_CONNECT_SECONDS, _GONE_SECONDS = 10, 60
_KEPT, _FRESH_SECONDS = 4, 30  # connections that wait for work; for so long they are trusted to be alive
_ROWS_PER_STATEMENT = 500
_SETTINGS = {
    "lock_timeout": f"{BUSY_SECONDS}s",
    "idle_in_transaction_session_timeout": f"{_GONE_SECONDS}s",
    "tcp_keepalives_idle": str(_GONE_SECONDS),
    "jit": "off",  # compiling a search takes longer than the search
    "hnsw.iterative_scan": "relaxed_order",  # a filter must not leave fewer passages than were asked for
    "hnsw.ef_search": "200",
}
_MIGRATORS_LOCK = 0x646F6D62  # of the whole database, as the extension is


class PostgresConnection:
    """A connection that takes the statements of the other modules: '?' for a value, as SQLite has it."""

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        self.raw = raw
        self.used = time.monotonic()

    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        return self.raw.execute(_statement(sql), _values(parameters), binary=True)

    def executemany(self, sql: str, parameters: Any, /) -> None:
        """Many rows go in with one statement: a far server is asked once, and words are counted once."""
        head, inserts, values = sql.partition("VALUES")
        if not inserts or "ON CONFLICT" in sql:
            self.raw.cursor(binary=True).executemany(_statement(sql), [_values(row) for row in parameters])
            return
        rows = [tuple(row) for row in parameters]
        for start in range(0, len(rows), _ROWS_PER_STATEMENT):
            some = rows[start : start + _ROWS_PER_STATEMENT]
            self.execute(head + inserts + ",".join([values] * len(some)), [value for row in some for value in row])

    def usable(self) -> bool:
        """Whether it can be given to the next; asks the server where it was long idle."""
        if self.raw.closed or self.raw.info.transaction_status != TransactionStatus.IDLE:
            return False
        try:
            if time.monotonic() - self.used > _FRESH_SECONDS:
                self.raw.execute("SELECT 1")
        except psycopg.Error:
            return False
        return True


def _statement(sql: str) -> Any:
    return sql.replace("%", "%%").replace("?", "%s")


def _values(parameters: Any) -> list[Any]:
    """PostgreSQL's texts cannot hold the sign NUL."""
    return [value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in parameters]


class PostgresStore(Store):
    """The corpus in a schema of a database; made where it is not there."""

    def __init__(self, url: str) -> None:
        self._server = server_url(url)
        self.place = self._server.shown
        self._idle: deque[PostgresConnection] = deque()
        with self._said():
            migrate(self._server)

    @contextmanager
    def _said(self) -> Iterator[None]:
        """What the server or the library says, as something that a person can act on."""
        try:
            yield
        except psycopg.Error as error:
            if isinstance(error, LOST):
                self.close()  # the others of this server are gone, too
            said = sentence_of(error, self._server)
            if said is None:
                raise
            raise said from error

    @contextmanager
    def reading(self, keep: bool = True) -> Iterator[PostgresConnection]:
        with self._said():
            connection = self._taken()
            try:
                yield connection
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
        while self._idle:
            connection = self._idle.pop()
            if connection.usable():
                return connection
            connection.raw.close()
        return PostgresConnection(connected(self._server))

    def close(self) -> None:
        while self._idle:
            self._idle.pop().raw.close()

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


class _HalfLoader(Loader):
    """pgvector's halfvec -> its float16 numbers as bytes, as SQLite keeps them."""

    format = Format.BINARY

    def load(self, data: Any) -> bytes:
        return np.frombuffer(data, ">f2", offset=4).astype("<f2").tobytes()


class _HalfDumper(Dumper):
    """numpy float16 [d] -> halfvec: its width, two bytes of nothing, its numbers."""

    format = Format.BINARY

    def dump(self, obj: np.ndarray) -> bytes:
        return len(obj).to_bytes(2, "big") + b"\0\0" + obj.astype(">f2").tobytes()


def connected(server: ServerUrl) -> psycopg.Connection[Any]:
    """A connection that sees the corpus's tables and knows its vectors. Raises StoreError where pgvector is missing."""
    raw = _raw(server)
    try:
        found = raw.execute(
            "SELECT n.nspname, e.extversion, t.oid FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace "
            "JOIN pg_type t ON t.typnamespace = n.oid AND t.typname = 'halfvec' WHERE e.extname = %s",
            (EXTENSION,),
        ).fetchone()
        if found is None or tuple(int(part) for part in found[1].split(".")[:2]) < LEAST_EXTENSION:
            raise no_extension(server, found[1] if found else None)
        settings = {**_SETTINGS, "search_path": f'"{server.schema}", "{found[0]}"'}
        calls = ", ".join(["set_config(%s, %s, false)"] * len(settings))
        raw.execute(f"SELECT {calls}", [part for pair in settings.items() for part in pair])  # type: ignore[arg-type]
        raw.adapters.register_loader(found[2], _HalfLoader)
        raw.adapters.register_dumper(np.ndarray, type("HalfDumper", (_HalfDumper,), {"oid": found[2]}))
        return raw
    except BaseException:
        raw.close()
        raise


def _raw(server: ServerUrl) -> psycopg.Connection[Any]:
    more: dict[str, Any] = {} if "connect_timeout" in server.url else {"connect_timeout": _CONNECT_SECONDS}
    # prepared statements would be planned once for all filters, and poolers between us and the server lose them
    try:
        return psycopg.connect(
            server.url, autocommit=True, prepare_threshold=None, application_name="domain-tuner", **more
        )
    except psycopg.ProgrammingError:  # it repeats what it could not read
        raise StoreError(UNREADABLE) from None


def migrate(server: ServerUrl) -> None:
    """Makes the extension, the schema and its tables what this program expects, in one transaction."""
    with _raw(server) as raw:
        if _version(raw, server) == len(MIGRATIONS):
            return
    with _raw(server) as raw, raw.transaction():
        raw.execute("SELECT pg_advisory_xact_lock(%s)", (_MIGRATORS_LOCK,))
        version = _version(raw, server)  # another process may have been first
        if raw.execute("SELECT 1 FROM pg_extension WHERE extname = %s", (EXTENSION,)).fetchone() is None:
            raw.execute(f"CREATE EXTENSION {EXTENSION}")
        raw.execute(f'CREATE SCHEMA IF NOT EXISTS "{server.schema}"')
        home = raw.execute(
            "SELECT quote_ident(nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace "
            "WHERE extname = %s",
            (EXTENSION,),
        ).fetchone()
        assert home is not None
        raw.execute(f'SET LOCAL search_path TO "{server.schema}", {home[0]}')
        for migration in MIGRATIONS[version:]:
            raw.execute(migration)  # type: ignore[call-overload]
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
