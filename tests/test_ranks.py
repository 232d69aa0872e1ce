"""A training whose steps two processes share: the same losses and the same adapter as in one, written once."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import door_rows
from safetensors.torch import load_file

from domain_tuner import jobs
from domain_tuner.base_model import fingerprint
from domain_tuner.batches import Batch, EncodedRow, share_of
from domain_tuner.examples import write_rows
from domain_tuner.runs import DONE, INTERRUPTED, Run, RunConfig, Runs
from domain_tuner.training import TrainingConfig


@pytest.mark.quick
@pytest.mark.parametrize("world", [1, 2, 3, 5])
def test_the_mean_of_the_shares_is_the_loss_of_the_batch(world: int) -> None:
    chance = torch.Generator().manual_seed(1)
    rows = [EncodedRow(list(range(3 + 2 * n)), prompt=1 + n % 2) for n in range(4)]
    losses = {id(row): torch.rand(len(row.ids) - row.prompt, generator=chance) for row in rows}
    whole = torch.cat([losses[id(row)] for row in rows]).mean()
    shares = [share_of(Batch((0, 1, 2, 3), 0, 0, 0.0), rows, rank, world) for rank in range(world)]
    parts = [torch.cat([losses[id(row)] for row in own]).mean() * weight for own, weight in shares]
    assert float(sum(parts)) / world == pytest.approx(float(whole))


def trained(runs: Runs, folder: Path, method: str, **shared: Any) -> Run:
    config = TrainingConfig(
        epochs=2, rows_per_batch=3, checkpoint_seconds=0, checkpoint_steps=2, precision="float32", **shared
    )
    run = runs.create(RunConfig(str(folder), fingerprint(str(folder)), method, {}, config))
    write_rows(run.rows_file, door_rows(7))  # 3 + 3 + 1 rows: one process has none of the last batch
    jobs.start(run)
    return ended(run)


def ended(run: Run) -> Run:
    until = time.monotonic() + 500
    while run.state in jobs.WORKING and time.monotonic() < until:
        time.sleep(0.1)
    assert run.state == DONE, (run.state, run.reason, run.log())
    return run


@pytest.mark.parametrize(("method", "ways"), [("lora", [False, True]), ("full", [True])])
def test_two_processes_give_what_one_gives(
    model_folder: Callable[..., Path], tmp_path: Path, method: str, ways: list[bool]
) -> None:
    folder = model_folder("llama")
    one = trained(Runs(tmp_path / "one"), folder, method)
    for fsdp in ways:
        two = trained(Runs(tmp_path / f"two-{fsdp}"), folder, method, processes=2, fsdp=fsdp)
        steps, shared = one.metrics(), two.metrics()
        assert [line["step"] for line in shared] == list(range(1, len(steps) + 1)), "each step is written once"
        for line, other in zip(steps, shared, strict=True):
            assert other["loss"] == pytest.approx(line["loss"], rel=1e-5)
            assert other["tokens"] == line["tokens"]
        weights, same = (load_file(run.adapter / "adapter_model.safetensors") for run in (one, two))
        for name, weight in weights.items():
            torch.testing.assert_close(same[name], weight, atol=2e-5, rtol=1e-3)
        older, newest = sorted(two.checkpoints.iterdir())
        assert {"rng_state_0.pth", "rng_state_1.pth", "manifest.json"} <= {path.name for path in newest.iterdir()}
        shutil.rmtree(newest)
        two.record(INTERRUPTED)
        jobs.resume(two)  # from the older checkpoint, each process from its part of it
        again = [{**line, "seconds": 0} for line in ended(two).metrics()]
        assert again == [{**line, "seconds": 0} for line in shared] and older.exists()
