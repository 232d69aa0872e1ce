"""Which database a corpus is kept in: a file in its folder, or a server, and the index that belongs to it.

Knows nothing about either. What a server needs is loaded where one is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .backups import CORPUS_FILE
from .errors import StoreError
from .index import VectorIndex
from .index_kinds import Index
from .sqlite_store import SqliteStore
from .store import Store

INDEX_FILE = "vectors.cache"
__all__ = ["CORPUS_FILE", "INDEX_FILE", "described", "opened"]


def opened(folder: Path, url: str | None) -> tuple[Store, Index]:
    """The store on the server that `url` names, or in the folder; made where it is not there."""
    if url is None:
        store = SqliteStore(folder / CORPUS_FILE)
        return store, VectorIndex(store, folder / INDEX_FILE)
    with _client():
        from .postgres_index import ServerIndex
        from .postgres_store import PostgresStore
    served = PostgresStore(url)
    return served, ServerIndex(served)


def described(url: str | None, folder: Path) -> str:
    """What keeps the corpus, in words; makes nothing. Raises StoreError where a server does not answer."""
    if url is None:
        return f"SQLite, in {folder}"
    with _client():
        from .postgres_store import described
    return described(url)


@contextmanager
def _client() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise StoreError(
            "A corpus on a PostgreSQL server needs the package psycopg. Install it with "
            "pip install 'domain-tuner[postgres]', or do without the server."
        ) from error
