"""The page's tabs without a browser: what their callbacks answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from app.tabs import Page
from app.tabs.ask import AskTab
from app.tabs.documents import DocumentsTab
from app.text import ENGLISH
from domain_tuner.runs import DONE, RunConfig
from domain_tuner.workspace import Workspace

pytestmark = pytest.mark.quick


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    made = Workspace(tmp_path)
    yield made
    made.close()


def test_the_arm_that_a_visitor_chose_stays_and_else_the_richest_is_taken(workspace: Workspace) -> None:
    with gr.Blocks() as blocks, gr.Tabs() as tabs:
        tab = AskTab(Page(workspace, ENGLISH, tabs))

    def offered(preferred: str | None) -> tuple[list[str], str]:
        radio = tab.refresh(preferred, None)[tab.arm]
        return [value for _, value in radio.choices], radio.value

    assert offered(None) == (["base"], "base")
    workspace.runs.create(RunConfig(None, "", "lora", {})).record(DONE)
    assert offered(None) == (["base", "peft"], "peft"), "nobody chose base, it was the only one"
    assert offered("base")[1] == "base" and offered("peft")[1] == "peft"
    assert offered("combined")[1] == "peft", "without documents it cannot answer"
    noting = [fn for fn in blocks.fns.values() if (tab.arm._id, "input") in fn.targets]
    assert [fn.outputs for fn in noting] == [[tab.preferred]] and noting[0].fn("base") == "base"  # type: ignore[misc]


def test_questions_wait_in_the_chat_and_are_answered_in_their_order(workspace: Workspace) -> None:
    with gr.Blocks(), gr.Tabs() as tabs:
        tab = AskTab(Page(workspace, ENGLISH, tabs))
    turns: list[dict[str, Any]] = []
    for question in ("First?", "Second?"):
        assert tab.take(question, "peft", None, turns)[tab.question] == "", "the box is free at once"
    list(tab.answer(turns))
    assert [("error" in turn, turn["question"]) for turn in turns] == [(True, "First?"), (False, "Second?")]
    list(tab.answer(turns))
    assert all("tune" in turn["error"] for turn in turns) and list(tab.answer(turns)) == []


def test_uploads_keep_their_names_and_leave_nothing(workspace: Workspace) -> None:
    with gr.Blocks(), gr.Tabs() as tabs:
        tab = DocumentsTab(Page(workspace, ENGLISH, tabs))
    sent = []
    uploads = workspace.folder / "uploads"
    for number, name in enumerate(("Price list!.txt", "Price list.txt", "{Price} list.txt", "Price list.txt")):
        path = uploads / str(number) / "Price list.txt"
        path.parent.mkdir(parents=True)
        path.write_text(f"The lamp costs {number} crowns.")
        sent.append({"path": str(path), "orig_name": name})
    gone = {"path": str(uploads / "9" / "gone.txt"), "orig_name": "gone.txt"}
    *_, said = tab.upload([*sent, gone])
    names = sorted(document.name for document in workspace.corpus.documents())
    assert names == ["Price list (2).txt", "Price list!.txt", "Price list.txt", "{Price} list.txt"]
    assert [result.name for result in said[tab.failed]] == ["gone.txt"]
    assert not any(uploads.iterdir())


def test_a_run_that_cannot_start_is_not_left_waiting(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("domain_tuner.jobs.start", full)
    monkeypatch.setattr(workspace, "config_of", lambda *_: RunConfig(None, "", "lora", {}))
    with pytest.raises(OSError, match="No space"):
        workspace.tune()
    assert workspace.runs.all() == []
