"""The shape of a corpus in a PostgreSQL database, and its history, as `schema.py` is for SQLite.

Knows nothing about connections. The note 'schema' is the number of the last step that was taken; a step is never edited
once it was released. Tables and columns are named as in SQLite, so that most statements are the same for both; what
SQLite has of its own (rowid, FTS5) is made here of columns and triggers.
"""

from __future__ import annotations

from collections.abc import Callable

from .fulltext import index_all
from .sql import Connection

_TABLES = """
CREATE TABLE meta(key text PRIMARY KEY, value text NOT NULL);
CREATE TABLE documents(
    id text PRIMARY KEY, rowid bigint GENERATED ALWAYS AS IDENTITY, name text NOT NULL, suffix text NOT NULL,
    pages integer, passages integer NOT NULL, added double precision NOT NULL, size bigint NOT NULL,
    metadata text NOT NULL DEFAULT '{}', folder text NOT NULL DEFAULT '', modified double precision);
CREATE INDEX documents_name ON documents(name);
CREATE INDEX documents_folder ON documents(folder);
CREATE TABLE edits(
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, document_id text NOT NULL REFERENCES documents(id),
    position integer NOT NULL, before text NOT NULL, aside text);
CREATE INDEX edits_document ON edits(document_id);
CREATE TABLE passages(
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, document_id text NOT NULL REFERENCES documents(id),
    position integer NOT NULL, page integer, heading text NOT NULL, text text NOT NULL, text_key bytea NOT NULL,
    vector halfvec NOT NULL, enabled boolean NOT NULL DEFAULT true, edited boolean NOT NULL DEFAULT false,
    edit bigint REFERENCES edits(id), UNIQUE(document_id, position));
CREATE INDEX passages_text_key ON passages(text_key);
CREATE INDEX passages_edit ON passages(edit) WHERE edit IS NOT NULL;
"""

# What FTS5 keeps: the words of each passage, and how many; in how many passages a word stands; the number of all
# passages and words. Our words hold no spaces. `often` has the words that stand in a passage more than once: with all
# of them a row would outgrow 2 KB, be compressed, and take twice as long to read. The inverted index gathers new rows
# and takes them in together, ten times as fast as one by one; every search reads what is gathered, so it is to be less
# than the usual 4 MB.
_WORDS = """
CREATE FUNCTION words_often(words text) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_object_agg(word, times), '{}') FROM (
        SELECT word, count(*) AS times FROM unnest(string_to_array(words, ' ')) AS word
        GROUP BY word HAVING count(*) > 1) AS counted
$$;
CREATE TABLE passage_words(
    rowid bigint PRIMARY KEY, words text NOT NULL,
    length integer NOT NULL GENERATED ALWAYS AS (cardinality(string_to_array(words, ' '))) STORED,
    often jsonb NOT NULL GENERATED ALWAYS AS (words_often(words)) STORED);
CREATE INDEX passage_words_each ON passage_words USING gin (string_to_array(words, ' '))
    WITH (gin_pending_list_limit = 512);
CREATE TABLE passage_terms(term text COLLATE "C" PRIMARY KEY, doc bigint NOT NULL);
CREATE TABLE passage_totals(passages bigint NOT NULL, words bigint NOT NULL);
INSERT INTO passage_totals VALUES(0, 0);

CREATE FUNCTION count_words() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE sign integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    INSERT INTO passage_terms(term, doc)
        SELECT term, sign * count(DISTINCT rowid) FROM changed, unnest(string_to_array(words, ' ')) AS term
        GROUP BY term
        ON CONFLICT(term) DO UPDATE SET doc = passage_terms.doc + excluded.doc;
    IF sign < 0 THEN
        DELETE FROM passage_terms
            WHERE doc <= 0 AND term IN (SELECT unnest(string_to_array(words, ' ')) FROM changed);
    END IF;
    UPDATE passage_totals SET
        passages = passages + sign * (SELECT count(*) FROM changed),
        words = words + sign * (SELECT coalesce(sum(length), 0) FROM changed);
    RETURN NULL;
END $$;
CREATE TRIGGER words_came AFTER INSERT ON passage_words REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_words();
CREATE TRIGGER words_went AFTER DELETE ON passage_words REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION count_words();
"""


def _stems(connection: Connection) -> None:
    """Words are found in their other forms: all passages are indexed anew."""
    connection.execute("TRUNCATE passage_words, passage_terms")
    connection.execute("UPDATE passage_totals SET passages = 0, words = 0")
    index_all(connection)


MIGRATIONS: tuple[str | Callable[[Connection], None], ...] = (_TABLES + _WORDS, _stems)
EXTENSION = "vector"
LEAST_EXTENSION = (0, 8)  # searches a graph on until a filter has its k passages
