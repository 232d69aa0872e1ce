"""One contract over all methods and families; placement by role; counts of the literature."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from conftest import FAMILIES, INNER, LAYERS, WIDTH, logits, shake, tokens
from contract import fitting, fresh
from peft import PeftModel, get_peft_model
from peft.mapping import PEFT_TYPE_TO_PREFIX_MAPPING
from peft.tuners.tuners_utils import BaseTunerLayer

from domain_tuner.base_model import load_base_model
from domain_tuner.errors import BadOption
from domain_tuner.methods import METHODS, register
from domain_tuner.methods.adapted import hang, merge, mixes_rows, take_off, tokens_in_front
from domain_tuner.methods.bottleneck import BottleneckLayer
from domain_tuner.methods.four_bit import in_four_bits, restore
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
    assert chosen.in_front(options) == tokens_in_front(config)
    optimizer = torch.optim.AdamW(training.values(), lr=0.1)
    for _ in range(2):
        adapted(input_ids=tokens(base), labels=tokens(base)).loss.backward()
        optimizer.step()
    after = take_off(adapted).state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], before[name]) for name in before)


@each
def test_saved_adapter_loads_to_equal_logits(family: str, method: str, model_folder: Folder, tmp_path: Path) -> None:
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
    for name in ("default", "__base__"):  # peft's suite found that too few for the base alone were taken by ours
        with pytest.raises(ValueError, match=r"(?i)adapter_names"):
            logits(adapted, ids, adapter_names=[name] * 4)


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


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("method", ["prompt", "prefix"])
def test_tokens_in_front_are_in_the_callers_own_cache(method: str, family: str, model_folder: Folder) -> None:
    from transformers import DynamicCache

    base = load_base_model(model_folder(family))
    adapted = fresh(METHODS[method], base.model)
    shake(adapted)
    ids = tokens(base, rows=2, width=7)
    whole = logits(adapted, ids)
    cache = DynamicCache(config=base.model.config)
    first = logits(adapted, ids[:, :4], past_key_values=cache, use_cache=True)
    read = cache.get_seq_length()
    assert read == 4 + adapted.peft_config["default"].num_virtual_tokens
    places = torch.arange(read, read + 3).expand(2, -1)
    rest = logits(adapted, ids[:, 4:], past_key_values=cache, position_ids=places, use_cache=True)
    torch.testing.assert_close(torch.cat([first, rest], 1), whole, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("new", [False, True], ids=["one-key", "groups"])
def test_prefix_tuning_of_falcon_whose_heads_share_keys(new: bool) -> None:
    from transformers import FalconConfig, FalconForCausalLM

    sizes: dict[str, Any] = {"hidden_size": WIDTH, "num_hidden_layers": LAYERS, "num_attention_heads": 4}
    config = FalconConfig(vocab_size=60, **sizes, new_decoder_architecture=new, num_kv_heads=2 if new else None)
    model = FalconForCausalLM(config).eval()
    prefix = METHODS["prefix"]
    adapted = prefix.attach(model, prefix.options(tokens=3)).eval()
    trained = [weight.numel() for weight in adapted.parameters() if weight.requires_grad]
    heads_with_keys = 4 if new else 1  # the new architecture keeps a group's keys once for each head
    assert trained == [prefix.count(model, prefix.options(tokens=3))] == [3 * LAYERS * 2 * heads_with_keys * 16]
    ids = torch.randint(3, 60, (2, 6), generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        first = adapted(input_ids=ids[:, :4], use_cache=True)
        cache, places = first.past_key_values, torch.full((2, 1), 7)
        fifth = adapted(input_ids=ids[:, 4:5], past_key_values=cache, position_ids=places, use_cache=True).logits
    torch.testing.assert_close(fifth[:, 0], logits(adapted, ids)[:, 4])


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


@each
def test_merged_is_the_same_and_what_cannot_be_merged_says_why(family: str, method: str, model_folder: Folder) -> None:
    base = load_base_model(model_folder(family))
    ids = tokens(base)
    plain = logits(base.model, ids)
    adapted = fresh(METHODS[method], base.model)
    shake(adapted)
    there = logits(adapted, ids)
    try:
        merged = merge(adapted)
    except ValueError as refused:
        assert re.search(r"cannot be merged|nothing to merge", str(refused))
        assert torch.equal(logits(take_off(adapted), ids), plain)
        return
    torch.testing.assert_close(logits(merged, ids), there, atol=2e-4, rtol=1e-3)
    assert not any(isinstance(module, BaseTunerLayer) for module in merged.modules())


@each
def test_merging_in_place_can_be_undone(family: str, method: str, model_folder: Folder) -> None:
    base = load_base_model(model_folder(family))
    ids = tokens(base)
    plain = logits(base.model, ids)
    adapted = fresh(METHODS[method], base.model)
    shake(adapted)
    there = logits(adapted, ids)
    if adapted.peft_config["default"].is_prompt_learning:
        return  # peft has no merge_adapter for these
    try:
        adapted.merge_adapter()
    except ValueError as refused:
        assert "cannot be merged" in str(refused)
    else:
        torch.testing.assert_close(logits(adapted, ids), there, atol=2e-4, rtol=1e-3)
        with adapted.disable_adapter():  # what was merged is taken out again
            torch.testing.assert_close(logits(adapted, ids), plain, atol=2e-4, rtol=1e-3)
        adapted.unmerge_adapter()
    torch.testing.assert_close(logits(adapted, ids), there, atol=2e-4, rtol=1e-3)


def test_which_methods_merge(model_folder: Folder) -> None:
    merging = set()
    for name, method in METHODS.items():
        adapted = fresh(method, load_base_model(model_folder("gpt2")).model)
        with contextlib.suppress(ValueError):
            merge(adapted)
            merging.add(name)
    assert merging == {"lora", "bitfit", "full"}


def test_dora_is_lora_with_lengths(model_folder: Folder) -> None:
    lora = METHODS["lora"]
    options = lora.options(dora=True, targets="qv")
    for family in FAMILIES:
        base = load_base_model(model_folder(family))
        ids = tokens(base)
        plain = logits(base.model, ids)
        counted = lora.count(base.model, options)
        adapted = lora.attach(base.model, options).eval()
        assert sum(weight.numel() for weight in adapted.parameters() if weight.requires_grad) == counted
        torch.testing.assert_close(logits(adapted, ids), plain, atol=1e-4, rtol=1e-4)
        assert not mixes_rows(adapted.peft_config["default"])
        shake(adapted)
        there = logits(adapted, ids)
        torch.testing.assert_close(logits(merge(adapted), ids), there, atol=1e-3, rtol=1e-3)


def test_bitfit_on_a_model_without_biases(model_folder: Folder) -> None:
    bitfit = METHODS["bitfit"]
    model = load_base_model(model_folder("llama")).model
    with pytest.raises(BadOption, match=r"LlamaForCausalLM has no biases.*add=true, in a study bitfit\.add=true"):
        bitfit.attach(model, bitfit.options())
    adapted = bitfit.attach(model, bitfit.options(add=True))
    with pytest.raises(ValueError, match=r"added to layers that have none.*cannot be merged"):
        merge(adapted)
    assert bitfit.count(take_off(adapted), bitfit.options(add=True)) == LAYERS * (64 + 32 + 32 + 64 + 160 + 160 + 64)


def test_a_shifted_bias_is_the_bias(model_folder: Folder) -> None:
    """Training the shift is training b: the same logits as a model whose own biases were moved as far."""
    base = load_base_model(model_folder("gpt2"))
    ids = tokens(base)
    adapted = METHODS["bitfit"].attach(base.model, METHODS["bitfit"].options()).eval()
    shake(adapted)
    moved = load_base_model(model_folder("gpt2")).model
    for name, weight in adapted.state_dict().items():
        if "bias_shift_by" in name:
            path = name.removeprefix("base_model.model.").removesuffix(".bias_shift_by.default")
            moved.get_submodule(path).bias.data += weight
    torch.testing.assert_close(logits(adapted, ids), logits(moved, ids), atol=1e-5, rtol=1e-5)


def test_full_tuning_shares_what_the_model_shares(model_folder: Folder, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    from domain_tuner.methods.full_copy import FullCopyConfig

    base = load_base_model(model_folder("qwen3"))  # embedding and head are one
    adapted = METHODS["full"].attach(base.model, METHODS["full"].options())
    head, embedding = adapted.get_output_embeddings(), adapted.get_input_embeddings()
    assert head.weight is embedding.weight is not base.model.state_dict()["lm_head.weight"]
    adapted.save_pretrained(tmp_path)
    saved = load_file(tmp_path / "adapter_model.safetensors")
    assert sum(weight.numel() for weight in saved.values()) == METHODS["full"].count(base.model.eval(), None) // 2
    take_off(adapted)
    chosen: dict[str, Any] = {"target_modules": ["q_proj"], "exclude_modules": ["q_proj"], "layers_to_transform": 0}
    for field, named in chosen.items():
        with pytest.raises(ValueError, match=f"takes every weight, so {field} has no meaning: leave it out"):
            get_peft_model(base.model, FullCopyConfig(**{field: named}))
    two: Any = get_peft_model(base.model, FullCopyConfig())
    two.add_adapter("second", FullCopyConfig())
    with pytest.raises(ValueError, match=r"only one can be at work"):
        two.base_model.set_adapter(["default", "second"])


def test_a_copy_made_while_another_is_merged_starts_as_the_base(model_folder: Folder) -> None:
    base = load_base_model(model_folder("qwen3"))
    ids = tokens(base)
    plain = logits(base.model, ids)
    adapted = fresh(METHODS["full"], base.model)
    shake(adapted)
    adapted.merge_adapter()
    adapted.add_adapter("second", adapted.peft_config["default"])
    adapted.unmerge_adapter()
    adapted.set_adapter("second")
    assert torch.equal(logits(adapted, ids), plain)


@pytest.mark.parametrize("family", FAMILIES)
def test_full_tuning_bears_what_else_is_done_to_weights(family: str, model_folder: Folder) -> None:
    base = load_base_model(model_folder(family))
    ids = tokens(base)
    plain = logits(base.model, ids)
    names = [name for name, _ in base.model.named_parameters(remove_duplicate=False)]
    adapted = fresh(METHODS["full"], base.model)
    shake(adapted)
    there = logits(adapted, ids)
    base.model.tie_weights()
    adapted.load_state_dict({name: weight.clone() for name, weight in adapted.state_dict().items()}, assign=True)
    base.model.tie_weights()
    with pytest.raises(ValueError, match=r"cannot be resized\. Resize them first"):
        base.model.resize_token_embeddings(500)
    assert torch.equal(logits(adapted, ids), there)
    with adapted.disable_adapter():
        assert torch.equal(logits(adapted, ids), plain)
    model = take_off(adapted)
    assert torch.equal(logits(model, ids), plain)
    assert [name for name, _ in model.named_parameters(remove_duplicate=False)] == names
    assert model.resize_token_embeddings(500).num_embeddings == 500


def test_four_bits_are_refused_without_cuda(model_folder: Folder) -> None:
    model = load_base_model(model_folder("llama")).model.cpu()
    with pytest.raises(BadOption, match=r"four_bit=true needs a CUDA GPU, .* this machine's cpu"):
        METHODS["lora"].attach(model, METHODS["lora"].options(four_bit=True))
    assert find_places(model).every_linear()  # and nothing was touched
    assert not any("lora" in name for name, _ in model.named_modules())


def test_a_four_bit_layer_shares_nothing_with_the_one_that_waits(
    model_folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With stand-ins that keep all bits: what is moved off the GPU must not be what computes there."""

    class Linear4bit(torch.nn.Linear):
        def __init__(self, inputs: int, outputs: int, bias: bool, device: str, **_: Any) -> None:
            super().__init__(inputs, outputs, bias, device)

    def kept(numbers: torch.Tensor, **_: Any) -> torch.nn.Parameter:
        return torch.nn.Parameter(numbers, requires_grad=False)

    monkeypatch.setitem(sys.modules, "bitsandbytes.nn", SimpleNamespace(Linear4bit=Linear4bit, Params4bit=kept))
    monkeypatch.setitem(sys.modules, "bitsandbytes", SimpleNamespace())
    base = load_base_model(model_folder("bert-generation"))
    ids = tokens(base)
    before, whole = logits(base.model, ids), dict(base.model.named_parameters())
    with in_four_bits(base.model):
        assert torch.equal(logits(base.model, ids), before)
    names = [f"{name}.{part}" for name in find_places(base.model).every_linear() for part in ("weight", "bias")]
    held = dict(base.model.named_parameters())
    assert all(held[name].data_ptr() != whole[name].data_ptr() for name in names)
    assert not any(held[name].requires_grad for name in names)
    restore(base.model)
    assert all(weight is whole[name] for name, weight in base.model.named_parameters())


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")
def test_a_base_in_four_bits_trains_and_comes_back(model_folder: Folder) -> None:
    pytest.importorskip("bitsandbytes")
    base = load_base_model(model_folder("llama"))
    before = {name: weight.clone() for name, weight in base.model.state_dict().items()}
    ids = tokens(base).to(base.device)
    adapted = METHODS["lora"].attach(base.model, METHODS["lora"].options(four_bit=True)).train()
    optimizer = torch.optim.AdamW([weight for weight in adapted.parameters() if weight.requires_grad], lr=1e-2)
    losses = []
    for _ in range(5):
        loss = adapted(input_ids=ids, labels=ids).loss
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
    assert losses[-1] < losses[0]
    after = take_off(adapted).state_dict()
    assert after.keys() == before.keys() and all(torch.equal(after[name], before[name]) for name in before)


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


