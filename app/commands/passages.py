"""The command on passages: list those of a document; edit, split, merge, switch off and on, put back.

Knows nothing about how passages are stored or found.
"""

from __future__ import annotations

import dataclasses
from argparse import ArgumentTypeError, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import terminal
from app.commands.documents import open_corpus
from app.commands.numbers import whole
from app.commands.outcome import Outcome

if TYPE_CHECKING:
    from retrieval import Corpus, Edit, Passage

_CHANGES = ("edit", "split", "merge", "revert", "off", "on", "discard")
_EXAMPLE = """domain-tuner passages handbook.pdf
domain-tuner passages --edit 17 --text "The gate opens at six."
domain-tuner passages --split 17 --at 240"""


def passages(args: Namespace) -> Outcome:
    _check(args)
    text = args.text if args.text_file is None else args.text_file
    corpus = open_corpus(args)
    try:
        if args.document is not None:
            return _listed(corpus, args.document)
        if args.discard is not None:
            corpus.discard_edit(args.discard)
            return Outcome({"discarded": args.discard}, f"Edit {args.discard} is forgotten.")
        found = _change(corpus, args, text)
        if [passage.id for passage in found] == [args.revert]:  # what is put back has a new id
            return _changed(found, f"Passage {args.revert} is as it was cut; there is nothing to revert.")
        return _changed(found)
    finally:
        corpus.close()


def _check(args: Namespace) -> None:
    """What argparse cannot say of options that need each other."""
    change = next((name for name in _CHANGES if getattr(args, name) is not None), None)
    if (change is None) == (args.document is None):
        args.misuse("give a document whose passages are listed, or one change, and not both")
    if (change == "edit") != (args.text is not None or args.text_file is not None):
        args.misuse("--edit needs --text or --text-file, and nothing else does")
    if (change == "split") != (args.at is not None):
        args.misuse("--split needs --at, and nothing else does")


def _change(corpus: Corpus, args: Namespace, text: str | None) -> list[Passage]:
    if args.edit is not None:
        return [corpus.edit_passage(args.edit, text or "")]
    if args.split is not None:
        return corpus.split_passage(args.split, args.at)
    if args.merge is not None:
        return [corpus.merge_passages(*args.merge)]
    if args.revert is not None:
        return corpus.revert_passage(args.revert)
    return [corpus.enable_passage(args.off if args.on is None else args.on, enabled=args.on is not None)]


def _listed(corpus: Corpus, name: str) -> Outcome:
    document = corpus.find(name)
    found, aside = corpus.passages(document.id, disabled=True), corpus.edits_aside(document.id)
    data = {
        "document": document.name,
        "passages": [dataclasses.asdict(passage) for passage in found],
        "edits_aside": [
            {"edit": edit.id, "before": [d.text for d in edit.before], "after": [d.text for d in edit.after]}
            for edit in aside
        ],
    }
    return Outcome(data, "\n".join([_table(found), *_told(aside)]))


def _changed(found: list[Passage], *said: str) -> Outcome:
    data = {"passages": [dataclasses.asdict(passage) for passage in found]}
    return Outcome(data, "\n".join([*said, _table(found)]))


def _table(found: list[Passage]) -> str:
    rows = [[p.id, p.page, _state(p), terminal.shortened(p.heading, 32), terminal.shortened(p.text, 64)] for p in found]
    return terminal.table(["id", "page", "state", "heading", "text"], rows)


def _state(passage: Passage) -> str:
    return ", ".join(["edited"] * passage.edited + ["off"] * (not passage.enabled))


def _told(aside: list[Edit]) -> list[str]:
    if not aside:
        return []
    told = [
        "",
        "Edits set aside: their text is not in this version, and may be in the next (--discard EDIT forgets one).",
    ]
    for edit in aside:
        old, new = (" / ".join(draft.text for draft in drafts) for drafts in (edit.before, edit.after))
        state = "" if all(draft.enabled for draft in edit.after) else "  (off)"
        told.append(f"  {edit.id}  {terminal.shortened(terminal.safe(old), 48)}")
        told.append(f"      -> {terminal.shortened(terminal.safe(new), 96)}{state}")
    return told


def _text_in(file: str) -> str:
    try:
        return Path(file).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ArgumentTypeError(f"{file} cannot be read: {reason}") from error


def _add_passages(add: Any) -> None:
    command = add("passages", passages, "list the passages of a document, or change one", _EXAMPLE)
    command.add_argument("document", nargs="?", metavar="NAME_OR_ID", help="list this document's passages, with ids")
    change = command.add_argument_group(
        "one change",
        "a passage that is edited, split or merged has a new id after; the document's next version keeps it",
    ).add_mutually_exclusive_group()
    change.add_argument("--edit", type=whole(1), metavar="ID", help="give it another text (--text or --text-file)")
    change.add_argument("--split", type=whole(1), metavar="ID", help="make two of it (--at)")
    change.add_argument("--merge", type=whole(1), nargs=2, metavar="ID", help="make one of two that follow each other")
    change.add_argument("--revert", type=whole(1), metavar="ID", help="put back what it was made of")
    change.add_argument("--off", type=whole(1), metavar="ID", help="it is not found, cited or learned from any more")
    change.add_argument("--on", type=whole(1), metavar="ID", help="it is found again")
    change.add_argument("--discard", type=whole(1), metavar="EDIT", help="forget an edit that was set aside")
    texts = command.add_mutually_exclusive_group()
    texts.add_argument("--text", metavar="TEXT", help="the new text")
    texts.add_argument("--text-file", type=_text_in, metavar="FILE", help="the new text, in UTF-8")
    command.add_argument("--at", type=whole(0), metavar="OFFSET", help="characters of the text before the cut")


COMMANDS = (_add_passages,)
