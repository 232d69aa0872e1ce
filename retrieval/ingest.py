"""Files -> documents in the store: which files there are, what is known of them already, and what each
became.

Knows nothing about search. Several documents are embedded in one batch, but each is written in a
transaction of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np

from .chunking import Draft, split
from .embedding import Embedder
from .errors import BrokenDocument, NothingToIngest, UnreadableDocument
from .parser import Parser
from .passages import Document, IngestProgress, IngestResult, Stage, Status, searchable_text
from .readers import MAX_FILE_BYTES, SUPPORTED, suffix_of
from .store import NewPassage, Store, text_key

_PASSAGES_PER_BATCH = 512  # embedded together: enough to sort by length, few enough to lose little by a crash


@dataclass(frozen=True)
class Source:
    """A file to take in. `name` is what people see; `problem` is why it will not be read."""

    path: Path
    name: str
    problem: str | None = None


def sources(paths: Sequence[Path], names: Sequence[str] | None = None) -> list[Source]:
    """The files under the paths, folders walked, hidden files left out, each with a display name of "
    "its own."""
    if names is not None and len(names) != len(paths):
        raise ValueError(f"{len(paths)} paths need as many names, not {len(names)}")
    found: list[Source] = []
    taken: dict[str, Path] = {}
    for number, path in enumerate(paths):
        if path.is_dir():
            files = _files(path)
            if not files:
                raise NothingToIngest(f"The folder {path} holds no files. Expected some of {', '.join(SUPPORTED)}.")
            if not any(suffix_of(file.name) in SUPPORTED for file in files):
                raise NothingToIngest(
                    f"None of the {len(files)} file(s) in {path} has a supported format. Expected some of "
                    f"{', '.join(SUPPORTED)}."
                )
            found += [Source(file, _unused(taken, file, path)) for file in files]
        elif path.is_file():
            shown = display_name(names[number]) if names else path.name
            found.append(Source(path, _unused(taken, path, path.parent.parent, shown)))
        else:
            shown = display_name(names[number]) if names else path.name
            found.append(Source(path, shown, f"There is no file {path}. Check the path."))
    return found


def display_name(name: str) -> str:
    """The last part of a name that someone else chose; it is shown, and never a place to write to."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable()) or "unnamed"


def _files(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _unused(taken: dict[str, Path], path: Path, root: Path, shown: str | None = None) -> str:
    """The file's name, with its folder in front where two files of one call share it: neither may "
    "replace the other."""
    name = shown or display_name(path.name)
    parent = path.parent
    while taken.get(name, path) != path and parent != root and parent.name:
        name = f"{display_name(parent.name)}/{name}"
        parent = parent.parent
    number = 2
    while taken.get(name, path) != path:
        stem, dot, suffix = (shown or path.name).rpartition(".")
        name = f"{stem or suffix} ({number}){dot}{suffix if stem else ''}"
        number += 1
    taken[name] = path
    return name


@dataclass
class _Read:
    """A document that was read and cut, and waits for its vectors."""

    at: int
    source: Source
    id: str
    size: int
    pages: int | None
    drafts: list[Draft]
    replaces: list[Document]
    vectors: dict[bytes, np.ndarray] = field(default_factory=dict)


class Ingest:
    """One call of `Corpus.ingest`."""

    def __init__(
        self,
        store: Store,
        embedder: Callable[[], Embedder],
        progress: Callable[[IngestProgress], None] | None,
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._progress = progress
        self._done = self._files = self._embedded = self._passages = 0
        self._waiting: dict[str, _Read] = {}
        self._results: dict[int, IngestResult] = {}

    def run(self, files: Sequence[Source]) -> list[IngestResult]:
        """What became of each file, in their order."""
        self._files = len(files)
        with Parser() as parser:
            for at, source in enumerate(files):
                self._tell("reading", source.name)
                try:
                    self._read(at, source, parser)
                except UnreadableDocument as error:
                    self._finish(at, IngestResult(source.name, None, "failed", 0, None, str(error)))
                except OSError as error:
                    reason = f"It cannot be read: {error.strerror}."
                    self._finish(at, IngestResult(source.name, None, "failed", 0, None, reason))
                if sum(len(read.drafts) for read in self._waiting.values()) >= _PASSAGES_PER_BATCH:
                    self._flush()
        self._flush()
        self._tell("done", "")
        return [self._results[at] for at in range(len(files))]

    def _read(self, at: int, source: Source, parser: Parser) -> None:
        if source.problem:
            self._finish(at, IngestResult(source.name, None, "failed", 0, None, source.problem))
            return
        size = source.path.stat().st_size
        key = _sha256(source.path) if size <= MAX_FILE_BYTES else ""
        if key in self._waiting:
            self._flush()
        known = self._store.document(key)
        replaces = [document for document in self._store.find(source.name) if document.name == source.name]
        if known:
            self._keep(at, source, known, [old for old in replaces if old.id != key])
            return
        parsed = parser.parse(source.path, source.path.name if suffix_of(source.name) == "" else source.name)
        if parsed.sha256 != key and key:
            raise BrokenDocument("The file changed while it was read. Add it again when it is complete.")
        embedder = self._embedder()
        drafts = split(parsed.blocks, embedder.count_many, embedder.max_tokens)
        self._waiting[key] = _Read(at, source, key, size, parsed.pages, drafts, replaces)
        self._passages += len(drafts)

    def _keep(self, at: int, source: Source, known: Document, outdated: list[Document]) -> None:
        """The bytes are here already; what the name stood for before is not what it says now."""
        for old in outdated:
            self._store.remove(old.id)
        status: Status = "replaced" if outdated else "unchanged"
        reason = None if known.name == source.name else f"The same bytes are in the corpus as {known.name}."
        self._finish(at, IngestResult(source.name, known.id, status, known.passages, known.pages, reason))

    def _flush(self) -> None:
        """Embeds what waits, in one batch, and writes document after document."""
        waiting = list(self._waiting.values())
        self._waiting = {}
        if not waiting:
            return
        texts = {
            text_key(draft.heading, draft.text): searchable_text(draft.heading, draft.text)
            for read in waiting
            for draft in read.drafts
        }
        vectors = self._store.known_vectors(list(texts))
        new = [key for key in texts if key not in vectors]
        before = self._embedded

        def told(done: int) -> None:
            self._embedded = before + done
            self._tell("embedding", waiting[-1].source.name)

        made = self._embedder().encode([texts[key] for key in new], progress=told)
        vectors.update(zip(new, made, strict=True))
        self._embedded = before + sum(len(read.drafts) for read in waiting)
        for read in waiting:
            self._write(read, vectors)

    def _write(self, read: _Read, vectors: dict[bytes, np.ndarray]) -> None:
        self._tell("storing", read.source.name)
        passages = [
            NewPassage(draft.page, draft.heading, draft.text, vectors[text_key(draft.heading, draft.text)])
            for draft in read.drafts
        ]
        document = Document(
            read.id,
            read.source.name,
            suffix_of(read.source.name),
            read.pages,
            len(passages),
            time.time(),
            read.size,
        )
        self._store.add(document, passages, [old.id for old in read.replaces])
        status: Status = "replaced" if read.replaces else "indexed"
        self._finish(read.at, IngestResult(read.source.name, read.id, status, len(passages), read.pages, None))

    def _finish(self, at: int, result: IngestResult) -> None:
        self._results[at] = result
        self._done += 1

    def _tell(self, stage: Stage, file: str) -> None:
        if self._progress:
            self._progress(IngestProgress(stage, file, self._done, self._files, self._embedded, self._passages))


def _sha256(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as opened:
        while part := opened.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()
