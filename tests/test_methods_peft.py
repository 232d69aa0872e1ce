"""What peft's own tuners promise beside training: own modules kept whole, rows of one batch, choices of layers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import WIDTH, logits, shake, tokens
from peft import (
    LoraConfig,
    PeftConfig,
    get_peft_model,
    get_peft_model_state_dict,
    inject_adapter_in_model,
    set_peft_model_state_dict,
)
from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors.torch import load_file

from domain_tuner.base_model import load_base_model
from domain_tuner.methods import METHODS, register
from domain_tuner.methods.adapted import merge
from domain_tuner.methods.bias_shift import BiasShiftConfig
from domain_tuner.methods.bottleneck import BottleneckAdapterConfig
from domain_tuner.methods.full_copy import FullCopyConfig

pytestmark = pytest.mark.quick
Folder = Callable[..., Path]
OWN = [BottleneckAdapterConfig, BiasShiftConfig]


@pytest.fixture(autouse=True)
def registered() -> None:
    register()


@pytest.mark.parametrize("kind", [*OWN, LoraConfig])
def test_a_row_without_an_adapter_has_the_base_models_own_head(kind: Any, model_folder: Folder) -> None:
    base = load_base_model(model_folder("llama"))
    ids = tokens(base)[:2]
    with torch.no_grad():
        plain = base.model(ids).logits[1]
        adapted: Any = get_peft_model(base.model, kind(target_modules=["q_proj"], modules_to_save=["lm_head"]), "one")
        adapted.eval().base_model.model.lm_head.modules_to_save["one"].weight += 1.0
        mixed = adapted(input_ids=ids, adapter_names=["one", "__base__"]).logits
        torch.testing.assert_close(mixed[1], plain)
        torch.testing.assert_close(mixed[0], adapted(input_ids=ids).logits[0])


def test_a_full_copy_takes_no_rows_and_keeps_no_module_twice(model_folder: Folder) -> None:
    base = load_base_model(model_folder("llama"))
    with pytest.raises(ValueError, match="modules_to_save has no meaning"):
        get_peft_model(base.model, FullCopyConfig(modules_to_save=["lm_head"]))
    adapted: Any = get_peft_model(load_base_model(model_folder("llama")).model, FullCopyConfig(), "one").eval()
    with pytest.raises(ValueError, match="in every row of a batch or in none"):
        adapted(input_ids=tokens(base)[:2], adapter_names=["one", "__base__"])


@pytest.mark.parametrize("kind", [*OWN, LoraConfig])
@pytest.mark.parametrize("first", [["q_proj"], "all-linear"])
def test_all_linear_means_layers_that_have_an_adapter_already_too(
    kind: Any, first: str | list[str], model_folder: Folder
) -> None:
    base = load_base_model(model_folder("llama"))
    adapted: Any = get_peft_model(base.model, kind(target_modules=first), "one")
    adapted.add_adapter("two", kind(target_modules="all-linear"))
    whole: Any = get_peft_model(load_base_model(model_folder("llama")).model, kind(target_modules="all-linear"), "two")
    assert {name for name, _ in whole.named_parameters() if "two" in name} == {
        name for name, _ in adapted.named_parameters() if "two" in name
    }


@pytest.mark.parametrize("kind", [*OWN, LoraConfig])
def test_choices_without_effect_are_refused(kind: type[PeftConfig]) -> None:
    for choices, said in (
        ({"target_modules": ".*mlp", "layers_to_transform": [1]}, "layers_to_transform"),
        ({"target_modules": ".*mlp", "layers_pattern": "layers"}, "layers_pattern"),
        ({"target_modules": ["mlp"], "layers_pattern": "layers"}, "must also be specified"),
    ):
        with pytest.raises(ValueError, match=said):
            kind(**choices)


@pytest.mark.parametrize("kind", [*OWN, FullCopyConfig])
def test_a_name_that_is_a_part_of_the_model_is_refused(kind: Any, model_folder: Folder, tmp_path: Path) -> None:
    """peft leaves out of what it saves all that is called like another adapter."""
    choice: dict[str, Any] = {} if kind is FullCopyConfig else {"target_modules": ["down_proj"]}
    model = load_base_model(model_folder("llama")).model
    for name in ("mlp", "layers", "weight", "model", "0", "base_layer"):
        with pytest.raises(ValueError, match=r"part of the model.*Choose another name"):
            get_peft_model(model, kind(**choice), name)
        assert not any(isinstance(module, BaseTunerLayer) for module in model.modules())
    adapted: Any = get_peft_model(model, kind(**choice), "default")
    own = adapted.base_model.prefix.split(".")[0]  # of a full copy: tuned
    for name in ("mlp", "weight", own, *adapted.base_model.tuner_layer_cls.adapter_layer_names):
        with pytest.raises(ValueError, match=r"Choose another name"):
            adapted.add_adapter(name, kind(**choice))
    adapted.add_adapter("20261127-031759-lora", kind(**choice))
    adapted.save_pretrained(tmp_path)
    kept = [load_file(tmp_path / at / "adapter_model.safetensors") for at in (".", "20261127-031759-lora")]
    assert kept[0].keys() == kept[1].keys() != set()


def test_whether_biases_merge_is_told_by_those_that_are_asked_for(model_folder: Folder) -> None:
    model = load_base_model(model_folder("llama")).model
    model.model.layers[0].self_attn.q_proj.bias = torch.nn.Parameter(torch.zeros(WIDTH))
    ids = torch.arange(6, 18).view(2, 6)
    plain = logits(model, ids)
    target = "layers.0.self_attn.q_proj"
    adapted: Any = get_peft_model(model, BiasShiftConfig(target_modules=[target]), "one").eval()
    adapted.add_adapter("added", BiasShiftConfig(target_modules=[target, "o_proj"]))
    shake(adapted, "one")
    shake(adapted, "added")
    one = logits(adapted, ids)
    for merging in (adapted.merge_adapter, adapted.merge_and_unload):
        with pytest.raises(ValueError, match="cannot be merged"):
            merging(adapter_names=["added"])
        with adapted.disable_adapter():
            assert torch.equal(logits(adapted, ids), plain)
    adapted.set_adapter("added")
    with pytest.raises(ValueError, match="cannot be merged"):
        adapted.merge_and_unload()
    torch.testing.assert_close(logits(adapted.merge_and_unload(adapter_names=["one"]), ids), one)


@pytest.mark.parametrize("kind", [*OWN, FullCopyConfig])
def test_weights_alone_say_where_adapters_go(kind: Any, model_folder: Folder) -> None:
    """peft's inject_adapter_in_model with the saved weights; what these are called is as it ever was."""
    base = load_base_model(model_folder("llama"))
    choice: dict[str, Any] = {} if kind is FullCopyConfig else {"target_modules": ["q_proj"]}
    adapted: Any = get_peft_model(base.model, kind(**choice)).eval()
    shake(adapted)
    there = logits(adapted, tokens(base))
    saved = get_peft_model_state_dict(adapted)
    if kind is FullCopyConfig:
        assert "base_model.model.model.norm.tuned.full_copy_of.weight" in saved
    model = load_base_model(model_folder("llama")).model
    keys = {name.removeprefix("base_model.model."): weight for name, weight in saved.items()}
    inject_adapter_in_model(kind(**choice), model, state_dict=keys)
    set_peft_model_state_dict(model, saved)
    assert torch.equal(logits(model, tokens(base)), there)


