"""The forecast on the tab Adapt: what a run with the form's options would take. Knows nothing about how it is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from app import render, render_runs
from app.tabs import Page, html
from domain_tuner.streaming import Finished, reports

Asked = dict[str, Any]  # what Workspace.tune and Workspace.forecast are called with


class ForecastPart:
    """Its button, its place and its callback; `asked` says what the form asks for."""

    def __init__(self, page: Page, asked: Callable[[dict[Any, Any]], Asked]) -> None:
        self.page, self.asked = page, asked
        self.button = gr.Button(page.words["forecast"], elem_id="forecast", min_width=110)
        self.said = html(elem_id="forecast-said", render=False)

    def wire(self, form: set[gr.components.Component]) -> None:
        self.page.on(self.button.click, self.forecast, form, [self.said])

    def forecast(self, read: dict[Any, Any]) -> Iterator[dict[Any, Any]]:
        """Says how far the dry run is, and then what the run would take."""
        words, asked = self.page.words, self.asked(read)
        yield {self.said: render.working(words["forecasting"], 0.0)}
        try:
            for told in reports(lambda report: self.page.workspace.forecast(**asked, told=report)):
                if isinstance(told, Finished):
                    yield {self.said: render_runs.forecast(asked["method"], told.result, words)}
                else:
                    (progress,) = told[-1]
                    share = progress.step / progress.total if progress.total else 0.0
                    yield {self.said: render.working(words["forecasting"], share)}
        except Exception:
            yield {self.said: ""}  # what is wrong is said by an alert
            raise
