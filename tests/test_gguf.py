"""A GGUF file, written here as llama.cpp writes it, becomes a base model with the same logits."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from conftest import CONTEXT, HEADS, INNER, LAYERS, WIDTH, logits, tokens

from domain_tuner.base_model import load_base_model
from domain_tuner.errors import BadOption, NoModel
from domain_tuner.gguf import convert

ModelFolder = Callable[..., Path]
_KV_HEADS = 2
_NAMES = {  # transformers' name -> GGUF's
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}


@pytest.fixture(scope="module")
def gguf_file(model_folder: ModelFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = load_base_model(model_folder("llama"))
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    write_gguf(path, base.model, base.tokenizer)
    return path


def write_gguf(path: Path, model: Any, tokenizer: Any, scaling: Callable[[Any], None] = lambda writer: None) -> None:
    writer = gguf.GGUFWriter(path, "llama")
    scaling(writer)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(_KV_HEADS)
    writer.add_layer_norm_rms_eps(model.config.rms_norm_eps)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(len(tokenizer))
    pieces = sorted(tokenizer.get_vocab().items(), key=lambda piece: piece[1])
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([piece for piece, _ in pieces])
    special = set(tokenizer.all_special_tokens)
    kinds = [gguf.TokenType.CONTROL if piece in special else gguf.TokenType.NORMAL for piece, _ in pieces]
    writer.add_token_types(kinds)
    merges = json.loads(tokenizer.backend_tokenizer.to_str())["model"]["merges"]
    writer.add_token_merges([" ".join(pair) for pair in merges])
    writer.add_bos_token_id(tokenizer.bos_token_id)
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_pad_token_id(tokenizer.pad_token_id)
    writer.add_chat_template(tokenizer.chat_template)
    for name, weight in model.state_dict().items():
        writer.add_tensor(gguf_name(name), turned(name, weight.float()).numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def gguf_name(name: str) -> str:
    whole = {"model.embed_tokens.weight": "token_embd", "model.norm.weight": "output_norm", "lm_head.weight": "output"}
    if name in whole:
        return whole[name] + ".weight"
    _, _, layer, *part = name.removesuffix(".weight").split(".")
    return f"blk.{layer}.{_NAMES['.'.join(part)]}.weight"


def turned(name: str, weight: torch.Tensor) -> torch.Tensor:
    """llama.cpp keeps the two halves of a rotary pair side by side, transformers half a head apart."""
    heads = HEADS if "q_proj" in name else _KV_HEADS if "k_proj" in name else 0
    if not heads:
        return weight
    return weight.reshape(heads, 2, -1, weight.shape[1]).transpose(1, 2).reshape(weight.shape).contiguous()


def test_the_folder_has_the_models_logits_tokens_and_chat_template(
    gguf_file: Path, model_folder: ModelFolder, tmp_path: Path
) -> None:
    files = convert(gguf_file, tmp_path / "made")
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= {file.name for file in files}
    made, base = load_base_model(tmp_path / "made"), load_base_model(model_folder("llama"))
    assert made.tokenizer.chat_template == base.tokenizer.chat_template
    text = "Which room holds the spare keys? Room 12."
    assert made.tokenizer(text)["input_ids"][-6:] == base.tokenizer(text)["input_ids"][-6:]
    ids = tokens(base)
    torch.testing.assert_close(logits(made.model, ids), logits(base.model, ids), atol=0.05, rtol=0.05)  # bf16


def as_llama_3(writer: Any) -> None:
    """What each frequency is divided by, as llama.cpp's converter counts it."""
    wavelengths = [2 * math.pi * 10000.0 ** (2 * n * HEADS / WIDTH) for n in range(WIDTH // HEADS // 2)]
    smooth = [min(1.0, max(0.0, (8192 / length - 1.0) / 3.0)) for length in wavelengths]
    writer.add_tensor("rope_freqs.weight", np.array([1 / ((1 - s) / 8.0 + s) for s in smooth], np.float32))


def as_linear(writer: Any) -> None:
    writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
    writer.add_rope_scaling_factor(4.0)


def as_nobody_does(writer: Any) -> None:
    writer.add_tensor("rope_freqs.weight", np.arange(1, 1 + WIDTH // HEADS // 2, dtype=np.float32))


@pytest.mark.parametrize(
    ("scaling", "rope"),
    [
        (as_linear, {"rope_type": "linear", "factor": 4.0}),
        (as_llama_3, {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
         | {"original_max_position_embeddings": 8192}),
    ],
)  # fmt: skip
def test_positions_are_scaled_as_the_file_says(
    scaling: Callable[[Any], None], rope: dict[str, Any], model_folder: ModelFolder, tmp_path: Path
) -> None:
    from transformers import LlamaForCausalLM

    base = load_base_model(model_folder("llama"))
    write_gguf(tmp_path / "a.gguf", base.model, base.tokenizer, scaling)
    convert(tmp_path / "a.gguf", tmp_path / "made")
    made = load_base_model(tmp_path / "made")
    scaled = LlamaForCausalLM(
        type(base.model.config).from_dict({**base.model.config.to_dict(), "rope_parameters": rope})
    )
    scaled.load_state_dict(base.model.state_dict())
    ids = tokens(base)
    torch.testing.assert_close(logits(made.model, ids), logits(scaled.eval(), ids), atol=0.05, rtol=0.05)
    assert made.model.config.rope_parameters == {"rope_theta": 10000.0, **rope}


def test_a_scaling_that_is_not_known_is_refused(model_folder: ModelFolder, tmp_path: Path) -> None:
    base = load_base_model(model_folder("llama"))
    write_gguf(tmp_path / "a.gguf", base.model, base.tokenizer, as_nobody_does)
    with pytest.raises(NoModel, match=r"scales its positions .* \(rope_freqs.weight\)"):
        convert(tmp_path / "a.gguf", tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_what_is_no_whole_gguf_file_is_refused_and_leaves_nothing(gguf_file: Path, tmp_path: Path) -> None:
    text = tmp_path / "notes.gguf"
    text.write_text("not a model")
    half = tmp_path / "half.gguf"
    half.write_bytes(gguf_file.read_bytes()[:3000])
    for file, said in (
        (text, "no GGUF file"),
        (half, "could not be unpacked"),
        (tmp_path / "gone.gguf", "cannot be read"),
    ):
        with pytest.raises(NoModel, match=said):
            convert(file, tmp_path / "made")
    assert {path.name for path in tmp_path.iterdir()} == {"notes.gguf", "half.gguf"}


def test_a_folder_in_use_is_left_alone(gguf_file: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(BadOption, match="not an empty folder"):
        convert(gguf_file, tmp_path)


def test_a_gguf_file_as_base_model_says_how_to_unpack_it(gguf_file: Path) -> None:
    with pytest.raises(NoModel, match="domain-tuner convert"):
        load_base_model(gguf_file)
