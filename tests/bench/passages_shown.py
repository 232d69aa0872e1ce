"""How many passages a base model reads well: F1 without an adapter by the most passages that are shown.

    python tests/bench/passages_shown.py --documents data/samples/documents \\
        --questions data/samples/questions-train.jsonl

Passages are found as for an answer, but not left out for their length. Use questions that decide nothing else: not the
held-out ones. Prints one line for each number of passages; `found` says how often one of them has the answer's words.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from domain_tuner.prompts import encode_prompt, is_refusal
from domain_tuner.question_files import read_questions
from domain_tuner.questions import shown_as
from domain_tuner.scoring import token_f1
from domain_tuner.showing import ANSWER_TOKENS, passages_for
from domain_tuner.workspace import Workspace

BATCH = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--base-model", help="default: the trial model")
    parser.add_argument("--most", type=lambda given: [int(n) for n in given.split(",")], default=[1, 2, 3, 4])
    args = parser.parse_args()
    questions = [question for question in read_questions(args.questions) if question.answers]
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder), args.base_model)
        workspace.corpus.ingest([args.documents])
        hits = passages_for(workspace.corpus, [question.question for question in questions])
        engine = workspace.engine()
        for most in args.most:
            passages = [[shown_as(hit.passage) for hit in found[:most]] for found in hits]
            prompts = [
                encode_prompt(engine.base.tokenizer, workspace.template.question(question.question, shown))
                for question, shown in zip(questions, passages, strict=True)
            ]
            order = sorted(range(len(prompts)), key=lambda n: len(prompts[n]))
            texts = [""] * len(prompts)
            for start in range(0, len(order), BATCH):
                part = order[start : start + BATCH]
                for n, output in zip(
                    part, engine.generate([prompts[n] for n in part], [None] * len(part), ANSWER_TOKENS), strict=True
                ):
                    texts[n] = output.text
            n = len(questions)
            f1 = sum(token_f1(text, question.answers) for text, question in zip(texts, questions, strict=True)) / n
            found = sum(
                any(answer in text for answer in question.answers for _, text in shown)
                for question, shown in zip(questions, passages, strict=True)
            )
            refused = sum(map(is_refusal, texts))
            print(f"{most} shown: F1 {100 * f1:.1f}, found {100 * found / n:.1f}, refused {100 * refused / n:.1f} %")
        workspace.close()


if __name__ == "__main__":
    main()
