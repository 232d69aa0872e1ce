"""Decoding and the engine: the same words as transformers' own, whatever shares the batch."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import CONTEXT, FAMILIES, INNER, WIDTH, make_tokenizer
from contract import fresh
from safetensors.torch import load_file, save

from domain_tuner.base_model import BaseModel, load_base_model, prefix_mask
from domain_tuner.decoding import _read, end_tokens
from domain_tuner.engine import Engine, _Stream
from domain_tuner.errors import NoSuchRun, TuningError
from domain_tuner.methods import METHODS, register
from domain_tuner.methods.adapted import hang
from domain_tuner.prompts import PromptTemplate, encode_row

PROMPTS = [[5, 9, 30, 41, 17, 99, 120, 7] * 4, [44, 45, 46], [71, 12, 13, 90, 33, 8, 21], [200, 201] * 9]
LIMIT = 12
ModelFolder = Callable[..., Path]


def adapter_folder(base_folder: Path, method: str, at: Path) -> Path:
    """An adapter with random weights: one that has an effect."""
    register()
    base = load_base_model(base_folder)
    adapted = fresh(METHODS[method], base.model)
    generator = torch.Generator().manual_seed(3)
    for weight in adapted.parameters():
        if weight.requires_grad:
            weight.data = torch.randn(weight.shape, generator=generator) * 0.3
    adapted.save_pretrained(at)
    return at


def written(engine: Engine, prompts: list[list[int]], names: list[str | None]) -> list[str]:
    return [output.text for output in engine.generate(prompts, names, LIMIT)]


def reference(base: BaseModel, prompt: list[int]) -> str:
    with torch.inference_mode():
        ids = base.model.generate(
            torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt)), do_sample=False, max_new_tokens=LIMIT
        )
    return text_of(base, ids[0, len(prompt) :])


def text_of(base: BaseModel, ids: Any) -> str:
    """The text of the tokens, without a last character that is not whole."""
    return re.sub(r"�{1,3}\Z", "", base.tokenizer.decode(ids, skip_special_tokens=True)).strip()


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("method", ["lora", "parallel-adapter", "prefix", "full"])
def test_prompts_are_read_in_bfloat16_and_answers_written_in_float32(
    model_folder: ModelFolder, family: str, method: str, tmp_path: Path
) -> None:
    base = load_base_model(model_folder(family))
    assert not base.reads_in_bfloat16, "so small a model would not be faster"
    adapter, read = adapter_folder(model_folder(family), method, tmp_path), []
    for cast in (False, True):
        engine = Engine(replace(load_base_model(model_folder(family)), reads_in_bfloat16=cast))
        engine.load_adapter("one", adapter)
        with engine._adapters.at_work(["one", "one"]) as forward:
            cache, _, logits, _ = _read(engine.base, forward, PROMPTS[:2], ["one", "one"], method == "prefix")
        assert all(layer.keys.dtype == layer.values.dtype == torch.float32 for layer in cache.layers)
        read.append(logits.float())
        assert len(written(engine, PROMPTS, ["one"] * 4)) == 4
    difference = (read[0] - read[1]).abs().max()
    assert 0 < difference < 0.2 * read[0].std()


def test_the_trial_model_reads_in_bfloat16_where_the_processor_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for has_it in (True, False):
        monkeypatch.setattr("domain_tuner.base_model.cpu_has_bfloat16", lambda has_it=has_it: has_it)
        assert load_base_model().reads_in_bfloat16 is has_it


def check_rows_share_a_batch(folder: Path, method: str, at: Path) -> None:
    """Rows of one batch with the adapter (made at `at`) and without it answer as each does alone."""
    plain = written(Engine(load_base_model(folder)), PROMPTS, [None] * 4)
    engine = Engine(load_base_model(folder))
    engine.load_adapter("one", adapter_folder(folder, method, at))
    alone = [written(engine, [prompt], ["one"])[0] for prompt in PROMPTS]
    assert alone != plain
    assert written(engine, PROMPTS, ["one", None, "one", None]) == [alone[0], plain[1], alone[2], plain[3]]
    assert written(engine, PROMPTS, [None] * 4) == plain


@pytest.mark.parametrize("family", FAMILIES)
def test_a_batch_writes_what_generate_writes_for_each_alone(family: str, model_folder: ModelFolder) -> None:
    base = load_base_model(model_folder(family))
    assert written(Engine(base), PROMPTS, [None] * 4) == [reference(base, prompt) for prompt in PROMPTS]


@pytest.mark.parametrize("window", [2, 5, 8, 20])
@pytest.mark.parametrize("family", ["gemma3", "mistral"])
def test_layers_with_a_sliding_window_share_a_batch_of_long_and_short_prompts(
    family: str, window: int, tmp_path: Path
) -> None:
    base = load_base_model(sliding_model(family, window, tmp_path))
    kinds = [type(layer).__name__ for layer in base.model(torch.tensor([PROMPTS[0]])).past_key_values.layers]
    assert "DynamicSlidingWindowLayer" in kinds
    assert written(Engine(base), PROMPTS, [None] * 4) == [reference(base, prompt) for prompt in PROMPTS]


def test_tokens_in_front_of_short_prompts_are_not_pushed_out_of_a_sliding_window(tmp_path: Path) -> None:
    folder = sliding_model("mistral", 20, tmp_path / "base")
    engine = Engine(load_base_model(folder))
    engine.load_adapter("one", adapter_folder(folder, "prompt", tmp_path / "one"))
    prompts = [PROMPTS[0], PROMPTS[3], PROMPTS[0][::-1], PROMPTS[2]]  # two of one length, one of half of it and more
    alone = [written(engine, [prompt], ["one"])[0] for prompt in prompts]
    assert written(engine, prompts, ["one"] * 4) == alone


def sliding_model(family: str, window: int, at: Path) -> Path:
    """A model that sees so many tokens back: in one of two layers as Gemma 3, in all as the first Mistral."""
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig, MistralConfig, MistralForCausalLM

    tokenizer = make_tokenizer()
    marks: dict[str, Any] = {"vocab_size": len(tokenizer), "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    sizes: dict[str, Any] = {
        "hidden_size": WIDTH,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "intermediate_size": INNER,
        "max_position_embeddings": CONTEXT,
        "sliding_window": window,
        "initializer_range": 0.1,  # wide enough that random weights say something
    }
    torch.manual_seed(7)
    if family == "gemma3":
        layers = ["sliding_attention", "full_attention"]
        Gemma3ForCausalLM(Gemma3TextConfig(**marks, **sizes, layer_types=layers)).save_pretrained(at)
    else:
        MistralForCausalLM(MistralConfig(**marks, **sizes)).save_pretrained(at)
    tokenizer.save_pretrained(at)
    return at


def test_a_prefix_model_reads_its_prompt_with_full_attention(model_folder: ModelFolder) -> None:
    base = load_base_model(model_folder("bert-generation", is_causal=False))
    assert base.prompt_is_bidirectional
    expected = []
    for prompt in PROMPTS:
        ids = list(prompt)
        for _ in range(LIMIT):
            mask = prefix_mask(torch.tensor([len(prompt)]), torch.tensor([len(ids)]), len(ids))
            token = int(base.model(input_ids=torch.tensor([ids]), attention_mask=mask).logits[0, -1].argmax())
            if token == base.tokenizer.eos_token_id:
                break
            ids.append(token)
        expected.append(text_of(base, ids[len(prompt) :]))
    assert written(Engine(base), PROMPTS, [None] * 4) == expected


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("family", FAMILIES)
def test_rows_with_and_without_adapters_share_a_batch(
    family: str, method: str, model_folder: ModelFolder, tmp_path: Path
) -> None:
    check_rows_share_a_batch(model_folder(family), method, tmp_path / "one")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("family", FAMILIES)
def test_one_prompt_is_answered_as_by_pefts_own_generate(
    family: str, method: str, model_folder: ModelFolder, tmp_path: Path
) -> None:
    from peft import PeftModel

    folder = model_folder(family)
    made = adapter_folder(folder, method, tmp_path / "one")
    engine = Engine(load_base_model(folder))
    engine.load_adapter("one", made)
    base = load_base_model(folder)
    base.model = PeftModel.from_pretrained(base.model, str(made)).eval()
    prompts = PROMPTS[1:3]
    assert written(engine, prompts, ["one"] * 2) == [reference(base, prompt) for prompt in prompts]


@pytest.mark.parametrize("method", METHODS)
def test_adapters_on_a_prefix_model_equal_a_direct_computation(
    method: str, model_folder: ModelFolder, tmp_path: Path
) -> None:
    """Rows of all lengths, with and without the adapter, against one row at a time without a cache."""
    folder = model_folder("bert-generation", is_causal=False)
    made = adapter_folder(folder, method, tmp_path / "one")
    engine = Engine(load_base_model(folder))
    engine.load_adapter("one", made)
    base = load_base_model(folder)
    names = ["one", None, "one", "one"]
    found = written(engine, PROMPTS, names)  # type: ignore[arg-type]
    expected = []
    adapted = hang(load_base_model(folder).model, made, "one")
    for prompt, name in zip(PROMPTS, names, strict=True):
        ids = list(prompt)
        for _ in range(LIMIT):
            mask = prefix_mask(torch.tensor([len(prompt)]), torch.tensor([len(ids)]), len(ids))
            with torch.inference_mode():
                logits = (adapted if name else base.model)(input_ids=torch.tensor([ids]), attention_mask=mask).logits
            if int(logits[0, -1].argmax()) == base.tokenizer.eos_token_id:
                break
            ids.append(int(logits[0, -1].argmax()))
        expected.append(text_of(base, ids[len(prompt) :]))
    assert found == expected


def test_dora_shares_no_batch_and_lora_beside_it_does(model_folder: ModelFolder, tmp_path: Path) -> None:
    folder = model_folder("llama")
    lora = METHODS["lora"]
    adapted = lora.attach(load_base_model(folder).model, lora.options(dora=True, targets="qv"))
    for weight in adapted.parameters():
        if weight.requires_grad:
            weight.data += 0.3 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(4))
    adapted.save_pretrained(tmp_path / "dora")
    engine = Engine(load_base_model(folder))
    engine.load_adapter("lora", adapter_folder(folder, "lora", tmp_path / "lora"))
    engine.load_adapter("dora", tmp_path / "dora")
    names = ["dora", None, "lora", "dora"]
    alone = [written(engine, [prompt], [name])[0] for prompt, name in zip(PROMPTS, names, strict=True)]
    assert written(engine, PROMPTS, names) == alone  # type: ignore[arg-type]
    assert engine._adapters.batches(["dora", "__base__", "lora", "dora"]) == [[0, 3], [1, 2]]


def test_room_is_left_for_tokens_in_front_and_all_else_is_shared(model_folder: ModelFolder, tmp_path: Path) -> None:
    from domain_tuner.runs import RunConfig, Runs
    from domain_tuner.training_config import TrainingConfig
    from domain_tuner.workspace import tokens_in_front

    folder = model_folder("gpt2")
    run = Runs(tmp_path).create(RunConfig(None, "", "prompt", {}, TrainingConfig()))
    assert tokens_in_front(run) == 0  # nothing is trained yet
    adapter_folder(folder, "prompt", run.adapter)
    engine = Engine(load_base_model(folder))
    narrow = engine.leaving(tokens_in_front(run))
    assert (narrow.base.context, engine.base.context) == (492, 512)
    narrow.load_adapter("one", run.adapter)
    full = [(PROMPTS[0] * 20)[: narrow.base.context - LIMIT]]
    assert written(narrow, full, ["one"]) == written(engine, full, ["one"])


def test_adapter_off_gives_the_base_models_logits_exactly(model_folder: ModelFolder, tmp_path: Path) -> None:
    folder = model_folder("llama")
    ids = torch.tensor([PROMPTS[0]])
    with torch.inference_mode():
        before = load_base_model(folder).model(ids).logits
        engine = Engine(load_base_model(folder))
        engine.load_adapter("one", adapter_folder(folder, "lora", tmp_path / "one"))
        assert torch.equal(engine._adapters._forward(["__base__"], input_ids=ids).logits, before)
        assert not torch.equal(engine._adapters._forward(["one"], input_ids=ids).logits, before)


def test_more_adapters_than_are_kept(model_folder: ModelFolder, tmp_path: Path) -> None:
    folder = model_folder("llama")
    made = adapter_folder(folder, "lora", tmp_path / "one")
    engine = Engine(load_base_model(folder))
    for name in ("run-1", "run-2", "run-3", "run-4", "run-5", "run-6", "run-1"):
        engine.load_adapter(name, made)
        assert written(engine, PROMPTS[:2], [name, None])


def test_an_adapter_that_made_room_for_others_is_there_again(model_folder: ModelFolder, tmp_path: Path) -> None:
    """Whoever was given its name, a chain for one, goes on whatever else the shared engine has loaded since."""
    folder = model_folder("llama")
    made = {method: adapter_folder(folder, method, tmp_path / method) for method in ("lora", "prompt")}
    engine = Engine(load_base_model(folder))
    engine.load_adapter("mine", made["lora"])
    before = written(engine, PROMPTS, ["mine", None, "mine", None])
    engine.load_adapter("another-kind", made["prompt"])
    assert written(engine, PROMPTS, ["mine", None, "mine", None]) == before
    for name in ("run-1", "run-2", "run-3", "run-4"):
        engine.leaving(8).load_adapter(name, made["lora"])
    assert written(engine, PROMPTS, ["mine", None, "mine", None]) == before


@pytest.mark.parametrize("method", ["lora", "parallel-adapter", "full", "prompt"])
def test_an_adapter_that_cannot_be_read_leaves_nothing_behind(
    method: str, model_folder: ModelFolder, tmp_path: Path
) -> None:
    folder = model_folder("llama")
    made = adapter_folder(folder, method, tmp_path / "bad") / "adapter_model.safetensors"
    good = adapter_folder(folder, "lora", tmp_path / "good")
    expected = Engine(load_base_model(folder))
    expected.load_adapter("good", good)
    whole = load_file(made)
    bad = {"cannot be read": made.read_bytes()[:-100], "lacks weights": save(dict(list(whole.items())[1:]))}
    if len(whole) == 1:  # as prompt tuning has it
        del bad["lacks weights"]
    for said, numbers in bad.items():
        made.unlink()  # the numbers of `whole` lie in it
        made.write_bytes(numbers)
        for before in ([], ["good"]):
            engine = Engine(load_base_model(folder))
            for name in before:
                engine.load_adapter(name, good)
            with pytest.raises(TuningError, match=said):
                engine.load_adapter("bad", made.parent)
            engine.load_adapter("good", good)
            assert written(engine, PROMPTS, ["good", None] * 2) == written(expected, PROMPTS, ["good", None] * 2)
            assert not any(".bad." in f"{name}." for name, _ in engine.base.model.named_modules())


@pytest.mark.quick
@pytest.mark.parametrize("gone", ["adapter_config.json", "adapter_model.safetensors"])
def test_an_adapter_that_was_removed_is_said_to_be_and_the_others_stay(
    gone: str, model_folder: ModelFolder, tmp_path: Path
) -> None:
    folder = model_folder("llama")
    engine = Engine(load_base_model(folder))
    engine.load_adapter("good", adapter_folder(folder, "lora", tmp_path / "good"))
    on = engine._adapters._peft
    (adapter_folder(folder, "lora", tmp_path / "bad") / gone).unlink()
    with pytest.raises(NoSuchRun, match=f"no adapter 'bad' any more: .*bad has no {gone}"):
        engine.load_adapter("bad", tmp_path / "bad")
    assert engine._adapters._peft is on and engine._adapters._loaded == ["good"]


@pytest.mark.parametrize("family", ["llama", "bert-generation"])
def test_adapters_of_all_kinds_take_turns(family: str, model_folder: ModelFolder, tmp_path: Path) -> None:
    folder = model_folder(family)
    engine = Engine(load_base_model(folder))
    plain = written(engine, PROMPTS, [None] * 4)
    said: dict[str, list[str]] = {}
    for name in (*METHODS, "lora"):
        made = tmp_path / name if (tmp_path / name).exists() else adapter_folder(folder, name, tmp_path / name)
        engine.load_adapter(f"run-{name}", made)
        text = written(engine, PROMPTS, [f"run-{name}"] * 4)
        assert said.setdefault(name, text) == text != plain
        assert written(engine, PROMPTS, [None] * 4) == plain
    assert len({tuple(texts) for texts in said.values()}) == len(METHODS)


def test_text_is_told_as_it_appears_and_is_whole(model_folder: ModelFolder) -> None:
    engine = Engine(load_base_model(model_folder("llama")))
    told = dict.fromkeys(range(len(PROMPTS)), "")
    outputs = engine.generate(PROMPTS, [None] * 4, LIMIT, lambda row, text: told.update({row: told[row] + text}))
    for row, output in enumerate(outputs):
        assert output.text.startswith(told[row].strip()) and 0 < output.tokens <= LIMIT


@pytest.mark.parametrize(("template", "ends"), [(True, None), (False, ()), (False, None), (True, ("\n",))])
def test_without_a_chat_template_an_answer_ends_with_its_line(
    template: bool, ends: tuple[str, ...] | None, model_folder: ModelFolder
) -> None:
    base = load_base_model(model_folder("llama"))
    prompt, at = PROMPTS[2], 3
    whole = base.model.generate(torch.tensor([prompt]), do_sample=False, max_new_tokens=LIMIT)
    plain = whole[0, len(prompt) :].tolist()
    newline = base.tokenizer.encode("\n", add_special_tokens=False)[0]
    assert plain[at] not in plain[:at] and newline not in plain and len(plain) == LIMIT
    head = base.model.lm_head.weight.data  # the model writes a newline where it wrote that token
    head[[newline, plain[at]]] = head[[plain[at], newline]]
    line = base.tokenizer.decode(plain[:at]).strip()
    if not template:
        base.tokenizer.chat_template = None
    told: list[str] = []
    (output,) = Engine(base).generate([prompt], [None], LIMIT, lambda _, new: told.append(new), ends)
    if (ends is None and template) or ends == ():
        assert output.text.startswith(line + "\n") and output.tokens == LIMIT
    else:
        assert (output.text, output.tokens, "".join(told).strip()) == (line, at + 1, line)


@pytest.mark.quick
@pytest.mark.parametrize(
    ("written", "told", "whole"),
    [
        ("<think>\n\n</think>\n\n42 litres", "42 litres", "42 litres"),
        (" <thinking>The limit is 42.</thinking>Not in the documents.", *["Not in the documents."] * 2),
        ("<think>The limit is", "", ""),
        ("The mark is <think>.", *["The mark is <think>."] * 2),
        ("<3 litres", *["<3 litres"] * 2),
        ("42 litres STOP and more", *["42 litres"] * 2),
        ("42 litres ST", "42 litres", "42 litres ST"),
    ],
)
def test_neither_thoughts_nor_what_stands_behind_an_end_are_told(written: str, told: str, whole: str) -> None:
    tokenizer = make_tokenizer()
    stream = _Stream(tokenizer, ("STOP",))
    ids = tokenizer(written, add_special_tokens=False)["input_ids"]
    assert "".join(map(stream.push, ids)).strip() == told
    assert stream.whole(ids) == whole and stream.is_over is ("STOP" in written)


@pytest.mark.quick
def test_a_last_character_that_is_not_whole_is_left_out() -> None:
    tokenizer = make_tokenizer()
    stream = _Stream(tokenizer, ())
    *ids, _ = tokenizer("42 🙂", add_special_tokens=False)["input_ids"]
    assert "".join(map(stream.push, ids)).strip() == stream.whole(ids) == "42"


def test_seconds_are_of_an_answers_own_rows(model_folder: ModelFolder, tmp_path: Path) -> None:
    """Rows that cannot share a batch do not have each other's time on the clock."""
    folder = model_folder("llama")
    engine = Engine(load_base_model(folder))
    engine.load_adapter("one", adapter_folder(folder, "prompt", tmp_path / "one"))
    outputs = engine.generate(PROMPTS[:2], ["one", None], LIMIT, lambda row, _: time.sleep(0.3 * (row == 0)))
    assert engine._adapters.batches(["one", "__base__"]) == [[0], [1]]
    assert outputs[1].seconds < outputs[0].seconds


def test_an_answer_that_says_nothing_took_its_reading(model_folder: ModelFolder) -> None:
    base = load_base_model(model_folder("llama"))
    first = int(base.model(torch.tensor([PROMPTS[0]])).logits[0, -1].argmax())
    end, head = base.tokenizer.eos_token_id, base.model.lm_head.weight.data
    head[[first, end]] = head[[end, first]]
    for prompts in (PROMPTS[:2], PROMPTS[:1]):
        silent, *others = Engine(base).generate(prompts, [None] * len(prompts), LIMIT)
        assert silent.tokens == 0 and silent.seconds > 0
        assert all(silent.seconds < other.seconds for other in others)


def test_where_nothing_ends_a_text_what_separates_two_does(model_folder: ModelFolder) -> None:
    base = load_base_model(model_folder("bert-generation"))
    tokenizer = base.tokenizer  # as BERT's
    tokenizer.chat_template = tokenizer.eos_token = base.model.generation_config.eos_token_id = None
    tokenizer.sep_token = "</s>"
    ids, _ = encode_row(tokenizer, PromptTemplate().question("Who?"), "Ada")
    assert end_tokens(base) == {ids[-1]} == {tokenizer.sep_token_id}
