"""The verdict: from scores and paired differences to one recommendation in words, with its cost.

The rule: of the arms that are not measurably worse than the best one, the cheapest is recommended; "measurably" means
that the 95% interval of the paired difference in F1 leaves out zero, and p is below 0.05. Knows nothing about how
scores are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

CHEAPEST_FIRST = ("base", "rag", "peft", "combined")
FEW = 20  # with fewer questions an interval is about 40 points wide or wider
FLOOR = 0.25  # below this F1 most words of the answers are wrong: nothing to recommend, whatever the others do
NEAR_FLOOR = FLOOR / 2  # an arm that is not measurably worse than the best, and reaches the floor with its interval
ADVICE = {
    "base": "Do neither: the base model alone does as well as anything here",
    "rag": "Retrieve, do not tune",
    "peft": "Tune; retrieval adds nothing measurable",
    "combined": "Do both: tune and retrieve",
}


@dataclass(frozen=True)
class Part:
    """Some of the questions: how many, and the mean F1 of each arm on them."""

    count: int
    f1: dict[str, float]


@dataclass(frozen=True)
class Asked:
    """What the questions of an evaluation were: how many the documents answer, how many of all were learned from, and
    whether all are about passages that nothing was learned from. Of those that were not learned from, `learned` ask for
    an answer that was, in other words, and `others` for what was not learned."""

    answerable: int
    seen: int = 0
    aside: bool = False
    learned: Part | None = None
    others: Part | None = None


def verdict(arms: dict[str, dict[str, Any]], pairs: list[dict[str, Any]], run: dict[str, Any], asked: Asked) -> str:
    """One sentence of advice and its evidence, and what to know of the questions where they say less than it seems.

    `arms` and `pairs` as in an evaluation, `run` the run's summary.
    """
    told = [_advice(arms, pairs, run)]
    if 0 < asked.answerable < FEW:
        few = f"The documents answer only {asked.answerable} of the questions, and so few tell little"
        told.append(f"{few}: ask {FEW} or more.")
    if asked.seen:
        told.append(f"{asked.seen} of the questions are (nearly) those that were learned from, which favours tuning.")
    if asked.aside:
        told.append(
            "All questions are about passages that nothing was learned from, so tuning alone cannot know the answers: "
            "whether it learns facts shows on questions of your own (--questions)."
        )
    if asked.learned and asked.others:
        told.append(
            f"What was learned is asked for, in other words, by {asked.learned.count} of the questions (F1 "
            f"{_each(asked.learned)}), what was not by {asked.others.count} ({_each(asked.others)})."
        )
    return " ".join(told)


def _each(part: Part) -> str:
    return ", ".join(f"{arm} {100 * part.f1[arm]:.1f}" for arm in CHEAPEST_FIRST)


def _advice(arms: dict[str, dict[str, Any]], pairs: list[dict[str, Any]], run: dict[str, Any]) -> str:
    f1 = {arm: arms[arm]["f1"]["value"] for arm in CHEAPEST_FIRST}
    known = {arm: value for arm, value in f1.items() if value is not None}
    if not known:
        return "No verdict: none of the questions has an answer in the documents, so only refusals were measured."
    differences = {(pair["a"], pair["b"]): pair for pair in pairs if pair["metric"] == "f1"}
    best = max(known, key=lambda arm: known[arm])
    if known[best] < FLOOR:
        return (
            f"No arm can be recommended: the best, {best}, reaches F1 {_points(arms[best]['f1'])} against "
            f"{_others(arms, best)}. The base model is too weak for these documents: use a stronger one "
            "(--base-model), and check that the documents hold the answers."
        )
    useful = [arm for arm in CHEAPEST_FIRST if known[arm] >= NEAR_FLOOR and arms[arm]["f1"]["high"] >= FLOOR]
    chosen = next(arm for arm in useful if arm == best or not _worse(arm, best, differences))
    reasons = [f"F1 {_points(arms[chosen]['f1'])} against {_others(arms, chosen)}"]
    if chosen != best:
        reasons.append(f"{best} is {100 * (known[best] - known[chosen]):.1f} points higher, within the uncertainty")
    if chosen in ("peft", "combined"):
        reasons.append(_tuning_cost(run))
    else:
        reasons.append(_why_not_tuned(differences))
    reasons.append(f"{arms[chosen]['seconds_per_question']:.2f} s a question")
    return f"{ADVICE[chosen]}: {'; '.join(reason for reason in reasons if reason)}."


def _worse(arm: str, best: str, differences: dict[tuple[str, str], dict[str, Any]]) -> bool:
    pair = differences.get((best, arm)) or differences[arm, best]
    return bool(pair["p"] < 0.05) and bool(pair["low"] > 0 if pair["a"] == best else pair["high"] < 0)


def _points(estimate: dict[str, float]) -> str:
    return f"{100 * estimate['value']:.1f} [{100 * estimate['low']:.1f}, {100 * estimate['high']:.1f}]"


def _others(arms: dict[str, dict[str, Any]], chosen: str) -> str:
    return ", ".join(f"{arm} {100 * arms[arm]['f1']['value']:.1f}" for arm in CHEAPEST_FIRST if arm != chosen)


def _why_not_tuned(differences: dict[tuple[str, str], dict[str, Any]]) -> str:
    pair = differences["combined", "rag"]
    return (
        f"tuning on top of retrieval changes F1 by {100 * pair['difference']:+.1f} points "
        f"[{100 * pair['low']:+.1f}, {100 * pair['high']:+.1f}]"
    )


def _tuning_cost(run: dict[str, Any]) -> str:
    seconds, size = run.get("seconds"), run.get("adapter_bytes")
    if seconds is None or size is None:
        return ""
    return f"the adapter took {seconds / 60:.1f} min to tune and {size / 1e6:.1f} MB to keep"
