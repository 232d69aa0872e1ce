"""Base models of other families than the four of conftest: mixed layers, experts, shared keys, flattened batches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import CONTEXT, INNER, WIDTH, door_rows, make_tokenizer
from contract import fitting
from test_engine import LIMIT, PROMPTS, check_rows_share_a_batch, reference, written
from test_training import new_run, reference_loss

from domain_tuner.base_model import load_base_model, model_class
from domain_tuner.batches import encode_rows
from domain_tuner.engine import Engine
from domain_tuner.errors import BadOption, NoModel
from domain_tuner.estimate import model_of_shapes
from domain_tuner.methods import METHODS
from domain_tuner.methods.places import find_places
from domain_tuner.training import TrainingConfig, train, trains_elsewhere

WIDE: dict[str, Any] = {
    "hidden_size": WIDTH,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "intermediate_size": INNER,
    "max_position_embeddings": CONTEXT,
    "initializer_range": 0.1,  # wide enough that random weights say something
}
LINEAR: dict[str, Any] = {  # gated linear attention
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 16,
    "linear_value_head_dim": 16,
}
EXPERTS: dict[str, Any] = {"num_experts_per_tok": 2, "moe_intermediate_size": 32}
SHARED = {**EXPERTS, "num_experts": 4, "shared_expert_intermediate_size": 32}
PER_LAYER = {
    "hidden_size_per_layer_input": 16,
    "num_kv_shared_layers": 2,
    "sliding_window": 8,
}  # and embeddings of each
FAMILIES: dict[str, dict[str, Any]] = {
    "qwen3_5_text": {**WIDE, **LINEAR, "layer_types": ["linear_attention", "full_attention"] * 2},
    "lfm2": {**WIDE, "layer_types": ["conv", "full_attention"] * 2},
    "gemma4_text": {**WIDE, **PER_LAYER, "layer_types": ["sliding_attention", "full_attention"] * 2}
    | {"global_head_dim": 16},
    "qwen3_next": {**WIDE, **LINEAR, **SHARED, "layer_types": ["linear_attention", "full_attention"] * 2},
    "qwen3_moe": {**WIDE, **EXPERTS, "num_experts": 4},
    "gpt_oss": {**WIDE, **EXPERTS, "num_local_experts": 4, "sliding_window": 8},
    "granitemoehybrid": {**WIDE, "layer_types": ["mamba", "attention"] * 2, "shared_intermediate_size": 32}
    | {"num_local_experts": 4, "num_experts_per_tok": 2, "mamba_n_heads": 8, "mamba_d_head": 16, "mamba_d_state": 16},
    "phimoe": {**WIDE, "num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": None}
    | {"router_jitter_noise": 0.0},
    "mistral3": {"text_config": {**WIDE, "model_type": "ministral3", "sliding_window": None}}  # it sees pictures, too
    | {"vision_config": {**WIDE, "model_type": "siglip_vision_model", "image_size": 32, "patch_size": 4}},
    "llama4_text": {**WIDE, "intermediate_size": 32, "intermediate_size_mlp": INNER, "num_local_experts": 4}
    | {"layer_types": ["full_attention"] * 4, "attn_temperature_tuning": False},
    "opt": {**WIDE, "ffn_dim": INNER, "word_embed_proj_dim": WIDTH, "dropout": 0.0},
    "mpt": {"d_model": WIDTH, "n_heads": 4, "n_layers": 2, "max_seq_len": CONTEXT, "initializer_range": 0.1},
    "mamba2": {"hidden_size": WIDTH, "num_hidden_layers": 2, "num_heads": 8, "head_dim": 16, "state_size": 16},
    "minimax": {**WIDE, "layer_types": ["linear_attention", "full_attention"] * 2, "num_local_experts": 2},
}
ANSWERING = [family for family in FAMILIES if family not in ("mamba2", "minimax")]
LOOSE = ("opt",)  # the MLP is no module of its own


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    from transformers import AutoConfig

    tokenizer = make_tokenizer()
    marks: dict[str, Any] = {"vocab_size": len(tokenizer), "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    made = {}
    for family, sizes in FAMILIES.items():
        more = {"vocab_size_per_layer_input": len(tokenizer)} if family.startswith("gemma") else {}
        torch.manual_seed(7)
        made[family] = tmp_path_factory.mktemp(family)
        if "text_config" in sizes:
            sizes["text_config"] |= marks
        config = AutoConfig.for_model(family, **marks, **more, **sizes)
        model_class(config).from_config(config).save_pretrained(made[family])
        tokenizer.save_pretrained(made[family])
    return made


@pytest.mark.parametrize("family", ANSWERING)
def test_a_batch_writes_what_generate_writes_for_each_alone(family: str, folders: dict[str, Path]) -> None:
    base = load_base_model(folders[family])
    assert written(Engine(base), PROMPTS, [None] * 4) == [reference(base, prompt) for prompt in PROMPTS]


@pytest.mark.parametrize("family", ANSWERING)
def test_what_was_read_in_bfloat16_is_written_from_in_float32(family: str, folders: dict[str, Path]) -> None:
    base = load_base_model(folders[family])
    texts = [written(Engine(replace(base, reads_in_bfloat16=cast)), PROMPTS, [None] * 4) for cast in (True, False)]
    alike = [a[: len(b) // 4] == b[: len(b) // 4] for a, b in zip(*texts, strict=True)]
    assert sum(alike) >= 2, "they begin alike, though random weights leave nothing sure"


@pytest.mark.parametrize("method", ["lora", "parallel-adapter", "houlsby"])
@pytest.mark.parametrize("family", ANSWERING)
def test_rows_with_and_without_an_adapter(family: str, method: str, folders: dict[str, Path], tmp_path: Path) -> None:
    if method != "lora" and family in LOOSE:
        with pytest.raises(BadOption, match="Choose another placement"):
            METHODS[method].attach(load_base_model(folders[family]).model, METHODS[method].options())
        return
    check_rows_share_a_batch(folders[family], method, tmp_path / "one")


@pytest.mark.parametrize("method", ["lora", "parallel-adapter"])
@pytest.mark.parametrize("family", ANSWERING)
def test_training_begins_at_the_base_models_loss_with_as_many_parameters_as_were_counted(
    family: str, method: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    base = load_base_model(folders[family])
    if method != "lora" and family in LOOSE:
        pytest.skip("it has no place for this adapter")
    encoded, _ = encode_rows(base.tokenizer, door_rows(6), base.context)
    parts = [reference_loss(base, row) for row in encoded]
    options = fitting(METHODS[method], base.model)
    counted = METHODS[method].count(base.model, options)
    config = TrainingConfig(epochs=3, rows_per_batch=6, precision="float32")
    run = new_run(tmp_path, config, method)
    result = train(base, method, options, door_rows(6), run, config)
    losses = [line["loss"] for line in run.metrics()]
    assert losses[0] == pytest.approx(sum(loss for loss, _ in parts) / sum(count for _, count in parts), rel=1e-4)
    assert losses[-1] < losses[0]
    assert result.trainable_parameters == counted


def test_what_such_models_cannot_do_is_said(folders: dict[str, Path]) -> None:
    with pytest.raises(NoModel, match="no attention layers"):
        Engine(load_base_model(folders["mamba2"])).generate([PROMPTS[1]], [None], LIMIT)
    with pytest.raises(NoModel, match="in places of its own beside keys and values"):
        Engine(load_base_model(folders["minimax"])).generate(PROMPTS[:2], [None] * 2, LIMIT)
    for family, method in (("gemma4_text", "prompt"), ("qwen3_5_text", "prefix"), ("lfm2", "prefix")):
        model = load_base_model(folders[family]).model
        with pytest.raises(BadOption, match="Choose another method"):
            METHODS[method].attach(model, METHODS[method].options())


def test_a_model_that_sees_pictures_is_tuned_where_it_speaks(folders: dict[str, Path]) -> None:
    base = load_base_model(folders["mistral3"])
    assert type(base.model).__name__ == "Mistral3ForConditionalGeneration" and base.context == CONTEXT
    with pytest.raises(BadOption, match="no biases"):  # its tower for pictures has as many layers, and biases
        METHODS["bitfit"].count(base.model, METHODS["bitfit"].options())
    for method in ("lora", "parallel-adapter", "full"):
        counted = METHODS[method].count(model_of_shapes(folders["mistral3"]), METHODS[method].options())
        adapted = METHODS[method].attach(load_base_model(folders["mistral3"]).model, METHODS[method].options())
        trained = {name: weight.numel() for name, weight in adapted.named_parameters() if weight.requires_grad}
        assert sum(trained.values()) == counted
        assert method == "full" or not any("vision" in name for name in trained)
        assert trains_elsewhere(adapted) is (method == "full"), "no step sees a picture"
    plain = METHODS["full"].attach(load_base_model(folders["qwen3_moe"]).model, METHODS["full"].options())
    assert not trains_elsewhere(plain)


def test_lora_leaves_routers_and_experts_alone(folders: dict[str, Path]) -> None:
    for family in ("qwen3_next", "phimoe", "qwen3_moe"):
        model = load_base_model(folders[family]).model
        adapted = METHODS["lora"].attach(model, METHODS["lora"].options())
        trained = [name for name, weight in adapted.named_parameters() if weight.requires_grad]
        assert trained and not any("router" in name or ".gate." in name or "expert." in name for name in trained)
        assert find_places(adapted.unload()).sublayers["mlp"] == [f"model.layers.{n}.mlp" for n in range(4)]
