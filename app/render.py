"""What the page shows of documents, runs and answers: pure functions from plain data to HTML.

Every text goes through `Markup.format`, which escapes it: nothing that a document, a file name or a model says becomes
HTML, Markdown, a link or an image. Knows nothing about widgets, and loads no library that is heavy.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from app import figures
from app.curve import curve
from app.downloads import ADAPTERS
from app.text import Words
from domain_tuner.runs import PREPARING, WORKING

LOG_SHOWN = 20_000  # characters
ARMS = ("base", "rag", "peft", "combined")
QUESTIONS_EXAMPLE = (
    '{"question": "What is the hotel limit in Oslo?", "answers": ["1,800 crowns"], "document": "travel.pdf"}',
    '{"question": "Who painted the lighthouse?", "answers": []}',
)


def empty(title: str, hint: str) -> Markup:
    """What stands where there is nothing yet: what is missing, and what to do about it."""
    return Markup('<div class="dt-empty"><strong>{}</strong><span>{}</span></div>').format(title, hint)


def notice(text: str, kind: str = "info") -> Markup:
    """A sentence that must not be missed; `kind` is info, warning or error."""
    return Markup('<div class="dt-notice {}" role="status">{}</div>').format(kind, text)


def join(parts: Iterable[str]) -> Markup:
    return Markup("").join(parts)


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], kinds: str = "") -> Markup:
    """`kinds` has a letter a column: t text, m a name, w wide text, a an answer, i an id kept on one line, n a number;
    and what a phone has no room for: o text, s a word, p a number. Cells that are not Markup are escaped.
    """
    kinds = kinds.ljust(len(heads), "t")[: len(heads)]
    head = join(Markup('<th class="{}">{}</th>').format(k, h) for k, h in zip(kinds, heads, strict=True))
    body = join(
        Markup("<tr>{}</tr>").format(
            join(
                Markup('<td class="{}">{}</td>').format(kind, "–" if cell is None or cell == "" else cell)
                for kind, cell in zip(kinds, row, strict=True)
            )
        )
        for row in rows
    )
    return Markup(
        '<div class="dt-scroll"><table class="dt-table"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(head, body)


def badge(text: str, kind: str) -> Markup:
    return Markup('<span class="dt-badge {}">{}</span>').format(kind, text)


def bar(share: float, of: str) -> Markup:
    """A progress bar; `share` from 0 to 1, `of` says of what."""
    percent = round(100 * min(1.0, max(0.0, share)))
    return Markup(
        '<div class="dt-bar" role="progressbar" aria-label="{1}" aria-valuemin="0" aria-valuemax="100" '
        'aria-valuenow="{0}"><i style="width:{0}%"></i></div>'
    ).format(percent, of)


# -- documents


def documents(found: Sequence[Any], failed: Sequence[Any], words: Words) -> Markup:
    """The corpus as a table, the files that did not get in on top with their reason."""
    if not found and not failed:
        return empty(words["no_documents"], words["no_documents_hint"])
    keys = ["name", "type", "pages", "passages", "size", "status", *(["reason"] if failed else [])]
    rows: list[list[Any]] = [
        [r.name, "", None, None, None, badge(words["status_failed"], "failed"), r.reason] for r in failed
    ]
    ready = badge(words["status_ready"], "done")
    for d in found:
        row = [d.name, d.suffix.lstrip(".").upper(), d.pages, d.passages, figures.size(d.size), ready, ""]
        rows.append(row[: len(keys)])
    heads = [words[key] for key in keys]
    count = words["documents_count"].format(documents=len(found), passages=sum(d.passages for d in found))
    return Markup('<p class="dt-faint">{}</p>{}').format(count, table(heads, rows, "mspnptw"))


def ingested(results: Sequence[Any], words: Words) -> Markup:
    """How the last upload went, file by file where there is something to say."""
    if not results:
        return Markup("")
    taken = [result for result in results if result.status != "removed"]
    good = sum(result.status != "failed" for result in taken)
    lines = [
        Markup("<li>{} <b>{}</b> {}</li>").format(
            badge(words[f"status_{r.status}"], "failed" if r.status == "failed" else "done"), r.name, r.reason or ""
        )
        for r in results
    ]
    title = words["ingested_text"].format(good=good, all=len(taken))
    return Markup('<details class="dt-report"{}><summary>{}</summary><ul>{}</ul></details>').format(
        Markup(" open") if good < len(results) else "", title, join(lines)
    )


def working(text: str, share: float) -> Markup:
    """A line that says what is being done, with a bar."""
    return Markup('<div class="dt-working" role="status"><span>{}</span>{}</div>').format(text, bar(share, text))


# -- runs


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


# -- answers


def unavailable(reasons: Mapping[str, str], words: Words) -> Markup:
    """The arms that cannot answer now, greyed, each with its reason."""
    return join(
        Markup('<span class="dt-unavailable">{}</span>').format(
            words["unavailable"].format(arm=words[f"arm_{arm}"], why=why)
        )
        for arm, why in reasons.items()
    )


def chat(turns: Sequence[Mapping[str, Any]], words: Words) -> Markup:
    """Questions and answers; a turn has question, arm, the run of its adapter if it has one, and one of answer (as
    JSON), text (so far) or error."""
    if not turns:
        return empty(words["chat_empty"], words["chat_empty_hint"])
    shown = [
        Markup(
            '<div class="dt-asked">{}</div><div class="dt-answered"><span class="dt-faint">{}</span>{}</div>'
        ).format(
            turn["question"],
            " · ".join(filter(None, (words[f"arm_{turn['arm']}"], turn.get("adapter")))),
            answer(turn, words),
        )
        for turn in turns
    ]
    return Markup('<div class="dt-chat" role="log" aria-live="polite">{}</div>').format(join(shown))


def compared(question: str, run: str | None, words: Words) -> Markup:
    """What the cards below are about."""
    return Markup('<p class="dt-compared"><b>{}</b> <span class="dt-faint">{} {}</span></p>').format(
        question, words["run"], run or ""
    )


def cards(answers: Mapping[str, Mapping[str, Any]], words: Words) -> Markup:
    """One card an arm, side by side, one below the other on a phone."""
    card = Markup(
        '<article class="dt-card dt-arm" id="card-{0}"><header><b>{1}</b><span class="dt-faint">{2}</span></header>{3}'
        "</article>"
    )
    shown = [
        card.format(arm, words[f"arm_{arm}"], words[f"arm_{arm}_what"], answer(answers.get(arm, {}), words))
        for arm in ARMS
    ]
    return Markup('<div class="dt-cards" aria-live="polite">{}</div>').format(join(shown))


def answer(turn: Mapping[str, Any], words: Words) -> Markup:
    """An answer as far as it is there: an error, the finished answer with its passages, or the text so far."""
    if turn.get("error"):
        return notice(turn["error"], "error")
    done = turn.get("answer")
    if done is None:
        text = turn.get("text", "")
        return Markup('<p class="dt-text dt-pending" aria-busy="true">{}</p>').format(text or words["waiting"])
    cost = words["cost"].format(
        seconds=figures.duration(done["seconds"]), read=done["prompt_tokens"], written=done["output_tokens"]
    )
    return Markup('<p class="dt-text">{}</p>{}<p class="dt-cost">{}</p>').format(
        _said(done, words),
        sources(done["citations"], words),
        cost,
    )


def _said(done: Mapping[str, Any], words: Words) -> Markup:
    """The answer's text; a refusal is marked, and not said twice where the mark has the same words."""
    text = done["answer"] or words["no_answer"]
    if not done["refused"]:
        return escape(text)
    mark = badge(words["refused"], "refused")
    same = text.rstrip(".").casefold() == words["refused"].casefold()
    return mark if same else Markup("{} {}").format(text, mark)


