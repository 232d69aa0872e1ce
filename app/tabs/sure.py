"""A row that asks before something is removed. Knows nothing about what that is."""

from __future__ import annotations

from typing import Any

import gradio as gr

from app import render
from app.tabs import Page, html


class Sure:
    """Its widgets; `doomed` holds what was asked about, None where nothing is. Their elem_ids begin with `name`."""

    def __init__(self, page: Page, name: str) -> None:
        words = page.words
        with gr.Row(visible=False, elem_classes="dt-row", elem_id=f"{name}-sure") as self.row:
            self.warning = html(elem_classes="dt-beside")
            self.yes = gr.Button(words["remove_yes"], variant="stop", elem_id=f"{name}-yes", scale=0, min_width=170)
            self.no = gr.Button(words["keep"], elem_id=f"{name}-no", scale=0, min_width=110)
        self.doomed = gr.State(None)
        self.shown = [self.row, self.warning, self.doomed]

    def ask(self, doomed: str, said: str) -> dict[Any, Any]:
        return {self.row: gr.Row(visible=True), self.warning: render.notice(said, "warning"), self.doomed: doomed}

    def leave(self) -> dict[Any, Any]:
        """Nothing is asked, or not any more."""
        return {self.row: gr.Row(visible=False), self.warning: "", self.doomed: None}
