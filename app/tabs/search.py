"""The search on the tab Documents: what is found for some words, as a model would be shown it.

Knows nothing about how it is found.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from app import render_answers
from app.tabs import MODEL_QUEUE, Page, html, question_box

_MOST = 8  # hits; the model is shown the first of them


class SearchPart:
    """Its widgets and callback."""

    def __init__(self, page: Page) -> None:
        self.page, words = page, page.words
        with gr.Accordion(words["search"], open=False, visible=False, elem_id="search") as self.part:
            with gr.Row(elem_classes="dt-row dt-question"):
                self.query = question_box(words["search"], words["search_hint"], "search-query")
                self.find = gr.Button(words["search"], elem_id="search-find", scale=1, min_width=90)
            self.found = html(elem_id="search-found")
        for event in (self.find.click, self.query.submit):
            page.on(event, self.search, [self.query], [self.found], concurrency_id=MODEL_QUEUE, concurrency_limit=1)

    def search(self, query: str) -> dict[Any, Any]:
        hits = self.page.workspace.corpus.search(query, _MOST)
        return {self.found: render_answers.hits(hits, self.page.words)}