@pytest.mark.parametrize("family", FAMILIES)
def test_formulas_on_the_families(family: str, model_folder: Folder) -> None:
    """Each method's count by hand; that it is what trains is in the contract above."""
    model = load_base_model(model_folder(family)).model
    d, layers, inner, vocabulary = WIDTH, LAYERS, INNER, model.config.vocab_size
    kv = {"llama": 2 * 16, "qwen3": 2 * 24}.get(family, d)  # keys and values are narrower where heads share them
    q = {"qwen3": 4 * 24}.get(family, d)
    mlp = 3 * (d + inner) if family in ("llama", "qwen3") else 2 * (d + inner)
    attention = (d + 3 * d) + 2 * d if family == "gpt2" else 2 * (d + q) + 2 * (d + kv)
    norms = {"gpt2": 2 * layers + 1, "bert-generation": 2 * layers + 1}.get(family, 0)

    def counted(method: str, **options: Any) -> int:
        return METHODS[method].count(model, METHODS[method].options(**options))

    assert counted("lora", rank=3) == layers * 3 * (attention + mlp)
    assert counted("parallel-adapter", bottleneck=5) == layers * 2 * d * 5
    assert counted("series-adapter", bottleneck=5, placement="both") == 2 * layers * 2 * d * 5
    assert counted("houlsby", bottleneck=5) == layers * 2 * (2 * d * 5 + 5 + d)
    assert counted("prompt", tokens=7) == 7 * d
    assert counted("prefix", tokens=7) == 7 * layers * 2 * kv
    assert counted("full") == sum(weight.numel() for weight in {id(w): w for w in model.parameters()}.values())
    assert counted("full") > vocabulary * d
    if norms:
        assert counted("bitfit") == layers * (3 * d + d + inner + d) + norms * d


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("method", ["houlsby", "series-adapter", "parallel-adapter"])
def test_placements_of_bottlenecks(method: str, family: str, model_folder: Folder) -> None:
    attention, mlp = {
        "llama": ("self_attn", "mlp"),
        "qwen3": ("self_attn", "mlp"),
        "gpt2": ("attn", "mlp"),
        "bert-generation": ("attention.output", "output"),
    }[family]
    inside = ".dense" if family == "bert-generation" and method != "parallel-adapter" else ""
    has_both = method == "houlsby"
    adapted = fresh(METHODS[method], load_base_model(model_folder(family)).model)
    found = {name for name, module in adapted.named_modules() if isinstance(module, BottleneckLayer)}
    places = (attention, mlp) if has_both else (mlp,)
    assert len(found) == LAYERS * len(places)
    for name in found:
        layer = re.sub(r".*?\.(layers?|h)\.\d+\.", "", name)
        assert layer in {f"{place}{inside}" for place in places}


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
    houlsby = METHODS["houlsby"]
    assert houlsby.count(gpt3, houlsby.options(bottleneck=1)) == 7_078_080
    assert houlsby.count(gpt3, houlsby.options(bottleneck=8)) == 40_109_568
    saved = 2 * lora.count(gpt3, lora.options(rank=4, targets="qv"))  # 16 bits a number
    assert saved / 2**20 == pytest.approx(36.0)  # "35 MB" in the paper, against 350 GB
    assert METHODS["full"].count(gpt3, METHODS["full"].options()) / (saved / 2) > 9_000


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
    if not adapted.active_peft_config.is_prompt_learning:  # as an export's card says it, and peft's suite calls it
        plain = PeftModel.from_pretrained(take_off(again), str(tmp_path)).eval()
        assert logits(plain, tokens(base)).dtype == torch.bfloat16


def test_layers_of_ours_on_a_matrix_tell_its_shape(model_folder: Folder) -> None:
    from domain_tuner.methods.bias_shift import BiasShiftConfig
    from domain_tuner.methods.bottleneck import BottleneckAdapterConfig
    from domain_tuner.methods.full_copy import FullCopyConfig

    model = load_base_model(model_folder("gpt2")).model
    kinds = (
        BiasShiftConfig(target_modules=["c_fc"]),
        BottleneckAdapterConfig(target_modules=["c_fc"]),
        FullCopyConfig(),
    )
    for kind in kinds:
        adapted = get_peft_model(model, kind)
        layers: Any = [
            adapted.get_submodule(layer.name) for layer in adapted.get_layer_status() if "c_fc" in layer.name
        ]
        assert {(layer.in_features, layer.out_features) for layer in layers} == {(WIDTH, INNER)}  # Conv1D is transposed
        model = take_off(adapted)


def test_models_without_a_place_are_refused_in_words() -> None:
    with pytest.raises(BadOption, match=r"no list of layers"):
        METHODS["lora"].attach(torch.nn.Linear(WIDTH, WIDTH), METHODS["lora"].options())
