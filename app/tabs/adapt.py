"""The tab Adapt: choose a method, start a run, watch it, cancel it, resume it. Knows nothing about how training goes.

What it shows of a run is read from the run's folder once a second, so it goes on after a reload of the page and after a
restart of the server.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

import gradio as gr

from app import forms, render
from app.tabs import Page, html
from app.tabs.forecast import Asked, ForecastPart
from domain_tuner import jobs
from domain_tuner.errors import BadQuestions
from domain_tuner.methods import METHODS
from domain_tuner.runs import WORKING, Run
from domain_tuner.training_config import TrainingConfig

_NEWEST = "newest"
_POLL_SECONDS = 1.0
_RESUMABLE = ("cancelled", "interrupted", "failed")


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
                    self._build_run()
            self.history = html(elem_id="runs")
            self.seen = gr.State(None)
            self.timer = gr.Timer(_POLL_SECONDS)
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

    def _build_run(self) -> None:
        words = self.page.words
        self.run = gr.Dropdown([(words["newest_run"], _NEWEST)], value=_NEWEST, label=words["run"], elem_id="run-shown")
        self.card = html(elem_id="run")
        with gr.Row(elem_classes="dt-row"):
            self.cancel = gr.Button(words["cancel"], visible=False, elem_id="cancel-run", min_width=110)
            self.resume = gr.Button(words["resume"], visible=False, elem_id="resume-run", min_width=110)
            self.next = gr.Button(
                words["ask_next"],
                variant="primary",
                visible=False,
                elem_id="to-ask",
                min_width=160,
                elem_classes="dt-next",
            )

    def _wire(self) -> None:
        page = self.page
        self.shown = [self.seen, self.card, self.cancel, self.resume, self.next, self.history, self.run]
        self.whole = [self.missing, self.to_documents, self.form, *self.shown]
        fields = [widget for group in self.options.values() for widget in group.values()]
        read = {self.method, self.questions, self.base, *fields, *self.training.values()}
        page.on(self.method.change, self.choose, [self.method], [self.about, *self.groups.values()])
        page.on(self.start.click, self.begin, read, self.shown)
        self.forecast.wire(read)
        page.on(self.run.input, self.look, [self.run], self.shown)
        page.on(self.cancel.click, self.stop, [self.run, self.seen], self.shown)
        page.on(self.resume.click, self.go_on, [self.run, self.seen], self.shown)
        page.on(self.to_documents.click, page.lead_to("documents"), None, [page.tabs])
        page.on(self.next.click, self.to_ask, [self.seen], [page.tabs, page.run])
        page.on(self.timer.tick, self.poll, [self.run, self.seen], self.shown, queue=False)
        page.on(self.tab.select, self.refresh, [self.run], self.whole, queue=False)

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
            **self.look(chosen),
        }

    def begin(self, read: dict[Any, Any]) -> dict[Any, Any]:
        """Starts a run with what the form holds."""
        self.page.workspace.tune(**self._asked(read))
        return self.look(_NEWEST)

    def _asked(self, read: dict[Any, Any]) -> Asked:
        """What the form holds, as a run is asked for."""
        name = read[self.method]
        return {
            "method": name,
            "options": forms.values(self.options[name], read) | forms.values(self.training, read),
            "questions": self._keep(read[self.questions]),
            "base_model": (read[self.base] or "").strip() or None,
        }

    def _keep(self, uploaded: str | None) -> Path | None:
        """The questions file where it stays: a run reads it later, and uploads are swept away."""
        if not uploaded:
            return None
        source = Path(uploaded)
        if not source.is_file():
            raise BadQuestions("The questions file is not kept any more (uploads are, for a day). Choose it again.")
        name = hashlib.sha256(source.read_bytes()).hexdigest()[:16] + source.suffix.lower()
        kept = self.page.workspace.folder / "questions" / name
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, kept)
        return kept

    def stop(self, chosen: str | None, seen: dict[str, Any]) -> dict[Any, Any]:
        gr.Info(self.page.words["cancelling"], duration=4)
        jobs.cancel(self._on_display(seen))
        return self.look(chosen)

    def go_on(self, chosen: str | None, seen: dict[str, Any]) -> dict[Any, Any]:
        jobs.resume(self._on_display(seen))
        return self.look(chosen)

    def to_ask(self, seen: dict[str, Any]) -> dict[Any, Any]:
        """Leads to the tab Ask with the run on display. The newest is not noted as a choice: a newer one may come."""
        run = self._on_display(seen)
        newest = self.page.workspace.runs.finished()
        return {self.page.tabs: gr.Tabs(selected="ask"), self.page.run: None if run.id == newest.id else run.id}

    def _on_display(self, seen: dict[str, Any]) -> Run:
        """The run whose card the visitor sees, though a newer one may be there by now. Raises NoSuchRun."""
        return self.page.workspace.runs.get(seen["run"])

    def _run(self, chosen: str | None) -> Run | None:
        """The chosen run, the newest where it is gone or none was chosen."""
        runs = self.page.workspace.runs.all()
        return next((run for run in runs if run.id == chosen), runs[0] if runs else None)

    def poll(self, chosen: str | None, seen: dict[str, Any] | None) -> Any:
        """As `look`, but nothing where nothing changed: what is open or selected on the page stays so."""
        shown = self.look(chosen)
        if shown[self.seen] == seen:
            return gr.skip()
        if seen and shown[self.seen]["runs"] == seen["runs"]:
            del shown[self.run]  # an update would close the list under the visitor's pointer
        return shown

    def look(self, chosen: str | None) -> dict[Any, Any]:
        """The chosen run and all runs as they are now."""
        words, run = self.page.words, self._run(chosen)
        summaries = self.page.workspace.runs.summaries()
        choices = [(words["newest_run"], _NEWEST), *((s["run"], s["run"]) for s in summaries)]
        if run is None:
            card, state = render.empty(words["no_runs"], words["no_runs_hint"]), ""
        else:
            progress = run.progress()
            card, state = render.run_card(run.summary(), progress, run.metrics(), words), progress.state
        return {
            self.seen: {
                "run": run.id if run else "",
                "card": card,
                "chosen": chosen,
                "states": summaries,
                "runs": [s["run"] for s in summaries],
            },
            self.card: card,
            self.cancel: gr.Button(visible=state in WORKING),
            self.resume: gr.Button(visible=state in _RESUMABLE),
            self.next: gr.Button(visible=state == "done"),
            self.history: render.heading(words["history"]) + render.runs(summaries, words) if summaries else "",
            self.run: gr.Dropdown(choices=choices, visible=len(summaries) > 1, value=self._still(chosen, choices)),
        }

    def _still(self, chosen: str | None, choices: list[tuple[str, str]]) -> str:
        return chosen if chosen in [value for _, value in choices] else _NEWEST


def _group_classes(chosen: bool) -> list[str]:
    """Hidden by style alone: what Gradio itself hides leaves the page, and its values with it."""
    return [] if chosen else ["dt-hidden"]
