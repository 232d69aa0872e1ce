"""What answering costs with each kind of adapter: milliseconds a decoding step and peak memory, against the base model.

    python tests/bench/bench_decode.py [--model NAME_OR_DIR] [--rounds 7] [--methods lora,prefix] [--no-memory]

Base, every method's adapter with its defaults (unmerged), and those that can be merged take turns in each round, in one
process, with the same prompts, batches of 1 and 8. A step writes one token in every row, so at batch 1 it is ms/token.
Printed are medians, and the median, least and greatest of the rounds' ratios to the base of the same round. Adapters
are fresh, since time does not depend on what was learned. Peak memory is of a process for each
kind (on a GPU: of what torch holds there) that loads the model and its adapter and decodes both batches.
"""

from __future__ import annotations

import argparse
import dataclasses
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from statistics import median
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

from domain_tuner.base_model import BaseModel, load_base_model, quiet_libraries  # noqa: E402
from domain_tuner.memory import peak_bytes  # noqa: E402
from domain_tuner.methods import METHODS  # noqa: E402
from domain_tuner.prompts import PromptTemplate, encode_prompt  # noqa: E402
from domain_tuner.question_files import read_questions  # noqa: E402
from domain_tuner.samples import HELD_OUT  # noqa: E402
from domain_tuner.study.speed import BATCHES, filled, hung, merged_model, step_ms  # noqa: E402

BASE = "base"
MIB = 1 << 20


def make_prompts(base: BaseModel) -> list[list[int]]:
    """Questions with nothing shown, as the arm with the adapter alone has them."""
    asked = [question.question for question in read_questions(HELD_OUT)[: max(BATCHES)]]
    return [list(encode_prompt(base.tokenizer, PromptTemplate().question(question))) for question in asked]


def make_adapters(base: BaseModel, methods: list[str], folder: Path) -> dict[str, int]:
    """Saves one of each method in folder/METHOD; their trainable parameters by method."""
    from contract import fitting

    from domain_tuner.methods.adapted import take_off

    sizes = {}
    for name in methods:
        adapted = METHODS[name].attach(base.model, fitting(METHODS[name], base.model))
        sizes[name] = sum(weight.numel() for weight in adapted.parameters() if weight.requires_grad)
        adapted.save_pretrained(folder / name, save_embedding_layers=False)
        take_off(adapted)
        base.model.__dict__.pop("peft_config", None)
    return sizes


def make_merged(model: str | None, methods: list[str], folder: Path) -> dict[str, Any]:
    """The merged models by `METHOD merged`, saved in a folder of that name, too; what cannot be merged is left out."""
    found = {}
    for name in methods:
        base = load_base_model(model)
        merged = merged_model(base, folder / name)
        if merged is not None:
            found[f"{name} merged"] = merged
            merged.save_pretrained(folder / f"{name} merged")
            base.tokenizer.save_pretrained(folder / f"{name} merged")
    return found


def measured(base: BaseModel, methods: list[str], merged: dict[str, Any], folder: Path, rounds: int) -> dict[Any, Any]:
    """Milliseconds of a step by (kind, batch size), one for each round."""
    batches = filled(make_prompts(base))
    found: dict[tuple[str, int], list[float]] = {}
    for turn in range(rounds + 1):  # the first warms up

        def note(kind: str, of: BaseModel, model: Any, turn: int = turn) -> None:
            for size, rows in batches.items():
                took = step_ms(of, model, rows)
                if turn:
                    found.setdefault((kind, size), []).append(took)

        note(BASE, base, base.model)
        for name in methods:
            with hung(base, folder / name) as adapted:
                note(name, base, adapted)
        for kind, model in merged.items():
            note(kind, dataclasses.replace(base, model=model), model)
    return found


def peak_of(kind: str, model: str | None, folder: Path) -> int:
    """Bytes, from a process of its own."""
    own = folder / kind if kind.endswith(" merged") else model
    command = [sys.executable, __file__, "--one", str(folder / kind)] + (["--model", str(own)] if own else [])
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])


def decode_once(model: str | None, adapter: Path) -> int:
    """What the process for peak_of does."""
    base = load_base_model(model)
    batches = filled(make_prompts(base))
    if not (adapter / "adapter_config.json").is_file():
        for rows in batches.values():
            step_ms(base, base.model, rows)
        return peak_bytes(base.device)
    with hung(base, adapter) as adapted:
        for rows in batches.values():
            step_ms(base, adapted, rows)
        return peak_bytes(base.device)


def report(found: dict[Any, Any], sizes: dict[str, int], peaks: dict[str, int]) -> None:
    head = "".join(f"{f'batch {size}: ms':>14}{'ratio to base':>26}" for size in BATCHES)
    print(f"{'':26}{'parameters':>12}{head}{'peak MiB':>12}{'to base':>9}")
    for kind in dict.fromkeys(kind for kind, _ in found):
        text = f"{kind:26}{sizes.get(kind.removesuffix(' merged'), 0):12,}"
        for size in BATCHES:
            own, base = found[kind, size], found[BASE, size]
            ratios = [one / plain for one, plain in zip(own, base, strict=True)]
            spread = f"{median(ratios):.3f} ({min(ratios):.3f}-{max(ratios):.3f})"
            text += f"{median(own):14.3f}{spread:>26}"
        if kind in peaks:
            text += f"{peaks[kind] / MIB:12.0f}{(peaks[kind] - peaks[BASE]) / MIB:+9.1f}"
        print(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="default: the trial model")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--methods", type=lambda given: given.split(","), default=list(METHODS))
    parser.add_argument("--no-memory", action="store_true", help="time alone")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    quiet_libraries()
    warnings.simplefilter("ignore", FutureWarning)  # between the libraries
    if asked.one:
        print(decode_once(asked.model, asked.one))
        return
    base = load_base_model(asked.model)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sizes = make_adapters(base, asked.methods, folder)
        merged = make_merged(asked.model, asked.methods, folder)
        found = measured(base, asked.methods, merged, folder, asked.rounds)
        kinds = [] if asked.no_memory else [BASE, *asked.methods, *merged]
        report(found, sizes, {kind: peak_of(kind, asked.model, folder) for kind in kinds})


if __name__ == "__main__":
    main()
