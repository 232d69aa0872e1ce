"""The tab Documents: upload, list, remove. Knows nothing about how files are read."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from app import render
from app.tabs import Page, html
from app.tabs.passages import PassagesPart
from domain_tuner.streaming import Finished, reports
from retrieval.formats import kinds

if TYPE_CHECKING:
    from retrieval import IngestResult


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
        page, said = self.page, [self.files, self.said, self.failed]
        listed = ([self.failed, self.chosen], self.shown)
        # As handed over, with the names that the files had; others may come while these are read.
        many = {"preprocess": False, "trigger_mode": "multiple", "concurrency_limit": None}
        read = page.on(self.files.upload, self.upload, [self.files], said, **many)
        page.on(read.then, self.refresh, *listed, queue=False)
        taken = page.on(self.samples.click, self.take_samples, None, said)
        page.on(taken.then, self.refresh, *listed, queue=False)
        page.on(self.remove.click, self.take_out, [self.chosen, self.failed], [self.said, *self.shown])
        page.on(self.next.click, page.lead_to("adapt"), None, [page.tabs])
        page.on(self.tab.select, self.refresh, [self.failed, self.chosen], self.shown, queue=False)

    def refresh(self, failed: list[Any], chosen: str | None, or_first: bool = True) -> dict[Any, Any]:
        """The list as it is now. A document that is `chosen` stays so, as a text may be typed below it."""
        found = self.page.workspace.corpus.documents()
        choices = [(document.name, document.id) for document in found]
        kept = any(document.id == chosen for document in found)
        first = choices[0][1] if choices and or_first else None
        return {
            self.table: render.documents(found, failed, self.page.words),
            self.samples: gr.Button(visible=not found),
            self.row: gr.Row(visible=bool(found)),
            self.chosen: gr.Dropdown(choices=choices) if kept else gr.Dropdown(choices=choices, value=first),
            self.passages.part: gr.Accordion(visible=bool(found)),
            self.next: gr.Button(visible=bool(found)),
        }

    def upload(self, files: list[dict[str, Any]] | None) -> Iterator[dict[Any, Any]]:
        """Takes the uploaded files in, under the names that they had, and deletes them when they are read: the page may
        be closed before. Each is held in a folder of its own, as another page may upload the same one."""
        sent = [(Path(file["path"]), str(file.get("orig_name") or Path(file["path"]).name)) for file in files or []]

        def ingest(report: Callable[..., None]) -> list[IngestResult]:
            held = Path(tempfile.mkdtemp(dir=self.page.workspace.folder / "uploads"))
            try:
                paths = [_held(path, held / str(number)) for number, (path, _) in enumerate(sent)]
                return self.page.workspace.corpus.ingest(paths, report, [name for _, name in sent])
            finally:
                for folder in (held, *(path.parent for path, _ in sent)):
                    shutil.rmtree(folder, ignore_errors=True)

        yield from self._ingest(ingest)

    def take_samples(self) -> Iterator[dict[Any, Any]]:
        from domain_tuner.samples import SAMPLES

        yield from self._ingest(lambda report: self.page.workspace.corpus.ingest([SAMPLES], report))

    def _ingest(self, ingest: Callable[[Callable[..., None]], list[IngestResult]]) -> Iterator[dict[Any, Any]]:
        words = self.page.words
        yield {self.files: None, self.said: render.working(words["reading"], 0.0)}
        try:
            for told in reports(ingest):
                if isinstance(told, Finished):
                    failed = [result for result in told.result if result.status == "failed"]
                    yield {self.said: render.ingested(told.result, words), self.failed: failed}
                else:
                    yield {self.said: self._working(told[-1][0])}
        except Exception:
            yield {self.said: ""}  # what is wrong is said by an alert
            raise

    def _working(self, progress: Any) -> str:
        done, of = progress.files_done, progress.files
        if progress.stage == "embedding":
            done, of = progress.passages_done, progress.passages
        text = self.page.words[f"ingest_{progress.stage}"].format(file=progress.file)
        return render.working(text, done / of if of else 0.0)

    def take_out(self, document: str | None, failed: list[Any]) -> dict[Any, Any]:
        """None is chosen afterwards: a second click takes out nothing."""
        if not document:
            return self.refresh(failed, None)
        removed = self.page.workspace.corpus.remove(document)
        said = render.notice(self.page.words["removed"].format(name=removed.name))
        return {self.said: said, **self.refresh(failed, None, or_first=False)}


def _held(path: Path, folder: Path) -> Path:
    """The same file in that folder; as it was named where it is gone meanwhile."""
    if not path.is_file():
        return path
    folder.mkdir()
    try:
        os.link(path, folder / path.name)
    except OSError:  # a disk without links
        shutil.copyfile(path, folder / path.name)
    return folder / path.name