def hits(found: Sequence[Any], words: Words) -> Markup:
    """Passages that a search found, best first, each open, with the words of the question marked."""
    if not found:
        return empty(words["nothing_found"], words["nothing_found_hint"])
    return join(_hit(number, hit, words) for number, hit in enumerate(found, 1))


def _hit(number: int, hit: Any, words: Words) -> Markup:
    place = _place(hit.passage.document, hit.passage.page, hit.passage.heading, words)
    return Markup(
        '<article class="dt-source"><header><span class="dt-number">{}</span><span class="dt-where">{}</span>'
        '<span class="dt-faint">{}</span></header><blockquote>{}</blockquote></article>'
    ).format(number, place, words["score"].format(score=f"{hit.score:.2f}"), _marked(hit.passage.text, hit.spans))


def _marked(text: str, spans: Sequence[tuple[int, int]]) -> Markup:
    """The text with the spans, which are in order and apart, marked."""
    ends = [0, *(end for _, end in spans)]
    begins = [*(start for start, _ in spans), len(text)]
    plain = [text[end:begin] for end, begin in zip(ends, begins, strict=True)]
    found = [Markup("<mark>{}</mark>").format(text[start:end]) for start, end in spans]
    return join(part for pair in zip(map(escape, plain), [*found, ""], strict=True) for part in pair)


