"""The best passages by words where the words are frequent: in FTS5, on a table of texts."""

from __future__ import annotations

import random
import sqlite3

import pytest

from retrieval import fulltext
from retrieval.schema import MIGRATIONS
from retrieval.stems import indexed, stems

WORDS = [f"w{n}" for n in range(40)]  # w0 in nearly every text, w39 in few


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> dict[int, list[str]]:
    monkeypatch.setattr(fulltext, "_FREQUENT_FLOOR", 0)
    rng = random.Random(5)
    return {i: rng.choices(WORDS, [1 / (n + 1) for n in range(40)], k=rng.randint(4, 30)) for i in range(1, 301)}


@pytest.fixture
def connection(texts: dict[int, list[str]]) -> sqlite3.Connection:
    made = sqlite3.connect(":memory:", isolation_level=None)
    for migration in MIGRATIONS:
        migration(made)
    made.execute("INSERT INTO documents(id, name, suffix, passages, added, size) VALUES('d', 'd', '', 300, 0, 0)")
    fulltext.index_words(made, [(i, " ".join(text)) for i, text in texts.items()])
    return made


def holders(texts: dict[int, list[str]], *words: str) -> set[int]:
    return {i for i, text in texts.items() if set(words) & set(text)}


def test_the_rarest_words_say_what_is_found_and_all_of_them_how_good_it_is(
    connection: sqlite3.Connection, texts: dict[int, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fulltext, "_FREQUENT_SHARE", 1.0)
    asked = ["w3", "w39", "w10", "w36", "w5"]
    every = fulltext.match(connection, 300, asked, 300)
    assert {i for i, _ in every} == holders(texts, *asked)
    rare = holders(texts, "w39", "w36")
    monkeypatch.setattr(fulltext, "_LEADING", len(holders(texts, "w39")) + len(holders(texts, "w36")))
    assert len(rare) < len(every)
    for k in (1, 7, 300):
        assert fulltext.match(connection, 300, asked, k) == [found for found in every if found[0] in rare][:k]
    some = sorted(rare)[::2]
    within = fulltext.match(connection, 300, asked, 300, some)
    assert dict(within) == pytest.approx({i: score for i, score in every if i in some})


def test_frequent_words_count_only_where_there_are_no_others(
    connection: sqlite3.Connection, texts: dict[int, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fulltext, "_FREQUENT_SHARE", 0.2)
    assert fulltext.match(connection, 300, ["w0", "w38", "w1"], 300) == fulltext.match(connection, 300, ["w38"], 300)
    found = fulltext.match(connection, 300, ["w0", "w2", "nowhere", "w1"], 300)
    assert {i for i, _ in found} == holders(texts, "w2"), "the rarest of them"
    assert fulltext.match(connection, 300, ["nowhere"], 5) == fulltext.match(connection, 300, [], 5) == []


def test_what_was_counted_of_frequent_words_is_not_counted_again(
    connection: sqlite3.Connection, texts: dict[int, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fulltext, "_FREQUENT_SHARE", 0.2)
    monkeypatch.setattr(fulltext, "_SLOW_TO_COUNT", 60)
    asked, held = ["w0", "w2", "w38", "nowhere"], dict[str, int]()
    plain = fulltext.match(connection, 300, asked, 300)
    assert fulltext.match(connection, 300, asked, 300, held=held) == plain
    assert held == {"w0": 61, "w2": 61}, "no more of them were counted than say that they are frequent"
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    assert fulltext.match(connection, 300, asked, 300, held=held) == plain
    assert sum("count(*)" in statement for statement in statements) == 2


@pytest.mark.quick
@pytest.mark.parametrize(
    "forms",
    """
    change changes changed changing|sign signs signed signing|store stores stored storing|plan plans planned planning
    use uses used using|require requires required|open opened|add added adding|offer offers offered|cookie cookies
    policy policies|create created|treat treated|control controls controlled|install installed|process processes
    provide provided|need needs needed|bring brings bringing|manage managed managing|apply applies applied
    visit visits visited|status statuses|house houses|schedule scheduled|agree agrees agreed agreeing|box boxes
    complete completed|make makes making|take taking|name named|pay pays paying|increase increased|issue issued issuing
    close closes closed|call calls called|hero heroes|execute executed|repair repaired|share shared|boss bosses
    café cafés cafe|œuvre œuvres oeuvre|employé employes
    """.replace("\n", "|").split("|"),
)
def test_forms_of_a_word_have_one_stem(forms: str) -> None:
    assert len(stems(forms.split())) <= 1, forms


@pytest.mark.quick
def test_other_words_have_stems_of_their_own() -> None:
    others = (
        "reis reise|plan plane|not note|care car|past paste|port porte|thing the|bus bu|access acces|king k|gas ga|"
        "this thi|analysis analysi|string str|need ne|हिन्दी हिन्दू|मां मं|й и|ё е|が か|ά α|2024s 2024|rma_aes rma_ae"
    )
    for pair in others.split("|"):
        assert len(stems(pair.split())) == 2, pair


@pytest.mark.quick
def test_a_word_is_kept_as_it_is_written_beside_a_stem_that_is_another() -> None:
    assert [indexed(word) for word in ("swap", "swaps", "kühl", "rma_2231", "退货", "किला")] == [
        "swap", "swap _swap_swaps", "kuhl _kuhl_kühl", "rma_2231", "退货", "किला",
    ]  # fmt: skip
