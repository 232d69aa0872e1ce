"""Forecasts against the runs that they are of: peak memory and time, over methods, ranks, targets and batches.

    python tests/bench/bench_forecast.py [--workspace FOLDER] [--base-model DIR] [--steps 0] [--first 9] [--json FILE]

Each configuration is forecast and then really trained, one after the other, over the sample documents and their 133
questions; --steps ends each run after so many steps (0: the whole run). Errors are forecast / run - 1. Time is from the
start of the process to "done". Memory is of the process; on a CPU also without what the libraries alone take. Aims:
medians of absolute errors within 10 % (memory) and 20 % (time).
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from domain_tuner.base_model import quiet_libraries
from domain_tuner.files import read_json, write_json
from domain_tuner.forecasting import RunForecast
from domain_tuner.jobs import environment
from domain_tuner.runs import DONE, WORKING, Run
from domain_tuner.samples import SAMPLES, TRAIN
from domain_tuner.workspace import Workspace

Configuration = tuple[str, dict[str, str]]
CONFIGURATIONS: tuple[Configuration, ...] = (
    ("lora", {}),
    ("lora", {"rank": "4", "targets": "qv", "tokens_per_batch": "1024"}),
    ("lora", {"rank": "64", "rows_per_batch": "4"}),
    ("lora", {"dora": "true"}),
    ("parallel-adapter", {"placement": "both"}),
    ("houlsby", {"tokens_per_batch": "8192"}),
    ("prefix", {}),
    ("full", {}),
    ("full", {"gradient_checkpointing": "true", "tokens_per_batch": "2048"}),
)
MIB = 1 << 20
_LIBRARIES = """
import torch, peft, transformers, trl, datasets
from trl import SFTTrainer
import domain_tuner.training
from domain_tuner.memory import peak_of_process
print(peak_of_process())
"""


def libraries_bytes() -> int:
    """What a process has taken that has loaded the libraries and nothing else."""
    done = subprocess.run([sys.executable, "-c", _LIBRARIES], env=environment(), capture_output=True, check=True)
    return int(done.stdout)


def trained(workspace: Workspace, method: str, options: dict[str, str]) -> tuple[Run, float]:
    """The run, done, and its seconds."""
    run = workspace.tune(method, options, questions=TRAIN)
    while run.state in WORKING:
        time.sleep(0.2)
    if run.state != DONE:
        raise SystemExit(f"{method} {options}: {run.state}, {run.reason}")
    return run, run.recorded("at") - run.recorded("started")


def compared(workspace: Workspace, configuration: Configuration, steps: int, libraries: int) -> dict[str, Any]:
    method, chosen = configuration
    options = {"questions": "0", "max_steps": str(steps), **chosen}
    started = time.perf_counter()
    forecast = workspace.forecast(method, options, questions=TRAIN)
    took = time.perf_counter() - started
    run, seconds = trained(workspace, method, options)
    result = read_json(run.folder / "result.json")
    assert forecast.steps == result["steps"], "both must be the same run"
    return {
        "method": method,
        "options": chosen,
        "steps": result["steps"],
        "forecast_took": took,
        "seconds": {"forecast": forecast.seconds, "run": seconds},
        "training": {"forecast": forecast.parts["training"], "run": result["seconds"]},
        "memory": {"forecast": forecast.peak_bytes, "run": result["peak_bytes"]},
        "memory_above_libraries": _above(forecast, result["peak_bytes"], libraries),
        "disk": {"forecast": forecast.disk_bytes, "run": _size(run.folder)},
    }


def _above(forecast: RunForecast, peak: int, libraries: int) -> dict[str, int]:
    on_gpu = forecast.device == "cuda"  # torch counts its own there, and no library is among it
    taken = 0 if on_gpu else libraries
    return {"forecast": forecast.peak_bytes - taken, "run": peak - taken}


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def error(pair: dict[str, float]) -> float:
    return pair["forecast"] / pair["run"] - 1


def line(row: dict[str, Any]) -> str:
    label = " ".join([row["method"], *(f"{name}={value}" for name, value in row["options"].items())])
    seconds, memory = row["seconds"], row["memory"]
    return (
        f"{label:58} {row['steps']:5} steps  time {seconds['forecast']:6.1f} / {seconds['run']:6.1f} s "
        f"{100 * error(seconds):+6.1f} %  training {100 * error(row['training']):+6.1f} %  "
        f"memory {memory['forecast'] / MIB:6.0f} / {memory['run'] / MIB:6.0f} MiB {100 * error(memory):+6.1f} %  "
        f"above libraries {100 * error(row['memory_above_libraries']):+6.1f} %  "
        f"disk {100 * error(row['disk']):+6.1f} %  (forecast took {row['forecast_took']:.0f} s)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", type=Path, help="with the sample documents; left out: one is made")
    parser.add_argument("--base-model")
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--first", type=int, default=len(CONFIGURATIONS), help="only so many configurations")
    parser.add_argument("--json", type=Path, help="where to write all numbers")
    asked = parser.parse_args()
    quiet_libraries()
    with tempfile.TemporaryDirectory() as name:
        workspace = Workspace(asked.workspace or Path(name), asked.base_model)
        if not workspace.corpus.documents():
            workspace.corpus.ingest([SAMPLES])
        libraries = libraries_bytes()
        print(f"the libraries alone take {libraries / MIB:.0f} MiB; forecast / run", flush=True)
        rows = []
        for configuration in CONFIGURATIONS[: asked.first]:
            rows.append(compared(workspace, configuration, asked.steps, libraries))
            print(line(rows[-1]), flush=True)
        names = ("seconds", "training", "memory", "memory_above_libraries", "disk")
        medians = {of: statistics.median(abs(error(row[of])) for row in rows) for of in names}
        print("medians of absolute errors: " + ", ".join(f"{of} {100 * m:.1f} %" for of, m in medians.items()))
        if asked.json:
            write_json(asked.json, {"libraries_bytes": libraries, "rows": rows, "medians": medians})


if __name__ == "__main__":
    main()
