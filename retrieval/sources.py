"""Paths -> the files to take in, each with a display name of its own and the folder that it stood in.

Knows nothing about what is in a file. A name that someone else chose is shown, and never a place to write to.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from .archives import Member
from .backups import CORPUS_FILE
from .errors import NothingToIngest
from .formats import MAX_FILE_BYTES, suffix_of, suffixes

_KEPT = "its copies, runs and questions are no documents."
_CLOSED = "may not be read. Give yourself the right to read it, or leave it out."


@dataclass(frozen=True)
class Source:
    """A file to take in. `name` is what people see, `problem` why it will not be read.

    A file of an archive has the archive's path, its own numbers in there, and what the archive says of it.
    """

    path: Path
    name: str
    problem: str | None = None
    folder: str = ""
    member: Member | None = None

    @property
    def size(self) -> int:
        return self.member.size if self.member else self.path.stat().st_size

    @property
    def modified(self) -> float | None:
        return self.member.modified if self.member else self.path.stat().st_mtime

    def digest(self) -> str:
        """The SHA-256 of its bytes; nothing for a file that is too large to be read."""
        if self.member:
            return self.member.sha256 or ""
        return _sha256(self.path) if self.size <= MAX_FILE_BYTES else ""

    @property
    def typed(self) -> str:
        """The name that says how to read it: an upload may have its suffix in its path alone."""
        return self.path.name if suffix_of(self.name) == "" and not self.member else self.name


def sources(paths: Sequence[Path], names: Sequence[str] | None = None, leave_out: Sequence[Path] = ()) -> list[Source]:
    """The files under the paths, folders walked, hidden files and `leave_out` passed over, each with a display name of
    its own. Raises NothingToIngest where there is nothing but folders without such files; beside others, such a
    folder is a source with a problem."""
    if names is not None and len(names) != len(paths):
        raise ValueError(f"{len(paths)} paths need as many names, not {len(names)}")
    found: list[Source] = []
    taken: dict[str, Path] = {}
    empty: list[Source] = []
    for number, path in enumerate(paths):
        if path.is_dir():
            try:
                found += _in_folder(path, taken, leave_out)
            except NothingToIngest as nothing:
                empty.append(Source(path, display_name(path.resolve().name), str(nothing)))
                found.append(empty[-1])
        elif path.is_file():
            shown = display_name(names[number] if names else path.name)
            name = _unused(taken, path, path.parent if names else path.parent.parent, shown)
            # What tells it from another file is its folder, by which it will be known again.
            found.append(Source(path, name, folder="" if names else name.rpartition("/")[0]))
        else:
            shown = display_name(names[number] if names else path.name)
            there = f"{path} is no regular file and no folder." if path.exists() else f"There is no file {path}."
            found.append(Source(path, shown, f"{there} Check the path."))
    if empty and len(empty) == len(found):
        raise NothingToIngest(" ".join(dict.fromkeys(str(each.problem) for each in empty)))
    return found


def _in_folder(folder: Path, taken: dict[str, Path], leave_out: Sequence[Path]) -> list[Source]:
    if _is_closed(folder):
        raise NothingToIngest(f"The folder {folder} {_CLOSED}")
    root, entries = folder.resolve(), _visible(folder)
    out = [each for each in map(Path.resolve, leave_out) if root in each.parents]
    if out:
        entries = [e for e in entries if not any((root / e.relative_to(folder)).is_relative_to(each) for each in out)]
    others = _workspaces(entries)
    if folder in others:
        raise NothingToIngest(f"The folder {folder} is a workspace: {_KEPT} Name what else is in it.")
    passed = others.union(filter(_is_closed, entries))
    entries = [entry for entry in entries if not passed.intersection(entry.parents)]
    files = [entry for entry in entries if entry.is_file()]
    if not files:
        raise NothingToIngest(f"The folder {folder} holds no files. Expected some of {', '.join(suffixes())}.")
    if not any(suffix_of(file.name) in suffixes() for file in files):
        raise NothingToIngest(
            f"None of the {len(files)} file(s) in {folder} has a supported format. Expected some of "
            f"{', '.join(suffixes())}."
        )
    found = [Source(file, _unused(taken, file, folder), folder=_folder(file, folder)) for file in files]
    for entry in entries:
        if problem := f"It is a workspace: {_KEPT}" if entry in others else _problem(entry, root):
            found.append(Source(entry, "/".join(map(display_name, entry.relative_to(folder).parts)), problem))
    return found


def display_name(name: str) -> str:
    """The last part of a name that someone else chose; it is shown, and never a place to write to."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable()) or "unnamed"


def _visible(folder: Path) -> list[Path]:
    return sorted(
        path for path in folder.rglob("*") if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _workspaces(entries: Sequence[Path]) -> set[Path]:
    """The folders that keep a corpus of their own."""
    return {path.parent.parent for path in entries if path.name == CORPUS_FILE and path.parent.name == "corpus"}


def _is_closed(path: Path) -> bool:
    """Whether it is a folder that may not be looked into."""
    return os.path.isdir(path) and not os.access(path, os.R_OK | os.X_OK)


def _problem(path: Path, root: Path) -> str | None:
    """Why a closed folder, a link or a device in the folder is not read; a link to a folder in it is no loss."""
    if path.is_file():
        return None
    if _is_closed(path):
        return f"This folder {_CLOSED}"
    if path.is_dir():
        inside = not path.is_symlink() or path.resolve().is_relative_to(root)
        return None if inside else "It is a link to a folder elsewhere. Add that folder itself."
    if path.is_symlink() and not path.exists():
        return "It is a link to a file that is not there."
    return "It is no regular file and no folder."


def _folder(file: Path, root: Path) -> str:
    """'policies/travel' for policies/travel/x.pdf, when policies was taken in."""
    parts = (root.resolve().name, *file.relative_to(root).parts[:-1])
    return "/".join(filter(None, map(display_name, parts)))


def _unused(taken: dict[str, Path], path: Path, root: Path, shown: str | None = None) -> str:
    """The file's name, with its folder in front where two files of one call share it: neither may replace the other."""
    name = shown or display_name(path.name)
    parent = path.parent
    while taken.get(name, path) != path and parent != root and parent.name:
        name = f"{display_name(parent.name)}/{name}"
        parent = parent.parent
    number = 2
    while taken.get(name, path) != path:
        stem, dot, suffix = (shown or display_name(path.name)).rpartition(".")
        name = f"{stem or suffix} ({number}){dot}{suffix if stem else ''}"
        number += 1
    taken[name] = path
    return name


def _sha256(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as opened:
        while part := opened.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()
