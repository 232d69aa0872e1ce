"""The database's shape and its history: m001 makes the first one, every later function changes it one step.

Knows nothing about what is stored. PRAGMA user_version is the number of the last step that was taken; a
step is never edited once it was released.
"""

from __future__ import annotations

from collections.abc import Callable

from .fulltext import index_all, index_words, remove_passage_words
from .passages import searchable_text
from .sql import Connection
from .words import has_marks


def m001_documents_passages_words(connection: Connection) -> None:
    """Documents, passages with their vectors, and full text fed with our own words.

    AUTOINCREMENT: a passage's id is never given twice, so a cache or a citation can hold on to it.
    unicode61 only cuts at the spaces that we put; '_' is the joint of codes such as rma_2231.
    """
    for statement in (
        "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        """CREATE TABLE documents(
            id TEXT PRIMARY KEY, name TEXT NOT NULL, suffix TEXT NOT NULL, pages INTEGER, passages INTEGER NOT NULL,
            added REAL NOT NULL, size INTEGER NOT NULL, metadata TEXT NOT NULL DEFAULT '{}')""",
        "CREATE INDEX documents_name ON documents(name)",
        """CREATE TABLE passages(
            id INTEGER PRIMARY KEY AUTOINCREMENT, document_id TEXT NOT NULL REFERENCES documents(id),
            position INTEGER NOT NULL, page INTEGER, heading TEXT NOT NULL, text TEXT NOT NULL,
            text_key BLOB NOT NULL, vector BLOB NOT NULL, UNIQUE(document_id, position))""",
        "CREATE INDEX passages_text_key ON passages(text_key)",
        """CREATE VIRTUAL TABLE passage_words USING fts5(
            words, tokenize = "unicode61 remove_diacritics 0 tokenchars '_'")""",
        "CREATE VIRTUAL TABLE passage_terms USING fts5vocab('passage_words', 'row')",
        "INSERT INTO meta(key, value) VALUES('generation', 'first')",
    ):
        connection.execute(statement)


def m002_folder_and_date(connection: Connection) -> None:
    """Where a document stood and when its file was written, so that a search can be kept to some of them."""
    connection.execute("ALTER TABLE documents ADD COLUMN folder TEXT NOT NULL DEFAULT ''")
    connection.execute("ALTER TABLE documents ADD COLUMN modified REAL")
    connection.execute("CREATE INDEX documents_folder ON documents(folder)")


def m003_edits(connection: Connection) -> None:
    """What people made of passages: edited, split, merged, switched off.

    An edit has the passages as they were cut (`before`) and those that took their place (which point to it), so that
    it can be put into the next version of its document. Where that has no place for it, `aside` holds them. Both are
    JSON, [[text, page, heading, enabled], ...]. AUTOINCREMENT: every change makes a new one, so its id tells its state.
    """
    for statement in (
        """CREATE TABLE edits(
            id INTEGER PRIMARY KEY AUTOINCREMENT, document_id TEXT NOT NULL REFERENCES documents(id),
            position INTEGER NOT NULL, before TEXT NOT NULL, aside TEXT)""",
        "CREATE INDEX edits_document ON edits(document_id)",
        "ALTER TABLE passages ADD COLUMN enabled INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE passages ADD COLUMN edited INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE passages ADD COLUMN edit INTEGER REFERENCES edits(id)",
        "CREATE INDEX passages_edit ON passages(edit) WHERE edit IS NOT NULL",
    ):
        connection.execute(statement)


def m004_changes(connection: Connection) -> None:
    """Which passages came, went, or were switched: the index follows these and need not compare all ids."""
    connection.execute("CREATE TABLE changes(number INTEGER PRIMARY KEY AUTOINCREMENT, passage INTEGER NOT NULL)")
    for name, event, row in (
        ("came", "INSERT", "new"), ("went", "DELETE", "old"), ("switched", "UPDATE OF enabled", "new"),
    ):  # fmt: skip
        connection.execute(
            f"CREATE TRIGGER passage_{name} AFTER {event} ON passages BEGIN "
            f"INSERT INTO changes(passage) VALUES({row}.id); END"
        )


def m005_words_with_marks(connection: Connection) -> None:
    """Vowel signs and accents that are characters of their own belong to words. What has any, or a soft hyphen, is cut
    into words anew; in nearly all corpora that is nothing."""
    for statement in (
        """CREATE VIRTUAL TABLE words_with_marks USING fts5(
            words, tokenize = "unicode61 remove_diacritics 0 categories 'L* N* Co M*' tokenchars '_'")""",
        "INSERT INTO words_with_marks(rowid, words) SELECT rowid, words FROM passage_words",
        "DROP TABLE passage_terms",
        "DROP TABLE passage_words",
        "ALTER TABLE words_with_marks RENAME TO passage_words",
        "CREATE VIRTUAL TABLE passage_terms USING fts5vocab('passage_words', 'row')",
    ):
        connection.execute(statement)
    for i, heading, text in connection.execute("SELECT id, heading, text FROM passages WHERE enabled"):
        if has_marks(f"{heading} {text}"):
            remove_passage_words(connection, i)
            index_words(connection, [(i, searchable_text(heading, text))])


def m006_stems(connection: Connection) -> None:
    """Words are found in their other forms: all passages are indexed anew."""
    for statement in (
        "DROP TABLE passage_terms",
        "DROP TABLE passage_words",
        """CREATE VIRTUAL TABLE passage_words USING fts5(
            words, tokenize = "unicode61 remove_diacritics 0 categories 'L* N* Co M*' tokenchars '_'")""",
        "CREATE VIRTUAL TABLE passage_terms USING fts5vocab('passage_words', 'row')",
    ):
        connection.execute(statement)
    index_all(connection)


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (
    m001_documents_passages_words,
    m002_folder_and_date,
    m003_edits,
    m004_changes,
    m005_words_with_marks,
    m006_stems,
)
