"""The nearest passages, looked for by the server itself with pgvector: nothing is kept in this process's memory.

Knows nothing about texts or models. Up to a size every vector is compared; past it the server keeps a graph of
neighbours (HNSW), built beside searches and ingests, and its recall is measured on the corpus's own vectors. Within
given ids it is exact, unless there are very many of them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any

import numpy as np

from .background import Background
from .errors import CorpusError
from .index_kinds import ASKED, DEPTH, IndexStatus
from .postgres_store import PostgresStore
from .rows import note, write_notes
from .sql import Connection

log = logging.getLogger(__name__)
EXACT_UP_TO = 20_000  # passages; a search that compares 10,000 took 50 ms on two cores that others kept busy
_WIDEST = 4000  # numbers of a vector that a graph can be made of
_SPARE = 20  # candidates beyond k: a question's numbers lose some digits while all are compared
_BUILDERS_LOCK = 0x646F6D61  # one client builds; the number is ours alone
_STATUS = (
    "SELECT (SELECT passages FROM passage_totals), "
    "(SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('passages_graph')), "
    "(SELECT value FROM meta WHERE key = 'graph')"
)


class ServerIndex:
    """An `Index` that is always up to date, as it is the store itself that answers."""

    loaded = False

    def __init__(self, store: PostgresStore, exact_up_to: int = EXACT_UP_TO) -> None:
        self._store = store
        self._exact_up_to = exact_up_to
        self._builder = Background("index")

    def search(self, queries: np.ndarray, k: int, within: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """(scores float32 [n, k], passage ids int64 [n, k], -1 where there are no more), of those `within` if given."""
        only = None if within is None else within.tolist()
        found = []
        with self._store.reading() as connection:
            for query in queries:
                graph = only is None or len(only) > self._exact_up_to
                near = nearest(connection, query, k, only, graph)
                if graph and len(near) < k:  # a graph gives up after so many passages outside of a filter
                    near = nearest(connection, query, k, only, graph=False)
                found.append(near)
        most = max(map(len, found), default=0)
        scores, ids = np.zeros((len(found), most), np.float32), np.full((len(found), most), -1, np.int64)
        for row, near in enumerate(found):
            if near:
                ids[row, : len(near)], scores[row, : len(near)] = zip(*near, strict=True)
        return scores, ids

    def status(self) -> IndexStatus:
        """What it is now."""
        with self._store.reading() as connection:
            count, valid, graph = connection.execute(_STATUS).fetchone()
        if not valid:
            return IndexStatus("exact", count)
        measured: dict[str, Any] = json.loads(graph) if graph else {"recall": 0.0, "on": 0}
        return IndexStatus("graph", count, measured["recall"], measured_on=measured["on"])

    def save(self) -> None:
        """Nothing: the server keeps it."""

    def build_in_background(self) -> None:
        """Makes the graph, if there are enough passages for one; searches and ingests go on."""
        status = self.status()
        if status.kind == "exact" and status.passages > self._exact_up_to and not self._builder.at_work:
            self._builder.start(self._build)

    def wait(self) -> None:
        """Until what is built in the background is ready."""
        self._builder.wait()

    def _build(self) -> None:
        try:
            with self._store.reading(keep=False) as connection:
                made = build(connection)
            if made:
                with self._store.writing() as connection:
                    write_notes(connection, {"graph": json.dumps(made)})
        except CorpusError as error:
            log.warning("the graph of vectors could not be made (%s); they are all compared until it is", error)


def nearest(
    connection: Connection, query: np.ndarray, k: int, within: Sequence[int] | None, graph: bool
) -> list[tuple[int, float]]:
    """(id, inner product) of the k nearest, best first; by the graph, where there is one, or by comparing all."""
    # The graph is over vectors of a certain width. Without that width in the statement it cannot be used.
    width = f"({len(query)})" if graph else ""
    only = "" if within is None else "AND id = ANY(?::bigint[]) "
    rows = connection.execute(
        "SELECT id, -(vector::vector <#> ?::real[]::vector) AS score FROM ("
        f"SELECT id, vector FROM passages WHERE enabled {only}"
        f"ORDER BY vector::halfvec{width} <#> ?::halfvec{width} LIMIT ?) AS near ORDER BY score DESC, id LIMIT ?",
        (query.tolist(), *([] if within is None else [within]), query.astype(np.float16), k + _SPARE, k),
    )
    return [(row[0], row[1]) for row in rows]


def build(connection: Connection) -> dict[str, Any] | None:
    """Makes the graph and says what of the exact answers it finds; None where another client is making it. Settings
    that it changes are the connection's, which is not to be used after."""
    width = int(note(connection, "dimensions") or 0)
    lock = "SELECT pg_try_advisory_lock(?, to_regclass('passages')::oid::integer)"
    if not 0 < width <= _WIDEST or not connection.execute(lock, (_BUILDERS_LOCK,)).fetchone()[0]:
        return None
    connection.execute("SET lock_timeout = 0")  # it waits for whoever is writing
    connection.execute("DROP INDEX IF EXISTS passages_graph")  # half of one, of a client that was killed
    connection.execute(
        "CREATE INDEX CONCURRENTLY passages_graph ON passages "
        f"USING hnsw ((vector::halfvec({width})) halfvec_ip_ops) WHERE enabled"
    )
    connection.execute("ANALYZE passages")  # how many there are decides whether the graph is used
    connection.execute("SET enable_seqscan = off")  # it is the graph that is measured
    rows = connection.execute("SELECT vector FROM passages WHERE enabled ORDER BY random() LIMIT ?", (ASKED,))
    asked = [np.frombuffer(row[0], np.float16).astype(np.float32) for row in rows.fetchall()]
    shares = []
    for query in asked:
        exact, found = ({i for i, _ in nearest(connection, query, DEPTH, None, graph)} for graph in (False, True))
        shares.append(len(exact & found) / len(exact))
    return {"recall": float(np.mean(shares)), "on": len(asked)}
