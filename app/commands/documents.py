"""The commands on documents: ingest, documents, remove, search, calibrate, backup, restore.

Knows nothing about how files are read or found.
"""

from __future__ import annotations

import dataclasses
import time
from argparse import ArgumentTypeError, Namespace
from collections import Counter
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import figures, terminal
from app.commands.notes import note_missing_documents, note_no_documents
from app.commands.numbers import whole
from app.commands.outcome import Outcome
from app.commands.paths import asked, path, typed
from retrieval.formats import suffixes

if TYPE_CHECKING:
    from retrieval import Backup, Corpus, Document, Hit, IngestProgress, IngestResult, SearchOptions

_EXCERPT = 240  # columns of a passage that are shown of it


def open_corpus(args: Namespace) -> Corpus:
    """The workspace's corpus; no model is loaded."""
    from domain_tuner.workspace import Workspace

    return Workspace(args.workspace).corpus


def ingest(args: Namespace) -> Outcome:
    corpus, started = open_corpus(args), time.monotonic()
    try:
        results = ingested(corpus, args.paths, args.workspace)
    finally:
        corpus.close()
    seconds = time.monotonic() - started
    gone = [result for result in results if result.status == "removed"]
    taken = [_result_json(result) for result in results if result.status != "removed"]
    removed = [{"name": result.name, "id": result.id, "reason": result.reason} for result in gone]
    return Outcome(
        {"documents": taken, **({"removed": removed} if removed else {}), "seconds": round(seconds, 3)},
        "\n".join([*map(_said, results), _summary(results, seconds)]),
        failed=any(result.status == "failed" for result in results),
    )


def ingested(corpus: Corpus, paths: list[Path], workspace: Path) -> list[IngestResult]:
    """Ingests with a progress line; what the workspace itself keeps is no document."""
    from domain_tuner.workspace import kept_in

    line = terminal.ProgressLine()

    def told(progress: IngestProgress) -> None:
        files = f"file {progress.files_done}/{progress.files}"
        line.show(f"{terminal.bar(*share(progress))}  {progress.stage}  {files}  {progress.file}")

    try:
        return corpus.ingest(paths, told, leave_out=kept_in(workspace))
    finally:
        line.end()


def share(progress: IngestProgress) -> tuple[int, int]:
    """What is done of what: passages while they are embedded, else files."""
    if progress.stage == "embedding":
        return progress.passages_done, progress.passages
    return progress.files_done, progress.files


def _said(result: IngestResult) -> str:
    what = figures.counted(result.passages, "passage") if result.status != "failed" else ""
    return terminal.safe(f"{result.status:9}  {result.name}  " + ": ".join(p for p in (what, result.reason) if p))


def _summary(results: list[IngestResult], seconds: float) -> str:
    counts = Counter(result.status for result in results)
    return ", ".join(f"{n} {status}" for status, n in counts.items()) + f" in {figures.duration(seconds)}"


def documents(args: Namespace) -> Outcome:
    corpus = open_corpus(args)
    found = corpus.documents()
    corpus.close()
    rows = [
        [d.name, d.folder, d.suffix.lstrip("."), d.pages, d.passages, figures.size(d.size), d.id[:12]] for d in found
    ]
    text = terminal.table(["name", "folder", "type", "pages", "passages", "size", "id"], rows)
    empty = typed("There are no documents yet. Add some: domain-tuner ingest FOLDER", args)
    return Outcome({"documents": [document_json(d) for d in found]}, text if found else empty)


def _result_json(result: IngestResult) -> dict[str, Any]:
    """Of edits it speaks where there are some."""
    edits = ("edits_kept", "edits_aside")
    return {key: value for key, value in dataclasses.asdict(result).items() if value or key not in edits}


def document_json(document: Document) -> dict[str, Any]:
    return dataclasses.asdict(document)


def remove(args: Namespace) -> Outcome:
    corpus = open_corpus(args)
    try:
        removed = corpus.remove(args.document)
    finally:
        corpus.close()
    return Outcome({"removed": document_json(removed)}, f"Removed {terminal.safe(removed.name)}.")


def search(args: Namespace) -> Outcome:
    corpus, started = open_corpus(args), time.monotonic()
    try:
        hits = corpus.search(args.query, args.k, args.mode, _options(args))
        note_no_documents(corpus, args)
    finally:
        corpus.close()
    found: list[dict[str, Any]] = [
        {
            "document": hit.passage.document,
            "page": hit.passage.page,
            "heading": hit.passage.heading,
            "score": round(hit.score, 4),
            "text": hit.passage.text,
            "passage": hit.passage.id,
            **(_around(hit) if args.neighbours else {}),
        }
        for hit in hits
    ]
    shown = [
        f"[{n}] {terminal.place(of)}  (score {of['score']:.3f}, passage {of['passage']})\n    {_excerpt(hit)}"
        for n, (of, hit) in enumerate(zip(found, hits, strict=True), start=1)
    ]
    nothing = "Nothing was found: there are no documents, or none has these words."
    if any((args.document, args.folder, args.since, args.until)):
        nothing = "Nothing was found among the documents that --document, --folder, --since and --until leave."
    text = "\n".join(shown) or nothing
    return Outcome({"hits": found, "seconds": round(time.monotonic() - started, 3)}, text)


