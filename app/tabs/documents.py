"""The tab Documents: upload, list, remove. Knows nothing about how files are read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from app import render
from app.tabs import Page, html
from app.tabs.passages import PassagesPart
from domain_tuner.streaming import Finished, reports
from retrieval.formats import kinds


class DocumentsTab:
    """Its widgets and callbacks."""

    def __init__(self, page: Page) -> None:
        self.page, words = page, page.words
        with gr.Tab(words["documents"], id="documents", elem_id="tab-documents") as self.tab:
            self.files = gr.File(
                label=words["drop"],
                file_count="multiple",
                elem_id="upload",
                height=150,
            )
            html(render.paragraph(words["formats"].format(kinds=", ".join(kinds()))))
            self.said = html(elem_id="ingested")
            self.table = html(elem_id="documents")
            self.samples = gr.Button(
                words["take_samples"], visible=False, elem_id="take-samples", elem_classes="dt-next"
            )
            with gr.Row(visible=False, elem_classes="dt-row") as self.row:
                self.chosen = gr.Dropdown([], label=words["choose_document"], elem_id="chosen-document", scale=3)
                self.remove = gr.Button(words["remove"], elem_id="remove-document", scale=1, min_width=110)
            self.passages = PassagesPart(page, self.chosen)
            self.next = gr.Button(
                words["adapt_next"], variant="primary", visible=False, elem_id="to-adapt", elem_classes="dt-next"
            )
            self.failed = gr.State([])
        self.shown = [self.table, self.samples, self.row, self.chosen, self.passages.part, self.next]
        self._wire()

    def _wire(self) -> None:
        page, changed = self.page, [self.files, self.said, self.failed, *self.shown]
        page.on(self.files.upload, self.upload, [self.files], changed)
        page.on(self.samples.click, self.take_samples, None, changed)
        page.on(self.remove.click, self.take_out, [self.chosen, self.failed], [self.said, *self.shown])
        page.on(self.next.click, page.lead_to("adapt"), None, [page.tabs])
        page.on(self.tab.select, self.refresh, [self.failed], self.shown, queue=False)

    def refresh(self, failed: list[Any]) -> dict[Any, Any]:
        """The list as it is now."""
        found = self.page.workspace.corpus.documents()
        choices = [(document.name, document.id) for document in found]
        return {
            self.table: render.documents(found, failed, self.page.words),
            self.samples: gr.Button(visible=not found),
            self.row: gr.Row(visible=bool(found)),
            self.chosen: gr.Dropdown(choices=choices, value=choices[0][1] if choices else None),
            self.passages.part: gr.Accordion(visible=bool(found)),
            self.next: gr.Button(visible=bool(found)),
        }

    def upload(self, files: list[str] | None) -> Iterator[dict[Any, Any]]:
        """Takes the uploaded files in and deletes their copies."""
        paths = [Path(file) for file in files or []]
        try:
            yield from self._ingest(paths)
        finally:
            for path in paths:
                shutil.rmtree(path.parent, ignore_errors=True)

    def take_samples(self) -> Iterator[dict[Any, Any]]:
        from domain_tuner.samples import SAMPLES

        yield from self._ingest([SAMPLES])

    def _ingest(self, paths: list[Path]) -> Iterator[dict[Any, Any]]:
        words = self.page.words
        yield {self.said: render.working(words["reading"], 0.0)}
        for told in reports(lambda report: self.page.workspace.corpus.ingest(paths, report)):
            if isinstance(told, Finished):
                failed = [result for result in told.result if result.status == "failed"]
                said = render.ingested(told.result, words)
                yield {self.files: None, self.said: said, self.failed: failed, **self.refresh(failed)}
            else:
                yield {self.said: self._working(told[-1][0])}

    def _working(self, progress: Any) -> str:
        done, of = progress.files_done, progress.files
        if progress.stage == "embedding":
            done, of = progress.passages_done, progress.passages
        text = self.page.words[f"ingest_{progress.stage}"].format(file=progress.file)
        return render.working(text, done / of if of else 0.0)

    def take_out(self, document: str | None, failed: list[Any]) -> dict[Any, Any]:
        if not document:
            return self.refresh(failed)
        removed = self.page.workspace.corpus.remove(document)
        return {self.said: render.notice(self.page.words["removed"].format(name=removed.name)), **self.refresh(failed)}
