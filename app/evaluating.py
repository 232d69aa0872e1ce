"""An evaluation made from a questions file or the run's own held-out questions, and kept in the run's folder.

Knows nothing about how answers are scored; commands and page call this alone.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from domain_tuner.questions import Question
    from domain_tuner.runs import Run
    from domain_tuner.workspace import Workspace

KEPT = "evaluation.json"


def evaluate_and_keep(
    workspace: Workspace,
    given: Sequence[Question] | None,
    run_id: str | None = None,
    limit: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    file: Path | None = None,
) -> dict[str, Any]:
    """The contract's JSON, of the questions `given`, which were read from `file`, or those that the run set aside. Kept
    for the page in the run's folder, unless `limit` made it a part of the whole, or there was no document to show."""
    from domain_tuner.answering import run_and_arms
    from domain_tuner.errors import BadQuestions
    from domain_tuner.evaluation import evaluate
    from domain_tuner.files import write_json

    run, _ = run_and_arms(workspace, run_id)
    if given is None and run is None:
        raise BadQuestions(
            "No run is done yet, so none has set questions aside. Tune one (domain-tuner tune), or give a file of "
            "questions (--questions FILE): with it base and rag are measured before anything is tuned."
        )
    asked = given or (workspace.held_out_questions(run) if run else [])
    name = _name(file) if file else None
    result = evaluate(workspace, asked, run.id if run else None, limit, progress, name).to_json()
    if run and limit is None and workspace.corpus.documents():
        with contextlib.suppress(FileNotFoundError):  # somebody may have removed the run meanwhile
            write_json(run.folder / KEPT, result)
    return result


def _name(file: Path) -> str:
    """The file's name, as it can be written down; a pipe's is a number."""
    return os.fsencode(file.name).decode("utf-8", "replace") if file.is_file() else "a pipe"


def kept_evaluation(run: Run) -> dict[str, Any] | None:
    """The run's last whole evaluation, None where there is none."""
    from domain_tuner.files import read_json

    file = run.folder / KEPT
    return read_json(file) if file.is_file() else None


class Stopped(Exception):
    """Somebody stopped the evaluation; it is raised where it reports its progress."""


@dataclass(frozen=True)
class Standing:
    """How the latest evaluation stands: of which run, answers made and to be made, and what ended it but its result."""

    run: str = ""
    working: bool = False
    done: int = 0
    all: int = 0
    error: Exception | None = None


class Evaluating:
    """The one evaluation at a time that pages make of a workspace, in a thread of its own: they may be closed, opened
    and in two languages, and all see how it stands `now`."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._starting = threading.Lock()
        self._stopping = False
        self.now = Standing()

    def begin(self, questions: Path | None, run_id: str) -> bool:
        """Starts one, unless one goes on; whether it did."""
        with self._starting:
            if self.now.working:
                return False
            self._stopping, self.now = False, Standing(run_id, working=True)
            threading.Thread(target=self._work, args=(questions, run_id), daemon=True).start()
            return True

    def stop(self) -> None:
        """Ends it with its next batch of answers; nothing of it is kept."""
        self._stopping = True

    def _work(self, questions: Path | None, run_id: str) -> None:
        from domain_tuner.errors import NothingToLearn
        from domain_tuner.question_files import read_questions

        error: Exception | None = None
        try:
            if not self._workspace.corpus.documents():
                raise NothingToLearn("There are no documents to show to the arms that are shown some. Add some first.")
            given = read_questions(questions) if questions else None
            evaluate_and_keep(self._workspace, given, run_id, progress=self._note, file=questions)
        except Exception as raised:
            error = raised
        self.now = replace(self.now, working=False, error=error)

    def _note(self, done: int, of: int) -> None:
        if self._stopping:
            raise Stopped
        self.now = replace(self.now, done=done, all=of)
