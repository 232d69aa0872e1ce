"""A run's adapter as a folder that others can use: plain PEFT files, or the merged model, with a card.

Knows nothing about training or pages.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from domain_tuner.base_model import load_base_model
from domain_tuner.counting import counted
from domain_tuner.errors import BadOption
from domain_tuner.files import new_folder, read_json, write_text
from domain_tuner.methods import Method, find_method
from domain_tuner.runs import Run, RunConfig

_VLLM_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)  # what --max-lora-rank may be
_MERGE = "export it with `--merged` and take that model."


def export(run: Run, folder: Path, merged: bool = False) -> list[Path]:
    """Write the adapter (or base model + adapter in one) into a new or empty `folder`; gives its files.

    Raises RunBusy where the run is not done, BadOption where the folder is in use or the method cannot be merged.
    """
    run.check_done()
    with new_folder(folder) as made:
        if merged:
            _write_merged(run, made)
        else:
            shutil.copytree(run.adapter, made, dirs_exist_ok=True)
        write_text(made / "README.md", card(run, merged))
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _write_merged(run: Run, folder: Path) -> None:
    from domain_tuner.engine import Engine

    base = load_base_model(run.config.base_model)
    run.check_base(base.name, base.fingerprint)
    engine = Engine(base)
    engine.load_adapter(run.id, run.adapter)
    try:
        model = engine.merged()
    except (NotImplementedError, ValueError, AttributeError) as error:
        raise BadOption(
            f"The method {run.config.method} cannot be merged into the base model: {error} Export without --merged."
        ) from error
    model._weight_conversions = None  # else what came in 8 or 4 bits gets the names of those back, in full precision
    model.save_pretrained(folder)
    base.tokenizer.save_pretrained(folder)


def card(run: Run, merged: bool) -> str:
    """What a stranger needs to know about the adapter, as a model card in Markdown."""
    result, config = read_json(run.folder / "result.json"), run.config
    kind = "Merged model" if merged else "Adapter"
    documents = "\n".join(
        f"- {name} (`{key[:12]}`)" for key, name in sorted(config.documents.items(), key=lambda d: d[1])
    )
    lines = [
        f"# {kind} of run {run.id}",
        f"Base {_base(config, result.get('base_revision'))}. Method {config.method}, "
        f"options `{json.dumps(config.options)}`. Training: `{json.dumps(dataclasses.asdict(config.training))}`.",
        f"Trainable parameters: {result['trainable_parameters']:,}; adapter: {result['adapter_bytes']:,} bytes; "
        f"training on {result['rows']:,} rows took {result['seconds']:.0f} s.{_left_out(result.get('rows_left_out'))}",
        "## How to load",
        _how_to_load(find_method(config.method), merged),
        "## Elsewhere",
        _elsewhere(read_json(run.adapter / "adapter_config.json"), merged),
        f"## Prompt\n\n```json\n{json.dumps(config.template, indent=1, ensure_ascii=False)}\n```",
        f"## Documents it learned from\n\n{documents}",
        "## Measured\n\n" + _measured(run),
    ]
    return "\n\n".join(lines) + "\n"


def _base(config: RunConfig, revision: str | None) -> str:
    commit = f"revision `{revision}`, " if revision else ""
    return f"`{config.base_model or 'trial'}`, {commit}fingerprint `{config.base_fingerprint}`"


def _left_out(rows: int | None) -> str:
    return f" {rows} rows were too long for the base model and left out." if rows else ""


def _how_to_load(method: Method, merged: bool) -> str:
    if merged:
        return "`AutoModelForCausalLM.from_pretrained(folder)`, AutoModelForImageTextToText if the base sees pictures"
    load = "`PeftModel.from_pretrained(base_model, folder)`"
    own = "`import domain_tuner.methods; domain_tuner.methods.register()` first (an own PEFT method), then "
    return own + load if method.own_tuner else load


def _elsewhere(adapter: Mapping[str, Any], merged: bool) -> str:
    """How vLLM and llama.cpp take it, from its PEFT config: the rules of vLLM's documentation (no DoRA, no
    modules_to_save, no bias, a limit of the rank) and what llama.cpp's converter reads (alpha / rank is its scale)."""
    if merged:
        return (
            "- vLLM: `vllm serve FOLDER`\n- GGUF: `python convert_hf_to_gguf.py FOLDER --outfile model.gguf`, with "
            "llama.cpp's converter\n\nBoth know the base model's family or refuse it."
        )
    if adapter["peft_type"] != "LORA":
        return f"Of adapters, vLLM and llama.cpp load LoRA alone. Where the method can be merged, {_MERGE}"
    if adapter["use_dora"]:
        return f"vLLM and llama.cpp know nothing of the lengths that DoRA trains, so they refuse this adapter: {_MERGE}"
    most = min(rank for rank in _VLLM_RANKS if rank >= adapter["r"])
    vllm = f"`vllm serve BASE --enable-lora --max-lora-rank {most} --lora-modules NAME=FOLDER`"
    gguf = "`python convert_lora_to_gguf.py FOLDER --base BASE --outfile adapter.gguf`, with llama.cpp's converter"
    if adapter["use_rslora"]:
        gguf = f"llama.cpp's converter takes the scale of rsLoRA for LoRA's, so the answers would differ: {_MERGE}"
    return f"- vLLM, on families that it has LoRA for: {vllm}\n- GGUF: {gguf}"


def _measured(run: Run) -> str:
    path = run.folder / "evaluation.json"
    if not path.is_file():
        return "Not evaluated yet."
    evaluation: dict[str, Any] = read_json(path)
    rows = [
        f"| {arm} | {_points(scores['exact_match'])} | {_points(scores['f1'])} |"
        for arm, scores in evaluation["arms"].items()
    ]
    head = "| arm | exact match | F1 |\n|---|---|---|\n"
    return f"{_stamp(evaluation.get('stamp'))}{head}" + "\n".join(rows) + f"\n\n{evaluation['verdict']}"


def _stamp(stamp: Mapping[str, Any] | None) -> str:
    """What was measured on, and when; an older evaluation does not say."""
    if not stamp:
        return ""
    of = f"of `{stamp['file']}`" if stamp["file"] else "that the run set aside"
    return f"Over {counted(stamp['questions'], 'question')} {of}, on {stamp['date']}.\n\n"


def _points(estimate: dict[str, float | None]) -> str:
    value, low, high = (estimate[part] for part in ("value", "low", "high"))
    if value is None or low is None or high is None:
        return "-"
    return f"{100 * value:.1f} [{100 * low:.1f}, {100 * high:.1f}]"
