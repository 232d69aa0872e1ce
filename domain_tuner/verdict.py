"""The verdict: from scores and paired differences to one recommendation in words, with its cost.

The rule: of the arms that are not measurably worse than any other, the cheapest is recommended; "measurably" means
that the 95% interval of the paired difference in F1 leaves out zero, and p is below 0.05. Too few questions give no
recommendation. Knows nothing about how scores are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain_tuner.counting import counted

CHEAPEST_FIRST = ("base", "rag", "peft", "combined")
FEW_PASSAGES = 6  # below this a test that flips the signs of differences can show nothing: its least p is 0.06
FEW = 20  # with fewer questions an interval is about 40 points wide or wider
FLOOR = 0.25  # below this F1 most words of the answers are wrong: nothing to recommend, whatever the others do
MARGIN = 0.05  # where an arm may be so much better than the one that is recommended, more questions are asked for
NEAR_FLOOR = FLOOR / 2  # an arm that is not measurably worse than the best, and reaches the floor with its interval
ADVICE = {
    "base": "Do neither: nothing is shown to do better than the base model alone",
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
    """What the questions of an evaluation were: how many the documents answer, about how many passages (where that is
    not known, each about one of its own), how many of all were learned from, whether the base model wrote all of them,
    and whether all are about passages that nothing was learned from. Of those that were not learned from, `learned` ask
    for an answer that was, in other words, and `others` for what was not learned; the answers to `long` are longer than
    an answer may be. To `unshown` no passage was shown, and `stale` documents have changed since they were learned
    from."""

    answerable: int
    passages: int
    seen: int = 0
    own: bool = False
    aside: bool = False
    long: int = 0
    learned: Part | None = None
    others: Part | None = None
    unshown: int = 0
    stale: int = 0


def verdict(
    arms: dict[str, dict[str, Any]], pairs: list[dict[str, Any]], run: dict[str, Any] | None, asked: Asked
) -> str:
    """One sentence of advice and its evidence, and what to know of the questions where they say less than it seems.

    `arms` and `pairs` as in an evaluation, `run` the run's summary, None where only the arms without one were asked.
    """
    told = [_advice(arms, pairs, run, asked)]
    if asked.seen:
        told.append(
            f"The run learned from {asked.seen} of the questions, in (nearly) the same words, which favours tuning."
        )
    if asked.stale:
        stale = counted(asked.stale, "document")
        told.append(f"Of what the run learned from, {stale} changed or went since, which favours retrieval.")
    if asked.unshown:
        told.append(
            f"To {counted(asked.unshown, 'question')} no passage was shown, as none was found or none fits into what "
            "the base model can read at once: there passages make no difference."
        )
    if asked.own:
        told.append(
            "The base model wrote the questions, and those were kept that it answers from their passage, which favours "
            "retrieval: a file of your own questions tells more."
        )
    if asked.aside:
        told.append(
            "All questions are about passages that nothing was learned from, so tuning alone cannot know the answers."
        )
    if asked.long:
        told.append(f"The answers to {asked.long} of the questions are longer than any arm may answer.")
    if asked.learned and asked.others:
        told.append(
            f"What was learned is asked for, in other words, by {asked.learned.count} of the questions (F1 "
            f"{_each(asked.learned)}), what was not by {asked.others.count} ({_each(asked.others)})."
        )
    return " ".join(told)


def _each(part: Part) -> str:
    return ", ".join(f"{arm} {100 * part.f1[arm]:.1f}" for arm in CHEAPEST_FIRST)


def _advice(
    arms: dict[str, dict[str, Any]], pairs: list[dict[str, Any]], run: dict[str, Any] | None, asked: Asked
) -> str:
    f1 = {arm: arms[arm]["f1"]["value"] for arm in CHEAPEST_FIRST if arm in arms}
    known = {arm: value for arm, value in f1.items() if value is not None}
    if not known:
        return "No verdict: none of the questions has an answer in the documents, so only refusals were measured."
    differences = {(pair["a"], pair["b"]): pair for pair in pairs if pair["metric"] == "f1"}
    best = max(known, key=lambda arm: known[arm])
    if run is None:
        return (
            f"No verdict yet, as nothing was tuned: rag reaches F1 {_points(arms['rag']['f1'])} against "
            f"{_others(arms, 'rag')}, a change of {_change('rag', 'base', differences)}. Tune a run (domain-tuner "
            "tune) and evaluate again, and peft and combined stand beside them."
        )
    if asked.answerable < FEW or asked.passages < FEW_PASSAGES:
        return (
            f"Too few questions to advise: the documents answer {counted(asked.answerable, 'question')}, about "
            f"{counted(asked.passages, 'passage')}, and {FEW} about {FEW_PASSAGES} are the least. So far "
            f"{_standing(arms, known)}."
        )
    if known[best] < FLOOR:
        return (
            f"No arm can be recommended: {_standing(arms, known)}. The base model is too weak for these documents: use "
            "a stronger one (--base-model), and check that the documents hold the answers."
        )
    useful = [arm for arm in CHEAPEST_FIRST if known[arm] >= NEAR_FLOOR and arms[arm]["f1"]["high"] >= FLOOR]
    chosen = next(arm for arm in useful if not any(_worse(arm, other, differences) for other in useful if other != arm))
    reasons = [f"F1 {_points(arms[chosen]['f1'])} against {_others(arms, chosen)}"]
    if chosen != best:
        reasons.append(_not_shown(best, chosen, differences))
    if chosen in ("peft", "combined"):
        reasons.append(_tuning_cost(run))
    elif (chosen, best) != ("rag", "combined"):
        reasons.append(f"tuning on top of retrieval changes F1 by {_change('combined', 'rag', differences)}")
    reasons.append(f"{arms[chosen]['seconds_per_question']:.2f} s a question")
    return f"{ADVICE[chosen]}: {'; '.join(reason for reason in reasons if reason)}."


def _standing(arms: dict[str, dict[str, Any]], f1: dict[str, float]) -> str:
    """How the arms stand, where none is recommended."""
    best = max(f1, key=lambda arm: f1[arm])
    if len(set(f1.values())) == 1:
        return f"all arms are level, at F1 {_points(arms[best]['f1'])}"
    return f"the best, {best}, reaches F1 {_points(arms[best]['f1'])} against {_others(arms, best)}"


def _against(a: str, b: str, differences: dict[tuple[str, str], dict[str, Any]]) -> tuple[float, float, float, float]:
    """How much better a is than b: the difference, its interval, and p."""
    if (a, b) in differences:
        pair = differences[a, b]
        return pair["difference"], pair["low"], pair["high"], pair["p"]
    pair = differences[b, a]
    return -pair["difference"], -pair["high"], -pair["low"], pair["p"]


def _worse(arm: str, other: str, differences: dict[tuple[str, str], dict[str, Any]]) -> bool:
    _, low, _, p = _against(other, arm, differences)
    return p < 0.05 and low > 0


def _not_shown(best: str, chosen: str, differences: dict[tuple[str, str], dict[str, Any]]) -> str:
    """That the best may be no better than the one that is recommended, and whether it may be much better."""
    _, _, high, p = _against(best, chosen, differences)
    told = f"{best} is better by {_change(best, chosen, differences)}, which may be chance (p = {p:.2g})"
    return f"{told}, and more questions would tell" if high > MARGIN else told


def _change(a: str, b: str, differences: dict[tuple[str, str], dict[str, Any]]) -> str:
    difference, low, high, _ = _against(a, b, differences)
    return f"{100 * difference:+.1f} points [{100 * low:+.1f}, {100 * high:+.1f}]"


def _points(estimate: dict[str, float]) -> str:
    return f"{100 * estimate['value']:.1f} [{100 * estimate['low']:.1f}, {100 * estimate['high']:.1f}]"


def _others(arms: dict[str, dict[str, Any]], chosen: str) -> str:
    return ", ".join(
        f"{arm} {100 * arms[arm]['f1']['value']:.1f}" for arm in CHEAPEST_FIRST if arm in arms and arm != chosen
    )


def _tuning_cost(run: dict[str, Any]) -> str:
    seconds, size = run.get("seconds"), run.get("adapter_bytes")
    if seconds is None or size is None:
        return ""
    return f"the adapter took {seconds / 60:.1f} min to tune and {size / 1e6:.1f} MB to keep"
