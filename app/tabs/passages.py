"""The passages of a document on the tab Documents: see, edit, split, merge, switch off, put back.

Knows nothing about how a passage is found again in the next version of its document.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from app import render
from app.tabs import Page, html
from retrieval.passages import Passage

_CUT = "---"  # on a line of its own, where a passage is to be split


class PassagesPart:
    """Its widgets and callbacks; `document` is the list in which a document is chosen."""

    def __init__(self, page: Page, document: gr.Dropdown) -> None:
        self.page, self.document, words = page, document, page.words
        with gr.Accordion(words["passages"], open=False, visible=False, elem_id="passages") as self.part:
            html(render.paragraph(words["passages_hint"].format(cut=_CUT)))
            self.chosen = gr.Dropdown([], label=words["passage"], elem_id="chosen-passage")
            self.about = html(elem_id="passage-about")
            self.text = gr.Textbox(label=words["text"], lines=8, max_lines=20, elem_id="passage-text")
            with gr.Row(elem_classes="dt-row"):
                self.buttons = {
                    name: gr.Button(words[f"passage_{name}"], elem_id=f"passage-{name}", min_width=90)
                    for name in ("save", "split", "merge", "switch", "revert")
                }
            self.loaded = gr.State(None)  # the text as it came, before anything was typed, and whose it is
        self.shown = [self.chosen, self.about, self.text, self.loaded, *self.buttons.values()]
        self._wire()

    def _wire(self) -> None:
        page = self.page
        typed = [self.document, self.chosen, self.text, self.loaded]
        page.on(self.document.change, self.of_another, typed, [self.document, *self.shown])
        page.on(self.chosen.input, self.choose, typed, [self.document, *self.shown])
        changes = (self._save, self._split, self._merge, self._switch, self._revert)
        for button, change in zip(self.buttons.values(), changes, strict=True):
            page.on(button.click, self._changing(change), [self.document, self.chosen, self.text], self.shown)

    def _changing(self, change: Callable[[Passage, str], int]) -> Callable[..., dict[Any, Any]]:
        """`change(passage, text)` gives the id of the passage to be shown after it. What was typed is lost only to
        whoever wants it put back: another change that would not take it in is refused."""

        def changed(document: str | None, chosen: int | None, text: str | None) -> dict[Any, Any]:
            found = self._found(document)
            passage = next((one for one in found if one.id == chosen), None)
            if passage is None:
                raise self._refused("passage_gone")
            typed = (text or "").split() != passage.text.split()
            if typed and change == self._revert:  # first what was typed goes, and then what was saved
                return self.list_of(document, passage.id)
            if typed and change not in (self._save, self._split):
                raise self._refused("passage_unsaved")
            return self.list_of(document, change(passage, text or ""))

        return changed

    def _refused(self, why: str) -> gr.Error:
        return gr.Error(self.page.words[why].format(cut=_CUT), duration=None, print_exception=False)

    def of_another(
        self, document: str | None, chosen: int | None, text: str | None, loaded: dict[str, Any] | None
    ) -> Any:
        """The passages of a document that was chosen; nothing where it was chosen before (a page that opens says so
        twice, and may not know of the first answer yet): a text may be typed by now. Not before what was typed is
        saved; where that document is gone, what was typed stays, and no passage is chosen."""
        found = self._found(document)
        shown = {chosen, loaded["passage"] if loaded else None}
        if any(passage.id in shown for passage in found):
            return gr.skip()
        if not loaded or _same(text, loaded):
            return self.list_of(document)
        if self._found(loaded["document"]):
            return self._kept(loaded)
        return {
            self.chosen: gr.Dropdown(choices=self._choices(found), value=None),
            self.about: render.notice(self.page.words["passage_gone"], "warning"),
        }

    def choose(self, document: str | None, chosen: int | None, text: str | None, loaded: dict[str, Any] | None) -> Any:
        """The passage that was chosen; nothing where it is the one that is shown (a list says so, too, when it is left
        without a choice). Not before what was typed into that one is saved, unless that passage is gone."""
        if not loaded or all(one.id != loaded["passage"] for one in self._found(document)):
            return self.list_of(document, chosen)
        if chosen == loaded["passage"]:
            return gr.skip()
        return self.list_of(document, chosen) if _same(text, loaded) else self._kept(loaded)

    def _kept(self, loaded: dict[str, Any]) -> dict[Any, Any]:
        """Puts the lists back to the passage whose text was typed into, and says why."""
        why = render.notice(self.page.words["passage_unsaved"], "warning")
        return {self.document: loaded["document"], self.chosen: loaded["passage"], self.about: why}

    def _found(self, document: str | None) -> list[Passage]:
        """The document's passages; none where it is gone."""
        return self.page.workspace.corpus.passages(document, disabled=True) if document else []

    def list_of(self, document: str | None, chosen: int | None = None) -> dict[Any, Any]:
        """The document's passages as they are now, and the one that is chosen (else the first)."""
        corpus, words, found = self.page.workspace.corpus, self.page.words, self._found(document)
        at = next((n for n, passage in enumerate(found) if passage.id == chosen), 0)
        passage = found[at] if found else None
        aside = len(corpus.edits_aside(document)) if document else 0
        switch = "passage_switch" if passage is None or passage.enabled else "passage_switch_on"
        usable = dict.fromkeys(self.buttons, passage is not None)
        usable |= {"merge": at + 1 < len(found)}
        return {
            self.chosen: gr.Dropdown(
                choices=self._choices(found),
                value=passage.id if passage else None,
            ),
            self.about: render.passage_about(passage, aside, words),
            self.text: passage.text if passage else "",
            self.loaded: {"document": document, "passage": passage.id, "text": passage.text} if passage else None,
            **{
                button: gr.Button(
                    words[switch] if name == "switch" else words[f"passage_{name}"], interactive=usable[name]
                )
                for name, button in self.buttons.items()
            },
        }

    def _choices(self, found: list[Passage]) -> list[tuple[str, int]]:
        return [(self._name(n, one), one.id) for n, one in enumerate(found, 1)]

    def _name(self, number: int, passage: Passage) -> str:
        marks = render.passage_marks(passage, self.page.words)
        heading = passage.heading.rpartition(" > ")[2]  # those above it are the same for many
        begins = [" ".join(part.split())[:50] for part in (heading, passage.text)]
        return " · ".join(filter(None, [str(number), *begins, *marks]))

    def _save(self, passage: Passage, text: str) -> int:
        return self.page.workspace.corpus.edit_passage(passage.id, text).id

    def _split(self, passage: Passage, text: str) -> int:
        """Saves what was typed and cuts it at the line that says so."""
        corpus, lines = self.page.workspace.corpus, text.splitlines()
        cuts = [n for n, line in enumerate(lines) if line.strip() == _CUT]
        at = cuts[0] if len(cuts) == 1 else 0
        first, second = ("\n".join(part).strip() for part in (lines[:at], lines[at + 1 :]))
        if not (first and second):
            raise self._refused("split_how")
        return corpus.split_passage(passage.id, len(first), f"{first}\n{second}")[0].id

    def _merge(self, passage: Passage, _: str) -> int:
        corpus = self.page.workspace.corpus
        following = [
            one for one in corpus.passages(passage.document_id, disabled=True) if one.position > passage.position
        ]
        return corpus.merge_passages(passage.id, following[0].id).id if following else passage.id

    def _switch(self, passage: Passage, _: str) -> int:
        return self.page.workspace.corpus.enable_passage(passage.id, not passage.enabled).id

    def _revert(self, passage: Passage, _: str) -> int:
        return self.page.workspace.corpus.revert_passage(passage.id)[0].id if passage.edited else passage.id


def _same(text: str | None, loaded: dict[str, Any]) -> bool:
    """Whether the text is as it was loaded, but for spaces."""
    return (text or "").split() == str(loaded["text"]).split()
