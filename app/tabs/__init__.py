"""What all tabs share: the workspace, the words, and callbacks whose errors become sentences.

Knows nothing about any one tab.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from app.evaluating import Evaluating
from app.failures import sentence_of
from app.text import Words
from domain_tuner.workspace import Workspace

MODEL_QUEUE = "model"  # one at a time: the engine answers one batch after the other anyway


def html(value: str = "", **more: Any) -> gr.HTML:
    """A place for what app/render makes, without Gradio's own type setting and its click script."""
    return gr.HTML(value, apply_default_css=False, js_on_load=None, **more)


def question_box(label: str, hint: str, elem_id: str, least: int = 200) -> gr.Textbox:
    """A line to be asked in, beside its button, at `least` so many pixels wide."""
    return gr.Textbox(label=label, placeholder=hint, show_label=False, elem_id=elem_id, scale=5, min_width=least)


def cleaned(value: Any) -> Any:
    """What a widget holds, or several by widget, without halves of signs: no file, database or page takes those."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict) and any(isinstance(key, gr.blocks.Block) for key in value):
        return {key: cleaned(held) for key, held in value.items()}
    return value


@dataclass(frozen=True)
class Page:
    """What a tab is built from. `run` holds the run that the visitor chose to ask and compare, None where they chose
    none: then it is the newest; `evaluating` is the same for all pages of the workspace."""

    workspace: Workspace
    words: Words
    run: gr.State
    evaluating: Evaluating

    def on(
        self, event: Callable[..., Any], callback: Callable[..., Any], inputs: Any, outputs: Any, **more: Any
    ) -> Any:
        """Wires a callback to an event; private to the page, without Gradio's spinner over the outputs."""
        return event(
            self.shown(callback),
            inputs,
            outputs,
            **{"api_visibility": "private", "show_progress": "hidden", **more},
        )

    def shown(self, callback: Callable[..., Any]) -> Callable[..., Any]:
        """The callback, with whatever it raises shown as one sentence."""
        if inspect.isgeneratorfunction(callback):

            @functools.wraps(callback)
            def streamed(*inputs: Any) -> Iterator[Any]:
                try:
                    yield from callback(*map(cleaned, inputs))
                except Exception as error:
                    raise self._alert(error) from error

            return streamed

        @functools.wraps(callback)
        def called(*inputs: Any) -> Any:
            try:
                return callback(*map(cleaned, inputs))
            except Exception as error:
                raise self._alert(error) from error

        return called

    def sentence(self, error: Exception) -> str:
        """The error as a sentence, with uploads named as the visitor named them; a bug is logged in the workspace."""
        uploads = re.escape(str((self.workspace.folder / "uploads").resolve()))
        return re.sub(rf"{uploads}/[^/]+/", "", sentence_of(error, self.workspace.folder))

    def _alert(self, error: Exception) -> gr.Error:
        if isinstance(error, gr.Error):
            return error
        # Gradio renders an alert's text as HTML.
        text = escape(self.sentence(error))
        return gr.Error(text, duration=None, title=self.words["error"], print_exception=False)

    def lead(self, event: Callable[..., Any], tab: str) -> Any:
        """Opens the tab on the event; the focus goes with it, as the button that led there is hidden then."""
        script = f"() => {{ const tab = document.getElementById('tab-{tab}-button'); tab.click(); tab.focus() }}"
        return event(None, js=script, api_visibility="private")
