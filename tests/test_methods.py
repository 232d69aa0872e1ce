"""One contract over all methods and families; placement by role; counts of the literature."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import FAMILIES, LAYERS, WIDTH, logits, shake, tokens
from contract import fitting, fresh
from peft.mapping import PEFT_TYPE_TO_PREFIX_MAPPING

from domain_tuner.base_model import load_base_model
from domain_tuner.errors import BadOption
from domain_tuner.methods import METHODS, register
from domain_tuner.methods.adapted import hang, mixes_rows, take_off
from domain_tuner.methods.places import find_places, short_targets

Folder = Callable[..., Path]
everything = [(family, method) for family in FAMILIES for method in METHODS]
each = pytest.mark.parametrize(("family", "method"), everything, ids=[f"{f}-{m}" for f, m in everything])


@each
def test_fresh_adapter_changes_no_logit_and_off_is_the_base(family: str, method: str, model_folder: Folder) -> None:
    base = load_base_model(model_folder(family))
    ids = tokens(base)
    plain = logits(base.model, ids)
    adapted = fresh(METHODS[method], base.model)
    if METHODS[method].starts_as_base:
        assert torch.equal(logits(adapted, ids), plain)
    shake(adapted)
    assert not torch.allclose(logits(adapted, ids), plain, atol=1e-3)
    with adapted.disable_adapter():
        assert torch.equal(logits(adapted, ids), plain)
    assert torch.equal(logits(take_off(adapted), ids), plain)


@each
def test_count_is_what_trains_and_the_base_stays_as_it_is(family: str, method: str, model_folder: Folder) -> None:
    base = load_base_model(model_folder(family))
    chosen = METHODS[method]
    options = fitting(chosen, base.model)
    counted = chosen.count(base.model, options)
    before = {name: weight.clone() for name, weight in base.model.state_dict().items()}
    adapted = chosen.attach(base.model, options).train()
    training = {name: weight for name, weight in adapted.named_parameters() if weight.requires_grad}
    assert sum(weight.numel() for weight in training.values()) == counted
    config = adapted.peft_config["default"]
    own = "prompt_encoder" if config.is_prompt_learning else PEFT_TYPE_TO_PREFIX_MAPPING[config.peft_type]
    assert all(own in name for name in training)
    optimizer = torch.optim.AdamW(training.values(), lr=0.1)
    for _ in range(2):
        adapted(input_ids=tokens(base), labels=tokens(base)).loss.backward()
        optimizer.step()
    after = take_off(adapted).state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], before[name]) for name in before)


@each
def test_saved_adapter_loads_to_equal_logits(family: str, method: str, model_folder: Folder, tmp_path: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    base = load_base_model(model_folder(family))
    adapted = fresh(METHODS[method], base.model)
    shake(adapted)
    there = logits(adapted, tokens(base))
    adapted.save_pretrained(tmp_path)
    assert [path.name for path in tmp_path.glob("adapter_model*")] == ["adapter_model.safetensors"]
    register()
    again = hang(load_base_model(model_folder(family)).model, tmp_path, "again")
    assert torch.equal(logits(again, tokens(base)), there)
    by_peft = PeftModel.from_pretrained(load_base_model(model_folder(family)).model, str(tmp_path)).eval()
    assert torch.equal(logits(by_peft, tokens(base))[:, -there.shape[1] :], there)
    if by_peft.peft_config["default"].is_prompt_learning:
        return  # transformers alone has no place for tokens in front
    by_transformers = AutoModelForCausalLM.from_pretrained(tmp_path).eval()
    assert torch.equal(logits(by_transformers, tokens(base)), there)


@each
def test_a_batch_of_many_adapters_equals_one_by_one(family: str, method: str, model_folder: Folder) -> None:
    from peft import PeftModel

    base = load_base_model(model_folder(family))
    chosen = METHODS[method]
    adapted: PeftModel = fresh(chosen, base.model)
    adapted.add_adapter("second", adapted.peft_config["default"])
    shake(adapted, "default", 5)
    shake(adapted, "second", 6)
    adapted.eval()
    if not mixes_rows(adapted.peft_config["default"]):
        return  # the engine reads such rows apart; see test_engine
    ids = tokens(base, rows=5)
    names = ["default", "__base__", "second", "default", "__base__"]
    mixed = logits(adapted, ids, adapter_names=names)
    for row, name in enumerate(names):
        if name == "__base__":
            with adapted.disable_adapter():
                alone = logits(adapted, ids[row : row + 1])
        else:
            adapted.set_adapter(name)
            alone = logits(adapted, ids[row : row + 1])
        torch.testing.assert_close(mixed[row : row + 1], alone, atol=2e-5, rtol=1e-4)
    with pytest.raises(ValueError, match=r"nowhere"):
        logits(adapted, ids, adapter_names=["nowhere"] * 5)


@each
def test_adapters_can_be_switched_and_deleted(family: str, method: str, model_folder: Folder) -> None:
    base = load_base_model(model_folder(family))
    ids = tokens(base)
    adapted = fresh(METHODS[method], base.model)
    adapted.add_adapter("second", adapted.peft_config["default"])
    shake(adapted, "default", 5)
    shake(adapted, "second", 6)
    first = logits(adapted.eval(), ids)
    adapted.set_adapter("second")
    second = logits(adapted, ids)
    assert not torch.allclose(first, second, atol=1e-3)
    adapted.delete_adapter("second")
    assert not any(".second." in f"{name}." for name, _ in adapted.named_parameters())
    adapted.set_adapter("default")
    assert torch.equal(logits(adapted, ids), first)


@each
def test_cached_generation_equals_uncached(family: str, method: str, model_folder: Folder) -> None:
    if METHODS[method].in_cache:
        return  # there is no uncached
    base = load_base_model(model_folder(family))
    adapted = fresh(METHODS[method], base.model)
    shake(adapted)
    ids = tokens(base, rows=2, width=7)
    settings = {"do_sample": False, "max_new_tokens": 6, "min_new_tokens": 6, "attention_mask": torch.ones_like(ids)}
    cached = adapted.generate(input_ids=ids, use_cache=True, **settings)
    assert torch.equal(cached, adapted.generate(input_ids=ids, use_cache=False, **settings))
    if not mixes_rows(adapted.peft_config["default"]):
        return
    names = ["default", "__base__"]
    mixed = adapted.generate(input_ids=ids, adapter_names=names, use_cache=True, **settings)
    assert torch.equal(mixed[0], cached[0])


@each
def test_gradient_checkpointing_gives_the_same_gradients(family: str, method: str, model_folder: Folder) -> None:
    if METHODS[method].in_cache:
        return  # refused before it is tried; see test_training
    base = load_base_model(model_folder(family))
    adapted = fresh(METHODS[method], base.model).train()
    shake(adapted)
    gradients = []
    for recompute in (False, True):
        if recompute:
            adapted.enable_input_require_grads()
            adapted.gradient_checkpointing_enable({"use_reentrant": False})
        adapted.zero_grad()
        adapted(input_ids=tokens(base), labels=tokens(base), use_cache=False).loss.backward()
        gradients.append([weight.grad.clone() for weight in adapted.parameters() if weight.grad is not None])
    assert len(gradients[0]) == len(gradients[1]) > 0
    for kept, recomputed in zip(*gradients, strict=True):
        torch.testing.assert_close(kept, recomputed)


def test_lora_merges_and_the_parallel_adapter_says_why_not(model_folder: Folder) -> None:
    base = load_base_model(model_folder("llama"))
    ids = tokens(base)
    adapted = METHODS["lora"].attach(base.model, METHODS["lora"].options()).eval()
    shake(adapted)
    there = logits(adapted, ids)
    torch.testing.assert_close(logits(adapted.merge_and_unload(), ids), there, atol=1e-4, rtol=1e-4)
    base = load_base_model(model_folder("llama"))
    adapted = METHODS["parallel-adapter"].attach(base.model, METHODS["parallel-adapter"].options()).eval()
    for merge in (adapted.merge_and_unload, adapted.base_model.merge_adapter):
        with pytest.raises(ValueError, match=r"cannot be merged: it has a non-linearity"):
            merge()


@pytest.mark.parametrize("family", FAMILIES)
def test_targets_by_role(family: str, model_folder: Folder) -> None:
    model = load_base_model(model_folder(family)).model
    linears = {name: len(found) for name, found in find_places(model).linears.items()}
    fused = family == "gpt2"
    apart = {"q": 2, "k": 2, "v": 2, "o": 2}
    expected = {
        "llama": {**apart, "mlp": 6},
        "qwen3": {**apart, "mlp": 6},
        "gpt2": {"qkv": 2, "o": 2, "mlp": 4},
        "bert-generation": {**apart, "mlp": 4},
    }
    assert linears == expected[family]
    lora = METHODS["lora"]
    for targets, matrices in {"q": 1, "qv": 1 if fused else 2, "qkvo": 2 if fused else 4}.items():
        adapted = lora.attach(model, lora.options(targets=targets, rank=2))
        assert len([n for n, _ in adapted.named_parameters() if "lora_A" in n]) == matrices * LAYERS
        model = adapted.unload()


def test_short_targets_are_exact(model_folder: Folder) -> None:
    llama, gpt2, bert = (load_base_model(model_folder(f)).model for f in ("llama", "gpt2", "bert-generation"))
    assert short_targets(llama, find_places(llama).linear_names(("q", "v"))) == ["q_proj", "v_proj"]
    assert short_targets(gpt2, find_places(gpt2).linear_names(("o",))) == ["attn.c_proj"]
    names = find_places(bert).linear_names(("mlp",))
    assert short_targets(bert, names) == sorted(names)  # `output.dense` alone would hit attention.output.dense


def test_parameter_counts_of_the_lora_paper() -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    lora, parallel = METHODS["lora"], METHODS["parallel-adapter"]
    shape: dict[str, Any] = {
        "hidden_size": 12288,
        "intermediate_size": 49152,
        "num_hidden_layers": 96,
        "num_attention_heads": 96,
    }
    with torch.device("meta"):
        gpt3 = LlamaForCausalLM(LlamaConfig(vocab_size=50257, **shape))
    assert lora.count(gpt3, lora.options(rank=1, targets="qv")) == 4_718_592
    assert lora.count(gpt3, lora.options(rank=8, targets="qv")) == 37_748_736
    assert parallel.count(gpt3, parallel.options(bottleneck=8)) == 96 * 2 * 12288 * 8


@pytest.mark.parametrize("method", METHODS)
def test_bf16_model_trains_in_fp32_and_answers_in_bf16(method: str, model_folder: Folder, tmp_path: Path) -> None:
    base = load_base_model(model_folder("llama"))
    adapted = fresh(METHODS[method], base.model.to(torch.bfloat16)).train()
    assert {weight.dtype for weight in adapted.parameters() if weight.requires_grad} == {torch.float32}
    with torch.autocast("cpu", torch.bfloat16):  # as the trainer does it
        adapted(input_ids=tokens(base), labels=tokens(base)).loss.backward()
    adapted.save_pretrained(tmp_path)
    again = hang(take_off(adapted), tmp_path, "again")
    assert logits(again, tokens(base)).dtype == torch.bfloat16


def test_models_without_a_place_are_refused_in_words() -> None:
    with pytest.raises(BadOption, match=r"no list of layers"):
        METHODS["lora"].attach(torch.nn.Linear(WIDTH, WIDTH), METHODS["lora"].options())
