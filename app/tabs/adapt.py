"""The tab Adapt: choose a method, start a run, watch it. Knows nothing about how training goes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from app import forms, render
from app.tabs import Page, html
from app.tabs.forecast import Asked, ForecastPart
from app.tabs.runs import RunsPart
from domain_tuner.methods import METHODS
from domain_tuner.training_config import TrainingConfig

_ONE_CLICK_SECONDS = 1.0  # two starts closer than this are one double click


class AdaptTab:
    """Its widgets and callbacks."""

    def __init__(self, page: Page) -> None:
        self.page = page
        with gr.Tab(page.words["adapt"], id="adapt", elem_id="tab-adapt") as self.tab:
            self.missing = html(visible=False)
            self.to_documents = gr.Button(
                page.words["to_documents"], variant="primary", visible=False, elem_classes="dt-next"
            )
            with gr.Row(equal_height=False):
                with gr.Column(scale=2, min_width=300) as self.form:
                    self._build_form()
                with gr.Column(scale=3, min_width=300):
                    self.runs = RunsPart(page)
            self.runs.history.render()
            self.begun = gr.State(0.0)  # when this page last started a run
        self._wire()

    def _build_form(self) -> None:
        words = self.page.words
        choices = [(method.title, name) for name, method in METHODS.items()]
        self.method = gr.Dropdown(choices, label=words["method"], elem_id="method", filterable=False)
        self.about = html(self._about(choices[0][1]))
        with gr.Accordion(words["questions_title"], open=False, elem_id="questions-to-learn"):
            html(render.paragraph(words["questions_hint"]) + render.example())
            self.questions = gr.File(label=words["questions_file"], elem_id="questions-file", height=130)
        self.options: dict[str, dict[str, gr.components.Component]] = {}
        self.groups: dict[str, gr.Group] = {}
        html(render.paragraph(words["defaults_hint"]))
        with gr.Accordion(words["method_options"], open=False, elem_id="method-options"):
            for name, method in METHODS.items():
                with gr.Group(elem_classes=_group_classes(name == choices[0][1])) as self.groups[name]:
                    self.options[name] = forms.widgets(method.options, name)
        with gr.Accordion(words["training_options"], open=False, elem_id="training-options"):
            self.training = forms.widgets(TrainingConfig, "training", forms.TRAINING_SHOWN)
            self.base = gr.Textbox(label=words["base_model"], info=words["base_model_info"], elem_id="base-model")
        with gr.Row():
            self.start = gr.Button(words["start"], variant="primary", elem_id="start-run", min_width=110)
            self.forecast = ForecastPart(self.page, self._asked)
        self.forecast.said.render()

    def _wire(self) -> None:
        page, runs = self.page, self.runs
        self.whole = [self.missing, self.to_documents, self.form, *runs.shown]
        fields = [widget for group in self.options.values() for widget in group.values()]
        read = {self.method, self.questions, self.base, *fields, *self.training.values()}
        page.on(self.method.change, self.choose, [self.method], [self.about, *self.groups.values()])
        page.on(self.start.click, self.begin, {self.begun, *read}, [self.start, self.begun, *runs.shown])
        self.forecast.wire(read)
        runs.wire()
        page.lead(self.to_documents.click, "documents")
        page.on(self.tab.select, self.refresh, [runs.run], self.whole, queue=False)

    def _about(self, name: str) -> str:
        method = METHODS[name]
        return render.about(method.summary, method.paper, self.page.words)

    def choose(self, name: str) -> dict[Any, Any]:
        shown: dict[Any, Any] = {
            group: gr.Group(elem_classes=_group_classes(key == name)) for key, group in self.groups.items()
        }
        return {self.about: self._about(name), **shown}

    def refresh(self, chosen: str | None) -> dict[Any, Any]:
        """The tab as it is now, whether or not there is anything to learn from."""
        words, some = self.page.words, bool(self.page.workspace.corpus.documents())
        return {
            self.missing: gr.HTML(
                render.empty(words["adapt_no_documents"], words["adapt_no_documents_hint"]), visible=not some
            ),
            self.to_documents: gr.Button(visible=not some),
            self.form: gr.Column(visible=some),
            **self.runs.look(chosen),
        }

    def begin(self, read: dict[Any, Any]) -> Iterator[dict[Any, Any]]:
        """Starts a run with what the form holds. The button is off meanwhile; a double click, whose second half may
        come before that or after, is one click."""
        if time.monotonic() - read[self.begun] < _ONE_CLICK_SECONDS:
            return
        yield {self.start: gr.Button(interactive=False)}
        try:
            run = self.page.workspace.tune(**self._asked(read))
        except Exception:
            yield {self.start: gr.Button(interactive=True)}
            raise
        yield {self.start: gr.Button(interactive=True), self.begun: time.monotonic(), **self.runs.begun(run)}

    def _asked(self, read: dict[Any, Any]) -> Asked:
        """What the form holds, as a run is asked for."""
        name, questions = read[self.method], read[self.questions]
        return {
            "method": name,
            "options": forms.values(self.options[name], read) | forms.values(self.training, read),
            "questions": Path(questions) if questions else None,
            "base_model": (read[self.base] or "").strip() or None,
        }


def _group_classes(chosen: bool) -> list[str]:
    """Hidden by style alone: what Gradio itself hides leaves the page, and its values with it."""
    return [] if chosen else ["dt-hidden"]
