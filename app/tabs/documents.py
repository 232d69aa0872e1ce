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
from app.tabs import Page, cleaned, html
from app.tabs.passages import PassagesPart
from app.tabs.search import SearchPart
from app.tabs.sure import Sure
from domain_tuner.streaming import Finished, reports
from retrieval.errors import DocumentNotFound
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
            self.dismiss = gr.Button(words["dismiss"], visible=False, elem_id="dismiss-failed", elem_classes="dt-next")
            self.next = gr.Button(
                words["adapt_next"], variant="primary", visible=False, elem_id="to-adapt", elem_classes="dt-next"
            )
            self.table = html(elem_id="documents")
            self.samples = gr.Button(
                words["take_samples"], visible=False, elem_id="take-samples", elem_classes="dt-next"
            )
            with gr.Row(visible=False, elem_classes="dt-row") as self.row:
                self.chosen = gr.Dropdown(
                    [], label=words["choose_document"], elem_id="chosen-document", scale=3, min_width=240
                )
                self.remove = gr.Button(words["remove"], elem_id="remove-document", scale=1, min_width=110)
            self.sure = Sure(page, "remove")
            self.passages = PassagesPart(page, self.chosen)
            self.search = SearchPart(page)
            self.failed = gr.State([])
            self.listed = gr.State({})  # folder and name of each document that this page has listed, by its id
        self.known = [self.failed, self.chosen, self.listed]
        self.parts = [self.passages.part, self.search.part]
        self.shown = [
            self.table,
            self.dismiss,
            self.samples,
            self.row,
            self.chosen,
            *self.parts,
            self.next,
            self.listed,
        ]
        self._wire()

    def _wire(self) -> None:
        page, said = self.page, [self.files, self.said, self.failed]
        listed, sure = (self.known, self.shown), self.sure
        # As handed over, with the names that the files had; others may come while these are read.
        many = {"preprocess": False, "trigger_mode": "multiple", "concurrency_limit": None}
        read = page.on(self.files.upload, self.upload, [self.files, self.failed], said, **many)
        page.on(read.then, self.refresh, *listed, queue=False)
        taken = page.on(self.samples.click, self.take_samples, [self.failed], said)
        page.on(taken.then, self.refresh, *listed, queue=False)
        page.on(self.dismiss.click, self.forget_failed, self.known, [self.said, self.failed, *self.shown])
        page.on(self.remove.click, self.ask, [self.chosen], sure.shown)
        page.on(sure.yes.click, self.take_out, [sure.doomed, self.failed, self.listed],
                [self.said, self.passages.loaded, *sure.shown, *self.shown])  # fmt: skip
        for event in (sure.no.click, self.chosen.input):
            page.on(event, sure.leave, None, sure.shown, queue=False)
        page.lead(self.next.click, "adapt")
        page.on(self.tab.select, self.refresh, *listed, queue=False)

    def refresh(
        self, failed: list[Any], chosen: str | None, listed: dict[str, tuple[str, str]], or_first: bool = True
    ) -> dict[Any, Any]:
        """The list as it is now. A document that is `chosen` stays so, or its next version is, as a text may be typed
        below it."""
        found = self.page.workspace.corpus.documents()
        choices = [(document.name, document.id) for document in found]
        places = {document.id: (document.folder, document.name) for document in found}
        if chosen in places:
            select = gr.Dropdown(choices=choices)
        else:
            next_version = next((key for key in places if chosen and places[key] == listed.get(chosen)), None)
            first = choices[0][1] if choices and or_first else None
            select = gr.Dropdown(choices=choices, value=next_version or first)
        return {
            self.table: render.documents(found, failed, self.page.words),
            self.dismiss: gr.Button(visible=bool(failed)),
            self.samples: gr.Button(visible=not found),
            self.row: gr.Row(visible=bool(found)),
            self.chosen: select,
            **{part: gr.Accordion(visible=bool(found)) for part in self.parts},
            self.next: gr.Button(visible=bool(found)),
            self.listed: {**listed, **places},
        }

    def upload(self, files: list[dict[str, Any]] | None, failed: list[Any]) -> Iterator[dict[Any, Any]]:
        """Takes the uploaded files in, under the names that they had, and deletes them when they are read: the page may
        be closed before. Each is held in a folder of its own, as another page may upload the same one."""
        sent = [
            (Path(file["path"]), cleaned(str(file.get("orig_name") or Path(file["path"]).name))) for file in files or []
        ]

        def ingest(report: Callable[..., None]) -> list[IngestResult]:
            held = Path(tempfile.mkdtemp(dir=self.page.workspace.folder / "uploads"))
            try:
                paths = [_held(path, held / str(number)) for number, (path, _) in enumerate(sent)]
                return self.page.workspace.corpus.ingest(paths, report, [name for _, name in sent])
            finally:
                for folder in (held, *(path.parent for path, _ in sent)):
                    shutil.rmtree(folder, ignore_errors=True)

        yield from self._ingest(ingest, failed)

    def take_samples(self, failed: list[Any]) -> Iterator[dict[Any, Any]]:
        from domain_tuner.samples import SAMPLES

        yield from self._ingest(lambda report: self.page.workspace.corpus.ingest([SAMPLES], report), failed)

    def _ingest(
        self, ingest: Callable[[Callable[..., None]], list[IngestResult]], failed: list[Any]
    ) -> Iterator[dict[Any, Any]]:
        """Says how far it is. What failed before stays in the list `failed`, unless it was sent again; that list is
        changed in its place, since two uploads may be read at once."""
        words = self.page.words
        yield {self.files: None, self.said: render.working(words["reading"], 0.0)}
        try:
            for told in reports(ingest):
                if isinstance(told, Finished):
                    again = {result.name for result in told.result}
                    failed[:] = [result for result in failed if result.name not in again]
                    failed += [result for result in told.result if result.status == "failed"]
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

    def ask(self, document: str | None) -> dict[Any, Any]:
        """Asks whether the document is to go, and says what goes with it."""
        corpus, words = self.page.workspace.corpus, self.page.words
        found = next((one for one in corpus.documents() if one.id == document), None)
        if found is None:
            return self.sure.leave()
        passages = corpus.passages(found.id, disabled=True)
        changes = sum(one.edited or not one.enabled for one in passages) + len(corpus.edits_aside(found.id))
        said = words["remove_sure"].format(name=found.name)
        if changes:
            said += " " + words["remove_changes"].format(count=changes)
        return self.sure.ask(found.id, said)

    def forget_failed(
        self, failed: list[Any], chosen: str | None, listed: dict[str, tuple[str, str]]
    ) -> dict[Any, Any]:
        """Takes what did not get in off the list; in its place, as an upload may be read meanwhile."""
        failed.clear()
        return {self.said: "", self.failed: failed, **self.refresh(failed, chosen, listed)}

    def take_out(self, document: str | None, failed: list[Any], listed: dict[str, tuple[str, str]]) -> dict[Any, Any]:
        """None is chosen afterwards: a second click takes out nothing."""
        if not document:
            return {**self.sure.leave(), **self.refresh(failed, None, listed)}
        words = self.page.words
        try:
            removed = self.page.workspace.corpus.remove(document)
            said = render.notice(words["removed"].format(name=removed.name))
        except DocumentNotFound:
            said = render.notice(words["removed_already"].format(name=listed.get(document, ("", ""))[1]))
        return {
            self.said: said,
            self.passages.loaded: None,  # what is typed goes, too
            **self.sure.leave(),
            **self.refresh(failed, None, listed, or_first=False),
        }


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
