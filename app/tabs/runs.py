"""The runs on the tab Adapt: one on display, to be watched, cancelled, resumed and removed, and a table of all.

What it shows is read from the runs' folders once a second, so it goes on after a reload of the page and after a restart
of the server. Knows nothing about how a run is asked for.
"""

from __future__ import annotations

import contextlib
from typing import Any

import gradio as gr

from app import render, render_runs
from app.tabs import Page, html
from app.tabs.sure import Sure
from domain_tuner import jobs
from domain_tuner.errors import NoSuchRun
from domain_tuner.runs import PREPARING, TRAINING, WORKING, Run

_CURRENT = "current"  # the run at work, else the newest
_POLL_SECONDS = 1.0
_RESUMABLE = ("cancelled", "interrupted", "failed")


class RunsPart:
    """Its widgets and callbacks; the table is put where `history` is rendered."""

    def __init__(self, page: Page) -> None:
        self.page, words = page, page.words
        self.run = gr.Dropdown(
            [(words["current_run"], _CURRENT)], value=_CURRENT, label=words["run"], elem_id="run-shown"
        )
        self.card = html(elem_id="run")
        with gr.Row(elem_classes="dt-row"):
            self.cancel = self._button("cancel", "cancel-run", min_width=110)
            self.resume = self._button("resume", "resume-run", min_width=110)
            self.ask = self._button("ask_next", "to-ask", variant="primary", min_width=150)
            self.compare = self._button("compare_next", "to-compare", min_width=150)
            self.remove = self._button("remove", "remove-run", min_width=110)
        self.sure = Sure(page, "remove-run")
        with gr.Accordion(words["log"], open=False, visible=False, elem_id="run-log") as self.log_part:
            self.log = html()
        self.history = html(elem_id="runs", render=False)
        self.seen = gr.State(None)
        self.timer = gr.Timer(_POLL_SECONDS)
        self.shown = [self.seen, self.card, self.cancel, self.resume, self.ask, self.compare, self.remove,
                      self.log_part, self.log, self.history, self.run]  # fmt: skip

    def _button(self, word: str, elem_id: str, **more: Any) -> gr.Button:
        return gr.Button(self.page.words[word], visible=False, elem_id=elem_id, **more)

    def wire(self) -> None:
        page, sure = self.page, self.sure
        page.on(self.run.input, self.choose, [self.run], [*sure.shown, *self.shown])
        page.on(self.cancel.click, self.stop, [self.run, self.seen], self.shown)
        page.on(self.resume.click, self.go_on, [self.run, self.seen], self.shown)
        for button, tab in ((self.ask, "ask"), (self.compare, "compare")):
            page.lead(page.on(button.click, self.hand_over, [self.seen], [page.run]).success, tab)
        page.on(self.remove.click, self.doom, [self.seen], sure.shown)
        page.on(sure.yes.click, self.take_out, [sure.doomed, self.run], [*sure.shown, *self.shown])
        page.on(sure.no.click, sure.leave, None, sure.shown, queue=False)
        page.on(self.timer.tick, self.poll, [self.run, self.seen], self.shown, queue=False)

    def choose(self, chosen: str | None) -> dict[Any, Any]:
        return {**self.sure.leave(), **self.look(chosen)}

    def stop(self, chosen: str | None, seen: dict[str, Any]) -> dict[Any, Any]:
        gr.Info(self.page.words["cancelling"], duration=4)
        jobs.cancel(self._on_display(seen))
        return self.look(chosen)

    def go_on(self, chosen: str | None, seen: dict[str, Any]) -> dict[Any, Any]:
        jobs.resume(self._on_display(seen))
        return self.look(chosen)

    def hand_over(self, seen: dict[str, Any]) -> dict[Any, Any]:
        """Makes the run on display the one that is asked and compared. The newest is not noted as a choice: a newer
        one may come."""
        run = self._on_display(seen)
        newest = self.page.workspace.runs.finished()
        return {self.page.run: None if run.id == newest.id else run.id}

    def doom(self, seen: dict[str, Any]) -> dict[Any, Any]:
        """Asks whether the run on display is to go."""
        run = self._on_display(seen)
        return self.sure.ask(run.id, self.page.words["remove_run_sure"].format(run=run.id))

    def take_out(self, doomed: str | None, chosen: str | None) -> dict[Any, Any]:
        if doomed:
            with contextlib.suppress(NoSuchRun):  # removed elsewhere meanwhile
                self.page.workspace.runs.remove(doomed)
        return self.choose(chosen)

    def _on_display(self, seen: dict[str, Any]) -> Run:
        """The run whose card the visitor sees, though a newer one may be there by now. Raises NoSuchRun."""
        return self.page.workspace.runs.get(seen["run"])

    def _run(self, chosen: str | None) -> Run | None:
        """The chosen run; the current one where that is gone or none was chosen."""
        runs = self.page.workspace.runs.all()
        found = next((run for run in runs if run.id == chosen), None)
        at_work = (run for run in runs if run.state in (PREPARING, TRAINING))
        return found or next(at_work, runs[0] if runs else None)

    def poll(self, chosen: str | None, seen: dict[str, Any] | None) -> Any:
        """As `look`, but nothing where nothing changed: what is open or selected on the page stays so."""
        shown = self.look(chosen)
        if shown[self.seen] == seen:
            return gr.skip()
        if seen and shown[self.seen]["runs"] == seen["runs"]:
            del shown[self.run]  # an update would close the list under the visitor's pointer
        return shown

    def begun(self, run: Run) -> dict[Any, Any]:
        """The run that was just started; chosen by its name where another one is at work."""
        current = self._run(_CURRENT)
        return self.look(_CURRENT if current and current.id == run.id else run.id)

    def look(self, chosen: str | None) -> dict[Any, Any]:
        """The chosen run and all runs as they are now."""
        words, run = self.page.words, self._run(chosen)
        summaries = self.page.workspace.runs.summaries()
        choices = [(words["current_run"], _CURRENT), *((s["run"], s["run"]) for s in summaries)]
        card, state, log = self._card(run)
        return {
            self.seen: {
                "run": run.id if run else "",
                "card": card,
                "log": log,
                "chosen": chosen,
                "states": summaries,
                "runs": [s["run"] for s in summaries],
            },
            self.card: card,
            self.cancel: gr.Button(visible=state in WORKING),
            self.resume: gr.Button(visible=state in _RESUMABLE),
            self.ask: gr.Button(visible=state == "done"),
            self.compare: gr.Button(visible=state == "done"),
            self.remove: gr.Button(visible=bool(state) and state not in WORKING),
            self.log_part: gr.Accordion(visible=bool(log)),
            self.log: log,
            self.history: render.heading(words["history"]) + render_runs.runs(summaries, words) if summaries else "",
            self.run: gr.Dropdown(choices=choices, visible=len(summaries) > 1, value=self._still(chosen, choices)),
        }

    def _card(self, run: Run | None) -> tuple[str, str, str]:
        """The run's card, state and log; of no run what to do, where there are documents to do it with."""
        words = self.page.words
        if run is None:
            some = self.page.workspace.corpus.documents()
            return render.empty(words["no_runs"], words["no_runs_hint"]) if some else "", "", ""
        progress = run.progress()
        return (
            render_runs.run_card(run.summary(), progress, run.metrics(), words),
            progress.state,
            render_runs.log(run.log()),
        )

    def _still(self, chosen: str | None, choices: list[tuple[str, str]]) -> str | None:
        return chosen if chosen in [value for _, value in choices] else _CURRENT