def sources(citations: Sequence[Mapping[str, Any]], words: Words) -> Markup:
    """The numbered passages, folded; each opens to its text."""
    if not citations:
        return Markup("")
    title = words["sources"].format(count=len(citations))
    return _fold("dt-sources", Markup("{}").format(title), join(_source(citation, words) for citation in citations))


def _source(citation: Mapping[str, Any], words: Words) -> Markup:
    where = _place(citation["document"], citation["page"], citation["heading"], words)
    supports = badge(words["supports"], "done") if citation.get("supports") else ""
    title = Markup(
        '<span class="dt-number">{}</span><span class="dt-where">{}</span>{}<span class="dt-faint">{}</span>'
    ).format(citation["number"], where, supports, words["score"].format(score=f"{citation['score']:.2f}"))
    return _fold("dt-source", title, Markup("<blockquote>{}</blockquote>").format(citation["text"]))


def _fold(kind: str, title: Markup, body: Markup) -> Markup:
    """Opened and closed like <details>, and stays so when the page is drawn anew: Gradio takes off the attribute that
    says that a <details> is open, and a tick is no attribute."""
    return Markup('<div class="dt-fold {}"><label><input type="checkbox">{}</label><div>{}</div></div>').format(
        kind, title, body
    )


def _place(document: str, page: int | None, heading: str, words: Words) -> str:
    where = "" if page is None else words["page_number"].format(page=page)
    return " · ".join(part for part in (document, where, heading) if part)


def about(summary: str, paper: str, words: Words) -> Markup:
    """A method in its own words; the paper is named and not linked, since this page leads nowhere else."""
    return Markup('<p class="dt-about">{} <span class="dt-faint">{}: {}</span></p>').format(
        summary, words["paper"], paper
    )


def heading(text: str) -> Markup:
    return Markup('<h2 class="dt-heading">{}</h2>').format(text)


def masthead(words: Words, other_page: str) -> Markup:
    """What stands above the tabs, with the way to the page in the other language."""
    return Markup('<header class="dt-masthead"><h1>{}</h1><a href="{}">{}</a><p>{}</p></header>').format(
        words["title"], other_page, words["other_language"], words["motto"]
    )


def passage_marks(passage: Any, words: Words) -> list[str]:
    """What was done to a passage, in words."""
    return [words["edited"]] * passage.edited + [words["switched_off"]] * (not passage.enabled)


def passage_about(passage: Any, aside: int, words: Words) -> Markup:
    """Where a passage stands and what was done to it; `aside` counts edits that have no place in its document."""
    parts = []
    if passage:
        page = words["page_number"].format(page=passage.page) if passage.page else ""
        marks = passage_marks(passage, words)
        parts.append(paragraph(" · ".join(part for part in (passage.heading, page, *marks) if part)))
        if not passage.enabled:
            parts.append(notice(words["off_note"]))
    if aside:
        parts.append(notice(words["aside_note"].format(count=aside), "warning"))
    return join(parts)


def paragraph(text: str) -> Markup:
    return Markup('<p class="dt-faint">{}</p>').format(text)


def example() -> Markup:
    """Two lines of a questions file, as they are written in any language."""
    return Markup('<pre class="dt-example">{}</pre>').format("\n".join(QUESTIONS_EXAMPLE))