@pytest.mark.parametrize("kind", [BiasShiftConfig, FullCopyConfig])
@pytest.mark.parametrize("number", [float("nan"), 1e5])
def test_a_safe_merge_looks_at_what_the_weights_would_be(kind: Any, number: float, model_folder: Folder) -> None:
    model = load_base_model(model_folder("gpt2")).model.half()  # which holds numbers up to 65,504
    choice: dict[str, Any] = {} if kind is FullCopyConfig else {"target_modules": ["c_fc"]}
    adapted: Any = get_peft_model(model, kind(**choice))
    for weight in adapted.parameters():
        if weight.requires_grad:
            weight.data.fill_(number)
    with pytest.raises(
        ValueError, match=r"NaNs detected in the merged weights\. The adapter default seems to be broken"
    ):
        adapted.merge_adapter(safe_merge=True)
    assert all(torch.isfinite(weight).all() for name, weight in adapted.named_parameters() if ".default" not in name)


@pytest.mark.parametrize(
    "module",
    [torch.nn.Conv1d(3, 6, 1), torch.nn.GroupNorm(1, 4), torch.nn.BatchNorm1d(4)],
    ids=lambda m: type(m).__name__,
)
def test_a_bias_of_another_axis_is_not_shifted(module: torch.nn.Module) -> None:
    with pytest.raises(ValueError, match=f"{type(module).__name__} does not add its bias along the last axis"):
        get_peft_model(torch.nn.Sequential(module), BiasShiftConfig(target_modules=["0"]))


@pytest.mark.parametrize("kind", OWN)
def test_a_matrix_that_is_read_past_its_layer_takes_no_adapter(kind: Any) -> None:
    model = torch.nn.Sequential(torch.nn.MultiheadAttention(8, 2))
    with pytest.raises(ValueError, match="out_proj and does not call it"):
        get_peft_model(model, kind(target_modules=["out_proj"]))


def test_layers_that_share_a_weight_are_not_merged(model_folder: Folder) -> None:
    """As Zamba2's are: merged into one weight, each layer would have both updates."""
    model: Any = load_base_model(model_folder("llama")).model
    first, second = model.model.layers[:2]
    second.self_attn.q_proj.weight = first.self_attn.q_proj.weight
    adapted = METHODS["lora"].attach(model, METHODS["lora"].options())
    with pytest.raises(ValueError, match="share their weights"):
        merge(adapted)
