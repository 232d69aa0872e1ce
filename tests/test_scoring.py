"""Scores against numbers worked out by hand, and the tests that compare arms."""

from __future__ import annotations

import numpy as np
import pytest

from domain_tuner.evaluation import RESAMPLES, _estimate, _pair, mcnemar
from domain_tuner.scoring import exact_match, stands_in, token_f1, words

pytestmark = pytest.mark.quick


def test_words_are_compared_as_squad_does() -> None:
    assert exact_match("The EUR 1,200.50.", ["EUR 1,200.50"]) == 1.0
    assert exact_match("1200", ["1,200"]) == 0.0
    assert token_f1("Dr. Ada Wright", ["Ada Wright", "Wright"]) == pytest.approx(0.8)
    assert token_f1("", ["x"]) == 0.0 and token_f1("x", []) == 0.0


def test_what_has_no_word_is_compared_as_it_stands() -> None:
    assert words("the A") == ["the", "a"] and words("an A4") == ["a4"]
    for answer in ("A", "✓", "—"):
        assert exact_match(answer, [answer]) == token_f1(answer, [answer]) == 1.0
        assert exact_match("", [answer]) == token_f1("", [answer]) == exact_match("...", [answer]) == 0.0


def test_chinese_is_compared_by_character() -> None:
    assert words("三个月") == ["三", "个", "月"]
    assert token_f1("三个月内", ["三个月"]) == pytest.approx(2 * 3 / 7)
    assert words("需在30天内提交ISO9001报告") == [*"需在", "30", *"天内提交", "iso9001", *"报告"]
    assert stands_in("30天", "报告需在30天内提交。") and exact_match("30 天", ["30天"])


def test_mcnemar_is_the_exact_binomial() -> None:
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(5, 0) == pytest.approx(2 / 32)
    assert mcnemar(8, 2) == pytest.approx(2 * (1 + 10 + 45) / 1024)


def test_an_interval_holds_the_mean_and_narrows_with_more_questions() -> None:
    rng = np.random.default_rng(1)
    few, many = (_estimate(rng.integers(0, 2, n).astype(float)) for n in (40, 4000))
    for estimate in (few, many):
        assert estimate.low is not None and estimate.high is not None and estimate.value is not None
        assert estimate.low <= estimate.value <= estimate.high
    assert many.high - many.low < (few.high - few.low) / 5  # type: ignore[operator]
    assert _estimate(np.array([np.nan])).value is None


def test_few_questions_that_differ_show_little() -> None:
    for few, least in ((1, 1.0), (3, 0.25), (5, 0.0625)):
        assert _pair("a", "b", "f1", np.array([0.5] * few + [0.0] * 9)).p >= least


def test_a_pair_that_differs_always_is_certain_and_one_that_never_does_is_not() -> None:
    sure = _pair("a", "b", "exact_match", np.ones(30))
    assert (sure.difference, sure.low, sure.high) == (1.0, 1.0, 1.0) and 0 < sure.p < 1e-4
    assert _pair("a", "b", "f1", np.ones(30)).p == pytest.approx(2 / (RESAMPLES + 1), rel=1e-3), "never zero"
    same = _pair("a", "b", "f1", np.zeros(30))
    assert same.p == 1.0 and same.low == same.high == 0.0
