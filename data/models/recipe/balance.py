"""Teach a trial model when to refuse, and to go on answering as it did.

    python data/models/recipe/balance.py --data READING_FOLDER --start FOLDER --out FOLDER --minutes 9

A model hardly ever refuses what it was trained on, so more of that training changes little in how it doubts. Here the
log odds of a refusal, as the first word of an answer, are set goals instead: for each question SHIFT further on the
right side than they were, and at least at their BOUND. All else that is written is to stay as likely as it was
(distillation from the model itself, Hinton et al. 2015, arXiv 1503.02531). Some rows are of the development part: what
is new to the model shows how it doubts. The flags are those of `train.py`; `refusals.py` shows what came of it.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
import torch.nn.functional as F
from rows import Mixture, Reading, trainable
from train import Padded, Trainer, arguments, read, run
from transformers import BertGenerationDecoder

from domain_tuner.prompts import REFUSAL

SHIFT = {"refused": 1.0, "answered": -2.0}
BOUND = {"refused": 2.0, "answered": -3.0}
ODDS, KEPT = 0.05, 3.0  # weights of the two losses
FRESH = 0.2  # share of rows that the model was not trained on


class Questions(Mixture):
    """Half of the questions over passages have no answer there; four passages, as the product shows them, stand there
    more often than fewer; and some rows are ones that the model never saw."""

    refused = 0.5
    others = (0, 1, 2, 3, 3, 3)

    def __init__(self, rows: list[Reading], neighbours: dict[str, list[str]], seed: int, texts: list[str]) -> None:
        trained = trainable(rows)
        super().__init__(trained, neighbours, seed, texts)
        known = {row.question for row in trained}
        self.fresh = [row for row in rows if row.balancing and row.answers and row.question not in known]
        for row in self.fresh:
            self.answers[row.question].update(row.answers)

    def row(self) -> Reading:
        return self.rng.choice(self.fresh) if self.fresh and self.rng.random() < FRESH else super().row()


class Balancer(Trainer):
    """A trainer whose model is measured against itself as it was when it began."""

    def __init__(self, model: BertGenerationDecoder, tokenizer: Any, peak: float, dropout: float) -> None:
        super().__init__(model, tokenizer, peak, dropout)
        self.before = copy.deepcopy(self.model).eval().requires_grad_(False)
        self.token = tokenizer(" " + REFUSAL, add_special_tokens=False)["input_ids"][0]

    def goal(self, batch: Padded) -> torch.Tensor:
        """How far the odds of refusing are from their goals, and the answers from what they were."""
        batch = batch.to(self.device)
        asked = batch.gold != -100
        rows, columns, gold = batch.rows[asked], batch.columns[asked], batch.gold[asked]
        odds, answers = self.split(self.model, batch, rows, columns)
        with torch.no_grad():
            odds_before, answers_before = self.split(self.before, batch, rows, columns)
        first = columns == batch.prompt[rows] - 1
        refused = gold == self.token
        goals = torch.where(
            refused,
            (odds_before + SHIFT["refused"]).clamp(min=BOUND["refused"]),
            (odds_before + SHIFT["answered"]).clamp(max=BOUND["answered"]),
        )
        apart = F.kl_div(answers, answers_before, reduction="none", log_target=True).sum(1)
        kept = apart[~(first & refused)].mean()
        return ODDS * F.smooth_l1_loss(odds[first], goals[first]) + KEPT * kept

    def split(
        self, model: BertGenerationDecoder, batch: Padded, rows: torch.Tensor, columns: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """At k places: log odds [k] of the refusal's first token, and log probabilities [k, vocabulary - 1] that the
        other tokens have among themselves."""
        logits = model.lm_head(read(model, batch)[-1][rows, columns]).float()
        others = torch.cat([logits[:, : self.token], logits[:, self.token + 1 :]], 1)
        return logits[:, self.token] - others.logsumexp(1), others.log_softmax(1)


def main() -> None:
    parser = arguments(__doc__)
    parser.set_defaults(minutes=9, learning_rate=5e-5, dropout=0.0, progress=0.9, cooldown=0.7, keep=0.3)
    args = parser.parse_args()
    if args.start is None:
        parser.error("--start is needed: the folder of the trained model")
    run(args, Balancer, Questions)


if __name__ == "__main__":
    main()
