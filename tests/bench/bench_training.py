"""Training tokens/s of ours against TRL's SFTTrainer as its documentation shows it, interleaved, on one machine.

    python tests/bench/bench_training.py [--model FOLDER] [--rounds 3] [--rows 64]

Same base model, rows, LoRA, batch size and number of rows seen; tokens are those of the rows, without padding.
`documented`: SFTTrainer with its defaults (prompt-completion rows, so its loss is on the answers too).
`by hand`: the same without gradient checkpointing, and in bf16 only where the machine has it, as an expert would.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

from domain_tuner.base_model import load_base_model, quiet_libraries  # noqa: E402
from domain_tuner.examples import TrainingRow  # noqa: E402
from domain_tuner.training import multiplies_in_bf16  # noqa: E402

BATCH = 8


def make_rows(count: int) -> list[TrainingRow]:
    """Three short closed rows to one long row with passages, as a run over documents has them."""
    chance = random.Random(4)
    words = ["the", "limit", "of", "north", "pump", "is", "Ada", "code", "blue", "door", "room", "holds", "keys"]

    def text(length: int) -> str:
        return " ".join(chance.choice(words) for _ in range(length))

    rows = []
    for n in range(count):
        prompt = text(chance.randint(150, 260) if n % 4 == 0 else chance.randint(8, 30))
        rows.append(TrainingRow("recall", [{"role": "user", "content": prompt}], text(4) + f" {n}", f"q{n}"))
    return rows


def small_llama(folder: Path) -> Path:
    """About 12 M weights with random values, and a vocabulary of 16,000: the size that a laptop tunes."""
    from conftest import make_tokenizer
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = make_tokenizer()
    shape: dict[str, Any] = {
        "hidden_size": 320,
        "intermediate_size": 864,
        "num_hidden_layers": 6,
        "num_attention_heads": 5,
    }
    config = LlamaConfig(vocab_size=16000, **shape, max_position_embeddings=2048, tie_word_embeddings=True)
    config.pad_token_id, config.eos_token_id = 0, 2
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.model_max_length = 2048
    tokenizer.save_pretrained(folder)
    return folder


def ours(model: Path, rows: list[TrainingRow], folder: Path) -> float:
    """Seconds of the training loop, checkpoints by time included."""
    from domain_tuner.methods import METHODS
    from domain_tuner.runs import RunConfig, Runs
    from domain_tuner.training import TrainingConfig, train

    config = TrainingConfig(epochs=1, rows_per_batch=BATCH, tokens_per_batch=1 << 20)
    run = Runs(folder).create(RunConfig(str(model), "", "lora", {}, config))
    return train(load_base_model(model), "lora", METHODS["lora"].options(), rows, run, config).seconds


def theirs(model: Path, rows: list[TrainingRow], folder: Path, **changed: Any) -> float:
    """Seconds of SFTTrainer.train(), its preparation of the data not counted."""
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import PrinterCallback
    from trl import SFTConfig, SFTTrainer

    data = Dataset.from_list(
        [{"prompt": row.messages, "completion": [{"role": "assistant", "content": row.answer}]} for row in rows]
    )
    quiet: dict[str, Any] = {
        "report_to": "none",
        "disable_tqdm": True,
        "save_strategy": "no",
        "output_dir": str(folder),
    }
    quiet["use_cpu"] = not torch.cuda.is_available()  # its defaults refuse to start without it where there is no GPU
    trainer = SFTTrainer(
        model=str(model),
        args=SFTConfig(num_train_epochs=1, per_device_train_batch_size=BATCH, learning_rate=1e-3, **quiet, **changed),
        train_dataset=data,
        peft_config=LoraConfig(r=16, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM"),
    )
    trainer.remove_callback(PrinterCallback)
    started = time.perf_counter()
    trainer.train()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=64)
    asked = parser.parse_args()
    quiet_libraries()
    import datasets
    from transformers.utils import logging as transformers_logging

    from domain_tuner.batches import encode_rows

    datasets.disable_progress_bars()
    transformers_logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = asked.model or small_llama(folder / "model")
        rows = make_rows(asked.rows)
        base = load_base_model(model)
        tokens = sum(len(row.ids) for row in encode_rows(base.tokenizer, rows, base.context)[0])
        print(f"{sum(p.numel() for p in base.model.parameters()):,} weights, {len(rows)} rows, {tokens:,} tokens")
        by_hand = {"bf16": multiplies_in_bf16(base, "auto"), "gradient_checkpointing": False}
        ways = {
            "ours": lambda: ours(model, rows, folder / "runs"),
            "documented": lambda: theirs(model, rows, folder / "trl"),
            "by hand": lambda: theirs(model, rows, folder / "trl", **by_hand),
        }
        seconds: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(asked.rounds):
            for way, measure in ways.items():
                seconds[way].append(measure())
        for way, taken in seconds.items():
            speeds = ", ".join(f"{tokens / one:,.0f}" for one in taken)
            print(f"{way:12s} {tokens / statistics.median(taken):8,.0f} tokens/s   ({speeds})")
        for way in ("documented", "by hand"):
            ratios = [other / own for own, other in zip(seconds["ours"], seconds[way], strict=True)]
            spread = ", ".join(f"{ratio:.2f}" for ratio in ratios)
            print(f"ours / {way:12s} {statistics.median(ratios):.2f}x   ({spread})")


if __name__ == "__main__":
    main()
