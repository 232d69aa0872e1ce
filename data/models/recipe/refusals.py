"""How readily a trial model refuses: the margin of the refusal's first token over all others, on development rows.

    python data/models/recipe/refusals.py --data READING_FOLDER --model FOLDER [--lower 1.0]

A refusal has one first token, which takes all the doubt, while doubt between answers is spread over theirs: the most
likely token is the refusal's too often. `--lower` takes so much from its bias in the saved head, from what it is then;
other answers that begin with this word lose as much. Prints in percent how often the model would refuse at each amount,
by source: with the passage (alone, and among three that search finds), where every refusal is a false one, and without
it (removed from the three, and with a fourth in its place). The rows are those on which choices are made, never the
scored ones.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import torch
from rows import TEMPLATE, Reading, find_neighbours, read_sources, trainable
from safetensors.torch import load_file, save_file
from score import SEARCHED, settings
from train import Example, batches, padded, read
from transformers import AutoTokenizer, BertGenerationDecoder

from domain_tuner.prompts import REFUSAL, encode_prompt

AMOUNTS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0)
ROWS = 150  # of a source
SOURCES = ("squad", "qamr", "more")
SETTINGS = ("gold", "gold_and_3_retrieved", "gold_removed", "gold_replaced")


def development_rows(rows: list[Reading]) -> list[Reading]:
    trained = {row.question for row in trainable(rows)}
    kept = [
        row for row in rows if row.development and not row.balancing and row.answers and row.question not in trained
    ]
    random.Random(2).shuffle(kept)
    return kept


@torch.no_grad()
def margins(model: BertGenerationDecoder, prompts: list[list[int]], token: int) -> torch.Tensor:
    """For each prompt, the logit of `token` as the answer's first one, minus the greatest other."""
    found = []
    examples = [Example([*prompt, token], len(prompt)) for prompt in sorted(prompts, key=len)]
    for part in batches(examples, 6000):
        batch = padded(part, model.config.pad_token_id, shifted=False)
        asked = batch.gold != -100
        logits = model.lm_head(read(model, batch)[-1][batch.rows[asked], batch.columns[asked]]).float()
        own = logits[:, token].clone()
        logits[:, token] = -torch.inf
        found.append(own - logits.amax(1))
    return torch.cat(found)


def lower(folder: Path, token: int, amount: float) -> None:
    weights = load_file(folder / "model.safetensors")
    weights["lm_head.bias"][token] -= amount
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--lower", type=float, default=0.0)
    args = parser.parse_args()
    tokenizer = AutoTokenizer.from_pretrained(str(args.model))
    token = tokenizer(" " + REFUSAL, add_special_tokens=False)["input_ids"][0]
    rows = development_rows(read_sources(args.data))
    chosen = {source: [row for row in rows if row.source == source][:ROWS] for source in SOURCES}
    asked = [row for part in chosen.values() for row in part]
    near = find_neighbours([*asked, *rows[:SEARCHED]], {row.question for row in rows} - {row.question for row in asked})
    shows = settings(near, random.Random(0))
    model = BertGenerationDecoder.from_pretrained(args.model).bfloat16()
    model.set_attn_implementation("prefix")
    model.eval()
    found = {}
    for source, part in chosen.items():
        for name in SETTINGS:
            shown = [(row.question, shows[name](row)) for row in part]
            prompts = [encode_prompt(tokenizer, TEMPLATE.question(*pair)) for pair in shown if pair[1]]
            fitting = [prompt for prompt in prompts if len(prompt) < model.config.max_position_embeddings]
            if fitting:
                found[f"{source} {name}"] = margins(model, fitting, token)
    for amount in AMOUNTS:
        shares = (f"{name} {100 * (margin > amount).float().mean():.0f}" for name, margin in found.items())
        print(f"{amount:.1f} lower: " + ", ".join(shares))
    if args.lower:
        lower(args.model, token, args.lower)


if __name__ == "__main__":
    main()
