"""The tab Compare: one question to all four arms, and the evaluation of a run. Knows nothing about scoring."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from app import render
from app.evaluating import evaluate_and_keep, kept_evaluation
from app.render_evaluation import evaluation
from app.tabs import MODEL_QUEUE, Page, html
from app.tabs.ask import run_choices, stale_notice
from domain_tuner.answering import ARMS, compare
from domain_tuner.streaming import Finished, reports


class CompareTab:
    """Its widgets and callbacks."""

    def __init__(self, page: Page) -> None:
        self.page, words = page, page.words
        with gr.Tab(words["compare"], id="compare", elem_id="tab-compare") as self.tab:
            self.missing = html(render.empty(words["compare_no_run"], words["compare_no_run_hint"]), visible=False)
            self.to_adapt = gr.Button(
                words["to_adapt"], variant="primary", visible=False, elem_id="compare-to-adapt", elem_classes="dt-next"
            )
            with gr.Column(visible=False) as self.whole:
                with gr.Row(elem_classes="dt-row dt-question"):
                    self.question = gr.Textbox(
                        placeholder=words["question_hint"],
                        label=words["question"],
                        show_label=False,
                        elem_id="compare-question",
                        scale=4,
                        min_width=200,
                    )
                    self.send = gr.Button(
                        words["compare_all"], variant="primary", elem_id="compare-all", scale=1, min_width=150
                    )
                self.run = gr.Dropdown([], label=words["run"], elem_id="compare-run")
                self.note = html()
                nothing = render.empty(words["compare_empty"], words["compare_empty_hint"])
                self.cards = html(nothing, elem_id="cards")
                self._build_evaluation()
        self._wire()

    def _build_evaluation(self) -> None:
        words = self.page.words
        html(render.heading(words["evaluation"]))
        self.evaluation = html(elem_id="evaluation-panel")
        with gr.Accordion(words["evaluate"], open=False) as self.make:
            html(render.paragraph(words["held_out_hint"]))
            self.questions = gr.File(label=words["held_out_file"], elem_id="held-out-file", height=130)
            self.evaluate = gr.Button(words["evaluate"], variant="primary", elem_id="evaluate")
            self.state = html(elem_id="evaluating")

    def _wire(self) -> None:
        page, model = self.page, {"concurrency_id": MODEL_QUEUE, "concurrency_limit": 1}
        self.frame = frame = [self.missing, self.to_adapt, self.whole, self.run, self.note, self.evaluation, self.make]
        for event in (self.send.click, self.question.submit):
            page.on(event, self.compare, [self.question, self.run], [self.cards], **model)
        evaluated = [self.state, self.questions, *frame]
        page.on(self.evaluate.click, self.score, [self.questions, self.run], evaluated, **model)
        page.on(self.run.input, self.refresh, [self.run], frame)
        page.on(self.tab.select, self.refresh, [self.run], frame, queue=False)
        page.on(self.to_adapt.click, page.lead_to("adapt"), None, [page.tabs])

    def refresh(self, chosen: str | None) -> dict[Any, Any]:
        """The tab as it is now: a run to compare with, and how it was evaluated."""
        runs = run_choices(self.page)
        run = chosen if chosen in [value for _, value in runs] else (runs[0][1] if runs else None)
        return {
            self.missing: gr.HTML(visible=not runs),
            self.to_adapt: gr.Button(visible=not runs),
            self.whole: gr.Column(visible=bool(runs)),
            self.run: gr.Dropdown(choices=runs, value=run, visible=len(runs) > 1),
            self.note: stale_notice(self.page, run),
            **self._evaluation(run),
        }

    def _evaluation(self, run: str | None) -> dict[Any, Any]:
        words = self.page.words
        kept = kept_evaluation(self.page.workspace.runs.get(run)) if run else None
        if kept is None:
            shown = render.empty(words["evaluation_empty"], words["evaluation_empty_hint"])
        else:
            shown = evaluation(kept, words)
        return {self.evaluation: shown, self.make: gr.Accordion(open=kept is None)}

    def compare(self, question: str, run: str | None) -> Iterator[dict[Any, Any]]:
        """Streams four answers into four cards."""
        turns: dict[str, dict[str, Any]] = {arm: {"text": ""} for arm in ARMS}
        yield {self.cards: render.cards(turns, self.page.words)}
        try:
            for told in reports(lambda report: compare(self.page.workspace, question, run, report)):
                if isinstance(told, Finished):
                    turns = {arm: {"answer": answer.to_json()} for arm, answer in told.result.items()}
                else:
                    for arm, text in told:
                        turns[arm]["text"] += text
                yield {self.cards: render.cards(turns, self.page.words)}
        except Exception as error:
            yield {self.cards: render.notice(self.page.sentence(error), "error")}

    def score(self, questions: str | None, run: str | None) -> Iterator[dict[Any, Any]]:
        """Evaluates the run; the result is kept in its folder, so it is there after a reload too."""
        words, file = self.page.words, Path(questions) if questions else None
        yield {self.state: render.working(words["reading"], 0.0)}
        try:
            for told in reports(lambda report: evaluate_and_keep(self.page.workspace, file, run, progress=report)):
                if isinstance(told, Finished):
                    # Another run may have been chosen meanwhile: the figures are to stand under their own.
                    yield {self.state: "", self.questions: None, **self.refresh(run)}
                else:
                    done, of = told[-1]
                    text = words["evaluating"].format(done=done, all=of)
                    yield {self.state: render.working(text, done / of)}
        except Exception as error:
            yield {self.state: render.notice(self.page.sentence(error), "error")}
