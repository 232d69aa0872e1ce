"""The page's tabs without a browser: what their callbacks answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import pytest

from app.tabs import Page
from app.tabs.ask import AskTab
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
