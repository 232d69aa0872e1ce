"""Passages that people edit, split, merge and switch off, and what becomes of that when the document comes again."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from retrieval_fakes import FakeEmbedder
from retrieval_server import OpenCorpus, Place
from test_retrieval_corpus import same_as_fresh

from retrieval import Corpus, Draft, Passage, SearchOptions, backup, restore
from retrieval.edits import Edit, carry
from retrieval.errors import InvalidEdit, PassageNotFound
from retrieval.fulltext import words_of
from retrieval.langchain import CorpusEmbeddings, CorpusVectorStore
from retrieval.passages import searchable_text
from retrieval.sqlite_store import SqliteStore

MODES = ("hybrid", "dense", "text", "rrf")


def gates(numbers: range, top: str = "") -> str:
    body = "".join(f"Gate {n} is kept by keeper number {n * 7} until the bell rings at noon. " for n in numbers)
    return f"# Harbour\n\n## Gates\n\n{top}{body}\n\n# Soup\n\nLeek soup costs four crowns. {'Bread is free. ' * 30}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "gates.md").write_text(gates(range(90)))
    return tmp_path / "gates.md"


@pytest.fixture
def corpus(open_corpus: OpenCorpus, file: Path) -> Corpus:
    corpus = open_corpus(embedder=FakeEmbedder())
    corpus.ingest([file])
    return corpus


@pytest.fixture
def in_folder(tmp_path: Path, file: Path) -> Corpus:
    corpus = Corpus(tmp_path / "corpus", embedder=FakeEmbedder())
    corpus.ingest([file])
    return corpus


def check_whole(corpus: Corpus) -> None:
    """Texts, words, vectors, positions, counts and the index say the same."""
    if isinstance(corpus.store, SqliteStore):
        connection = corpus.store.connection()
        connection.execute("INSERT INTO passage_words(passage_words) VALUES('integrity-check')")
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    every = corpus.passages(disabled=True)
    found = [passage for passage in every if passage.enabled]
    assert found == corpus.passages()
    with corpus.store.reading() as reading:
        said = dict(reading.execute("SELECT rowid, words FROM passage_words").fetchall())
        terms = dict(reading.execute("SELECT term, doc FROM passage_terms").fetchall())
    assert said == {p.id: words_of(searchable_text(p.heading, p.text)) for p in found}
    assert terms == Counter(word for each in said.values() for word in set(each.split()))
    assert corpus.store.passage_ids().tolist() == sorted(passage.id for passage in found)
    for document in corpus.documents():
        own = [passage for passage in every if passage.document_id == document.id]
        assert [passage.position for passage in own] == list(range(len(own)))
        assert document.passages == sum(passage.enabled for passage in own)
    if every:
        ids, vectors = corpus.store.vectors([passage.id for passage in every])
        texts = {p.id: searchable_text(p.heading, p.text) for p in every}
        np.testing.assert_allclose(vectors, FakeEmbedder().encode([texts[i] for i in ids.tolist()]), atol=2e-3)
    same_as_fresh(corpus)


def where(corpus: Corpus, words: str, mode: str = "hybrid") -> Passage:
    return corpus.search(words, 1, mode)[0].passage


def test_an_edited_passage_is_found_by_its_new_text_and_keeps_its_place(corpus: Corpus) -> None:
    old = where(corpus, "gate 45 keeper number 315")
    new = corpus.edit_passage(old.id, "  The keeper of the blue lighthouse is Marta Quill.\n")
    assert new.text == "The keeper of the blue lighthouse is Marta Quill." and new.edited and not old.edited
    assert (new.page, new.heading, new.position, new.document_id) == (
        old.page, old.heading, old.position, old.document_id,
    )  # fmt: skip
    assert new.id != old.id and old.heading == "Harbour > Gates"
    for mode in MODES:
        assert where(corpus, "blue lighthouse Marta Quill", mode) == new
    assert corpus.search('"number 322 until"', 9, "text") == []
    check_whole(corpus)
    with pytest.raises(PassageNotFound, match="has a new id"):
        corpus.edit_passage(old.id, "again")
    assert corpus.edit_passage(new.id, new.text) == new, "the same text is no edit"


def test_put_back_it_is_no_edit_any_more(corpus: Corpus) -> None:
    before = [(p.text, p.page, p.heading, p.edited) for p in corpus.passages()]
    first, second, third = corpus.passages()[:3]
    left, right = corpus.split_passage(first.id, 120)
    merged = corpus.merge_passages(corpus.split_passage(second.id, 200)[0].id, right.id)
    corpus.edit_passage(left.id, "Gate zero is gone.")
    corpus.enable_passage(third.id, False)
    check_whole(corpus)
    corpus.revert_passage(merged.id)
    assert corpus.enable_passage(third.id).edited is False
    assert [(p.text, p.page, p.heading, p.edited) for p in corpus.passages()] == before
    assert corpus.store.edits([first.document_id]) == []
    check_whole(corpus)
    assert corpus.revert_passage(third.id) == [third], "nothing was made of it"


def test_split_and_merged_again_it_is_as_before(corpus: Corpus) -> None:
    old = corpus.passages()[1]
    at = old.text.index("Gate", 100)
    parts = corpus.split_passage(old.id, at)
    assert [part.text for part in parts] == [old.text[:at].strip(), old.text[at:].strip()]
    assert all(part.edited and part.heading == old.heading for part in parts)
    check_whole(corpus)
    merged = corpus.merge_passages(parts[1].id, parts[0].id)
    assert (merged.position, merged.heading) == (old.position, old.heading)
    assert merged.text.split() == old.text.split()
    check_whole(corpus)


def test_passages_of_two_headings_are_merged_under_what_they_share(open_corpus: OpenCorpus, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(f"# Rules\n\n## Leave\n\n{'Ask Ann. ' * 24}\n\n## Pay\n\n{'Ask Bob. ' * 24}\n")
    corpus = open_corpus(embedder=FakeEmbedder())
    corpus.ingest([tmp_path / "a.md"])
    first, second = corpus.passages()
    merged = corpus.merge_passages(first.id, second.id)
    assert merged.heading == "Rules" and merged.text.startswith("Leave\nAsk Ann.")
    assert "\n\nPay\nAsk Bob." in merged.text
    check_whole(corpus)


def test_edits_that_cannot_be(corpus: Corpus) -> None:
    first, second, third, *_ = corpus.passages()
    before = corpus.passages()
    for wrong, text in (
        (lambda: corpus.edit_passage(first.id, " \n"), "switch it off"),
        (lambda: corpus.edit_passage(first.id, "word " * 300), r"reads 254 of a passage"),
        (lambda: corpus.split_passage(first.id, 0), "between 1 and"),
        (lambda: corpus.split_passage(first.id, -4), "between 1 and"),
        (lambda: corpus.split_passage(first.id, 10**6), "between 1 and"),
        (lambda: corpus.merge_passages(first.id, third.id), "follow each other"),
        (lambda: corpus.merge_passages(first.id, first.id), "with itself"),
        (lambda: corpus.merge_passages(first.id, second.id), "split it into two"),
    ):
        with pytest.raises(InvalidEdit, match=text):
            wrong()
    for missing in (
        lambda: corpus.edit_passage(10**6, "x"),
        lambda: corpus.enable_passage(10**6),
        lambda: corpus.revert_passage(10**6),
        lambda: corpus.discard_edit(1),
    ):
        with pytest.raises(PassageNotFound):
            missing()
    assert corpus.passages() == before
    corpus.enable_passage(first.id, False)
    with pytest.raises(InvalidEdit, match="switched off"):
        corpus.merge_passages(first.id, second.id)


def test_a_passage_that_is_off_is_nowhere(corpus: Corpus) -> None:
    soup = where(corpus, "leek soup costs four crowns")
    neighbour = corpus.passages()[soup.position - 1]
    off = corpus.enable_passage(soup.id, False)
    assert (off.id, off.enabled, off.edited) == (soup.id, False, False)
    for mode in MODES:
        assert soup.id not in {hit.passage.id for hit in corpus.search("leek soup costs four crowns", 99, mode)}
    assert corpus.search('"leek soup"') == []
    around = corpus.search(neighbour.text, 1, options=SearchOptions(neighbours=1))[0]
    assert around.passage.id == neighbour.id and around.after == ()
    assert soup.id not in {passage.id for passage in corpus.passages()}
    assert corpus.passages(disabled=True)[soup.position] == off
    check_whole(corpus)
    corpus.rebuild(embedder=FakeEmbedder())
    check_whole(corpus)
    assert corpus.enable_passage(soup.id) == soup
    assert where(corpus, "leek soup costs four crowns") == soup
    check_whole(corpus)


def test_edits_outlive_an_unchanged_document(corpus: Corpus, file: Path) -> None:
    corpus.edit_passage(corpus.passages()[1].id, "Marta Quill keeps all gates.")
    corpus.enable_passage(corpus.passages()[3].id, False)
    before = corpus.passages(disabled=True)
    (result,) = corpus.ingest([file])
    assert (result.status, result.edits_kept, result.edits_aside) == ("unchanged", 0, 0)
    assert corpus.passages(disabled=True) == before
    check_whole(corpus)


@pytest.mark.parametrize("top", ["", "A new gate is built this year, and nobody keeps it yet. "])
def test_edits_go_into_the_next_version_wherever_it_is_cut(corpus: Corpus, file: Path, top: str) -> None:
    passages = corpus.passages()
    edited = corpus.edit_passage(passages[1].id, "Marta Quill keeps all gates.")
    corpus.split_passage(passages[2].id, 300)
    corpus.enable_passage(passages[4].id, False)
    new_end = "The tower of Omm fell."
    file.write_text(gates(range(90), top) + f"\n# Tower\n\n{new_end}\n")
    (result,) = corpus.ingest([file])
    assert (result.status, result.edits_kept, result.edits_aside) == ("replaced", 3, 0)
    assert result.reason == "Edits kept: 3."
    check_whole(corpus)
    now = corpus.passages(disabled=True)
    assert [p.text for p in now if p.edited] == [
        edited.text, passages[2].text[:300].strip(), passages[2].text[300:].strip(),
    ]  # fmt: skip
    assert [p.text for p in now if not p.enabled] == [passages[4].text]
    assert where(corpus, "Marta Quill").heading == "Harbour > Gates"
    assert new_end in where(corpus, "tower of Omm").text
    said = " ".join(p.text for p in now)
    for n in range(90):
        of_edited = f"Gate {n} is" in passages[1].text
        assert of_edited or f"Gate {n} is kept by keeper number {n * 7} until the bell rings at noon." in said, n
    file.write_text(gates(range(90)))
    corpus.ingest([file])
    assert [(p.text, p.enabled) for p in corpus.passages(disabled=True) if p.edited or not p.enabled] == [
        (p.text, p.enabled) for p in now if p.edited or not p.enabled
    ]
    for passage in [p for p in corpus.passages(disabled=True) if p.edited or not p.enabled]:
        if passage.id in {p.id for p in corpus.passages(disabled=True)}:
            corpus.revert_passage(passage.id)
    assert not [p for p in corpus.passages(disabled=True) if p.edited or not p.enabled]
    check_whole(corpus)


def test_an_edit_without_a_place_is_told_and_kept_until_it_has_one(corpus: Corpus, file: Path) -> None:
    soup = where(corpus, "leek soup costs four crowns")
    corpus.edit_passage(soup.id, "Leek soup costs nine crowns.")
    first = corpus.edit_passage(corpus.passages()[0].id, "Marta Quill keeps the first gates.")
    file.write_text(gates(range(90)).replace("Leek soup costs four", "Fish soup costs six"))
    (result,) = corpus.ingest([file])
    assert (result.edits_kept, result.edits_aside) == (1, 1)
    assert result.reason and "set aside: 1" in result.reason and "'passages'" in result.reason
    assert where(corpus, "Marta Quill").text == first.text
    document = corpus.documents()[0].id
    (aside,) = corpus.edits_aside(document)
    assert [draft.text for draft in aside.after] == ["Leek soup costs nine crowns."]
    assert aside.before[0].text == soup.text and aside.before[0].heading == "Soup"
    assert "nine crowns" not in " ".join(p.text for p in corpus.passages(disabled=True))
    check_whole(corpus)
    file.write_text(gates(range(90), "Once more. "))
    (result,) = corpus.ingest([file])
    assert (result.edits_kept, result.edits_aside) == (2, 0)
    assert where(corpus, "leek soup nine crowns").text == "Leek soup costs nine crowns."
    assert corpus.edits_aside(corpus.documents()[0].id) == []
    check_whole(corpus)


def test_an_edit_that_was_set_aside_can_be_forgotten(corpus: Corpus, file: Path) -> None:
    corpus.edit_passage(where(corpus, "leek soup costs four crowns").id, "Leek soup costs nine crowns.")
    kept = corpus.store.edits([corpus.documents()[0].id])[0]
    with pytest.raises(PassageNotFound):
        corpus.discard_edit(kept.id)
    file.write_text("Nothing of this.")
    corpus.ingest([file])
    (aside,) = corpus.edits_aside(corpus.documents()[0].id)
    corpus.discard_edit(aside.id)
    assert corpus.edits_aside(corpus.documents()[0].id) == []


def test_a_text_too_long_for_one_passage_is_typed_and_split_at_once(corpus: Corpus) -> None:
    first, *_ = corpus.passages()
    texts = ["word " * 200, "sign " * 200]
    parts = corpus.split_passage(first.id, len(texts[0]), "".join(texts))
    assert [part.text for part in parts] == [text.strip() for text in texts]
    check_whole(corpus)
    assert corpus.revert_passage(parts[1].id)[0].text == first.text


def test_a_name_that_means_bytes_known_by_another_hands_its_edits_on(open_corpus: OpenCorpus, tmp_path: Path) -> None:
    corpus = open_corpus(embedder=FakeEmbedder())
    for name, text in (("a.txt", "Gate nine is kept by Ann."), ("b.txt", "Leek soup costs four crowns.")):
        (tmp_path / name).write_text(text)
    corpus.ingest([tmp_path / "a.txt", tmp_path / "b.txt"])
    corpus.edit_passage(where(corpus, "gate nine").id, "Gate nine is kept by Eve.")
    (tmp_path / "a.txt").write_text("Leek soup costs four crowns.")
    (result,) = corpus.ingest([tmp_path / "a.txt"])
    assert (result.status, result.edits_aside) == ("replaced", 1)
    (aside,) = corpus.edits_aside(corpus.documents()[0].id)
    assert aside.after[0].text == "Gate nine is kept by Eve."


def test_an_edit_by_another_process_during_an_ingest_is_not_lost(
    corpus: Corpus, open_corpus: OpenCorpus, file: Path
) -> None:
    file.write_text(gates(range(91)))
    other = open_corpus(embedder=FakeEmbedder())
    done: list[Passage] = []

    def edit(step: object) -> None:
        if getattr(step, "stage", "") == "storing" and not done:
            done.append(other.edit_passage(other.passages()[1].id, "Marta Quill keeps all gates."))

    (result,) = corpus.ingest([file], progress=edit)
    assert result.edits_kept == 1 and done
    assert where(corpus, "Marta Quill").text == done[0].text
    check_whole(corpus)


def test_backups_hold_edits(in_folder: Corpus, tmp_path: Path) -> None:
    corpus = in_folder
    edited = corpus.edit_passage(corpus.passages()[1].id, "Marta Quill keeps all gates.")
    corpus.enable_passage(corpus.passages()[3].id, False)
    before = corpus.passages(disabled=True)
    made = backup(corpus.folder, tmp_path / "kept.sqlite")
    assert made.passages == len(before) - 1
    corpus.revert_passage(edited.id)
    restore(tmp_path / "kept.sqlite", corpus.folder)
    assert corpus.passages(disabled=True) == before
    check_whole(corpus)


def test_texts_of_a_chain_are_edited_too(place: Place) -> None:
    store = CorpusVectorStore.from_texts(
        ["plums are blue and grow in the garden of the mill", "apples are red"],
        CorpusEmbeddings(FakeEmbedder()), [{"n": 1}, {"n": 2}], ids=["a", "b"], **place("store"),
    )  # fmt: skip
    plums, apples = store.corpus.passages()
    left, right = store.corpus.split_passage(plums.id, 15)
    found = store.similarity_search("garden of the mill", k=2)
    assert (found[0].id, found[0].metadata) == ("a:1", {"n": 1})
    assert len({each.id for each in store.similarity_search("plums mill apples", k=9)}) == 3
    assert store.get_by_ids(["a"])[0].page_content == f"{left.text}\n\n{right.text}"
    store.corpus.enable_passage(apples.id, False)
    assert {each.id for each in store.similarity_search("apples", k=9)} == {"a:0", "a:1"}
    store.add_texts(["apples are red", "apples are red"], [{"n": 3}, {"n": 3}], ids=["b", "b"])
    assert {each.id for each in store.similarity_search("apples", k=9)} == {"a:0", "a:1"}, "still off"
    check_whole(store.corpus)


def test_a_schema_without_edits_takes_them(in_folder: Corpus, file: Path) -> None:
    corpus = in_folder
    corpus.close()
    connection = sqlite3.connect(corpus.folder / "corpus.sqlite")
    connection.executescript(
        "DROP TRIGGER passage_came; DROP TRIGGER passage_went; DROP TRIGGER passage_switched; DROP TABLE changes;"
        "DROP INDEX passages_edit; ALTER TABLE passages DROP COLUMN edit; ALTER TABLE passages DROP COLUMN edited;"
        "ALTER TABLE passages DROP COLUMN enabled; DROP TABLE edits; PRAGMA user_version = 2"
    )
    connection.close()
    again = Corpus(corpus.folder, embedder=FakeEmbedder())
    assert again.edit_passage(again.passages()[0].id, "Marta Quill.").edited
    check_whole(again)


def rows(*lines: str) -> str:
    return "\n".join(["Gate | Keeper | Wage", *lines])


def edit(text: str, after: str, position: int = 0, heading: str = "") -> Edit:
    return Edit(1, "d", position, (Draft(text, None, heading),), (Draft(after, None, heading),))


def test_rows_of_a_table_are_found_among_others() -> None:
    lines = [f"gate number {n} | keeper number {n * 7} | {n} crowns" for n in range(12)]
    made, edits = carry(
        [Draft(rows(*lines[:5]), 1, ""), Draft(rows(*lines[5:]), 2, "")], [edit(rows(*lines[3:7]), "no gates here")]
    )
    assert [draft.text for draft in made] == [rows(*lines[:3]), "no gates here", rows(*lines[7:])]
    assert edits[0].placed and edits[0].position == 1


def test_a_short_text_is_only_a_whole_passage() -> None:
    drafts = [Draft("Menu of the day", None, ""), Draft("Menu", None, "A"), Draft("Menu", None, "B")]
    made, _ = carry(drafts, [edit("Menu", "Carte", heading="B")])
    assert [draft.text for draft in made] == ["Menu of the day", "Menu", "Carte"]
    made, (aside,) = carry(drafts[:1], [edit("Menu", "Carte")])
    assert made == drafts[:1] and not aside.placed


def test_chinese_is_found_across_a_cut() -> None:
    sentences = [f"第{n}号闸门由第{n * 7}号看守人看守直到中午钟声响起为止。" for n in range(8)]
    drafts = [Draft("".join(sentences[:3]), 4, ""), Draft("".join(sentences[3:]), 5, "")]
    made, _ = carry(drafts, [edit("".join(sentences[2:5]), "都由王经理看守。")])
    assert [(d.text, d.page) for d in made] == [
        ("".join(sentences[:2]), 4), ("都由王经理看守。", 4), ("".join(sentences[5:]), 5),
    ]  # fmt: skip
