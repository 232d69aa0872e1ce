"""What a run of each method leaves to others: its adapter as plain PEFT files, the merged model, and the card."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import FAMILIES, logits, shake, tokens
from contract import fitting
from safetensors.torch import load_file

from domain_tuner.base_model import load_base_model
from domain_tuner.errors import BadOption, NoModel
from domain_tuner.estimate import forecast
from domain_tuner.export import export
from domain_tuner.files import read_json, write_json
from domain_tuner.methods import METHODS, option_values, parse_options
from domain_tuner.methods.adapted import hang
from domain_tuner.runs import DONE, Run, RunConfig, Runs

Folder = Callable[..., Path]


def finished(method: str, folder: Path, runs: Path, options: Any = None) -> tuple[Run, Any]:
    """A run that is done, its adapter shaken, and the logits that it should give."""
    base = load_base_model(folder)
    options = options or fitting(METHODS[method], base.model)
    run = Runs(runs).create(RunConfig(str(folder), base.fingerprint, method, option_values(options)))
    counted = METHODS[method].count(base.model, options)
    adapted = METHODS[method].attach(base.model, options).eval()
    shake(adapted)
    there = logits(adapted, tokens(base))
    adapted.save_pretrained(run.adapter, save_embedding_layers=False)
    cost = {"seconds": 1.0, "adapter_bytes": 4, "trainable_parameters": counted}
    write_json(run.folder / "result.json", {**cost, "rows": 1234, "base_revision": "c0ffee"})
    run.record(DONE)
    return run, there


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("method", METHODS)
def test_forecast_is_what_then_lies_on_the_disk(method: str, family: str, model_folder: Folder, tmp_path: Path) -> None:
    folder = model_folder(family)
    run, _ = finished(method, folder, tmp_path)
    options = parse_options(METHODS[method], run.config.options)
    found = forecast(METHODS[method], options, folder)
    file = run.adapter / "adapter_model.safetensors"
    names = 8 + int.from_bytes(file.read_bytes()[:8], "little")  # safetensors: the list's length, the list, the numbers
    assert file.stat().st_size == names + found.adapter_bytes
    assert found.base_parameters == sum(weight.numel() for weight in load_base_model(folder).model.parameters())


def test_forecast_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoModel, match=r"No configuration of a causal language model"):
        forecast(METHODS["lora"], METHODS["lora"].options(), tmp_path)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"rank": 4}, "--enable-lora --max-lora-rank 8 --lora-modules"),
        ({"rank": 65, "alpha": 8, "targets": "qv", "plus": 16}, "--enable-lora --max-lora-rank 128 --lora-modules"),
        ({"rank": 512, "targets": "q", "rslora": True}, "--enable-lora --max-lora-rank 512 --lora-modules"),
        ({"rank": 4, "dora": True}, "they refuse this adapter: export it with `--merged`"),
    ],
)
def test_lora_is_laid_out_as_vllm_and_llama_cpp_read_it(
    given: dict[str, Any], says: str, model_folder: Folder, tmp_path: Path
) -> None:
    run, _ = finished("lora", model_folder("llama"), tmp_path / "runs", METHODS["lora"].options(**given))
    export(run, tmp_path / "adapter")
    config = read_json(tmp_path / "adapter" / "adapter_config.json")
    names = list(load_file(tmp_path / "adapter" / "adapter_model.safetensors"))
    assert config["modules_to_save"] is None and config["bias"] == "none" and config["r"] <= 512
    assert not config["rank_pattern"] and not config["alpha_pattern"]
    inside = r"base_model\.model\.model\.layers\.\d+\.(self_attn|mlp)\.\w+_proj\.lora_[AB]\.weight"
    assert all(re.fullmatch(inside, name) for name in names) == (not config["use_dora"])
    card = (tmp_path / "adapter" / "README.md").read_text()
    assert says in card and ("convert_lora_to_gguf.py" in card) == (not config["use_dora"] and not config["use_rslora"])
    export(run, tmp_path / "merged", merged=True)
    assert "convert_hf_to_gguf.py FOLDER" in (tmp_path / "merged" / "README.md").read_text()


@pytest.mark.parametrize("method", METHODS)
def test_export(method: str, model_folder: Folder, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    folder = model_folder("gpt2")
    run, there = finished(method, folder, tmp_path / "runs")
    files = {path.name for path in export(run, tmp_path / "adapter")}
    assert {"adapter_config.json", "adapter_model.safetensors", "README.md"} <= files
    base = load_base_model(folder)
    assert torch.equal(logits(hang(base.model, tmp_path / "adapter", "one"), tokens(base)), there)
    card = (tmp_path / "adapter" / "README.md").read_text()
    assert "revision `c0ffee`" in card and "training on 1,234 rows took 1 s." in card
    assert METHODS[method].own_tuner == ("register()" in card)
    assert ("load LoRA alone" in card) == (method != "lora")
    try:
        export(run, tmp_path / "merged", merged=True)
    except BadOption as refused:
        assert f"The method {method} cannot be merged into the base model" in str(refused)
        assert "Export without --merged" in str(refused) and not (tmp_path / "merged").exists()
        return
    merged = AutoModelForCausalLM.from_pretrained(tmp_path / "merged").eval()
    torch.testing.assert_close(logits(merged, tokens(base)), there, atol=2e-4, rtol=1e-3)
