"""An evaluation made from a questions file or the run's own held-out questions, and kept in the run's folder.

Knows nothing about how answers are scored; commands and page call this alone.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from domain_tuner.runs import Run
    from domain_tuner.workspace import Workspace

KEPT = "evaluation.json"


def evaluate_and_keep(
    workspace: Workspace,
    questions: Path | None,
    run_id: str | None = None,
    limit: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """The contract's JSON. Kept for the page unless `limit` made it a part of the whole."""
    from domain_tuner.answering import ARMS, run_for
    from domain_tuner.evaluation import evaluate
    from domain_tuner.files import write_json
    from domain_tuner.questions import read_questions

    given = read_questions(questions) if questions else None
    run = run_for(workspace, list(ARMS), run_id)
    assert run is not None  # run_for raises where there is none and an arm needs one
    asked = workspace.held_out_questions(run) if given is None else given
    result = evaluate(workspace, asked, run.id, limit, progress).to_json()
    if limit is None:
        write_json(run.folder / KEPT, result)
    return result


def kept_evaluation(run: Run) -> dict[str, Any] | None:
    """The run's last whole evaluation, None where there is none."""
    from domain_tuner.files import read_json

    file = run.folder / KEPT
    return read_json(file) if file.is_file() else None
