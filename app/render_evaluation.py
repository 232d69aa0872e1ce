"""An evaluation (the contract's JSON) as the page shows it: verdict, arms with intervals, pairs, every question.

Pure functions; every text is escaped by `Markup.format`. Knows nothing about how scores are made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from app import figures
from app.render import ARMS, badge, join, paragraph, table
from app.text import Words

METRICS = ("exact_match", "f1", "refusal_precision", "refusal_recall", "citation_hit")
SIGNS = {"right": "✓", "partly": "≈", "wrong": "✗"}  # colour alone would not tell everybody


def evaluation(result: Mapping[str, Any], words: Words) -> Markup:
    """The whole."""
    arms = result["arms"]
    n = max(arm["n"] for arm in arms.values())
    note = words["percent_note"].format(n=n, unanswerable=sum(not row["answers"] for row in result["questions"]))
    return Markup('<section id="evaluation">{}{}{}<p class="dt-faint">{}</p>{}{}{}</section>').format(
        _verdict(result["verdict"]),
        _stamp(result.get("stamp"), words),
        _arms(arms, words),
        note,
        _meanings(arms, words),
        _pairs(result["pairs"], words),
        _questions(result["questions"], words),
    )


def _verdict(text: str) -> Markup:
    """The advice on a line of its own, its reasons below."""
    advice, _, reasons = text.partition(": ")
    return Markup('<p class="dt-verdict"><strong>{}</strong>{}</p>').format(advice, reasons)


def _stamp(stamp: Mapping[str, Any] | None, words: Words) -> Markup:
    """What was measured on, and when; an older evaluation does not say."""
    if not stamp:
        return Markup("")
    said = words["measured_on" if stamp["file"] else "measured_on_its_own"]
    return Markup('<p class="dt-faint">{}</p>').format(
        said.format(n=stamp["questions"], file=stamp["file"], date=stamp["date"])
    )


def _meanings(arms: Mapping[str, Any], words: Words) -> Markup:
    """One explanation for each number in the tables."""
    shown = ["interval", *_measured(arms), "p_value"]
    entries = join(Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(words[k], words[f"{k}_what"]) for k in shown)
    return Markup(
        '<details class="dt-report" id="meanings"><summary>{}</summary><dl class="dt-meanings">{}</dl></details>'
    ).format(words["numbers"], entries)


def _measured(arms: Mapping[str, Any]) -> list[str]:
    return [metric for metric in METRICS if any(_known(arm.get(metric)) for arm in arms.values())]


def _arms(arms: Mapping[str, Any], words: Words) -> Markup:
    shown = _measured(arms)
    best = {metric: max(arm[metric]["value"] for arm in arms.values() if _known(arm.get(metric))) for metric in shown}
    heads = [words["arm"], *(words[metric] for metric in shown), words["seconds_per_question"]]
    rows = [
        [
            Markup('<b>{}</b> <span class="dt-faint">{}</span>').format(words[f"arm_{name}"], name),
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
    return Markup('<details class="dt-report" id="per-question"><summary>{}</summary>{}{}</details>').format(
        words["per_question"].format(n=len(rows)),
        paragraph(words["marks"].format(**SIGNS)),
        table(heads, rows, "waaaaa"),
    )


def _answered(said: Mapping[str, Any], answerable: bool) -> Markup:
    """What the arm said, marked right, partly right or wrong."""
    credit = said.get("f1", 0.0) if answerable else float(said["refused"])
    kind = "right" if said.get("exact_match") or credit == 1 else "partly" if credit > 0 else "wrong"
    return Markup('<span class="dt-said {}" title="{}">{} {}</span>').format(
        kind, f"F1 {figures.percent(credit)}" if answerable else "", SIGNS[kind], said["answer"] or "–"
    )
