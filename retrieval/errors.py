"""The errors of the corpus that a person can cause or fix. Anything else that is raised is a bug.

CorpusError
├── UnreadableDocument          one file cannot become passages; the others are not touched
│   ├── EmptyDocument           no bytes, or no text in it
│   ├── WrongSuffix             the content is not what the name says
│   ├── UnsupportedFormat       no reader for it
│   ├── PasswordNeeded          encrypted
│   ├── NeedsOcr                pictures of text
│   ├── BrokenDocument          damaged, cut off, or it crashed its reader
│   └── DocumentTooLarge        over a limit of size, memory or time
├── NothingToIngest             nothing but folders without documents
├── DocumentNotFound            no document of that name or id
├── AmbiguousDocument           more than one document fits
├── PassageNotFound             no passage of that id, or not any more
├── InvalidEdit                 a passage cannot be edited, split or merged so
├── InvalidMetadata             what comes along with a text cannot be kept
├── InvalidQuery                an empty question, an unknown mode
├── EmbeddingModelError
│   ├── EmbeddingModelUnusable  missing, or not safetensors
│   └── DifferentEmbeddingModel the corpus was made with another one
└── StoreError
    ├── DiskFull
    ├── StoreBusy               another process is writing
    ├── StoreUnreachable        its server does not answer, or does not let us in
    ├── NewerStore              written by a newer version of this program
    └── BrokenStore             the database file is damaged
"""

from __future__ import annotations


class CorpusError(Exception):
    """Something that a person can understand and act on; `str(error)` is meant to be shown."""


class UnreadableDocument(CorpusError):
    """One file that cannot become passages."""


class EmptyDocument(UnreadableDocument):
    pass


class WrongSuffix(UnreadableDocument):
    pass


class UnsupportedFormat(UnreadableDocument):
    pass


class PasswordNeeded(UnreadableDocument):
    pass


class NeedsOcr(UnreadableDocument):
    pass


class BrokenDocument(UnreadableDocument):
    pass


class DocumentTooLarge(UnreadableDocument):
    pass


class NothingToIngest(CorpusError):
    pass


class DocumentNotFound(CorpusError):
    pass


class AmbiguousDocument(CorpusError):
    pass


class PassageNotFound(CorpusError):
    pass


class InvalidEdit(CorpusError):
    pass


class InvalidMetadata(CorpusError):
    pass


class InvalidQuery(CorpusError):
    pass


class EmbeddingModelError(CorpusError):
    pass


class EmbeddingModelUnusable(EmbeddingModelError):
    pass


class DifferentEmbeddingModel(EmbeddingModelError):
    pass


class StoreError(CorpusError):
    pass


class DiskFull(StoreError):
    pass


class StoreBusy(StoreError):
    pass


class StoreUnreachable(StoreError):
    pass


class NewerStore(StoreError):
    pass


class BrokenStore(StoreError):
    pass


# A reader runs in a child process; its errors cross the pipe by name.
UNREADABLE: dict[str, type[UnreadableDocument]] = {
    error.__name__: error
    for error in (
        EmptyDocument,
        WrongSuffix,
        UnsupportedFormat,
        PasswordNeeded,
        NeedsOcr,
        BrokenDocument,
        DocumentTooLarge,
    )
}
