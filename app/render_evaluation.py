"""An evaluation (the contract's JSON) as the page shows it: verdict, arms with intervals, pairs, every question.

Pure functions; every text is escaped by `Markup.format`. Knows nothing about how scores are made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from app import figures
from app.render import ARMS, badge, table
from app.text import Words

METRICS = ("exact_match", "f1", "refusal_precision", "refusal_recall", "citation_hit")


def evaluation(result: Mapping[str, Any], words: Words) -> Markup:
    """The whole."""
    arms = result["arms"]
    n = max(arm["n"] for arm in arms.values())
    note = words["percent_note"].format(n=n, unanswerable=sum(not row["answers"] for row in result["questions"]))
    return Markup(
        '<section id="evaluation"><p class="dt-verdict">{}</p>{}<p class="dt-faint">{}</p>{}{}</section>'
    ).format(
        result["verdict"],
        _arms(arms, words),
        note,
        _pairs(result["pairs"], words),
        _questions(result["questions"], words),
    )


def _arms(arms: Mapping[str, Any], words: Words) -> Markup:
    shown = [metric for metric in METRICS if any(_known(arm.get(metric)) for arm in arms.values())]
    best = {metric: max(arm[metric]["value"] for arm in arms.values() if _known(arm.get(metric))) for metric in shown}
    heads = [words["arm"], *(words[metric] for metric in shown), words["seconds_per_question"]]
    rows = [
        [
            Markup("<b>{}</b>").format(words[f"arm_{name}"]),
            *(_score(arms[name].get(metric), best[metric]) for metric in shown),
            f"{arms[name]['seconds_per_question']:.2f}",
        ]
        for name in ARMS
        if name in arms
    ]
    return table(heads, rows, "t" + "n" * (len(shown) + 1))


def _known(score: Mapping[str, Any] | None) -> bool:
    return score is not None and score.get("value") is not None


def _score(score: Mapping[str, Any] | None, best: float) -> Markup | None:
    """The value with its interval below and drawn as a line on 0 to 100."""
    if score is None or score["value"] is None:
        return None
    low, value, high = (100 * score[key] for key in ("low", "value", "high"))
    return Markup(
        '<span class="dt-score{}">{}</span><span class="dt-range">{}–{}</span>'
        '<span class="dt-whisker"><i style="left:{:.1f}%;width:{:.1f}%"></i><b style="left:{:.1f}%"></b></span>'
    ).format(
        " best" if score["value"] == best and best > 0 else "", f"{value:.1f}", f"{low:.0f}", f"{high:.0f}",
        low, max(0.5, high - low), value,
    )  # fmt: skip


def _pairs(pairs: list[dict[str, Any]], words: Words) -> Markup:
    rows = [
        [
            f"{words['arm_' + pair['a']]} – {words['arm_' + pair['b']]}",
            f"{100 * pair['difference']:+.1f} [{100 * pair['low']:+.1f}, {100 * pair['high']:+.1f}]",
            figures.p_value(pair["p"]),
        ]
        for pair in pairs
        if pair["metric"] == "f1"
    ]
    if not rows:
        return Markup("")
    heads = [words["pairs"], words["difference"], words["p_value"]]
    return Markup('<details class="dt-report"><summary>{}</summary>{}</details>').format(
        words["pairs"], table(heads, rows, "tnn")
    )


def _questions(questions: list[dict[str, Any]], words: Words) -> Markup:
    heads = [words["question"], words["expected"], *(words[f"arm_{arm}"] for arm in ARMS)]
    rows = [
        [
            row["question"],
            row["answers"][0] if row["answers"] else badge(words["unanswerable"], "refused"),
            *(_answered(row["arms"][arm], bool(row["answers"])) for arm in ARMS),
        ]
        for row in questions
    ]
    return Markup('<details class="dt-report" id="per-question"><summary>{}</summary>{}</details>').format(
        words["per_question"].format(n=len(rows)), table(heads, rows, "waaaaa")
    )


def _answered(said: Mapping[str, Any], answerable: bool) -> Markup:
    """What the arm said, marked right, partly right or wrong."""
    credit = said.get("f1", 0.0) if answerable else float(said["refused"])
    kind = "right" if said.get("exact_match") or credit == 1 else "partly" if credit > 0 else "wrong"
    return Markup('<span class="dt-said {}" title="{}">{}</span>').format(
        kind, f"F1 {figures.percent(credit)}" if answerable else "", said["answer"] or "–"
    )
