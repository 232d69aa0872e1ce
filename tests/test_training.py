"""Training for real on tiny models: the right loss, nothing but the adapter moves, resuming equals going on."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import FAMILIES, door_rows
from contract import fitting
from safetensors.torch import load_file

from domain_tuner.base_model import BaseModel, load_base_model
from domain_tuner.batches import EncodedRow, collate, encode_rows, plan
from domain_tuner.checkpoints import newest, verifies
from domain_tuner.errors import BadOption, NothingToLearn, TuningError
from domain_tuner.methods import METHODS
from domain_tuner.runs import Run, RunConfig, Runs
from domain_tuner.training import TrainingConfig, TrainingResult, multiplies_in_bf16, train

Folder = Callable[..., Path]
QUICK = TrainingConfig(
    epochs=3, rows_per_batch=4, checkpoint_seconds=0, checkpoint_steps=2, precision="float32"
)  # the same on all CPUs


def new_run(folder: Path, config: TrainingConfig = QUICK, method: str = "lora") -> Run:
    return Runs(folder).create(RunConfig(None, "", method, {}, config))


def without_seconds(run: Run) -> list[dict[str, Any]]:
    return [{key: value for key, value in line.items() if key != "seconds"} for line in run.metrics()]


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "README.md"}


def reference_loss(base: BaseModel, row: EncodedRow) -> tuple[float, int]:
    """Sum of the answer tokens' losses of one row alone, by transformers' own full logits, and their number."""
    ids = torch.tensor([row.ids])
    inputs: dict[str, Any] = {"input_ids": ids}
    if base.prompt_is_bidirectional:
        at = torch.arange(len(row.ids))
        inputs["attention_mask"] = ((at[None] < row.prompt) | (at[None] <= at[:, None]))[None, None]
    with torch.no_grad():
        logits = base.model(**inputs).logits[0]
    answer = range(row.prompt, len(row.ids))
    losses = [-torch.log_softmax(logits[place - 1], -1)[row.ids[place]] for place in answer]
    return float(sum(losses)), len(losses)


@pytest.mark.parametrize("is_causal", [True, False], ids=["causal", "prefix"])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_first_loss_is_the_mean_over_answer_tokens(
    family: str, is_causal: bool, model_folder: Folder, tmp_path: Path
) -> None:
    base = load_base_model(model_folder(family, is_causal=is_causal))
    assert base.prompt_is_bidirectional is not is_causal
    rows = door_rows(6)
    encoded, _ = encode_rows(base.tokenizer, rows, base.context)
    assert len({len(row.ids) for row in encoded}) > 2  # there is padding
    parts = [reference_loss(base, row) for row in encoded]
    expected = sum(loss for loss, _ in parts) / sum(count for _, count in parts)
    config = TrainingConfig(epochs=1, rows_per_batch=6, precision="float32")
    run = new_run(tmp_path, config)
    train(base, "lora", METHODS["lora"].options(), rows, run, config)
    assert run.metrics()[0]["loss"] == pytest.approx(expected, rel=1e-5)


IN_FRONT = [name for name, method in METHODS.items() if not method.starts_as_base]


@pytest.mark.parametrize("is_causal", [True, False], ids=["causal", "prefix"])
@pytest.mark.parametrize("method", IN_FRONT)
def test_the_first_loss_with_tokens_in_front(
    method: str, is_causal: bool, model_folder: Folder, tmp_path: Path
) -> None:
    from domain_tuner.methods.adapted import take_off

    base = load_base_model(model_folder("bert-generation", is_causal=is_causal))
    options, rows = METHODS[method].options(tokens=7), door_rows(6)
    encoded, _ = encode_rows(base.tokenizer, rows, base.context)
    torch.manual_seed(0)
    adapted = METHODS[method].attach(base.model, options).eval()
    parts = [reference_loss(BaseModel(**{**vars(base), "model": adapted}), row) for row in encoded]
    take_off(adapted)
    config = TrainingConfig(epochs=1, rows_per_batch=6, seed=0, precision="float32")
    run = new_run(tmp_path, config, method)
    train(base, method, options, rows, run, config)
    expected = sum(loss for loss, _ in parts) / sum(count for _, count in parts)
    assert run.metrics()[0]["loss"] == pytest.approx(expected, rel=1e-5)


def test_tokens_in_front_take_room_in_the_context(model_folder: Folder, tmp_path: Path) -> None:
    base = load_base_model(model_folder("gpt2"))  # absolute positions: one token too many would be an error
    rows = door_rows(2)
    longest = max(len(row.ids) for row in encode_rows(base.tokenizer, rows, base.context)[0])
    config = TrainingConfig(epochs=1)
    for tokens, left_out in ((base.context - longest, 0), (base.context - longest + 1, 1)):
        run = new_run(tmp_path, config, "prompt")
        result = train(base, "prompt", METHODS["prompt"].options(tokens=tokens), rows, run, config)
        assert result.rows_left_out == left_out
    for method in IN_FRONT:
        with pytest.raises(NothingToLearn, match=r"512 tokens .* less the 511 that the method takes for itself"):
            train(base, method, METHODS[method].options(tokens=511), rows, run, config)
        with pytest.raises(BadOption, match=r"tokens=512 leaves no room for a prompt: GPT2LMHeadModel reads 512"):
            train(base, method, METHODS[method].options(tokens=512), rows, run, config)


def test_what_would_train_wrongly_is_refused(model_folder: Folder, tmp_path: Path) -> None:
    base = load_base_model(model_folder("llama"))
    config = TrainingConfig(gradient_checkpointing=True)
    for name, method in METHODS.items():
        if method.in_cache:
            with pytest.raises(BadOption, match=r"gradient_checkpointing=true throws that away"):
                train(base, name, method.options(), door_rows(2), new_run(tmp_path, config), config)


def test_lora_plus_gives_b_longer_steps(model_folder: Folder, tmp_path: Path) -> None:
    """Adam's first step has the length of the rate: A moves by 1e-3, B by 16 times that."""
    base = load_base_model(model_folder("llama"))
    lora = METHODS["lora"]
    config = TrainingConfig(epochs=1, rows_per_batch=4, max_steps=2, learning_rate=1e-3, schedule="constant")
    moved = {}
    for plus in (1.0, 16.0):
        run = new_run(tmp_path, dataclasses.replace(config, warmup_ratio=0.0))
        train(base, "lora", lora.options(plus=plus, targets="q"), door_rows(8), run, run.config.training)
        weights = load_file(run.adapter / "adapter_model.safetensors")
        moved[plus] = max(float(weight.abs().max()) for name, weight in weights.items() if "lora_B" in name)
        assert {line["learning_rate"] for line in run.metrics()} == {1e-3}
    assert moved[1.0] < 2.1e-3 and 16e-3 < moved[16.0] < 33e-3


