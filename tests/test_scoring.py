"""Scores against numbers worked out by hand, and the tests that compare arms."""

from __future__ import annotations

import random
import unicodedata

import numpy as np
import pytest

from domain_tuner.evaluation import RESAMPLES, Estimate, Pair, _estimate, _pair, facts_of, mcnemar, wilson
from domain_tuner.questions import Question
from domain_tuner.scoring import exact_match, stands_in, token_f1, words

pytestmark = pytest.mark.quick


def test_words_are_compared_as_squad_does() -> None:
    assert exact_match("The EUR 1,200.50.", ["EUR 1,200.50"]) == 1.0
    assert exact_match("1200", ["1,200"]) == 0.0
    assert token_f1("Dr. Ada Wright", ["Ada Wright", "Wright"]) == pytest.approx(0.8)
    assert token_f1("", ["x"]) == 0.0 and token_f1("x", []) == 0.0


def test_what_has_no_word_is_compared_as_it_stands() -> None:
    assert words("the A") == ["a"] and words("the") == ["the"] and words("an A4") == ["a4"]
    for answer in ("A", "✓", "—"):
        assert exact_match(answer, [answer]) == token_f1(answer, [answer]) == 1.0
        assert exact_match("", [answer]) == token_f1("", [answer]) == exact_match("...", [answer]) == 0.0


def test_chinese_is_compared_by_character() -> None:
    assert words("三个月") == ["三", "个", "月"]
    assert token_f1("三个月内", ["三个月"]) == pytest.approx(2 * 3 / 7)
    assert words("需在30天内提交ISO9001报告") == [*"需在", "30", *"天内提交", "iso9001", *"报告"]
    assert stands_in("30天", "报告需在30天内提交。") and exact_match("30 天", ["30天"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *[("\u0915\u093e", "\u0915\u0940"), ("15 \u0926\u093f\u0928", "15 \u0926\u093e\u0928")],  # Hindi: vowel signs
        *[("\u0e14\u0e35", "\u0e14\u0e38"), ("\u0b95\u0b9f\u0bc8", "\u0b95\u0b9f\u0bbf")],  # Thai, Tamil
        *[("10²", "102"), ("1½", "11/2"), ("EUR 85", "EUR 85¹")],
        *[("18 °C", "-18 °C"), ("18 °C", "−18 °C"), ("18 °C", "–18 °C"), ("about 5", "about (-5)")],
        *[("Class", "Class A"), ("Class A", "Class B"), ("Vitamin\xa0A", "Vitamin"), ("type a", "type")],
    ],
)
def test_other_words_are_other_words(one: str, other: str) -> None:
    assert exact_match(one, [other]) == exact_match(other, [one]) == 0.0
    assert exact_match(one, [one]) == exact_match(other, [other]) == 1.0
    assert stands_in(one, f"It is {one}.") and stands_in(other, f"It is {other}.")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (unicodedata.normalize("NFD", "Ångström Müller"), "ångström müller"),
        ("Kündi\u00adgung", "Kündigung"),
        *[("３．５％", "3.5%"), ("１２:３０", "12:30"), ("１２：３０", "12:30"), ("５００元", "500元"), ("m²", "m2")],
        *[("İzmir", "izmir"), ("Name：Ada", "name: Ada"), ("✔\ufe0f", "✔")],
        *[("-18 °C", "−18 °C"), ("-18 ℃", "－18 °C"), ("5%-7%", "5 % – 7 %"), ("±5", "+/-5")],
        *[("2-3 days", "2–3 days"), ("EN-3", "EN 3"), ("2024-05-01", "2024 05 01")],
        *[("A fuse", "fuse"), ("a type A fuse", "Type A fuse"), ("It blew. A fuse", "it blew: the fuse")],
    ],
)
def test_the_same_words_written_otherwise_are_the_same(one: str, other: str) -> None:
    assert exact_match(one, [other]) == token_f1(other, [one]) == 1.0
    assert not words(one) or stands_in(one, f"It is {other}.")


def test_a_figure_does_not_stand_in_its_negative() -> None:
    text = "Freezers stay between -25 and −18 °C, for 2-3 days."
    assert not stands_in("18 °C", text) and not stands_in("25", text)
    assert stands_in("–18 °C", text) and stands_in("-25", text) and stands_in("3 days", text)


def test_a_name_that_ends_in_a_is_found_where_it_stands() -> None:
    text = "A lamp is of class A. A heater takes Type B fuses, boards of rows B, A and C."
    assert stands_in("Class A", text) and stands_in("B, A", text) and stands_in("a heater", text)
    assert not stands_in("Type A", "Type B fuse") and not stands_in("heater of class A", text)
    assert words(text)[:6] == ["lamp", "is", "of", "class", "a", "heater"]


def test_text_of_ascii_and_other_text_are_cut_alike() -> None:
    rng = random.Random(0)
    for _ in range(2000):
        text = "".join(rng.choice("aAnthe 15-.,:/%()\n'B_ ") for _ in range(14))
        assert words(f"{text} é") == [*words(f"{text} e")[:-1], "é"], text


