"""What the page shows of documents and passages, and the pieces of it all: pure functions from plain data to HTML.

Every text goes through `Markup.format`, which escapes it: nothing that a document, a file name or a model says becomes
HTML, Markdown, a link or an image. Knows nothing about widgets, and loads no library that is heavy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup

from app import figures
from app.text import Words

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
