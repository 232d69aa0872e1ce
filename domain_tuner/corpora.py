"""Where the corpus of a workspace is kept: in its folder, or on the server that one setting names.

The setting is the environment's DOMAIN_TUNER_STORE, or what the workspace has recorded; it holds for every process that
works on the workspace. A password is never recorded: the client library reads PGPASSWORD, ~/.pgpass or a service file.
Knows nothing about what is in a corpus.
"""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

from domain_tuner.files import read_json, write_json
from retrieval.errors import StoreError

if TYPE_CHECKING:
    from retrieval.corpus import Corpus

log = logging.getLogger(__name__)
VARIABLE = "DOMAIN_TUNER_STORE"
_FILE = "store.json"


def store_url(workspace: Path) -> str | None:
    """The address of the server that the workspace's corpus is on; None for its folder."""
    recorded = workspace / _FILE
    return os.environ.get(VARIABLE) or (read_json(recorded)["url"] if recorded.is_file() else None)


def open_corpus(workspace: Path) -> Corpus:
    """The workspace's corpus. Where it is on a server and empty, while the folder holds documents, that is said."""
    from retrieval.corpus import Corpus

    url = store_url(workspace)
    corpus = Corpus(workspace / "corpus", url=url)
    if url and (left := left_behind(workspace, corpus)):
        log.warning("%s", left)
    return corpus


def left_behind(workspace: Path, served: Corpus) -> str:
    """A sentence, where the corpus on the server is empty and the one in the folder is not; else nothing."""
    from retrieval.corpus import Corpus
    from retrieval.stores import CORPUS_FILE

    if not (workspace / "corpus" / CORPUS_FILE).is_file() or served.documents():
        return ""
    with contextlib.closing(Corpus(workspace / "corpus")) as local:
        count = len(local.documents())
    if not count:
        return ""
    return (
        f"The corpus in {served.store.place} is empty. What this workspace held before stays in "
        f"{workspace / 'corpus'} (documents: {count}) and is not searched: ingest it again to have it there, or "
        f"go back with 'domain-tuner store --folder' (and without {VARIABLE})."
    )


def record_store(workspace: Path, url: str | None) -> None:
    """Keeps the corpus on the server from now on, or in the folder again. Raises StoreError where that cannot be."""
    from retrieval.corpus import Corpus
    from retrieval.server_url import server_url

    if url is None:
        (workspace / _FILE).unlink(missing_ok=True)
        return
    if server_url(url).secrets:
        raise StoreError(
            "A password is not kept in a workspace. Give the address without it, and the password in PGPASSWORD, in "
            "~/.pgpass or in a service file (service=name in the address)."
        )
    with contextlib.closing(Corpus(workspace / "corpus", url=url)):  # it answers, or says why not
        workspace.mkdir(parents=True, exist_ok=True)
        write_json(workspace / _FILE, {"url": url})


def corpus_folder(workspace: Path) -> Path:
    """The folder of the corpus, for what only files have. Raises StoreError where it is on a server."""
    from retrieval.server_url import server_url

    if url := store_url(workspace):
        raise StoreError(
            f"The corpus is on a server, {server_url(url).shown}: back it up with the server's own pg_dump "
            "(--schema=domain_tuner, or the schema that the address names), and put it back with pg_restore."
        )
    return workspace / "corpus"