def test_a_prefix_model_sees_its_whole_prompt(model_folder: Folder) -> None:
    batch = collate([EncodedRow([5, 6, 7, 8, 9], 3), EncodedRow([5, 6, 7], 1)], 0, True)
    seen = batch["attention_mask"][:, 0].int().tolist()
    assert seen[0] == [[1, 1, 1, 0, 0], [1, 1, 1, 0, 0], [1, 1, 1, 0, 0], [1, 1, 1, 1, 0], [1, 1, 1, 1, 1]]
    assert seen[1][:3] == [[1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [1, 1, 1, 0, 0]]
    assert batch["at"].tolist() == [2, 3, 5, 6] and batch["targets"].tolist() == [8, 9, 6, 7]


def test_plan_is_fixed_by_the_seed_and_keeps_its_limits() -> None:
    lengths = [10 + 7 * n % 50 for n in range(97)]
    repeats = [1 + n % 3 for n in range(97)]
    config = TrainingConfig(epochs=2, rows_per_batch=8, tokens_per_batch=200)
    batches = plan(lengths, repeats, config)
    assert batches == plan(lengths, repeats, config)
    assert batches != plan(lengths, repeats, dataclasses.replace(config, seed=1))
    seen = [row for batch in batches for row in batch.rows]
    assert all(seen.count(row) == 2 * repeats[row] for row in range(97))
    assert all(len(set(batch.rows)) == len(batch.rows) <= 8 for batch in batches)
    padded = [len(batch.rows) * max(lengths[row] for row in batch.rows) for batch in batches]
    assert max(padded) <= 200
    assert sum(batch.tokens for batch in batches) > 0.85 * sum(padded)
    assert batches[-1].epoch == 2.0
    assert plan([500], [1], TrainingConfig(epochs=1, tokens_per_batch=16))[0].rows == (0,)


@pytest.mark.parametrize("method", METHODS)
def test_training_learns_and_leaves_the_base_alone(method: str, model_folder: Folder, tmp_path: Path) -> None:
    from domain_tuner.methods.adapted import hang

    base = load_base_model(model_folder("llama"))
    before = {name: weight.clone() for name, weight in base.model.state_dict().items()}
    options, rows = fitting(METHODS[method], base.model), door_rows(8)
    rate = max(1e-2, 10 * METHODS[method].learning_rate)  # a tiny model with random weights takes long steps
    config = TrainingConfig(epochs=30, rows_per_batch=8, learning_rate=rate)
    run = new_run(tmp_path, config, method)
    result = train(base, method, options, rows, run, config)
    assert result.finished and result.steps == 30 and result.rows == 8 and result.rows_left_out == 0
    assert result.trainable_parameters == METHODS[method].count(base.model, options)
    assert result.adapter_bytes == (run.adapter / "adapter_model.safetensors").stat().st_size
    assert result.peak_bytes > 0
    metrics = run.metrics()
    assert [line["step"] for line in metrics] == list(range(1, 31))
    assert set(metrics[0]) == {"step", "epoch", "loss", "learning_rate", "tokens", "seconds"}
    wanted = 0.75 * metrics[0]["loss"]  # random weights can be led only so far from in front of the prompt
    assert metrics[-1]["loss"] < wanted
    assert metrics[-1]["epoch"] == 30.0
    assert metrics[-1]["tokens"] == result.tokens == run.recorded("total_tokens")
    after = base.model.state_dict()
    assert after.keys() == before.keys() and all(torch.equal(after[name], before[name]) for name in before)
    assert not base.model.training and "forward" not in base.model.__dict__
    encoded, _ = encode_rows(base.tokenizer, rows, base.context)
    adapted = BaseModel(**{**vars(base), "model": hang(base.model, run.adapter, "again")})
    parts = [reference_loss(adapted, row) for row in encoded]
    assert sum(loss for loss, _ in parts) / sum(count for _, count in parts) < wanted


def test_gradient_checkpointing_trains_the_same(model_folder: Folder, tmp_path: Path) -> None:
    base = load_base_model(model_folder("llama"))
    losses = []
    for recompute in (False, True):
        config = dataclasses.replace(QUICK, gradient_checkpointing=recompute, learning_rate=1e-2)
        run = new_run(tmp_path, config)
        train(base, "lora", METHODS["lora"].options(), door_rows(), run, config)
        losses.append([line["loss"] for line in run.metrics()])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


@pytest.mark.parametrize("method", ["lora", "parallel-adapter", "full"])
def test_bfloat16_products_train_nearly_the_same(method: str, model_folder: Folder, tmp_path: Path) -> None:
    base = load_base_model(model_folder("llama"))
    losses: dict[str, list[float]] = {}
    for precision in ("float32", "bfloat16"):
        config = dataclasses.replace(QUICK, precision=precision, learning_rate=1e-3)
        run = new_run(tmp_path / precision, config, method)
        train(base, method, fitting(METHODS[method], base.model), door_rows(), run, config)
        losses[precision] = [line["loss"] for line in run.metrics()]
        weights = load_file(run.adapter / "adapter_model.safetensors").values()
        assert all(weight.dtype == torch.float32 for weight in weights)
    assert losses["bfloat16"] != losses["float32"], "else nothing was in bfloat16"
    assert losses["bfloat16"] == pytest.approx(losses["float32"], rel=0.02)


@pytest.mark.parametrize("family", ["llama", "bert-generation"])
def test_short_rows_attend_in_float32_while_a_cpu_trains_in_bfloat16(
    family: str, model_folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attended: list[torch.dtype] = []
    compute = torch.nn.functional.scaled_dot_product_attention

    def seen(query: torch.Tensor, *rest: Any, **more: Any) -> torch.Tensor:
        attended.append(torch.bfloat16 if torch.is_autocast_enabled("cpu") else query.dtype)
        return compute(query, *rest, **more)

    monkeypatch.setattr(torch.nn.functional, "scaled_dot_product_attention", seen)
    base = load_base_model(model_folder(family, is_causal=family != "bert-generation"))
    config = dataclasses.replace(QUICK, precision="bfloat16", max_steps=1)
    losses = []
    for n, most in enumerate((20_000, 1)):  # tokens times the width of a head: all rows are short, or none is
        monkeypatch.setattr("domain_tuner.attention._SHORT", most)
        run = new_run(tmp_path / str(n), config)
        losses.append(train(base, "lora", METHODS["lora"].options(), door_rows(), run, config).loss)
        assert set(attended) == {torch.float32 if n == 0 else torch.bfloat16}
        attended.clear()
    assert losses[0] == pytest.approx(losses[1], rel=0.01)
    with torch.autocast("cpu", torch.bfloat16):
        base.model(input_ids=torch.tensor([[3, 4, 5]]))
    assert set(attended) == {torch.bfloat16}, "nothing of it is left"


@pytest.mark.quick
@pytest.mark.parametrize(
    ("precision", "has_it", "half"),
    [
        ("auto", True, True),
        ("auto", False, False),
        ("bfloat16", False, True),
        ("float32", True, False),
    ],
)
def test_bfloat16_is_taken_where_the_cpu_has_it(
    precision: str, has_it: bool, half: bool, model_folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain_tuner.training.cpu_has_bfloat16", lambda: has_it)
    assert multiplies_in_bf16(load_base_model(model_folder("llama")), precision) is half


@pytest.mark.parametrize(
    ("method", "family"),
    [
        ("lora", "gpt2"),
        ("parallel-adapter", "bert-generation"),
        ("prompt", "bert-generation"),
        ("prefix", "qwen3"),
        ("full", "qwen3"),
    ],
)
def test_cancelled_and_carried_on_equals_uninterrupted(
    method: str, family: str, model_folder: Folder, tmp_path: Path
) -> None:
    base = load_base_model(model_folder(family, is_causal=family != "bert-generation"))
    for module in base.model.modules():  # dropout, so that the random numbers have to be right as well
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.1
    options = METHODS[method].options()

    def go(run: Run, stops: list[int]) -> TrainingResult:
        def cancelled() -> bool:
            return bool(stops) and len(run.metrics()) == stops[0] and bool(stops.pop(0))

        return train(base, method, options, door_rows(), run, QUICK, cancelled)

    whole, parts = new_run(tmp_path, QUICK, method), new_run(tmp_path, QUICK, method)
    assert go(whole, []).finished
    assert not go(parts, [3]).finished and not parts.adapter.exists()
    assert not go(parts, [4]).finished
    # killed after step 7 was logged: its checkpoint is of step 6, and the newest of all is damaged
    assert not go(parts, [7]).finished
    damaged = parts.checkpoints / "step-00000007" / "adapter_model.safetensors"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"\0")
    assert newest(parts.checkpoints) == (parts.checkpoints / "step-00000006", 6)
    with parts.metrics_file.open("a") as file:
        file.write('{"step": 8, "los')
    last = go(parts, [])
    assert last.finished and last.steps == 9
    assert without_seconds(parts) == without_seconds(whole)
    assert files_of(parts.adapter) == files_of(whole.adapter)
    seconds = [line["seconds"] for line in parts.metrics()]
    assert seconds == sorted(seconds)


def test_same_seed_same_bytes_other_seed_other_bytes(model_folder: Folder, tmp_path: Path) -> None:
    base = load_base_model(model_folder("llama"))
    made = []
    for seed in (0, 0, 1):
        config = dataclasses.replace(QUICK, max_steps=2, seed=seed)
        run = new_run(tmp_path, config)
        train(base, "lora", METHODS["lora"].options(dropout=0.1), door_rows(), run, config)
        made.append((run.adapter / "adapter_model.safetensors").read_bytes())
    assert made[0] == made[1] != made[2]


def test_of_several_gpus_a_run_uses_one(model_folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine with two, as far as one without any can be told so; the model itself stays on the CPU."""
    base = load_base_model(model_folder("llama"))
    base = BaseModel(**{**vars(base), "device": torch.device("cuda")})
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    config = dataclasses.replace(QUICK, max_steps=1)
    assert train(base, "lora", METHODS["lora"].options(), door_rows(), new_run(tmp_path, config), config).finished


def test_a_checkpoint_without_its_bytes_is_not_one(model_folder: Folder, tmp_path: Path) -> None:
    base = load_base_model(model_folder("llama"))
    run = new_run(tmp_path)
    train(base, "lora", METHODS["lora"].options(), door_rows(), run, QUICK)
    kept = sorted(path.name for path in run.checkpoints.iterdir())
    assert kept == ["step-00000006", "step-00000008"]  # the last two; none at the end, where the adapter is
    folder = run.checkpoints / kept[-1]
    assert verifies(folder)
    names = {"optimizer.pt", "scheduler.pt", "rng_state.pth", "trainer_state.json", "adapter_model.safetensors"}
    assert names <= set(json.loads((folder / "manifest.json").read_text())["files"])
    (folder / "optimizer.pt").unlink()
    assert not verifies(folder) and newest(run.checkpoints) == (run.checkpoints / kept[0], 6)
    (run.checkpoints / kept[0] / "manifest.json").write_text("{")
    assert newest(run.checkpoints) is None


def test_rows_that_do_not_fit_are_left_out_and_counted(model_folder: Folder, tmp_path: Path) -> None:
    base = load_base_model(model_folder("llama"))
    rows = door_rows(4)
    rows[0].messages[0]["content"] = "blue " * 600
    config = TrainingConfig(epochs=1)
    result = train(base, "lora", METHODS["lora"].options(), rows, new_run(tmp_path, config), config)
    assert (result.rows, result.rows_left_out) == (3, 1)
    with pytest.raises(NothingToLearn, match=r"None of the 1 training rows fits into the 512 tokens"):
        train(base, "lora", METHODS["lora"].options(), rows[:1], new_run(tmp_path, config), config)
    with pytest.raises(NothingToLearn, match=r"no training rows"):
        train(base, "lora", METHODS["lora"].options(), [], new_run(tmp_path, config), config)


def test_a_diverged_loss_is_said_and_not_written(model_folder: Folder, tmp_path: Path) -> None:
    base = load_base_model(model_folder("llama"))
    base.model.lm_head.weight.data.fill_(float("nan"))
    config = TrainingConfig(epochs=5, rows_per_batch=6, warmup_ratio=0.2, learning_rate=0.02)
    run = new_run(tmp_path, config)
    with pytest.raises(TuningError, match=r"no number any more at step 1:.* a learning_rate below 0\.02,"):
        train(base, "lora", METHODS["lora"].options(), door_rows(), run, config)
    assert run.metrics() == []


def test_learning_rate_rises_and_falls(model_folder: Folder, tmp_path: Path) -> None:
    base = load_base_model(model_folder("llama"))
    rates = {}
    for schedule in ("cosine", "linear", "constant"):
        config = TrainingConfig(epochs=5, rows_per_batch=6, schedule=schedule, warmup_ratio=0.2, learning_rate=0.01)
        run = new_run(tmp_path, config)
        train(base, "lora", METHODS["lora"].options(), door_rows(), run, config)
        rates[schedule] = [line["learning_rate"] for line in run.metrics()]
    assert all(rate[0] < rate[2] == pytest.approx(0.01) for rate in rates.values())
    assert rates["constant"][-1] == pytest.approx(0.01) and rates["linear"][-1] < 0.002 and rates["cosine"][-1] < 0.001
