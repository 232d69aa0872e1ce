"""What a search can be asked for: phrases, filters, twins, neighbours, a reranker; and what it marks."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from retrieval_fakes import FakeEmbedder
from retrieval_server import OpenCorpus
from test_retrieval_formats import zipped

from retrieval import Corpus, CrossEncoderReranker, Hit, SearchOptions, Within, fulltext
from retrieval.errors import DocumentNotFound, EmbeddingModelUnusable, InvalidQuery
from retrieval.phrases import parsed, spans
from retrieval.search import SEARCHES
from retrieval.twins import joined, sense
from retrieval.words import words, words_at

RULES = {
    "rules/gates.txt": "The hotel limit in Oslo is ninety crowns. Form RMA-2231 is signed by Ann.",
    "rules/old/gates-2019.txt": "In Oslo the limit for a hotel was seventy crowns. Form RMA-1100 was signed by Bob.",
    "soup.txt": "Leek soup costs four crowns, and bread is free.",
    "退货.txt": "退货政策：客户可以在三十七天内退货，请联系王经理。",
}


@pytest.fixture
def corpus(open_corpus: OpenCorpus, tmp_path: Path) -> Corpus:
    for name, text in RULES.items():
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    os.utime(tmp_path / "in" / "rules" / "old" / "gates-2019.txt", (1.5e9, 1.5e9))
    corpus = open_corpus(embedder=FakeEmbedder())
    corpus.ingest([tmp_path / "in"])
    return corpus


def names(hits: Sequence[Hit]) -> list[str]:
    return [hit.passage.document for hit in hits]


def marked(hit: Hit) -> list[str]:
    return [hit.passage.text[start:end] for start, end in hit.spans]


@pytest.mark.parametrize("mode", list(SEARCHES))
def test_every_way_takes_phrases_and_filters(corpus: Corpus, mode: str) -> None:
    assert names(corpus.search('"hotel limit" crowns', 9, mode)) == ["gates.txt"]
    assert names(corpus.search("crowns “LIMIT for a hotel”", 9, mode)) == ["gates-2019.txt"]
    assert names(corpus.search("「三十七天内退货」", 9, mode)) == ["退货.txt"]
    assert corpus.search('"limit hotel"', 9, mode) == []
    assert names(corpus.search('"limit hotel"', 9, mode, SearchOptions(phrases=False)))
    assert corpus.search('"soup" "Oslo"', 9, mode) == []
    for within, expected in (
        (Within(folder="in/rules"), {"gates.txt", "gates-2019.txt"}),
        (Within(folder="in/rules/old/"), {"gates-2019.txt"}),
        (Within(documents=("soup.txt", "gates.txt")), {"soup.txt", "gates.txt"}),
        (Within(documents=("soup.txt", "gates.txt"), folder="in/rules"), {"gates.txt"}),
        (Within(until=1.6e9), {"gates-2019.txt"}),
        (Within(since=1.6e9, folder="in/rules"), {"gates.txt"}),
    ):
        found = corpus.search("crowns", 9, mode, SearchOptions(within=within))
        assert set(names(found)) == expected
    both = SearchOptions(within=Within(folder="in/rules/old"))
    assert corpus.search('"hotel limit"', 9, mode, both) == []


@pytest.mark.parametrize(
    "phrase, text, marks",
    [
        ("COVID-19", "A post-COVID-19-related rule.", "COVID-19"),
        ("COVID 19", "The COVID-19 rule.", "COVID-19"),
        ("the COVID-19 related", "See the COVID-19-related/annexed rule.", "the COVID-19-related"),
        ("rule of the post", "A rule of the post-COVID-19 time.", "rule of the post"),
        ("第3条", "根据本法第3条规定办理", "第3条"),
        ("3条规定", "根据本法第3条规定办理", "3条规定"),
        ("本法第3", "根据本法第3条规定办理", "本法第3"),
        ("税", "缴纳增值税。", "税"),
        ("税", "营业税率", "税"),
        ("税", "税", "税"),
    ],
)
def test_a_phrase_is_found_wherever_its_words_are_cut(
    open_corpus: OpenCorpus, tmp_path: Path, phrase: str, text: str, marks: str
) -> None:
    for name, each in (("a.txt", text), ("b.txt", "19 COVID related. 条3第 规定 rule"), ("c.txt", "the post, 3.")):
        (tmp_path / name).write_text(each)
    corpus = open_corpus(embedder=FakeEmbedder())
    corpus.ingest([tmp_path / name for name in ("a.txt", "b.txt", "c.txt")])
    found = corpus.search(f'"{phrase}"', 9)
    assert names(found) == ["a.txt"]
    assert marks in marked(found[0])


def test_a_phrase_is_not_found_in_other_words(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("Covid_191 and 第31条 and 增值 and a_b-c.")
    corpus.ingest([tmp_path / "x.txt"])
    for phrase in ("Covid 19", "第3条", "1条规", "值 and a c", "税"):
        assert corpus.search(f'"{phrase}"') == []


def test_questions_with_and_without_phrases_in_one_call(corpus: Corpus) -> None:
    queries = ["leek soup", '"hotel limit" in Oslo', "退货政策", '"no such words"']
    assert corpus.search_many(queries, 2) == [corpus.search(query, 2) for query in queries]


def test_filters_that_cannot_be(corpus: Corpus) -> None:
    with pytest.raises(DocumentNotFound, match=r"'in/rul'\. Expected one of: in, in/rules, in/rules/old\."):
        corpus.search("crowns", options=SearchOptions(within=Within(folder="in/rul")))
    with pytest.raises(DocumentNotFound, match=r"no document 'gone\.txt'"):
        corpus.search("x", options=SearchOptions(within=Within(documents=("gone.txt",))))
    with pytest.raises(InvalidQuery, match="wrong way round"):
        corpus.search("x", options=SearchOptions(within=Within(since=2.0, until=1.0)))


def test_a_filter_to_a_folder_of_an_archive(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "all.zip").write_bytes(zipped({"a/x.txt": "Crowns of Omm.", "b/y.txt": "Crowns of Velm."}))
    corpus.ingest([tmp_path / "all.zip"])
    found = corpus.search("crowns", 9, options=SearchOptions(within=Within(folder="all.zip/b")))
    assert names(found) == ["all.zip/b/y.txt"]


def test_what_has_left_an_archive_leaves_the_corpus(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "all.zip").write_bytes(zipped({"a/x.txt": "Crowns of Omm.", "b/y.txt": "Crowns of Velm."}))
    corpus.ingest([tmp_path / "all.zip"])
    before = {document.name for document in corpus.documents()}
    corpus.edit_passage(corpus.search("crowns of Velm", 1)[0].passage.id, "Crowns of Ann.")
    (tmp_path / "all.zip").write_bytes(zipped({"a/x.txt": "Crowns of Omm.", "c/z.txt": "Crowns of Orr."}))
    results = corpus.ingest([tmp_path / "all.zip"])
    assert [(result.name, result.status) for result in results] == [
        ("all.zip/a/x.txt", "unchanged"), ("all.zip/c/z.txt", "indexed"), ("all.zip/b/y.txt", "removed"),
    ]  # fmt: skip
    assert results[-1].reason == "It is not in all.zip any more. Edits gone with it: 1."
    after = {document.name for document in corpus.documents()}
    assert before - after == {"all.zip/b/y.txt"} and after - before == {"all.zip/c/z.txt"}
    corpus.edit_passage(corpus.search("crowns of Orr", 1)[0].passage.id, "Crowns of Eve.")
    (tmp_path / "all.zip").write_bytes(zipped({"a/x.txt": "Crowns of Omm.", "d/new.txt": "Crowns of Orr."}))
    assert [(result.name, result.status, result.reason) for result in corpus.ingest([tmp_path / "all.zip"])] == [
        ("all.zip/a/x.txt", "unchanged", None),
        ("all.zip/d/new.txt", "unchanged", "Its bytes were in the corpus as all.zip/c/z.txt."),
    ]
    assert corpus.search("crowns of Eve", 1)[0].passage.document == "all.zip/d/new.txt", "with its edit"
    after = {document.name for document in corpus.documents()}
    (tmp_path / "all.zip").write_bytes(b"PK broken")
    assert corpus.ingest([tmp_path / "all.zip"])[0].status == "failed"
    assert {document.name for document in corpus.documents()} == after, "what cannot be read has lost nothing"
    (tmp_path / "all.zip").write_bytes(zipped({"a/x.txt": "Crowns of Omm."}))
    (tmp_path / "a-moved.txt").write_text("Crowns of Orr.")
    corpus.ingest([tmp_path / "a-moved.txt", tmp_path / "all.zip"])
    assert corpus.search("crowns of Eve", 1)[0].passage.document == "a-moved.txt", "moved out of the archive"


def test_what_was_in_an_archive_that_is_damaged_now_stays(corpus: Corpus, tmp_path: Path) -> None:
    inner = zipped({"a.txt": "Crowns of Omm."})
    for content in (inner, inner[:-9]):
        (tmp_path / "o.zip").write_bytes(zipped({"inner.zip": content, "b.txt": "Crowns of Velm."}))
        results = corpus.ingest([tmp_path / "o.zip"])
    assert {result.name: result.status for result in results} == {
        "o.zip/b.txt": "unchanged",
        "o.zip/inner.zip": "failed",
    }
    assert corpus.search("crowns of Omm", 1)[0].passage.document == "o.zip/inner.zip/a.txt"


def test_the_words_that_made_the_match_are_marked(corpus: Corpus) -> None:
    assert marked(corpus.search("What is the hotel limit in OSLO?", 1)[0]) == ["hotel limit", "Oslo"]
    assert marked(corpus.search("who signs rma/2231", 1)[0]) == ["RMA-2231", "signed"]
    assert marked(corpus.search('"is ninety crowns"', 1)[0]) == ["is ninety crowns"]
    assert marked(corpus.search("客户退货", 1)[0]) == ["退货", "客户", "退货"]
    assert marked(corpus.search("退", 1)[0]) == ["退", "退"]


@pytest.mark.parametrize(
    "text", ["ｆｕｌｌ Width ＲＭＡ-12 straße Ⅻ", 'the 5" and 3" pipes', "中文and英文mixed a_b c.d.e", ""]
)
def test_words_have_places(text: str) -> None:
    assert [word for word, _ in words_at(text)] == words(text)


def test_plain_text_is_cut_as_any_other() -> None:
    text = "RMA-2231 a_b _x_ 06:30 v3.2--rc1 #7 C:/tmp/a.b://c 1,200.50 -18 (x)y: z. e-mail_me/now ."
    assert words(text) == words(f"{text} é")[:-1] and "rma_2231" in words(text)


def test_measures_are_no_quotes() -> None:
    assert parsed('the 5" and the 3" pipes').phrases == ()
    assert parsed('a "" b "?!"').phrases == ()
    assert parsed("say «x y» and („z“)").phrases == (("x", "y"), ("z",))
    assert parsed('say "x y" now').text == "say  x y  now"
    assert spans(parsed('"x y"'), "x z, X, y") == ((0, 1), (5, 9))


def test_twins_count_once_and_versions_do_not(open_corpus: OpenCorpus, tmp_path: Path) -> None:
    texts = {
        "a.txt": "The hotel limit in Oslo is 90 crowns.", "b.txt": "THE hotel limit in Oslo\nis 90 crowns!",
        "c.txt": "The hotel limit in Oslo is 80 crowns.", "d.txt": "The hotel limit in Oslo is not 90 crowns.",
        "e.txt": "A hotel in Oslo.", "f.txt": "Any hotel.",
    }  # fmt: skip
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    corpus = open_corpus(embedder=FakeEmbedder())
    corpus.ingest([tmp_path / name for name in texts])
    hits = corpus.search("hotel limit in Oslo 90 crowns", 4)
    assert len(hits) == 4 and {"c.txt", "d.txt"} < set(names(hits)), "the place of a twin goes to another passage"
    (pair,) = [hit for hit in hits if hit.twins]
    assert {pair.passage.document, *(twin.document for twin in pair.twins)} == {"a.txt", "b.txt"}
    every = corpus.search("hotel limit in Oslo 90 crowns", 9, options=SearchOptions(fold=False))
    assert len(every) == 6 and not any(hit.twins for hit in every)
    assert sense("May not pay the 90.") != sense("May pay the 90.") == sense("may PAY 90")
    for one, other in (
        ("$1,200", "€1,200"), ("-5 °C", "5 °C"), ("over > 500", "over < 500"), ("+5%", "-5%"), ("1.5", "1:5"),
        ("to the depot", "from the depot"), ("paid by us", "paid by you"), ("(5) million", "5 million"), ("x²", "x2"),
        ("हिन्दी", "हिन्दू"), ("我们承担", "你们承担"), ("✓", "✗"),
        ("-$5 million", "$5 million"), ("−€5 m", "€5 m"), ("a dose of .5 mg", "a dose of 5 mg"), ("10 - 5", "10 5"),
        ("5\" wide", "5' wide"), ("vitamin A", "vitamin"), ("Basic |  | yes", "Basic | yes | "),
    ):  # fmt: skip
        assert sense(f"It is {one}.") != sense(f"It is {other}."), "another fact"
    assert sense("“Gate 4”: a toll, of 90 crowns.") == sense("Gate 4 -\nTHE toll of 90 crowns")
    assert sense("A hotel. A toll of 5") == sense("the hotel\n- toll - of 5")


def test_what_is_said_of_two_things_is_no_twin(open_corpus: OpenCorpus, tmp_path: Path) -> None:
    said = "The torque at full load is 25 Nm. " * 16
    (tmp_path / "models.md").write_text(f"# Drills\n\n## Model X200\n\n{said}\n\n## Model Y300\n\n{said}")
    (tmp_path / "x200.md").write_text(f"# The model X200\n\n{said}")
    corpus = open_corpus(embedder=FakeEmbedder())
    corpus.ingest([tmp_path / "models.md", tmp_path / "x200.md"])
    found = {hit.passage.heading[-4:]: len(hit.twins) for hit in corpus.search("torque of the model Y300", 3)}
    assert found == {"Y300": 0, "X200": 1}


def test_one_text_said_again_and_again_takes_one_place(open_corpus: OpenCorpus) -> None:
    corpus = open_corpus(embedder=FakeEmbedder())
    texts = ["The depot keeps what is said confidential."] * 40 + [f"The depot of gate {n} is shut." for n in range(6)]
    corpus.add_texts(texts, [str(n) for n in range(46)], [{}] * 46)
    hits = corpus.search("is what the depot said confidential", 5)
    assert len({hit.passage.text for hit in hits}) == 5 and len(hits[0].twins) == 39


@pytest.mark.parametrize(
    ("text", "query", "marked"),
    [
        ("यह किला पुराना है", "किला", "किला"),
        ("İstanbul deposu kapalı", "istanbul", "İstanbul"),
        ("Le cafe\u0301 ferme a\u0300 midi", "café", "cafe\u0301"),
        ("Die Reise\u00adkosten trägt der Verein", "Reisekosten", "Reise\u00adkosten"),
        ("Από τον Μαΐου", "μαΐου", "Μαΐου"),
    ],
)
def test_marks_within_words_are_no_ends_of_them(open_corpus: OpenCorpus, text: str, query: str, marked: str) -> None:
    corpus = open_corpus(embedder=FakeEmbedder())
    corpus.add_texts([text, "काला घोड़ा", "A depot in stanbul"], ["a", "b", "c"], [{}] * 3)
    for asked in (query, f'"{query}"'):
        hits = corpus.search(asked, 3, "text")
        assert [hit.passage.document_id for hit in hits] == ["a"]
        assert [hit.passage.text[start:end] for hit in hits for start, end in hit.spans] == [marked]


FORMS = {
    "swaps": "Swaps: both keepers must have agreed in writing.",
    "swap": "A shift swap is planned by Ann, who agrees. Swaps end.",
    "cold": "Die Kühlkette der Reisen hält.",
    "rice": "Der Reis ist gar. Policy RMA-2231 of 2024s.",
    "travel": "Die Reise nach Łódź dauert. Policies of the cœur.",
}


@pytest.fixture
def forms(open_corpus: OpenCorpus) -> Corpus:
    corpus = open_corpus(embedder=FakeEmbedder())
    corpus.add_texts(list(FORMS.values()), list(FORMS), [{}] * len(FORMS))
    return corpus


@pytest.mark.parametrize(
    ("query", "found", "marks"),
    [
        ("swap", {"swaps", "swap"}, {"Swaps", "swap"}),
        ("swapping", {"swaps", "swap"}, {"Swaps", "swap"}),
        ("agree plans", {"swaps", "swap"}, {"agreed", "planned", "agrees"}),
        ("kuhlkette", {"cold"}, {"Kühlkette"}),
        ("KÜHLKETTE", {"cold"}, {"Kühlkette"}),
        ("lodz coeur", {"travel"}, {"Łódź", "cœur"}),
        ("reis", {"rice"}, {"Reis"}),
        ("policies", {"rice", "travel"}, {"Policy", "Policies"}),
        ("rma/2231s", {"rice"}, {"RMA"}),
        ("2024", set(), set()),
    ],
)
def test_words_are_found_and_marked_in_their_other_forms(
    forms: Corpus, query: str, found: set[str], marks: set[str]
) -> None:
    hits = forms.search(query, 9, "text")
    assert {hit.passage.document_id for hit in hits} == found
    assert {each for hit in hits for each in marked(hit)} == marks


@pytest.mark.parametrize(
    ("phrase", "found"),
    [
        ("swap", ["swap"]),
        ("agreed", ["swaps"]),
        ("swapping", []),
        ("shift swap", ["swap"]),
        ("swaps end", ["swap"]),
        ("shift swaps", []),
        ("shifts swap", []),
        ("agreed in writing", ["swaps"]),
        ("agree in writing", []),
        ("agreed in write", []),
        ("Swaps both keepers", ["swaps"]),
        ("swap both keepers", []),
        ("die kühlkette", ["cold"]),
        ("kuhlkette", []),
        ("policies of the cœur", ["travel"]),
    ],
)
def test_what_is_in_quotes_stands_so(forms: Corpus, phrase: str, found: list[str]) -> None:
    hits = forms.search(f'"{phrase}"', 9)
    assert [hit.passage.document_id for hit in hits] == found
    for hit in hits:
        assert phrase.casefold() in {each.casefold().replace(":", "") for each in marked(hit)}


def test_a_word_frequent_elsewhere_tells_within_one_document(
    open_corpus: OpenCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fulltext, "_FREQUENT_FLOOR", 50)
    corpus = open_corpus(embedder=FakeEmbedder())
    texts = [f"Invoice {n} of the depot" for n in range(60)] + ["Each invoice must be signed.", "A zebra."]
    corpus.add_texts(texts, [str(n) for n in range(62)], [{}] * 62)
    assert [hit.passage.document_id for hit in corpus.search("zebra invoice", 3, "text")] == ["61"]
    inside = SearchOptions(within=Within(documents=("60",)))
    assert [hit.passage.document_id for hit in corpus.search("zebra invoice", 3, "text", inside)] == ["60"]
    assert len(corpus.search("猫 invoice", 3, "text")) == 3, "a sign that is nowhere tells nothing"


def test_quotes_of_several_countries() -> None:
    assert parsed("Was kostet »Reise« oder »Hotel«?").phrases == (("reise",), ("hotel",))
    assert parsed("Que dit « le siège » et «la cave» ?").phrases == (("le", "siège"), ("la", "cave"))
    assert parsed('A 5" pipe of "cast iron"').phrases == (("cast", "iron"),)


def test_how_an_emoji_is_drawn_is_no_part_of_a_word() -> None:
    assert words("⚠️Warning ©️2024 1️⃣ ❤️") == ["warning", "2024", "1"]


def test_half_a_sign_in_a_question_is_no_bug(corpus: Corpus) -> None:
    assert corpus.search("caf\udce9 crowns", 2)


def test_neighbours_and_their_text(open_corpus: OpenCorpus, tmp_path: Path) -> None:
    text = "".join(f"Gate {n} is kept by keeper number {n * 7} until the bell rings at noon. " for n in range(90))
    (tmp_path / "gates.txt").write_text(text)
    corpus = open_corpus(embedder=FakeEmbedder())
    corpus.ingest([tmp_path / "gates.txt"])
    passages = corpus.passages()
    (hit,) = corpus.search("gate 45 keeper number 315", 1, options=SearchOptions(neighbours=1))
    at = hit.passage.position
    assert 0 < at < len(passages) - 1
    assert (hit.before, hit.after) == ((passages[at - 1],), (passages[at + 1],))
    assert joined([*hit.before, hit.passage, *hit.after]) in text
    assert joined(passages) == text.strip()
    (first,) = corpus.search("gate 0 keeper number 0", 1, options=SearchOptions(neighbours=2, within=None))
    assert first.passage.position == 0 and (first.before, first.after) == ((), tuple(passages[1:3]))


def test_joined_tables_have_one_header(open_corpus: OpenCorpus, tmp_path: Path) -> None:
    table = "Name,Price,Place\n" + "".join(f"item {n},{n} crowns,shelf {n}\n" for n in range(60))
    (tmp_path / "prices.csv").write_text(table)
    corpus = open_corpus(embedder=FakeEmbedder())
    corpus.ingest([tmp_path / "prices.csv"])
    assert len(corpus.passages()) > 2
    assert joined(corpus.passages()) == table.replace(",", " | ").strip()


class Backwards:
    """Likes short texts."""

    def score(self, query: str, texts: Sequence[str]) -> np.ndarray:
        return np.array([-len(text) for text in texts], np.float32)


def test_a_reranker_has_the_last_word(corpus: Corpus) -> None:
    for mode in SEARCHES:
        hits = corpus.search("crowns of Oslo", 2, mode, SearchOptions(reranker=Backwards()))
        assert [hit.score for hit in hits] == sorted((-float(len(h.passage.text)) for h in hits), reverse=True)
    assert names(corpus.search("crowns", 1, "text", SearchOptions(reranker=Backwards()))) == ["soup.txt"]


@pytest.mark.parametrize("place", ["file"], indirect=True)  # the encoder is slow, and knows no store
def test_a_cross_encoder_by_folder(corpus: Corpus, tmp_path: Path) -> None:
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    vocabulary = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *sorted({w for text in RULES.values() for w in words(text)}),
    ]
    (tmp_path / "vocab.txt").write_text("\n".join(vocabulary))
    shape: dict[str, Any] = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "num_labels": 1}
    small = BertConfig(vocab_size=len(vocabulary), intermediate_size=16, **shape)
    torch.manual_seed(3)  # else two scores may be as good as equal
    BertForSequenceClassification(small).save_pretrained(tmp_path / "small")
    BertTokenizer(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path / "small")
    reranker = CrossEncoderReranker(str(tmp_path / "small"))
    texts = list(RULES.values())
    scores = reranker.score("hotel limit", texts)
    assert scores.shape == (4,) and scores.dtype == np.float32 and reranker.score("x", []).shape == (0,)
    hits = corpus.search("hotel limit", 4, options=SearchOptions(reranker=reranker))
    assert [hit.passage.text for hit in hits] == [texts[i] for i in np.argsort(-scores)]
    with pytest.raises(EmbeddingModelUnusable, match="Check the path"):
        CrossEncoderReranker(str(tmp_path / "gone")).score("x", ["y"])


def test_prefixes_come_from_the_models_own_config(tmp_path: Path) -> None:
    import shutil

    from retrieval.embedding import SentenceEmbedder
    from retrieval.weights import PACKAGED_MODEL, fingerprint_of, packaged_folder

    shutil.copytree(packaged_folder(), tmp_path / "e5")
    config = tmp_path / "e5" / "config_sentence_transformers.json"
    config.write_text(json.dumps({"prompts": {"query": "query: ", "passage": "passage: "}}))
    plain, prefixed = SentenceEmbedder(PACKAGED_MODEL), SentenceEmbedder(str(tmp_path / "e5"))
    np.testing.assert_allclose(prefixed.encode(["gates"], query=True), plain.encode(["query: gates"]), atol=1e-5)
    np.testing.assert_allclose(prefixed.encode(["gates"]), plain.encode(["passage: gates"]), atol=1e-5)
    assert prefixed.max_tokens == plain.max_tokens - 2, "the prefix takes its place in what the model reads"
    first = prefixed.fingerprint
    assert first != plain.fingerprint
    config.write_text(json.dumps({"prompts": {"query": "ask: ", "passage": "passage: "}}))
    assert fingerprint_of(str(tmp_path / "e5")) != first, "other prefixes are another model"
    prompts = {"query": "query: ", "document": ""}
    config.write_text(json.dumps({"prompts": prompts, "default_prompt_name": "query"}))
    one_sided = SentenceEmbedder(str(tmp_path / "e5"))
    np.testing.assert_allclose(one_sided.encode(["gates"]), plain.encode(["gates"]), atol=1e-5)
    config.write_text(json.dumps({"prompts": {"find": "find: "}, "default_prompt_name": "find"}))
    for query in (True, False):
        found = SentenceEmbedder(str(tmp_path / "e5")).encode(["gates"], query=query)
        np.testing.assert_allclose(found, plain.encode(["find: gates"]), atol=1e-5)


@pytest.mark.parametrize("place", ["file"], indirect=True)
def test_a_model_that_was_not_trained_to_score_is_no_reranker(corpus: Corpus) -> None:
    options = SearchOptions(reranker=CrossEncoderReranker("all-MiniLM-L6-v2"))
    with pytest.raises(EmbeddingModelUnusable, match="was not trained to score a passage for a question"):
        corpus.search("hotel limit", 2, options=options)
