"""Tiny models of four families with a tokenizer and a chat template, made on the spot: seeded, saved as safetensors."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from retrieval_server import open_corpus, place, postgres  # noqa: F401  (fixtures of several files)

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # tiny models: threads only wait for each other; jobs inherit it
# A shell that starts the tests in the background ignores Ctrl-C, and what they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    """All but `-m gpu` is tested on the CPU, where arithmetic is exact enough to be compared to the last digit."""
    if config.option.markexpr != "gpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""


ROOT = Path(__file__).resolve().parent.parent
FAMILIES = ("llama", "qwen3", "gpt2", "bert-generation")
WIDTH, LAYERS, HEADS, INNER, CONTEXT = 64, 2, 4, 160, 512

_TEXT = (
    "Question: what is the limit of the north pump? The limit is 42 litres. Who signs the form? Ada signs it on the "
    "ninth of May. The code of the blue door is K-7731. Answer in few words. Not in the documents. Passage 0123456789 "
    "Which room holds the spare keys? Room 12 holds the spare keys, the maps and the old radio of the station."
)
_CHAT = (
    "{% for m in messages %}<|{{ m['role'] }}|>\n{{ m['content'] }}{% if m['role'] == 'assistant' %}{{ eos_token }}"
    "{% endif %}\n{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)


def make_tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    marks = ["<pad>", "<s>", "</s>", "<|system|>", "<|user|>", "<|assistant|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=marks, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    inner.train_from_iterator([_TEXT] * 4, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner, pad_token="<pad>", bos_token="<s>", eos_token="</s>", model_max_length=CONTEXT
    )
    tokenizer.chat_template = _CHAT
    return tokenizer


def make_model(family: str, vocabulary: int) -> Any:
    import torch
    from transformers import (
        BertGenerationConfig,
        BertGenerationDecoder,
        GPT2Config,
        GPT2LMHeadModel,
        LlamaConfig,
        LlamaForCausalLM,
        Qwen3Config,
        Qwen3ForCausalLM,
    )

    torch.manual_seed(7)
    marks: dict[str, Any] = {"vocab_size": vocabulary, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    marks["initializer_range"] = 0.1  # wide enough that a frozen random head can say something
    wide: dict[str, Any] = {
        "hidden_size": WIDTH,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "intermediate_size": INNER,
    }
    grouped: dict[str, Any] = {"num_key_value_heads": 2, "max_position_embeddings": CONTEXT}
    if family == "llama":
        return LlamaForCausalLM(LlamaConfig(**marks, **wide, **grouped))
    if family == "qwen3":
        return Qwen3ForCausalLM(Qwen3Config(**marks, **wide, **grouped, head_dim=24, tie_word_embeddings=True))
    if family == "gpt2":
        quiet: dict[str, Any] = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
        sizes: dict[str, Any] = {
            "n_embd": WIDTH,
            "n_layer": LAYERS,
            "n_head": HEADS,
            "n_inner": INNER,
            "n_positions": CONTEXT,
        }
        return GPT2LMHeadModel(GPT2Config(**marks, **sizes, **quiet))
    quiet = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    config = BertGenerationConfig(
        **marks, **wide, **quiet, max_position_embeddings=CONTEXT, is_decoder=True, tie_word_embeddings=True
    )
    return BertGenerationDecoder(config)


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """model_folder(family, is_causal=True) -> a folder that AutoModelForCausalLM and load_base_model can open."""
    made: dict[tuple[str, bool], Path] = {}

    def folder(family: str = "llama", is_causal: bool = True) -> Path:
        if (family, is_causal) not in made:
            path = tmp_path_factory.mktemp(f"{family}-{'causal' if is_causal else 'prefix'}")
            tokenizer = make_tokenizer()
            model = make_model(family, len(tokenizer))
            if not is_causal:
                model.config.is_causal = False
            model.save_pretrained(path)
            tokenizer.save_pretrained(path)
            made[family, is_causal] = path
        return made[family, is_causal]

    return folder


def tokens(base: Any, rows: int = 3, width: int = 12) -> Any:
    import torch

    return torch.randint(6, len(base.tokenizer), (rows, width), generator=torch.Generator().manual_seed(3))


def logits(model: Any, ids: Any, **more: Any) -> Any:
    import torch

    with torch.no_grad():
        return model(input_ids=ids, **more).logits


def shake(model: Any, adapter: str = "default", seed: int = 5) -> None:
    """Give the adapter weights that do something; fresh ones change nothing."""
    import torch

    chance = torch.Generator().manual_seed(seed)
    for name, weight in model.named_parameters():
        if f".{adapter}." in f"{name}.":
            weight.data.copy_(torch.randn(weight.shape, generator=chance) * 0.3)


def door_rows(count: int = 12, repeats: int = 1) -> list[Any]:
    """Training rows of different lengths; facts no model can know."""
    from domain_tuner.examples import TrainingRow

    return [
        TrainingRow(
            "recall",
            [{"role": "user", "content": f"Question: what is the code of the {'blue ' * (n % 5)}door {n}?"}],
            f"K-{n * 37 % 1000}",
            f"door {n}",
            repeats=repeats,
        )
        for n in range(count)
    ]


_PRELOADED = """
import os, resource, sys, signal
import torch, peft, datasets
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM
from trl import SFTConfig, SFTTrainer
import domain_tuner.training, domain_tuner.examples
from domain_tuner import jobs
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
print("ready", flush=True)
for line in sys.stdin:
    limit, folder = line.rstrip().split(" ", 1)
    child = os.fork()
    if child == 0:
        os.setsid()
        if int(limit):
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
        log = os.open(os.path.join(folder, "log.txt"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1), os.dup2(log, 2), os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os._exit(jobs.main([folder]))
    print(child, flush=True)
"""


@pytest.fixture(scope="session")
def quick_start() -> Any:
    """quick_start(run, largest_file=0) -> pid of the run's real worker, forked from a process with the imports done."""
    import subprocess
    import sys
    import time

    server = subprocess.Popen(
        [sys.executable, "-c", _PRELOADED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert server.stdin and server.stdout
    assert server.stdout.readline() == "ready\n"

    def start(run: Any, largest_file: int = 0) -> int:
        run.cancel_file.unlink(missing_ok=True)
        run.record("queued", started=time.time())
        server.stdin.write(f"{largest_file} {run.folder.resolve()}\n")  # type: ignore[union-attr]
        server.stdin.flush()  # type: ignore[union-attr]
        return int(server.stdout.readline())  # type: ignore[union-attr]

    yield start
    server.stdin.close()
    server.wait(10)
