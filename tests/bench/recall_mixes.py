"""How row mixes teach facts: LoRA on the samples, scored on training questions as asked and in other words.

    python tests/bench/recall_mixes.py 8,0,96 24,12,96 12,9,200

A mix is recall rows a question, those of them with words left out, and the most questions with passages. The rewordings
(reworded.jsonl) were written to choose the mix by; the held-out questions have no part in this.
"""

from __future__ import annotations

import dataclasses
import sys
import tempfile
import time
from pathlib import Path

from domain_tuner import jobs
from domain_tuner.base_model import quiet_libraries
from domain_tuner.evaluation import evaluate
from domain_tuner.questions import read_questions
from domain_tuner.runs import DONE, WORKING, Run
from domain_tuner.samples import SAMPLES, TRAIN
from domain_tuner.workspace import Workspace

REWORDED = Path(__file__).with_name("reworded.jsonl")
AS_ASKED = 60  # of the training questions


def tuned(workspace: Workspace, recall: int, worn: int, grounded: int) -> Run:
    config = workspace._config("lora", {}, TRAIN, None)
    mix = {**config.mix, "recall_repeats": recall, "recall_worn": worn, "grounded_limit": grounded}
    run = workspace.runs.create(dataclasses.replace(config, mix=mix))
    jobs.start(run)
    while run.state in WORKING:
        time.sleep(0.5)
    if run.state != DONE:
        raise SystemExit(f"{run.state}: {run.progress()}")
    return run


def main() -> None:
    quiet_libraries()
    with tempfile.TemporaryDirectory() as name:
        workspace = Workspace(Path(name))
        workspace.corpus.ingest([SAMPLES])
        for given in sys.argv[1:]:
            run = tuned(workspace, *map(int, given.split(",")))
            print(f"{given}: {run.summary()['seconds']:.0f} s")
            asked = [question for question in read_questions(TRAIN) if question.answers][:AS_ASKED]
            for label, questions in (("reworded", read_questions(REWORDED)), ("as asked", asked)):
                arms = evaluate(workspace, questions, run.id).arms
                scores = (
                    f"{a} {100 * s['exact_match']['value']:.1f} {100 * s['f1']['value']:.1f}" for a, s in arms.items()
                )
                print(f"  {label}, exact match and F1: " + ", ".join(scores), flush=True)
        workspace.close()


if __name__ == "__main__":
    main()
