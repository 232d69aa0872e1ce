"""The corpus: what can be looked up. Documents in, passages out, found by meaning and by words.

Knows nothing about language models that answer, tuning, or the page. Names are resolved lazily, so that
importing this package loads no heavy library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .backups import Backup, backup, restore
    from .corpus import Corpus
    from .edits import Edit
    from .errors import CorpusError
    from .finding import SearchOptions, Within
    from .passages import Block, Document, Draft, Hit, IngestProgress, IngestResult, Passage
    from .reranking import CrossEncoderReranker

_HOMES = {
    "Backup": "backups",
    "backup": "backups",
    "restore": "backups",
    "Corpus": "corpus",
    "CorpusError": "errors",
    "SearchOptions": "finding",
    "Within": "finding",
    "CrossEncoderReranker": "reranking",
    "Block": "passages",
    "Document": "passages",
    "Draft": "passages",
    "Edit": "edits",
    "Hit": "passages",
    "IngestProgress": "passages",
    "IngestResult": "passages",
    "Passage": "passages",
}
__all__ = [
    "Backup",
    "Block",
    "Corpus",
    "CorpusError",
    "CrossEncoderReranker",
    "Document",
    "Draft",
    "Edit",
    "Hit",
    "IngestProgress",
    "IngestResult",
    "Passage",
    "SearchOptions",
    "Within",
    "backup",
    "restore",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'retrieval' has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
