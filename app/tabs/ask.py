"""The tab Ask: a question to one arm, streamed, with its passages. Knows nothing about how answers are made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from app import render, render_answers
from app.tabs import MODEL_QUEUE, Page, html, question_box
from domain_tuner.answering import ARMS, ask
from domain_tuner.runs import DONE
from domain_tuner.streaming import Finished, reports


class AskTab:
    """Its widgets and callbacks."""

    def __init__(self, page: Page) -> None:
        self.page, words = page, page.words
        with gr.Tab(words["ask"], id="ask", elem_id="tab-ask") as self.tab:
            with gr.Row(elem_classes="dt-row"):
                self.arm = gr.Radio([], label=words["arm"], elem_id="arm", scale=3, min_width=280)
                self.run = gr.Dropdown([], label=words["run"], elem_id="ask-run", scale=1, min_width=300)
            self.note = html(elem_id="arm-notes")
            self.chat = html(render_answers.chat([], words), elem_id="chat")
            with gr.Row(elem_classes="dt-row dt-question"):
                self.question = question_box(words["question"], words["question_hint"], "question", least=280)
                self.send = gr.Button(words["send"], variant="primary", elem_id="send", scale=1, min_width=90)
                self.clear = gr.Button(words["clear"], elem_id="clear", scale=0, min_width=90)
            self.turns = gr.State([])
            self.preferred = gr.State(None)  # the arm that the visitor chose, which may not always be on offer
        self._wire()

    def _wire(self) -> None:
        page = self.page
        self.state = state = [self.arm, self.run, self.note]
        inputs, outputs = [self.question, self.arm, self.run, self.turns], [self.question, self.chat, self.turns]
        # Each in its turn; by itself Gradio drops one that is to begin while another goes on.
        one = {"concurrency_id": MODEL_QUEUE, "concurrency_limit": 1, "trigger_mode": "multiple"}
        answers = []
        for event in (self.send.click, self.question.submit):  # it is taken at once, and answered in its turn
            taken = page.on(event, self.take, inputs, outputs, queue=False)
            chosen, shown = [self.turns, self.preferred, page.run], [self.chat, self.turns, *state]
            answers.append(page.on(taken.then, self.answer, chosen, shown, **one))
        page.on(self.clear.click, self.forget, None, [self.chat, self.turns], cancels=answers)
        page.on(self.arm.input, lambda arm: arm, [self.arm], [self.preferred], queue=False)
        page.on(self.run.input, self.choose, [self.preferred, self.run], [page.run, *state])
        page.on(self.tab.select, self.refresh, [self.preferred, page.run], state, queue=False)

    def choose(self, preferred: str | None, run: str | None) -> dict[Any, Any]:
        return {self.page.run: run, **self.refresh(preferred, run)}

    def refresh(self, preferred: str | None, run: str | None) -> dict[Any, Any]:
        """Which arms can answer now, and why the others cannot."""
        words, reasons = self.page.words, why_not(self.page)
        free = [name for name in ARMS if name not in reasons]
        choices = [(f"{words[f'arm_{name}']} ({words[f'arm_{name}_what']})", name) for name in free]
        runs = run_choices(self.page)
        chosen = run_shown(runs, run)
        return {
            # The richest arm that can answer, unless the visitor chose one.
            self.arm: gr.Radio(choices=choices, value=preferred if preferred in free else free[-1]),
            self.run: gr.Dropdown(choices=runs, value=chosen, visible=bool(runs)),
            self.note: render_answers.unavailable(reasons, words) + stale_notice(self.page, chosen),
        }

    def take(self, question: str, arm: str, run: str | None, turns: list[dict[str, Any]]) -> Any:
        """Puts the question into the chat, where it waits for its answer; the box is free for the next one."""
        if not question.strip():
            return gr.skip()
        adapter = run if ARMS[arm].adapter else None
        turns.append({"question": question.strip(), "arm": arm, "run": run, "adapter": adapter, "text": ""})
        return {self.question: "", self.chat: render_answers.chat(turns, self.page.words), self.turns: turns}

    def answer(self, turns: list[dict[str, Any]], preferred: str | None, run: str | None) -> Iterator[dict[Any, Any]]:
        """Streams the answer to the first question that waits into the chat; an error stands where it would, and what
        can answer now is looked up anew."""
        turn = next((turn for turn in turns if not {"answer", "error", "asked"} & turn.keys()), None)
        if turn is None:
            return
        turn["asked"] = True
        try:
            for told in reports(
                lambda report: ask(self.page.workspace, turn["question"], turn["arm"], turn["run"], report)
            ):
                if isinstance(told, Finished):
                    turn["answer"] = told.result.to_json()
                else:
                    turn["text"] += "".join(text for _, text in told)
                yield {self.chat: render_answers.chat(turns, self.page.words)}
        except Exception as error:
            turn["error"] = self.page.sentence(error)
            yield self.refresh(preferred, run)
        yield {self.chat: render_answers.chat(turns, self.page.words), self.turns: turns}

    def forget(self) -> dict[Any, Any]:
        return {self.chat: render_answers.chat([], self.page.words), self.turns: []}


def why_not(page: Page) -> dict[str, str]:
    """The arms that cannot answer now, each with its reason."""
    documents = bool(page.workspace.corpus.documents())
    tuned = any(run.state == DONE for run in page.workspace.runs.all())
    reasons = {}
    for name, arm in ARMS.items():
        if arm.passages and not documents:
            reasons[name] = page.words["why_no_documents"]
        elif arm.adapter and not tuned:
            reasons[name] = page.words["why_no_run"]
    return reasons


def run_choices(page: Page) -> list[tuple[str, str]]:
    """The finished runs, newest first."""
    return [(f"{run.id} ({run.config.method})", run.id) for run in page.workspace.runs.all() if run.state == DONE]


def run_shown(runs: list[tuple[str, str]], chosen: str | None) -> str | None:
    """Of the runs to choose from the one that was chosen, else the newest."""
    return chosen if chosen in [run for _, run in runs] else (runs[0][1] if runs else None)


def stale_notice(page: Page, run_id: str | None) -> str:
    """A warning where the run learned from documents that are not there any more."""
    if not run_id:
        return ""
    names = page.workspace.stale_documents(page.workspace.runs.get(run_id))
    return render.notice(page.words["stale"].format(names=", ".join(names)), "warning") if names else ""
