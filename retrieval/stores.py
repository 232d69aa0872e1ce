"""Which database a corpus is kept in: a file in its folder, or a server, and the index that belongs to it.

Knows nothing about either. What a server needs is loaded where one is used.
"""

from __future__ import annotations

from pathlib import Path

from .backups import CORPUS_FILE
from .errors import StoreError
from .index import VectorIndex
from .index_kinds import Index
from .sqlite_store import SqliteStore
from .store import Store

INDEX_FILE = "vectors.cache"


def opened(folder: Path, url: str | None) -> tuple[Store, Index]:
    """The store on the server that `url` names, or in the folder; made where it is not there."""
    if url is None:
        store = SqliteStore(folder / CORPUS_FILE)
        return store, VectorIndex(store, folder / INDEX_FILE)
    try:
        from .postgres_store import PostgresStore
    except ImportError as error:
        raise StoreError(
            "A corpus on a PostgreSQL server needs the package psycopg. Install it with "
            "pip install 'domain-tuner[postgres]', or do without the server."
        ) from error
    from .postgres_index import ServerIndex

    served = PostgresStore(url)
    return served, ServerIndex(served)