def _excerpt(hit: Hit) -> str:
    """What of the passage has the first of the question's words, on a line."""
    text, first = hit.passage.text, hit.spans[0][0] if hit.spans else 0
    begin = text.rfind(" ", 0, max(0, first - _EXCERPT // 3)) + 1 if first > _EXCERPT // 2 else 0
    return ("… " if begin else "") + terminal.shortened(terminal.safe(text[begin:]), _EXCERPT)


def _around(hit: Hit) -> dict[str, list[str]]:
    return {"before": [passage.text for passage in hit.before], "after": [passage.text for passage in hit.after]}


def _options(args: Namespace) -> SearchOptions:
    from retrieval import CrossEncoderReranker, SearchOptions, Within

    begin, end = _moment(args.since, time_of_day.min), _moment(args.until, time_of_day.max)
    within = Within(tuple(args.document), args.folder, begin, end)
    return SearchOptions(
        within=within if within != Within() else None,
        neighbours=args.neighbours,
        reranker=CrossEncoderReranker(args.reranker) if args.reranker else None,
    )


def _moment(day: date | None, at: time_of_day) -> float | None:
    """Seconds since 1970; where a day is before all that the clock knows, as far back as it goes."""
    if day is None:
        return None
    try:
        return datetime.combine(day, at).timestamp()
    except (ValueError, OverflowError):
        return datetime.combine(day, at, UTC).timestamp()


def backup(args: Namespace) -> Outcome:
    from domain_tuner.corpora import corpus_folder
    from retrieval import backup

    return _kept(backup(corpus_folder(args.workspace), args.file), "are in")


def restore(args: Namespace) -> Outcome:
    from domain_tuner.corpora import corpus_folder
    from retrieval import restore

    return _kept(restore(args.file, corpus_folder(args.workspace)), "are back from")


def _kept(kept: Backup, verb: str) -> Outcome:
    counts = f"{figures.counted(kept.documents, 'document')}, {figures.counted(kept.passages, 'passage')}"
    text = f"{counts} {verb} {kept.file} ({figures.size(kept.bytes)})."
    if kept.replaced:
        text += f" What was there before is in {kept.replaced}, and is restored like any backup."
    data = {**dataclasses.asdict(kept), "file": str(kept.file), "replaced": str(kept.replaced)}
    if kept.replaced is None:
        del data["replaced"]
    return Outcome(data, terminal.safe(text))


def calibrate(args: Namespace) -> Outcome:
    from domain_tuner.question_files import read_questions
    from domain_tuner.questions import answering

    corpus, questions = open_corpus(args), read_questions(args.questions)
    try:
        note_missing_documents(corpus, questions, args.questions)
        right = answering(questions, corpus.passages())
        found = corpus.calibrate([(each.question, ids) for each, ids in zip(questions, right, strict=True)])
    finally:
        corpus.close()
    text = (
        f"Meaning weighs {found.weight:.2f} and words {1 - found.weight:.2f} from now on. nDCG@10 on these "
        f"{found.questions} questions: {100 * found.before:.1f} with the usual weight, {100 * found.after:.1f} with "
        "this one. Do not measure with the same questions after."
    )
    return Outcome(dataclasses.asdict(found), text)


def _add_ingest(add: Any) -> None:
    command = add(
        "ingest",
        ingest,
        "take files and folders in; a bad file is reported and the others go in",
        "domain-tuner ingest handbook.pdf policies/",
    )
    command.add_argument(
        "paths", nargs="+", type=path, metavar="PATH", help=f"folders and files: {', '.join(suffixes())}"
    )
    command.set_defaults(stopped="Stopped. Documents stored so far are kept; the same command takes in the others.")


def _add_documents(add: Any) -> None:
    add("documents", documents, "list the documents", "domain-tuner documents")


def _add_remove(add: Any) -> None:
    command = add("remove", remove, "take a document out", "domain-tuner remove handbook.pdf")
    command.add_argument("document", metavar="NAME_OR_ID", help="its name, or the first 8 signs of its id or more")


def _add_search(add: Any) -> None:
    command = add("search", search, "find passages", 'domain-tuner search "parental leave" -k 3')
    command.add_argument("query", metavar="QUERY", type=asked)
    command.add_argument("-k", type=whole(1), default=5, help="how many passages (default: 5)")
    command.add_argument("--mode", choices=("hybrid", "dense", "text", "rrf"), default="hybrid", help="default: hybrid")
    only = command.add_argument_group("search only")
    only.add_argument("--document", action="append", default=[], metavar="NAME_OR_ID", help="this one; may be repeated")
    only.add_argument("--folder", default="", metavar="NAME", help="documents that stood below this folder or ZIP")
    only.add_argument("--since", type=_day, metavar="YYYY-MM-DD", help="documents changed on this day or later")
    only.add_argument("--until", type=_day, metavar="YYYY-MM-DD", help="documents changed on this day or before")
    command.add_argument(
        "--neighbours", type=whole(0), default=0, metavar="N", help="passages around each hit (default: 0)"
    )
    command.add_argument("--reranker", metavar="NAME_OR_DIR", help="a cross-encoder that sorts the best hits anew")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"expected a day as 2026-01-31, met {text!r}") from error


def _add_calibrate(add: Any) -> None:
    help = "weigh meaning against words in search, by questions whose answers stand in the documents"
    command = add("calibrate", calibrate, help, "domain-tuner calibrate --questions mine.jsonl")
    command.add_argument("--questions", type=path, metavar="FILE", required=True, help="30 or more (JSON Lines or CSV)")


def _add_backup(add: Any) -> None:
    command = add("backup", backup, "write the corpus to one file", "domain-tuner backup corpus-2026-01-31.sqlite")
    command.add_argument("file", type=path, metavar="FILE", help="written whole or not at all")


def _add_restore(add: Any) -> None:
    help = "make the corpus what a backup holds, whole or not at all"
    command = add("restore", restore, help, "domain-tuner restore corpus-2026-01-31.sqlite")
    command.add_argument("file", type=path, metavar="FILE")


COMMANDS = (_add_ingest, _add_documents, _add_remove, _add_search, _add_calibrate, _add_backup, _add_restore)