@pytest.mark.parametrize(
    ("answer", "gold"),
    [
        *[("42 litres [1]", "42 litres"), ("42 litres. [1][2].", "42 litres"), ("42 litres [1, 3]", "42 litres")],
        *[("_Oslo_", "Oslo"), ("__Oslo__.", "Oslo"), ("_Oslo_ [2]", "Oslo"), ("`snake_case`", "snake_case")],
        *[("Answer: 42", "42"), ("**Answer:** _42_", "42"), ("answer: Answer A", "Answer A")],
        *[("Answer: 42", "Answer: 42"), ("Appendix [2]", "Appendix [2]"), ("[1]", "[1]")],
    ],
)
def test_what_models_put_around_an_answer_does_not_count(answer: str, gold: str) -> None:
    assert exact_match(answer, [gold]) == token_f1(answer, [gold]) == 1.0
    assert stands_in(answer, f"It is {gold} there.")


def test_what_is_within_an_answer_counts() -> None:
    for answer, gold in (("Appendix [1]", "Appendix [2]"), ("The answer: 42", "42"), ("42 [1] litres", "42 litres")):
        assert exact_match(answer, [gold]) == 0.0
    assert exact_match("Answer:", ["42"]) == exact_match("[1]", ["[2]"]) == 0.0


def test_mcnemar_is_the_exact_binomial() -> None:
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(5, 0) == pytest.approx(2 / 32)
    assert mcnemar(8, 2) == pytest.approx(2 * (1 + 10 + 45) / 1024)


def estimate(values: np.ndarray, metric: str = "f1", facts: np.ndarray | None = None) -> Estimate:
    return _estimate(metric, values, np.arange(len(values)) if facts is None else facts)


def pair(differences: np.ndarray, metric: str = "f1", facts: np.ndarray | None = None) -> Pair:
    return _pair("a", "b", metric, differences, np.arange(len(differences)) if facts is None else facts)


@pytest.mark.parametrize("metric", ["exact_match", "f1"])
def test_an_interval_holds_the_mean_and_narrows_with_more_questions(metric: str) -> None:
    rng = np.random.default_rng(1)
    few, many = (estimate(rng.integers(0, 2, n).astype(float), metric) for n in (40, 4000))
    for one in (few, many):
        assert one.low is not None and one.high is not None and one.value is not None
        assert one.low <= one.value <= one.high
    assert many.high - many.low < (few.high - few.low) / 5  # type: ignore[operator]
    assert estimate(np.array([np.nan]), metric).value is None


def test_a_share_of_all_or_none_is_not_certain() -> None:
    assert wilson(1.0, 3) == pytest.approx((0.4385, 1.0), abs=1e-4)
    assert wilson(0.0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    all_right = estimate(np.ones(3), "refusal_recall")
    assert (all_right.value, all_right.low, all_right.high) == (1.0, 0.4385, 1.0)


def test_answers_that_all_came_out_alike_are_not_certain() -> None:
    for values in (np.zeros(25), np.ones(25), np.ones(1)):
        assert estimate(values) == estimate(values, "exact_match")
    assert (estimate(np.zeros(25)).low, estimate(np.zeros(25)).high) == (0.0, 0.1332)
    one = estimate(np.array([0.5]))
    assert one.low < 0.1 and one.high > 0.9  # type: ignore[operator]
    two = estimate(np.array([0.0, 1.0]), facts=np.zeros(2, int))
    assert two == one, "about one passage"


def test_questions_about_one_passage_count_as_one() -> None:
    once = np.array([1.0, 0.0, 0.5, 0.0, 1.0])
    ten_times, facts = np.repeat(once, 10), np.repeat(np.arange(5), 10)
    for metric in ("f1", "exact_match"):
        assert estimate(ten_times, metric, facts) == estimate(once, metric)
        assert pair(ten_times, metric, facts) == pair(once, metric)
    apart = estimate(ten_times)
    assert apart.high - apart.low < 0.5 * (estimate(once).high - estimate(once).low)  # type: ignore[operator]
    questions = [Question(f"{n}?", ("x",), "d", passage) for n, passage in enumerate((7, 7, None, None))]
    assert facts_of(questions).tolist() == [0, 0, 1, 2]


def test_few_questions_that_differ_show_little() -> None:
    for few, least in ((1, 1.0), (3, 0.25), (5, 0.0625)):
        assert pair(np.array([0.5] * few + [0.0] * 9)).p >= least


def test_a_pair_that_differs_always_is_certain_and_one_that_never_does_is_not() -> None:
    sure = pair(np.ones(30), "exact_match")
    assert (sure.difference, sure.low, sure.high) == (1.0, 1.0, 1.0) and 0 < sure.p < 1e-4
    assert pair(np.ones(30)).p == pytest.approx(2 / (RESAMPLES + 1), rel=1e-3), "never zero"
    same = pair(np.zeros(30))
    assert same.p == 1.0 and same.low == same.high == 0.0
