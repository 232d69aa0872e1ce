"""Passages: their size in tokens, where they are cut, and what becomes of tables, tiny sections and "
"monsters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import pytest
from retrieval_fakes import FakeEmbedder

from retrieval.chunking import split
from retrieval.passages import Block, searchable_text

COUNT = FakeEmbedder().count_many
SENTENCE = "The keeper of the north gate counts {} carts before noon. "


def long_text(sentences: int = 60) -> str:
    return "".join(SENTENCE.format(number) for number in range(sentences))


def test_passages_are_of_the_wanted_size_end_at_sentences_and_overlap() -> None:
    drafts = split([Block(long_text(), 3, "Guide > Gates")], COUNT, 256)
    sizes = COUNT([draft.text for draft in drafts])
    assert all(160 <= size <= 220 for size in sizes[:-1])
    assert all(draft.text.endswith("before noon.") for draft in drafts)
    assert all(draft.page == 3 and draft.heading == "Guide > Gates" for draft in drafts)
    for before, after in pairwise(drafts):
        first = after.text.split(". ")[0]
        assert first in before.text
    for number in range(60):
        assert any(SENTENCE.format(number).strip() in draft.text for draft in drafts)


def test_chinese_ends_at_sentences() -> None:
    text = "".join(f"第{number}号仓库的管理员每天中午之前清点所有的货车。" for number in range(60))
    drafts = split([Block(text, None, "")], COUNT, 256)
    assert len(drafts) > 5
    assert all(draft.text.endswith("。") for draft in drafts)


def test_sections_of_decent_size_are_never_mixed() -> None:
    blocks = [Block(long_text(10), 1, "Guide > A"), Block(long_text(12), 2, "Guide > B")]
    assert [draft.heading for draft in split(blocks, COUNT, 256)] == ["Guide > A", "Guide > B"]


def test_tiny_sections_join_under_their_parent_with_headings_inside() -> None:
    blocks = [Block(f"Line about {name}.", 1, f"Guide > {name}") for name in "ABC"]
    drafts = split([*blocks, Block("Else.", 1, "Other > X > Y")], COUNT, 256)
    assert [draft.heading for draft in drafts] == ["Guide", "Other > X > Y"]
    assert drafts[0].text == "A\nLine about A.\n\nB\nLine about B.\n\nC\nLine about C."


def test_a_few_words_in_front_of_the_first_heading_are_no_passage() -> None:
    """The header of a page, or the address and date of a letter; a title page and a paragraph are."""
    header = "Hollow Brook Clinic - Radiation policy - confidential"
    below = [Block(long_text(5), 1, "Policy > Persons"), Block(long_text(30), 1, "Policy > Aprons")]
    drafts = split([Block(header, 1, ""), *below], COUNT, 256)
    assert [draft.text for draft in drafts[1:]] == [draft.text for draft in split(below, COUNT, 256)[1:]]
    assert (drafts[0].heading, drafts[0].text) == ("Policy > Persons", f"{header}\n\n{long_text(5).strip()}")
    long = split([Block(header, 1, ""), *below[1:]], COUNT, 256)
    assert long[0].text.startswith(header) and {draft.heading for draft in long} == {"Policy > Aprons"}
    for lead in (Block(header, 0, ""), Block(long_text(8), 1, "")):
        apart = split([lead, *below], COUNT, 256)
        assert [draft.text for draft in apart] == [lead.text.strip(), *(d.text for d in split(below, COUNT, 256))]


def test_a_footer_is_no_passage() -> None:
    footer = "Hollow Brook Clinic - Page 1 of 1"
    for rows in range(40, 120):  # with some of them, a passage is full where the table ends
        table = "\n".join(f"item {number} | {number} crowns" for number in range(rows))
        last = split([Block(table, 1, "Prices"), Block(footer, 1, "Prices")], COUNT, 256)[-1]
        assert last.text.endswith(f"item {rows - 1} | {rows - 1} crowns\n\n{footer}")


def test_what_the_heading_leaves_out_of_a_long_path_is_text() -> None:
    path = [" ".join(f"{name}{n}" for n in range(20)) for name in ("part", "group", "area")]
    drafts = split([Block(long_text(), 3, " > ".join(path)), Block("Closed.", 4, "Short > Path")], COUNT, 256)
    assert all(draft.heading == f"{path[0]} > {path[2]}" for draft in drafts[:-1])
    assert [draft.text.startswith(f"{path[1]}\n{SENTENCE.format(0)}") for draft in drafts[:2]] == [True, False]
    assert (drafts[0].page, drafts[-1].text) == (3, "Closed.")
    (cut, *_) = split([Block("Closed.", 1, " ".join(path))], COUNT, 256)
    assert cut.text == f"{' '.join(path)}\nClosed." and len(cut.heading) < len(" ".join(path))


def test_small_sections_of_two_pages_stand_apart() -> None:
    slides = [Block(f"The limit of topic {n} is {n} euros.", n, f"Topic {n}") for n in range(1, 4)]
    titled = [Block(block.text, block.page, f"Deck > {block.heading}") for block in slides]
    for blocks in (slides, titled):
        assert [(draft.page, draft.text) for draft in split(blocks, COUNT, 256)] == [
            (block.page, block.text) for block in blocks
        ]
    within = [Block(f"Line about {n}.", n, f"Guide > Leave > Part {n}") for n in range(1, 4)]
    assert [draft.heading for draft in split(within, COUNT, 256)] == ["Guide > Leave"], "a chapter goes over its pages"


@pytest.mark.parametrize("lines", range(8, 24))  # with some of them, a page ends where a passage does
def test_a_passage_is_cited_by_the_page_of_what_it_adds(lines: int) -> None:
    pages = [Block("".join(f"On page {page} rule {n} says no. " for n in range(lines)), page, "") for page in (1, 2, 3)]
    for before, draft in pairwise(split(pages, COUNT, 256)):
        added = next(line for line in draft.text.split("On page ")[1:] if line.strip() not in before.text)
        assert draft.page == int(added[0])


def test_table_pieces_repeat_the_header_row() -> None:
    rows = "\n".join(f"item {number} | {number} crowns | shelf {number}" for number in range(120))
    drafts = split([Block("Name | Price | Place\n" + rows, 1, "Prices")], COUNT, 256)
    assert len(drafts) > 3
    assert all(draft.text.startswith("Name | Price | Place\n") for draft in drafts)
    for number in range(120):
        assert sum(f"item {number} | {number} crowns | shelf {number}\n" in draft.text + "\n" for draft in drafts) == 1


def test_a_row_of_one_cell_does_not_end_a_table() -> None:
    rows = [f"{part}{number} | {number} Nm" for part in "MK" for number in range(60)]
    table = "\n".join(["Part | Torque", *rows[:60], "Section K", *rows[60:]])
    drafts = split([Block(f"{table}\n\nNote: oiled.\nSize | Torque | Length\n1 | 2 | 3", 1, "Bolts")], COUNT, 256)
    assert len(drafts) == 3
    assert all(draft.text.startswith("Part | Torque\n") for draft in drafts)
    assert "\nM59 | 59 Nm\nSection K\nK0 | 0 Nm\n" in "\n".join(draft.text for draft in drafts)


@pytest.mark.parametrize(
    "text", ["x" * 50_000, "word " * 5000, "字" * 5000, "a | b\n" + "c " * 3000 + " | d", "\n" * 500 + "x"]
)
def test_nothing_is_longer_than_the_model_reads(text: str) -> None:
    heading = " > ".join(["A very long heading of many words"] * 30)
    drafts = split([Block(text, None, heading)], COUNT, 256)
    assert drafts
    assert max(COUNT([searchable_text(draft.heading, draft.text) for draft in drafts])) <= 254
    assert sum(draft.text.count(text[0]) for draft in drafts) >= text.count(text[0]) or not text[0].strip()


def word_pieces(texts: Sequence[str]) -> list[int]:
    """As BERT's tokeniser counts: a word of over 100 characters is one unknown token."""
    return [sum(1 if len(w) > 100 else COUNT([w])[0] for w in re.findall(r"\w+|[^\w\s]", text)) for text in texts]


@pytest.mark.parametrize("text", ["a1" * 200_000, f"The key is {'Kx7' * 9_000}. It hangs in room 12.", "ж" * 9_000])
def test_what_has_no_gap_is_cut_too(text: str) -> None:
    drafts = split([Block(text, None, "Keys")], word_pieces, 256)
    assert "".join(draft.text for draft in drafts).replace(" ", "") == text.replace(" ", "")
    assert all(len(draft.text) <= 4 * 256 for draft in drafts)
    assert max(word_pieces([searchable_text(draft.heading, draft.text) for draft in drafts])) <= 254
    assert len(drafts) <= len(text) // 600 + 3, "and not into crumbs"


def test_lines_without_a_gap_are_packed_by_their_length() -> None:
    text = "\n".join(f"{number} {'a1' * 64}" for number in range(200))
    assert max(len(draft.text) for draft in split([Block(text, None, "")], word_pieces, 256)) <= 4 * 256


def test_no_text_gives_no_passage() -> None:
    assert split([], COUNT, 256) == []
