"""The page: a masthead and the tabs, in one language. Knows nothing about what the tabs do."""

from __future__ import annotations

from typing import Any

import gradio as gr

from app import render
from app.evaluating import Evaluating
from app.style import CSS
from app.tabs import Page, html
from app.tabs.adapt import AdaptTab
from app.tabs.ask import AskTab
from app.tabs.compare import CompareTab
from app.tabs.documents import DocumentsTab
from app.text import LANGUAGES, PATHS
from domain_tuner.workspace import Workspace

# Gradio says that the page is in the language of the browser. And the address says which tab is open, as does that of
# the page in the other language.
_OPEN = """() => {
  document.documentElement.lang = '%s'
  document.addEventListener('click', event => {
    const tab = event.target.dataset.tabId, address = new URL(location)
    if (!tab) return
    address.searchParams.set('tab', tab)
    history.replaceState(history.state, '', address)
    document.querySelector('.dt-masthead a').search = address.search
  })
  document.getElementById(`tab-${new URLSearchParams(location.search).get('tab')}-button`)?.click()
}"""


def build(workspace: Workspace, language: str, evaluating: Evaluating) -> gr.Blocks:
    """The whole page."""
    words = LANGUAGES[language]
    (other,) = PATHS.keys() - {language}
    with gr.Blocks(title=words["title"], analytics_enabled=False) as blocks:
        html(render.masthead(words, PATHS[other]))
        run = gr.State(None)
        page = Page(workspace, words, run, evaluating)
        with gr.Tabs(elem_id="tabs", overflow_behavior="wrap"):
            documents = DocumentsTab(page)
            for later in (AdaptTab, AskTab, CompareTab):
                later(page)  # these read the workspace when they are opened
        blocks.load(None, js=_OPEN % language, api_visibility="private")
        page.on(blocks.load, documents.refresh, documents.known, documents.shown, queue=False)
    blocks.has_launched = True  # mounted, it never learns that, and would not look where a file comes from
    return blocks


def looks() -> dict[str, Any]:
    """Theme and style; fonts are the system's own, since the page asks no other host for anything."""
    fonts = ("system-ui", "-apple-system", "Segoe UI", "Noto Sans", "sans-serif")
    theme = gr.themes.Base(
        primary_hue=gr.themes.colors.teal,
        neutral_hue=gr.themes.colors.slate,
        radius_size=gr.themes.sizes.radius_md,
        font=fonts,
        font_mono=("ui-monospace", "Consolas", "monospace"),
    ).set(
        body_background_fill="*neutral_50",
        body_text_color_subdued="*neutral_600",  # of small text, 4.5 to 1 or more on any background here
        input_placeholder_color="*neutral_500",
        input_placeholder_color_dark="*neutral_400",
        block_background_fill="white",
        block_border_width="1px",
        block_label_text_weight="500",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_800",
        button_primary_text_color="white",
        button_cancel_background_fill="#b91c1c",
        button_cancel_background_fill_hover="#991b1b",
        button_cancel_background_fill_dark="#b91c1c",
        button_cancel_background_fill_hover_dark="#991b1b",
        button_cancel_text_color="white",
        button_cancel_text_color_dark="white",
    )
    return {"theme": theme, "css": CSS}
