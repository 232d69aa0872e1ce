"""The tab Compare: one question to all four arms, and the evaluation of a run. Knows nothing about scoring."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from app import render, render_answers
from app.evaluating import Standing, Stopped, kept_evaluation
from app.render_evaluation import evaluation
from app.tabs import MODEL_QUEUE, Page, html, question_box
from app.tabs.ask import run_choices, run_shown, stale_notice
from domain_tuner.answering import ARMS, compare
from domain_tuner.streaming import Finished, reports

_POLL_SECONDS = 1.0


class CompareTab:
    """Its widgets and callbacks."""

    def __init__(self, page: Page) -> None:
        self.page, words = page, page.words
        with gr.Tab(words["compare"], id="compare", elem_id="tab-compare") as self.tab:
            self.missing = html(visible=False)
            self.to_adapt = gr.Button(
                words["to_adapt"], variant="primary", visible=False, elem_id="compare-to-adapt", elem_classes="dt-next"
            )
            with gr.Column(visible=False) as self.whole:
                with gr.Row(elem_classes="dt-row dt-question"):
                    self.question = question_box(words["question"], words["question_hint"], "compare-question")
                    self.send = gr.Button(
                        words["compare_all"], variant="primary", elem_id="compare-all", scale=1, min_width=150
                    )
                self.run = gr.Dropdown([], label=words["run"], elem_id="compare-run")
                self.note = html()
                self.cards = html(self._no_cards(), elem_id="cards")
                self._build_evaluation()
            self.asked = gr.State({})  # what the cards are about: question, run, and its number; whether it waits
            self.seen = gr.State(None)
            self.told: Standing | None = None  # whose error a visitor has seen
            self.timer = gr.Timer(_POLL_SECONDS)
        self._wire()

    def _build_evaluation(self) -> None:
        words = self.page.words
        html(render.heading(words["evaluation"]))
        with gr.Row(visible=False, elem_classes="dt-row") as self.progress:
            self.state = html(elem_id="evaluating", elem_classes="dt-beside")
            self.stop = gr.Button(words["stop"], visible=False, elem_id="stop-evaluation", scale=0, min_width=90)
        self.evaluation = html(elem_id="evaluation-panel")
        with gr.Accordion(words["evaluate"], open=False) as self.make:
            html(render.paragraph(words["held_out_hint"]) + render.example())
            self.questions = gr.File(label=words["held_out_file"], elem_id="held-out-file", height=130)
            self.evaluate = gr.Button(words["evaluate"], variant="primary", elem_id="evaluate")

    def _wire(self) -> None:
        page, told = self.page, [self.seen, self.progress, self.state, self.stop, self.evaluate]
        evaluated = [*told, self.questions, self.evaluation, self.make]
        frame = [page.run, self.missing, self.to_adapt, self.whole, self.run, self.note, self.cards, *evaluated]
        model = {"concurrency_id": MODEL_QUEUE, "concurrency_limit": 1, "trigger_mode": "multiple"}
        for event in (self.send.click, self.question.submit):  # it is drawn at once, and answered in its turn
            taken = page.on(event, self.take, [self.question, self.run, self.asked], [self.cards], queue=False)
            page.on(taken.then, self.compare, [self.asked], frame, **model)
        page.on(self.evaluate.click, self.score, [self.questions, self.run], evaluated, queue=False)
        page.on(self.stop.click, self.end, None, [self.stop])  # queued: a message is not shown otherwise
        page.on(self.timer.tick, self.poll, [self.run, self.seen], evaluated, queue=False)
        page.on(self.run.input, self.choose, [self.run, self.asked], frame)
        page.on(self.tab.select, self.refresh, [page.run, self.asked], frame, queue=False)
        page.lead(self.to_adapt.click, "adapt")

    def _no_cards(self) -> str:
        words = self.page.words
        return render.empty(words["compare_empty"], words["compare_empty_hint"])

    def choose(self, run: str | None, asked: dict[str, Any]) -> dict[Any, Any]:
        return {self.page.run: run, **self.refresh(run, asked)}

    def refresh(self, chosen: str | None, asked: dict[str, Any]) -> dict[Any, Any]:
        """The tab as it is now: a run to compare with, and how it was evaluated. Answers of another run are cleared."""
        runs = run_choices(self.page)
        run = run_shown(runs, chosen)
        others = asked.get("run", run) != run
        if others:
            asked.clear()
        hint = "compare_no_run_hint" if self.page.workspace.corpus.documents() else "compare_no_documents_hint"
        return {
            self.missing: gr.HTML(
                render.empty(self.page.words["compare_no_run"], self.page.words[hint]), visible=not runs
            ),
            self.to_adapt: gr.Button(visible=not runs),
            self.whole: gr.Column(visible=bool(runs)),
            self.run: gr.Dropdown(choices=runs, value=run, visible=len(runs) > 1),
            self.note: stale_notice(self.page, run),
            self.cards: self._no_cards() if others else gr.skip(),
            **self._standing(run, anew=True),
            **self._kept(run),
        }

    def _kept(self, run: str | None) -> dict[Any, Any]:
        """The evaluation that is kept of the run."""
        words = self.page.words
        kept = kept_evaluation(self.page.workspace.runs.get(run)) if run else None
        if kept is None:
            shown = render.empty(words["evaluation_empty"], words["evaluation_empty_hint"])
        else:
            shown = evaluation(kept, words)
        return {self.evaluation: shown, self.make: gr.Accordion(open=kept is None)}

    # -- one question

    def take(self, question: str, run: str | None, asked: dict[str, Any]) -> dict[Any, Any]:
        """Draws four cards that wait for their answers; what waited before them waits no more."""
        asked.update(question=question, run=run, waits=True, turns={arm: {"text": ""} for arm in ARMS})
        return {self.cards: self._drawn(asked)}

    def compare(self, asked: dict[str, Any]) -> Iterator[dict[Any, Any]]:
        """Streams four answers into the cards, as long as these are about the same question and run."""
        if not asked.pop("waits", False):
            return
        question, run, turns = asked["question"], asked["run"], asked["turns"]
        try:
            for told in reports(lambda report: compare(self.page.workspace, question, run, report)):
                if isinstance(told, Finished):
                    turns.update({arm: {"answer": answer.to_json()} for arm, answer in told.result.items()})
                else:
                    for arm, text in told:
                        turns[arm]["text"] += text
                if asked.get("turns") is not turns:
                    return
                yield {self.cards: self._drawn(asked)}
        except Exception as error:
            if asked.get("turns") is turns:
                said = render.notice(self.page.sentence(error), "error")
                yield {**self.refresh(run, asked), self.cards: said}  # the run may be gone

    def _drawn(self, asked: dict[str, Any]) -> str:
        return render_answers.compared(asked["question"], asked["run"], self.page.words) + render_answers.cards(
            asked["turns"], self.page.words
        )

    # -- the evaluation

    def score(self, questions: str | None, run: str | None) -> dict[Any, Any]:
        """Evaluates the run, unless an evaluation goes on: then that one is shown. The result is kept in the run's
        folder, so it is there after a reload too."""
        file = Path(questions) if questions else None
        taken = run is not None and self.page.evaluating.begin(file, run)
        return {**self._standing(run), **({self.questions: None} if taken else {})}

    def end(self) -> dict[Any, Any]:
        gr.Info(self.page.words["stopping"], duration=4)
        self.page.evaluating.stop()
        return {self.stop: gr.Button(interactive=False)}

    def poll(self, run: str | None, seen: Standing | None) -> Any:
        """How the evaluation stands; nothing where nothing changed. Its figures when it is over."""
        now = self.page.evaluating.now
        if now == seen:
            return gr.skip()
        if now.working or not run:
            return self._standing(run)
        # Another run may have been chosen meanwhile: figures stand under their own.
        return {**self._standing(run), **self._kept(run)}

    def _standing(self, run: str | None, anew: bool = False) -> dict[Any, Any]:
        """How the evaluation stands; its error is not told `anew`."""
        words, now = self.page.words, self.page.evaluating.now
        said: str = ""
        if now.working:
            text = words["evaluating" if now.all else "evaluation_begins"]
            text = text.format(run=now.run, done=now.done, all=now.all)
            said = render.working(text, now.done / now.all if now.all else 0.0)
        elif now.error and now.run == run and not (anew and now is self.told):
            self.told, stopped = now, isinstance(now.error, Stopped)
            said = render.notice(words["stopped"]) if stopped else render.notice(self.page.sentence(now.error), "error")
        return {
            self.seen: now,
            self.progress: gr.Row(visible=bool(said)),
            self.state: said,
            self.stop: gr.Button(visible=now.working, interactive=True),
            self.evaluate: gr.Button(interactive=not now.working),
        }
