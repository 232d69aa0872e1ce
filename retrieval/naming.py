"""Which document a file is the next version of, and what it is called.

A document is known by its name, and by the folder that it came from where it came with one: files of one name in two
folders are two documents, whether they were taken in together or on two days. Knows nothing about what is in a file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from .passages import Document
from .sources import Source, display_name

Places = Callable[[str], list[str]]  # of a name
_DEEPEST = 6  # folders above a file that are looked at to tell it from others


class Names:
    """The names that one call gives. `named` are the documents of a name, `below` those of an archive of it."""

    def __init__(self, named: Callable[[str], Sequence[Document]], below: Callable[[str], Sequence[Document]]) -> None:
        self._named, self._below = named, below
        self._given: set[str] = set()

    def settled(self, source: Source, archive: bool) -> Source:
        """The file under the name of what came from the same place before; under one that is free where the document
        of its name came from somewhere else. A file that came without a folder is known by its name alone, unless a
        document came from the very folder that it lies in."""
        places = self._archive_places if archive else self._places
        settled = self._in_folder(source, places) if source.folder else self._alone(source, places)
        self._given.add(settled.name)
        return settled

    def _in_folder(self, source: Source, places_of: Places) -> Source:
        place = place_of(source.folder, source.name)
        there = {name: places_of(name) for name in dict.fromkeys((source.name, *_endings(place)))}
        known = [(name, other) for name, places in there.items() for other in places if name not in self._given]
        known = [pair for pair in known if pair[1] == place] or [pair for pair in known if _same(place, pair[1])]
        if known:
            return replace(source, name=known[0][0])
        free = (name for name in there if name not in self._given and not there[name])
        return replace(source, name=next(free, None) or self._numbered(place, places_of))

    def _alone(self, source: Source, places_of: Places) -> Source:
        """It keeps the folder of the document that it is the next version of, by which others will be told from it."""
        path = "/".join(map(display_name, source.path.resolve().parts[-_DEEPEST:]))
        for name in _endings(path):
            for place in places_of(name):
                if "/" in place and _ends_so(path, place):
                    return replace(source, name=name, folder=place.rpartition("/")[0])
        return replace(source, folder=next((place.rpartition("/")[0] for place in places_of(source.name)), ""))

    def _places(self, name: str) -> list[str]:
        """Where the documents of this name came from."""
        return [place_of(each.folder, each.name) for each in self._named(name)]

    def _archive_places(self, name: str) -> list[str]:
        """Where the archives came from whose files have this name in front."""
        return [_archive_place(each, name) for each in self._below(name)]

    def _numbered(self, place: str, places_of: Places) -> str:
        numbered = (f"{place} ({number})" for number in range(2, 10**6))
        return next(name for name in numbered if name not in self._given and not places_of(name))


def place_of(folder: str, name: str) -> str:
    """'policies/travel/x.pdf' for x.pdf of that folder, whatever stands before its name to tell it from others."""
    return "/".join(filter(None, (folder, name.rpartition("/")[2])))


def _endings(path: str) -> list[str]:
    """'c', 'b/c' and 'a/b/c' of 'a/b/c': what it may be called."""
    parts = path.split("/")
    return ["/".join(parts[-n:]) for n in range(1, len(parts) + 1)]


def _archive_place(document: Document, archive: str) -> str:
    within = document.name[len(archive) + 1 :].rpartition("/")[0]
    return document.folder.removesuffix(f"/{within}") if within else document.folder


def _same(one: str, other: str) -> bool:
    """Whether two places may be one, seen from folders of different heights."""
    return _ends_so(one, other) or _ends_so(other, one)


def _ends_so(path: str, ending: str) -> bool:
    return path == ending or path.endswith(f"/{ending}")
