"""Four arms in one batch against four single calls, and against the slowest single arm.

    python tests/bench/bench_compare.py --workspace demo-workspace [--questions 20]

Needs a workspace with a finished run (`make demo` leaves one). Each question is asked both ways in turn, so that a
machine that slows down slows both; the answers must be the same word for word. Prints seconds and ratios.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from domain_tuner.answering import ARMS, ask, compare
from domain_tuner.base_model import quiet_libraries
from domain_tuner.question_files import read_questions
from domain_tuner.samples import HELD_OUT
from domain_tuner.workspace import Workspace


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=20)
    args = parser.parse_args()
    quiet_libraries()
    workspace = Workspace(args.workspace)
    questions = [question.question for question in read_questions(HELD_OUT)][:: max(1, 200 // args.questions)]
    compare(workspace, questions[0])
    batch, single, different = 0.0, dict.fromkeys(ARMS, 0.0), 0
    for question in questions:
        started = time.perf_counter()
        together = compare(workspace, question)
        batch += time.perf_counter() - started
        for arm in ARMS:
            started = time.perf_counter()
            different += ask(workspace, question, arm).answer != together[arm].answer
            single[arm] += time.perf_counter() - started
    slowest = max(single, key=lambda arm: single[arm])
    print(f"{len(questions)} questions; seconds a question: four in one batch {batch / len(questions):.3f}, "
          + ", ".join(f"{arm} {seconds / len(questions):.3f}" for arm, seconds in single.items()))  # fmt: skip
    print(f"one batch / slowest arm ({slowest}): {batch / single[slowest]:.2f}")
    print(f"four single calls / one batch: {sum(single.values()) / batch:.2f}")
    print(f"answers that differ: {different} of {len(questions) * len(ARMS)}")


if __name__ == "__main__":
    main()
