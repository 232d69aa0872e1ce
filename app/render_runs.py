"""What the page shows of runs: the one on display, all of them, a forecast, a log; pure functions.

Every text goes through `Markup.format`, which escapes it. Knows nothing about widgets.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from app import figures
from app.curve import curve
from app.downloads import ADAPTERS
from app.render import badge, bar, empty, join, notice, table
from app.text import Words
from domain_tuner.runs import PREPARING, WORKING

LOG_SHOWN = 20_000  # characters


def run_card(summary: Mapping[str, Any], progress: Any, metrics: Sequence[Mapping[str, Any]], words: Words) -> Markup:
    """One run: state, bar, numbers, loss curve."""
    state = summary["state"]
    head = Markup('<header><b>{}</b> {} <span class="dt-faint">{}</span></header>').format(
        summary["run"], badge(words[f"state_{state}"], state), summary["method"]
    )
    why = summary["reason"] or words.get(f"{state}_hint")
    counted, of = ("progress", "part_of") if state == PREPARING else ("step", "steps_of")
    facts = [
        (words[counted], words[of].format(step=progress.step, total=progress.total) if progress.total else None),
        (words["loss"], None if progress.loss is None else f"{progress.loss:.3f}"),
        (words["time"], figures.duration(summary["seconds"]) if summary["seconds"] else None),
        (words["time_left"], figures.duration(progress.seconds_left) if progress.seconds_left else None),
        (words["parameters"], f"{summary['trainable_parameters']:,}" if summary["trainable_parameters"] else None),
        (words["adapter_size"], figures.size(summary["adapter_bytes"]) if summary["adapter_bytes"] else None),
    ]
    share = 1.0 if state == "done" else progress.step / progress.total if progress.total else 0.0
    link = Markup('<p class="dt-phase"><a href="{}" download>{}</a></p>').format(
        ADAPTERS.format(run_id=summary["run"]), words["download"]
    )
    return Markup(
        '<section class="dt-card" id="run-card" data-state="{}" data-step="{}">{}{}{}{}{}{}</section>'
    ).format(
        state,
        progress.step,
        head,
        notice(why, "error" if state == "failed" else "warning") if why else _phase(progress, state),
        bar(share, summary["run"]),
        _facts(facts),
        link if state == "done" else "",
        curve(metrics, words, growing=state in WORKING),
    )


def _phase(progress: Any, state: str) -> Markup:
    if progress.phase.casefold() == state:
        return Markup("")
    return Markup('<p class="dt-phase">{}</p>').format(progress.phase)


def _facts(facts: Iterable[tuple[str, str | None]]) -> Markup:
    shown = join(
        Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(n, value) for n, value in facts if value is not None
    )
    return Markup('<dl class="dt-facts">{}</dl>').format(shown)


def forecast(method: str, found: Any, words: Words) -> Markup:
    """What a run would take, and from what that is known."""
    facts = [
        (words["time"], figures.duration(found.seconds)),
        (words["memory"], figures.size(found.peak_bytes)),
        (words["disk"], figures.size(found.disk_bytes)),
        (words["parameters"], f"{found.size.trainable_parameters:,}"),
        (words["adapter_size"], figures.size(found.size.adapter_bytes)),
        (words["rows"], f"{found.rows:,}"),
    ]
    note = words["forecast_note"].format(method=method, made=found.steps_made, steps=found.steps)
    return Markup('<section class="dt-card" id="forecast-card">{}<p class="dt-faint">{}</p></section>').format(
        _facts(facts), note
    )


def runs(summaries: Sequence[Mapping[str, Any]], words: Words) -> Markup:
    """All runs, newest first, each with what was chosen for it."""
    if not summaries:
        return empty(words["no_runs"], words["no_runs_hint"])
    heads = [
        words[key] for key in ("run", "status", "method", "options", "created", "step", "loss", "time", "adapter_size")
    ]
    rows = [
        [
            s["run"],
            badge(words[f"state_{s['state']}"], s["state"]),
            s["method"],
            ", ".join(f"{name}={value}" for name, value in s["chosen"].items()),
            time.strftime("%Y-%m-%d %H:%M", time.localtime(s["created"])),
            f"{s['step']}/{s['total']}" if s["total"] else None,
            None if s["loss"] is None else f"{s['loss']:.3f}",
            figures.duration(s["seconds"]) if s["seconds"] else None,
            figures.size(s["adapter_bytes"]) if s["adapter_bytes"] else None,
        ]
        for s in summaries
    ]
    return table(heads, rows, "ittoonnpp")


def log(text: str) -> Markup:
    """The end of what a run's process wrote; empty where it wrote nothing."""
    return Markup('<pre class="dt-example dt-log">{}</pre>').format(text[-LOG_SHOWN:]) if text else Markup("")
