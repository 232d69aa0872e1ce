"""The verdict: the cheapest arm that is not measurably worse than the best, said with its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from domain_tuner.verdict import ADVICE, CHEAPEST_FIRST, Asked, Part, verdict

pytestmark = pytest.mark.quick
RUN = {"seconds": 90.0, "adapter_bytes": 2_000_000}


def said(
    f1: dict[str, float],
    width: float = 0.05,
    asked: Asked | None = None,
    p: float | None = None,
    known: Mapping[tuple[str, str], float] = MappingProxyType({}),
) -> str:
    """The verdict for these scores, every difference (later arm, earlier) known to within `width`, or as `known`."""
    arms: dict[str, dict[str, Any]] = {
        arm: {"f1": {"value": f1[arm], "low": f1[arm] - width, "high": f1[arm] + width}, "seconds_per_question": 0.3}
        for arm in CHEAPEST_FIRST
    }
    pairs = []
    for at, b in enumerate(CHEAPEST_FIRST):
        for a in CHEAPEST_FIRST[at + 1 :]:
            d, w = f1[a] - f1[b], known.get((a, b), width)
            pairs.append(
                {"a": a, "b": b, "metric": "f1", "difference": d, "low": d - w, "high": d + w}
                | {"p": p or (0.001 if abs(d) > w else 0.5)}
            )
    return verdict(arms, pairs, RUN, asked or Asked(20, 20))


def test_both_when_both_beat_each() -> None:
    text = said({"base": 0.02, "rag": 0.5, "peft": 0.3, "combined": 0.7})
    assert text.startswith("Do both") and "70.0 [65.0, 75.0]" in text and "1.5 min" in text


def test_retrieval_alone_when_tuning_adds_nothing_measurable() -> None:
    text = said({"base": 0.02, "rag": 0.68, "peft": 0.3, "combined": 0.7})
    assert text.startswith("Retrieve, do not tune") and "+2.0 points [-3.0, +7.0]" in text


def test_retrieval_alone_when_tuning_hurts() -> None:
    assert "-20.0 points" in said({"base": 0.02, "rag": 0.7, "peft": 0.3, "combined": 0.5})


def test_tuning_alone_when_passages_add_nothing() -> None:
    assert said({"base": 0.02, "rag": 0.3, "peft": 0.7, "combined": 0.71}).startswith("Tune;")


def test_nothing_when_nothing_answers() -> None:
    assert said({"base": 0.0, "rag": 0.01, "peft": 0.2, "combined": 0.0}).startswith("No arm can be recommended")


def test_an_arm_that_answers_nothing_is_never_advised() -> None:
    assert said({"base": 0.01, "rag": 0.3, "peft": 0.0, "combined": 0.2}, width=0.4).startswith("Retrieve")


def test_the_floor_bars_no_arm_that_is_as_good_as_the_best() -> None:
    assert said({"base": 0.02, "rag": 0.245, "peft": 0.05, "combined": 0.255}).startswith("Retrieve, do not tune")
    assert said({"base": 0.02, "rag": 0.24, "peft": 0.26, "combined": 0.2}).startswith("Retrieve, do not tune")


def test_what_so_few_differences_cannot_show_is_not_measured() -> None:
    f1 = {"base": 0.02, "rag": 0.5, "peft": 0.3, "combined": 0.7}
    assert said(f1, p=0.25).startswith("Retrieve, do not tune"), "rag may be as good"
    assert said(f1, p=0.04).startswith("Do both")


def test_what_the_questions_cannot_tell_is_said() -> None:
    for f1 in ({"base": 0.02, "rag": 0.5, "peft": 0.3, "combined": 0.7}, dict.fromkeys(CHEAPEST_FIRST, 0.0)):
        seen = "The run learned from 3 of the questions, in (nearly) the same words, which favours tuning."
        assert said(f1, asked=Asked(20, 20, seen=3)) == f"{said(f1)} {seen}"
        assert "which favours retrieval" in said(f1, asked=Asked(20, 20, own=True))
        assert "so tuning alone cannot know the answers" in said(f1, asked=Asked(20, 20, aside=True))
        assert "1 document changed or went since, which favours retrieval" in said(f1, asked=Asked(20, 20, stale=1))
        assert "To 2 questions no passage was shown" in said(f1, asked=Asked(20, 20, unshown=2))
        assert "The answers to 4 of the questions are longer" in said(f1, asked=Asked(20, 20, long=4))


def test_too_few_questions_give_no_advice() -> None:
    """Of so few no difference can be shown, so the cheapest arm would always be advised."""
    for answerable, about, told in (
        (1, 1, "1 question, about 1 passage"),
        (5, 5, "5 questions, about 5 passages"),
        (40, 5, "40 questions, about 5 passages"),
    ):
        asked = Asked(answerable, about)
        text = said({"base": 0.2, "rag": 1.0, "peft": 0.2, "combined": 1.0}, width=0.4, asked=asked)
        assert text.startswith(f"Too few questions to advise: the documents answer {told}, and 20 about 6")
        assert "So far the best, rag, reaches F1 100.0" in text
        assert not any(advice in text for advice in ADVICE.values())
    assert said({"base": 0.2, "rag": 1.0, "peft": 0.2, "combined": 1.0}).startswith("Retrieve")


def test_arms_that_are_level_have_no_best() -> None:
    level = dict.fromkeys(CHEAPEST_FIRST, 0.2)
    assert "So far all arms are level, at F1 20.0 [15.0, 25.0]." in said(level, asked=Asked(5, 5))
    assert "recommended: all arms are level, at F1 20.0 [15.0, 25.0]. The base model" in said(level)


def test_what_may_be_much_better_is_said_to_need_more_questions() -> None:
    close = said({"base": 0.02, "rag": 0.69, "peft": 0.3, "combined": 0.7}, width=0.03)
    assert "combined is better by +1.0 points [-2.0, +4.0], which may be chance (p = 0.5)" in close
    assert "more questions would tell" not in close
    wide = said({"base": 0.3, "rag": 0.45, "peft": 0.3, "combined": 0.45}, width=0.2)
    assert wide.startswith("Do neither: nothing is shown") and "[-5.0, +35.0]" in wide
    assert "more questions would tell" in wide


def test_what_is_worse_than_any_arm_is_not_advised() -> None:
    """The best may be uncertain, and another surely better than the cheaper one."""
    f1 = {"base": 0.02, "rag": 0.415, "peft": 0.46, "combined": 0.455}
    assert said(f1, width=0.2, known={("combined", "rag"): 0.001}).startswith("Tune;")


def test_what_was_learned_is_told_from_what_was_not() -> None:
    f1 = {"base": 0.02, "rag": 0.5, "peft": 0.3, "combined": 0.7}
    learned, others = Part(12, {**f1, "peft": 0.456}), Part(30, {**f1, "peft": 0.01})
    text = said(f1, asked=Asked(42, 42, learned=learned, others=others))
    assert "is asked for, in other words, by 12 of the questions (F1 base 2.0, rag 50.0, peft 45.6" in text
    assert "what was not by 30 (base 2.0, rag 50.0, peft 1.0, combined 70.0)" in text
    assert said(f1, asked=Asked(42, 42, learned=learned)) == said(f1, asked=Asked(42, 42, others=others)) == said(f1)
