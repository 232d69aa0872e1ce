"""What is in a ZIP: its files, those of ZIPs within it too, each found by its number and never by its name.

Knows nothing about formats' contents or the corpus. Runs inside the child process of `parser.py`. Nothing is
unpacked to the disk: a name is only shown, so '../../etc/passwd' is a name like any other. Count, depth and
unpacked size are limited; a part never unpacks beyond the size that its directory states.
"""

from __future__ import annotations

import contextlib
import io
import os
import stat
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from zipfile import BadZipFile, ZipFile, ZipInfo

from .encodings import decode
from .errors import BrokenDocument, DocumentTooLarge, EmptyDocument, PasswordNeeded, UnreadableDocument
from .formats import MAX_FILE_BYTES, MAX_UNPACKED_BYTES, PICTURES, SUPPORTED, check_unpacked, suffix_of, unsupported

MOST_FILES = 10_000
DEEPEST = 3  # archives within each other
_DAMAGED = (BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError, ValueError, OSError)


@dataclass(frozen=True)
class Member:
    """One file of an archive. `inner` are its numbers in the archive and those within; `name` is for people.
    `problem` says why it will not be read; then it has no hash."""

    inner: tuple[int, ...]
    name: str
    size: int
    modified: float | None
    sha256: str | None
    problem: str | None = None


@dataclass
class _Spent:
    """What was listed so far, over all archives of the one that was asked for."""

    files: int = 0
    bytes: int = 0

    def add(self, info: ZipInfo) -> None:
        self.files += 1
        self.bytes += info.file_size
        if self.files > MOST_FILES:
            raise DocumentTooLarge(f"The archive holds over {MOST_FILES} files. Split it into parts.")
        if self.bytes > MAX_UNPACKED_BYTES:
            raise DocumentTooLarge(f"It unpacks to over {MAX_UNPACKED_BYTES // 2**20} MB. Split it into parts.")


def members(path: str) -> list[Member]:
    """All files in the archive at `path`, without folders and hidden ones. Each has a name of its own."""
    found = list(_members(_opened(path, _stamp(path)), (), "", _Spent()))
    if not found:
        raise EmptyDocument("The archive holds no files.")
    taken: Counter[str] = Counter()
    named = []
    for member in found:
        taken[member.name] += 1
        count = taken[member.name]
        stem, dot, suffix = member.name.rpartition(".")
        name = member.name if count == 1 else f"{stem or suffix} ({count}){dot}{suffix if stem else ''}"
        named.append(Member(member.inner, name, member.size, member.modified, member.sha256, member.problem))
    return named


def member_bytes(path: str, inner: Sequence[int]) -> bytes:
    """The bytes of one file of an archive, by its numbers."""
    archive = _within(path, _stamp(path), tuple(inner[:-1]))
    infos = archive.infolist()
    if inner[-1] >= len(infos):
        raise BrokenDocument("The archive changed while it was read. Add it again when it is complete.")
    return _unpacked(archive, infos[inner[-1]])


def _members(archive: ZipFile, above: tuple[int, ...], folder: str, spent: _Spent) -> Iterator[Member]:
    check_unpacked(archive)
    for number, info in enumerate(archive.infolist()):
        name = _shown(info)
        parts = name.split("/")
        if info.is_dir() or not name or any(part.startswith(".") or part == "__MACOSX" for part in parts):
            continue
        inner, name = (*above, number), f"{folder}{name}"
        spent.add(info)
        try:
            if suffix_of(name) == ".zip":
                yield from _nested(archive, info, inner, name, spent)
            else:
                yield Member(inner, name, info.file_size, _modified(info), _hash(archive, info, name))
        except UnreadableDocument as error:
            yield Member(inner, name, info.file_size, None, None, str(error))


def _nested(archive: ZipFile, info: ZipInfo, inner: tuple[int, ...], name: str, spent: _Spent) -> Iterator[Member]:
    if len(inner) >= DEEPEST:
        raise DocumentTooLarge(f"It is more than {DEEPEST - 1} archives deep. Unpack it, and add its files.")
    with _zip(io.BytesIO(_unpacked(archive, info))) as within:
        yield from _members(within, inner, f"{name}/", spent)


def _hash(archive: ZipFile, info: ZipInfo, name: str) -> str:
    if suffix_of(name) not in {*SUPPORTED, *PICTURES}:
        raise unsupported(suffix_of(name))
    return sha256(_unpacked(archive, info)).hexdigest()


def _unpacked(archive: ZipFile, info: ZipInfo) -> bytes:
    if info.flag_bits & 1:
        raise PasswordNeeded("It is protected by a password. Unpack the archive, and add its files.")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise BrokenDocument("It is a link to another file; links are not followed.")
    if info.file_size > MAX_FILE_BYTES:
        raise DocumentTooLarge(
            f"The file has {info.file_size // 2**20} MB; at most {MAX_FILE_BYTES // 2**20} MB are read. Split it."
        )
    try:
        return archive.read(info)
    except _DAMAGED as error:
        raise BrokenDocument("This part of the archive is damaged. Make or download the archive again.") from error


def _shown(info: ZipInfo) -> str:
    """The name with '/' between its parts, without what points elsewhere or cannot be shown.

    Without the flag for UTF-8, zipfile takes the bytes for cp437, which Windows writes names in that it can; others are
    usually in the maker's own encoding.
    """
    name = info.filename
    if not info.flag_bits & 0x800 and not name.isascii() and not _reads_well(name):
        try:
            name = decode(name.encode("cp437"))
        except (UnicodeEncodeError, BrokenDocument):
            name = info.filename
    parts = ("".join(c for c in part if c.isprintable()).strip() for part in name.replace("\\", "/").split("/"))
    return "/".join(part for part in parts if part not in ("", ".", ".."))


def _reads_well(name: str) -> bool:
    """Whether its signs stand where those of Western words do."""
    with contextlib.suppress(UnicodeEncodeError, BrokenDocument):
        return decode(name.encode("cp1252")) == name
    return False


def _modified(info: ZipInfo) -> float | None:
    try:
        return datetime(*info.date_time).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _stamp(path: str) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_mtime_ns, found.st_size


def _zip(source: str | io.BytesIO) -> ZipFile:
    try:
        return ZipFile(source)
    except _DAMAGED as error:
        raise BrokenDocument("The ZIP archive is damaged or cut off. Make or download it again.") from error


@lru_cache(maxsize=1)
def _opened(path: str, stamp: tuple[int, int]) -> ZipFile:
    """Kept open for the next of its files: a directory of 10,000 names is read in 50 ms."""
    return _zip(path)


@lru_cache(maxsize=1)
def _within(path: str, stamp: tuple[int, int], inner: tuple[int, ...]) -> ZipFile:
    archive = _opened(path, stamp)
    for number in inner:
        archive = _zip(io.BytesIO(_unpacked(archive, archive.infolist()[number])))
    return archive
