"""Files -> documents in the store: what is known of them already, and what each became.

Knows nothing about search. Several documents are embedded in one batch, but each is written in a
transaction of its own.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from .chunking import split
from .edits import Edit, carry
from .embedded import add_carried, with_vectors
from .embedding import Embedder
from .errors import BrokenDocument, UnreadableDocument
from .formats import suffix_of
from .naming import Names, place_of
from .passages import Document, Draft, IngestProgress, IngestResult, Stage, Status
from .reading_ahead import Begun, ReadAhead
from .rows import NewPassage
from .sources import Source
from .store import FINGERPRINT, Store

_PASSAGES_PER_BATCH = 512  # embedded together: enough to sort by length, few enough to lose little by a crash
_FILES_AHEAD, _BYTES_AHEAD = 64, 32 * 2**20  # looked at before their turn comes; a single file may be larger


@dataclass
class _Read:
    """A document that was read and cut, and waits for its vectors."""

    at: int
    source: Source
    id: str
    size: int
    modified: float | None
    pages: int | None
    note: str | None
    drafts: list[Draft]
    replaces: list[Document]
    cut: list[Draft]  # as the document is cut; `drafts` have the edits of the replaced version in them
    edits: list[Edit] = field(default_factory=list)


@dataclass(frozen=True)
class _Next:
    """A file whose turn comes. `begun` is None where its bytes are known already, or are those of one before it.

    `again`: it had changed between the look at it and the reading.
    """

    at: int
    source: Source
    id: str
    size: int
    modified: float | None
    begun: Begun | None
    again: bool = False


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
        self._done = self._files = self._seen = self._embedded = self._passages = 0
        self._following: deque[_Next] = deque()
        self._waiting: dict[str, _Read] = {}
        self._results: dict[int, IngestResult] = {}
        self._unpacked: list[tuple[str, set[str], tuple[str, ...]]] = []  # archive, its files, its bad ones
        self._left: list[IngestResult] = []  # documents whose files have left their archives
        self._names = Names(store.named, store.named_below)
        self._relied: dict[str, tuple[int, Source]] = {}  # ids of documents whose bytes a file has under another name

    def run(self, files: Sequence[Source]) -> list[IngestResult]:
        """What became of each file, in their order."""
        self._files = len(files)
        waiting = deque(files)
        with ReadAhead() as ahead:
            while waiting or self._following:
                while waiting and _room(self._following):
                    self._look_at(waiting, ahead)
                if self._following:
                    self._read(self._following.popleft(), ahead)
                if sum(len(read.drafts) for read in self._waiting.values()) >= _PASSAGES_PER_BATCH:
                    self._flush()
        self._flush()
        for unpacked in self._unpacked:
            self._take_out(*unpacked)
        self._tell("done", "")
        return [self._results[number] for number in range(self._seen)] + self._left

    def _look_at(self, waiting: deque[Source], ahead: ReadAhead) -> None:
        """Begins to read the first that waits; the files of an archive take its place."""
        source = waiting.popleft()
        with self._failing(self._seen, source):
            archive = suffix_of(source.typed) == ".zip" and not source.problem
            source = source if source.member else self._names.settled(source, archive)
            if archive:
                waiting.extendleft(reversed(self._unpack(source, ahead)))
                return
            self._following.append(self._begin(self._seen, source, ahead))
        self._seen += 1

    @contextlib.contextmanager
    def _failing(self, at: int, source: Source) -> Iterator[None]:
        """One bad file ends as `failed`, with its reason, and the others go on."""
        try:
            yield
        except UnreadableDocument as error:
            self._fail(at, source, str(error))
        except OSError as error:
            self._fail(at, source, f"It cannot be read: {error.strerror}.")

    def _unpack(self, source: Source, ahead: ReadAhead) -> list[Source]:
        """The files of an archive, each a document of its own, under the archive's name."""
        self._tell("reading", source.name)
        found = []
        for member in ahead.members(source):
            name = f"{source.name}/{member.name}"
            inside = place_of(source.folder, source.name), member.name.rpartition("/")[0]
            folder = "/".join(filter(None, inside))
            found.append(Source(source.path, name, member.problem, folder, member))
        self._files += len(found) - 1
        broken = tuple(f"{each.name}/" for each in found if each.problem)  # an archive in it may be one of these
        self._unpacked.append((source.name, {each.name for each in found}, broken))
        return found

    def _take_out(self, archive: str, present: set[str], broken: tuple[str, ...]) -> None:
        """Removes the documents that an archive of this name brought and that are not in it any more; what was in an
        archive in it that cannot be read now stays."""
        below = self._store.named_below(archive)
        gone = [each for each in below if each.name not in present and not each.name.startswith(broken)]
        for document in self._without_relied(gone):
            edits = self._store.remove(document.id)
            reason = f"It is not in {archive} any more." + (f" Edits gone with it: {edits}." if edits else "")
            self._left.append(IngestResult(document.name, document.id, "removed", 0, None, reason))

    def _begin(self, at: int, source: Source, ahead: ReadAhead) -> _Next:
        """What the corpus has, or a file that comes first will bring, is not read."""
        if source.problem:
            raise UnreadableDocument(source.problem)
        size, modified, key = source.size, source.modified, source.digest()
        coming = any(each.id == key for each in self._following)
        new = not key or not (coming or self._store.document(key))
        return _Next(at, source, key, size, modified, ahead.begin(source) if new else None)

    def _read(self, next: _Next, ahead: ReadAhead) -> None:
        at, source, key = next.at, next.source, next.id
        self._tell("reading", source.name)
        if key in self._waiting:
            self._flush()
        known = self._store.document(key)
        replaces = self._store.named(source.name)
        if known:
            self._keep(at, source, known, [old for old in replaces if old.id != key])
            return
        with self._failing(at, source):
            begun = next.begun or ahead.begin(source)  # the one before could not be read, or is gone
            parsed = ahead.finished(begun, lambda page, pages: self._tell("reading", source.name, page, pages))
            if key and parsed.sha256 != key:
                if next.again:
                    raise BrokenDocument("The file changed while it was read. Add it again when it is complete.")
                self._read(replace(self._begin(at, source, ahead), again=True), ahead)
                return
            embedder = self._embedder()
            drafts = split(parsed.blocks, embedder.count_many, embedder.max_tokens)
            facts = (at, source, key, next.size, next.modified, parsed.pages, parsed.note)
            self._waiting[key] = _Read(*facts, drafts, replaces, drafts)
            self._passages += len(drafts)

    def _keep(self, at: int, source: Source, known: Document, outdated: list[Document]) -> None:
        """The bytes are here already; what the name stood for before is not what it says now."""
        if known.name != source.name:
            self._relied.setdefault(known.id, (at, source))
        outdated = self._without_relied(outdated)
        aside = sum(self._store.remove(old.id, heir=known.id) for old in outdated)
        status: Status = "replaced" if outdated else "unchanged"
        same = None if known.name == source.name else f"The same bytes are in the corpus as {known.name}."
        reason = _and(same, _told_of_edits(0, aside))
        result = IngestResult(source.name, known.id, status, known.passages, known.pages, reason, 0, aside)
        self._finish(at, result)

    def _without_relied(self, outdated: list[Document]) -> list[Document]:
        """What is to go; a document that another file of this call has the bytes of stays, under that file's name."""
        going = [old for old in outdated if old.id not in self._relied]
        for old in (old for old in outdated if old.id in self._relied):
            at, source = self._relied.pop(old.id)
            self._store.rename(old.id, source.name, suffix_of(source.typed), source.folder, source.modified)
            result = self._results[at]
            reason = _and(f"Its bytes were in the corpus as {old.name}.", _told_of_edits(0, result.edits_aside))
            self._results[at] = replace(result, reason=reason)
        return going

    def _flush(self) -> None:
        """Embeds what waits, in one batch, and writes document after document."""
        waiting = list(self._waiting.values())
        self._waiting = {}
        if not waiting:
            return
        for read in waiting:
            read.replaces = self._without_relied(read.replaces)
            read.edits = self._store.edits([old.id for old in read.replaces])
            read.drafts, read.edits = carry(read.cut, read.edits)
        before = self._embedded

        def told(done: int) -> None:
            self._embedded = before + done
            self._tell("embedding", waiting[-1].source.name)

        drafts = [draft for read in waiting for draft in read.drafts]
        made_with = self._store.meta(FINGERPRINT)
        passages = with_vectors(self._store, self._embedder, drafts, told)
        self._embedded = before + sum(len(read.cut) for read in waiting)
        for read in waiting:
            self._write(read, passages[: len(read.drafts)], made_with)
            del passages[: len(read.drafts)]

    def _write(self, read: _Read, passages: list[NewPassage], made_with: str | None) -> None:
        self._tell("storing", read.source.name)
        replaces = [old.id for old in read.replaces]
        carried = read.drafts, read.edits
        read.drafts, read.edits = add_carried(
            self._store, self._embedder, _document(read), replaces, read.cut, carried, passages, made_with
        )
        status: Status = "replaced" if read.replaces else "indexed"
        kept = sum(edit.placed for edit in read.edits)
        aside = len(read.edits) - kept
        count = sum(draft.enabled for draft in read.drafts)
        reason = _and(read.note, _told_of_edits(kept, aside))
        result = IngestResult(read.source.name, read.id, status, count, read.pages, reason, kept, aside)
        self._finish(read.at, result)

    def _fail(self, at: int, source: Source, reason: str) -> None:
        self._finish(at, IngestResult(source.name, None, "failed", 0, None, reason))

    def _finish(self, at: int, result: IngestResult) -> None:
        self._results[at] = result
        self._done += 1

    def _tell(self, stage: Stage, file: str, page: int = 0, pages: int = 0) -> None:
        if self._progress:
            counts = (self._done, self._files, self._embedded, self._passages)
            self._progress(IngestProgress(stage, file, *counts, page, pages))


def _room(following: Sequence[_Next]) -> bool:
    """Whether another file may be read before its turn: what is read ahead lies in memory."""
    return len(following) < _FILES_AHEAD and sum(each.size for each in following if each.begun) < _BYTES_AHEAD


def _document(read: _Read) -> Document:
    suffix, passages = suffix_of(read.source.typed), sum(draft.enabled for draft in read.drafts)
    return Document(
        *(read.id, read.source.name, suffix, read.pages, passages, time.time(), read.size),
        folder=read.source.folder,
        modified=read.modified,
    )


def _told_of_edits(kept: int, aside: int) -> str | None:
    if not aside:
        return f"Edits kept: {kept}." if kept else None
    lost = f"Edits set aside: {aside}, as their text is not in this version; 'passages' shows them."
    return f"Edits kept: {kept}. {lost}" if kept else lost


def _and(*sentences: str | None) -> str | None:
    return " ".join(filter(None, sentences)) or None
