"""Set how sure the trial model must be to refuse: the null threshold of SQuAD 2.0's readers (Devlin et al. 2018).

    python data/models/recipe/threshold.py --data READING_FOLDER --model data/models/trial

On development passages, which neither train nor score, this measures by how much the refusal's first token leads or
trails the best other one, and moves the bias of that token so far that of the questions with their passage in sight
--false-refusals are refused. The model's folder is changed in place; a second run moves it by what is left.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path
from typing import Any

import torch
from rows import TEMPLATE, Reading, find_neighbours, read_sources
from score import Shown, shortened, with_distractors
from transformers import AutoModelForCausalLM

from domain_tuner.base_model import BaseModel, load_base_model, prefix_mask
from domain_tuner.prompts import REFUSAL, encode_row

SOURCES = ("qamr", "squad", "qed", "policyqa", "fairytaleqa")


@torch.inference_mode()
def leads(base: BaseModel, asked: list[tuple[str, Shown]]) -> torch.Tensor:
    """[n]: logit of the refusal's first token less the best other one, where the answer begins."""
    found = []
    for question, shown in asked:
        ids, prompt = encode_row(base.tokenizer, TEMPLATE.question(question, shown), REFUSAL)
        inputs = torch.tensor([ids[:prompt]])
        mask = prefix_mask(torch.tensor([prompt]), torch.tensor([prompt]), prompt)
        logits = base.model(input_ids=inputs, attention_mask=mask).logits[0, -1].float()
        refusal = logits[ids[prompt]].item()
        logits[ids[prompt]] = -torch.inf
        found.append(refusal - logits.max().item())
    return torch.tensor(found)


def development_rows(rows: list[Reading], most: int) -> list[Reading]:
    """At most so many of each source."""
    chosen: list[Reading] = []
    for source in SOURCES:
        known = [row for row in rows if row.source == source and row.development]
        chosen += random.Random(3).sample(known, min(most, len(known)))
    return chosen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--false-refusals", type=float, default=0.1, help="share of answerable questions")
    parser.add_argument("--rows", type=int, default=60, help="development rows of a source")
    args = parser.parse_args()
    rows = development_rows(read_sources(args.data), args.rows)
    near, rng, base = find_neighbours(rows), random.Random(0), load_base_model(args.model)
    distracted = [(row.question, with_distractors(row, near[row.question], True, rng)) for row in rows]
    alone: list[tuple[str, Shown]] = [(r.question, [(r.heading or "Notes", shortened(r, r.context))]) for r in rows]
    removed = [(row.question, with_distractors(row, near[row.question], False, rng)) for row in rows]
    answerable = torch.cat([leads(base, alone), leads(base, distracted)])
    unanswerable = leads(base, [asked for asked in removed if asked[1]])
    lower = torch.quantile(answerable, 1 - args.false_refusals).item()
    move_bias(args.model, encode_row(base.tokenizer, TEMPLATE.question("Who?"), REFUSAL), -lower)
    shares: dict[str, Any] = {"rows": len(rows), "bias_moved_by": round(-lower, 3)}
    for name, at in (("before", 0.0), ("after", lower)):
        shares[name] = {
            "false_refusals": round((answerable > at).float().mean().item(), 3),
            "refused_without_passage": round((unanswerable > at).float().mean().item(), 3),
        }
    print(json.dumps(shares, indent=1))


def move_bias(folder: Path, row: tuple[list[int], int], by: float) -> None:
    ids, prompt = row
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
    with torch.no_grad():
        model.lm_head.bias[ids[prompt]] += by
    model.save_pretrained(folder)


if __name__ == "__main__":
    main()
