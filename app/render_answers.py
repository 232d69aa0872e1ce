"""What the page shows of answers and hits: the chat, the four cards, passages with their places; pure functions.

Every text goes through `Markup.format`, which escapes it. Knows nothing about widgets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from app import figures
from app.render import ARMS, badge, empty, join, notice
from app.text import Words


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
