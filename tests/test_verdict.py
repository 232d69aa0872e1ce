"""The verdict: the cheapest arm that is not measurably worse than the best, said with its evidence."""

from __future__ import annotations

from typing import Any

import pytest

from domain_tuner.verdict import CHEAPEST_FIRST, Asked, Part, verdict

pytestmark = pytest.mark.quick
RUN = {"seconds": 90.0, "adapter_bytes": 2_000_000}


def said(f1: dict[str, float], width: float = 0.05, asked: Asked | None = None, p: float | None = None) -> str:
    """The verdict for these scores, every difference known to within `width`."""
    arms: dict[str, dict[str, Any]] = {
        arm: {"f1": {"value": f1[arm], "low": f1[arm] - width, "high": f1[arm] + width}, "seconds_per_question": 0.3}
        for arm in CHEAPEST_FIRST
    }
    pairs = []
    for at, b in enumerate(CHEAPEST_FIRST):
        for a in CHEAPEST_FIRST[at + 1 :]:
            d = f1[a] - f1[b]
            pairs.append(
                {"a": a, "b": b, "metric": "f1", "difference": d, "low": d - width, "high": d + width}
                | {"p": p or (0.001 if abs(d) > width else 0.5)}
            )
    return verdict(arms, pairs, RUN, asked or Asked(20))


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
        few = "The documents answer only 19 of the questions, and so few tell little: ask 20 or more."
        assert said(f1, asked=Asked(19)) == f"{said(f1)} {few}"
        seen = "3 of the questions are (nearly) those that were learned from, which favours tuning."
        assert said(f1, asked=Asked(20, seen=3)) == f"{said(f1)} {seen}"
        assert "so tuning alone cannot know the answers" in said(f1, asked=Asked(20, aside=True))


def test_what_was_learned_is_told_from_what_was_not() -> None:
    f1 = {"base": 0.02, "rag": 0.5, "peft": 0.3, "combined": 0.7}
    learned, others = Part(12, {**f1, "peft": 0.456}), Part(30, {**f1, "peft": 0.01})
    text = said(f1, asked=Asked(42, learned=learned, others=others))
    assert "is asked for, in other words, by 12 of the questions (F1 base 2.0, rag 50.0, peft 45.6" in text
    assert "what was not by 30 (base 2.0, rag 50.0, peft 1.0, combined 70.0)" in text
    assert said(f1, asked=Asked(42, learned=learned)) == said(f1, asked=Asked(42, others=others)) == said(f1)
