"""The command store: where the workspace's corpus is kept. Knows nothing about databases."""

from __future__ import annotations

import contextlib
import os
from argparse import Namespace
from typing import Any

from app import terminal
from app.commands.outcome import Outcome


def store(args: Namespace) -> Outcome:
    """Says where the corpus is; records a server, or the folder, where one is given."""
    from domain_tuner.corpora import VARIABLE, left_behind, record_store, store_url
    from retrieval import Corpus

    if args.url and args.folder:
        args.misuse("give an address or --folder, not both")
    if args.url or args.folder:
        record_store(args.workspace, args.url)
    url = store_url(args.workspace)
    with contextlib.closing(Corpus(args.workspace / "corpus", url=url)) as corpus:
        place, count = corpus.store.place, len(corpus.documents())
        left = left_behind(args.workspace, corpus) if url else ""
    lines = [f"The corpus is in {place} (documents: {count}).", left]
    if os.environ.get(VARIABLE) and (args.url or args.folder):
        lines.append(f"What was recorded does not hold as long as {VARIABLE} is set.")
    found = {"store": "server" if url else "folder", "place": place, "documents": count}
    return Outcome(found, terminal.safe("\n".join(filter(None, lines))))


def _add_store(add: Any) -> None:
    example = "domain-tuner store\ndomain-tuner store postgresql://ann@db.example/corpora?schema=handbooks"
    command = add("store", store, "say where the corpus is kept, or keep it on a PostgreSQL server", example)
    command.add_argument(
        "url",
        nargs="?",
        metavar="URL",
        help="postgresql://user@host/database, ?schema=name for one of several; the password: PGPASSWORD or ~/.pgpass",
    )
    command.add_argument("--folder", action="store_true", help="keep it in the workspace's folder again")


COMMANDS = (_add_store,)
