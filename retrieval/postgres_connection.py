"""A connection to a PostgreSQL server that takes SQLite's statements, and turns float16 vectors into pgvector's.

Knows nothing about tables.
"""

from __future__ import annotations

import re
import time
from typing import Any

import numpy as np
import psycopg
from psycopg.adapt import Dumper, Loader
from psycopg.pq import Format, TransactionStatus

from .errors import StoreError
from .postgres_errors import no_extension
from .postgres_schema import EXTENSION, LEAST_EXTENSION
from .server_url import UNREADABLE, ServerUrl
from .sql import BUSY_SECONDS

_CONNECT_SECONDS, _GONE_SECONDS = 10, 60
_FRESH_SECONDS = 30  # for so long a connection that waits for work is trusted to be alive
_SETTINGS = {
    "lock_timeout": f"{BUSY_SECONDS}s",
    "idle_in_transaction_session_timeout": f"{_GONE_SECONDS}s",
    "tcp_keepalives_idle": str(_GONE_SECONDS),
    "jit": "off",  # compiling a search takes longer than the search
    "hnsw.iterative_scan": "relaxed_order",  # a filter must not leave fewer passages than were asked for
    "hnsw.ef_search": "200",
}


class PostgresConnection:
    """A connection that takes the statements of the other modules: '?' for a value, as SQLite has it."""

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        self.raw = raw
        self.used = time.monotonic()

    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        return self.raw.execute(_statement(sql), _values(parameters), binary=True)

    def executemany(self, sql: str, parameters: Any, /) -> None:
        """Rows go in as one stream: a far server is asked once, and their words are counted once."""
        plain = re.fullmatch(r"INSERT INTO (\w+\([\w, ]+\)) VALUES\([?, ]+\)", sql)
        rows = map(_values, parameters)
        if plain is None:
            self.raw.cursor(binary=True).executemany(_statement(sql), list(rows))
            return
        statement: Any = f"COPY {plain[1]} FROM STDIN"
        with self.raw.cursor().copy(statement) as stream:
            for row in rows:
                stream.write_row(row)

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


class _HalfLoader(Loader):
    """pgvector's halfvec -> its float16 numbers as bytes, as SQLite keeps them."""

    format = Format.BINARY

    def load(self, data: Any) -> bytes:
        return np.frombuffer(data, ">f2", offset=4).astype("<f2").tobytes()


class _HalfText(Dumper):
    """numpy float16 [d] -> halfvec, in the text of a stream."""

    def dump(self, obj: np.ndarray) -> bytes:
        return str(obj.tolist()).encode()


class _HalfDumper(Dumper):
    """numpy float16 [d] -> halfvec: its width, two bytes of nothing, its numbers."""

    format = Format.BINARY

    def dump(self, obj: np.ndarray) -> bytes:
        return len(obj).to_bytes(2, "big") + b"\0\0" + obj.astype(">f2").tobytes()


def connected(server: ServerUrl) -> psycopg.Connection[Any]:
    """A connection that sees the corpus's tables and knows its vectors. Raises StoreError where pgvector is missing."""
    raw = bare(server)
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
        for dumper in (_HalfText, _HalfDumper):
            raw.adapters.register_dumper(np.ndarray, type(dumper.__name__, (dumper,), {"oid": found[2]}))
        return raw
    except BaseException:
        raw.close()
        raise


def bare(server: ServerUrl) -> psycopg.Connection[Any]:
    """A connection to the database, whatever is in it. Raises StoreError where the address cannot be read."""
    more: dict[str, Any] = {} if "connect_timeout" in server.url else {"connect_timeout": _CONNECT_SECONDS}
    # prepared statements would be planned once for all filters, and poolers between us and the server lose them
    try:
        return psycopg.connect(
            server.url, autocommit=True, prepare_threshold=None, application_name="domain-tuner", **more
        )
    except psycopg.ProgrammingError:  # it repeats what it could not read
        raise StoreError(UNREADABLE) from None
