"""How row mixes teach facts: LoRA on the samples, scored on training questions as asked and in other words.

    python tests/bench/recall_mixes.py 8,0,96 24,12,96 12,9,200,0.1

A mix is recall rows a question, those of them with words left out, the most questions with passages, the share of these
that get a refusal row, too, and how often rows with passages are shown; what is left out is the default's. The
rewordings (reworded.jsonl, which ends with questions that the documents do not answer) were written to choose the mix
by; the held-out questions have no part in this.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from domain_tuner import jobs
from domain_tuner.base_model import quiet_libraries
from domain_tuner.evaluation import evaluate
from domain_tuner.question_files import read_questions
from domain_tuner.runs import DONE, WORKING, Run
from domain_tuner.samples import SAMPLES, TRAIN
from domain_tuner.workspace import Workspace

REWORDED = Path(__file__).with_name("reworded.jsonl")
AS_ASKED = 60  # of the training questions
MIX = ("recall_repeats", "recall_worn", "grounded_limit", "refusal_share", "grounded_repeats")


def tuned(workspace: Workspace, mix: dict[str, float], questions: Path = TRAIN) -> Run:
    config = workspace.config_of("lora", {}, questions, None)
    run = workspace.runs.create(dataclasses.replace(config, mix={**config.mix, **mix}))
    jobs.start(run)
    while run.state in WORKING:
        time.sleep(0.5)
    if run.state != DONE:
        raise SystemExit(f"{run.state}: {run.progress()}")
    return run


def told(arm: str, scores: dict[str, Any]) -> str:
    values = [scores[name]["value"] for name in ("exact_match", "f1", "refusal_recall")]
    return " ".join([arm, *("-" if value is None else f"{100 * value:.1f}" for value in values)])


def main() -> None:
    quiet_libraries()
    with tempfile.TemporaryDirectory() as name:
        workspace = Workspace(Path(name))
        workspace.corpus.ingest([SAMPLES])
        for given in sys.argv[1:]:
            run = tuned(workspace, dict(zip(MIX, map(json.loads, given.split(",")), strict=False)))
            print(f"{given}: {run.summary()['seconds']:.0f} s")
            asked = [question for question in read_questions(TRAIN) if question.answers][:AS_ASKED]
            for label, questions in (("reworded", read_questions(REWORDED)), ("as asked", asked)):
                arms = evaluate(workspace, questions, run.id).arms
                scores = ", ".join(told(arm, scores) for arm, scores in arms.items())
                print(f"  {label}, exact match, F1, refusal recall: {scores}", flush=True)
        workspace.close()


if __name__ == "__main__":
    main()
