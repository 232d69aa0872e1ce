"""The table of a study: each cell's measures, the mean over its seeds and how far they spread, read from its runs.

Whatever is not measured (yet) is None. Writes the table and what is made of it into the study's folder. Knows nothing
about how runs are trained, and nothing about how the table looks.
"""

from __future__ import annotations

from pathlib import Path
from statistics import mean, stdev
from typing import Any

from domain_tuner.evaluation import facts_of
from domain_tuner.files import read_json, write_json, write_text
from domain_tuner.methods import find_method
from domain_tuner.runs import FAILED, Run
from domain_tuner.study.claims import claims
from domain_tuner.study.folder import MEASURES, Study
from domain_tuner.study.material import asked_by_people
from domain_tuner.study.plan import Cell
from domain_tuner.study.plots import drawings
from domain_tuner.study.report import claims_csv, csv_of, markdown_of

Row = dict[str, Any]
# What is measured of one run, and averaged; scores without a suffix are closed-book, what the weights alone know.
MEASURED = (
    *("adapter_bytes", "train_seconds", "train_tokens_per_second", "peak_bytes", "load_ms", "switch_ms"),
    *("decode_ms_per_token", "decode_ms_per_token_merged", "decode_ms_per_token_base"),
    *("decode_ms_per_step_of_8", "decode_ms_per_step_of_8_merged", "decode_ms_per_step_of_8_base"),
    *("exact_match", "f1", "exact_match_with_passages", "f1_with_passages", "replay_f1", "forgetting"),
)
_OWN_WORDS = (
    "Forgetting is not measured: a model wrote the held-out questions, so every change of its wording would count as a "
    "loss; questions that people asked (--held-out) would tell."
)


def results(study: Study) -> dict[str, Any]:
    """The contract's JSON: `rows`, and beside them the base model, the sweep, the claims and what was left out."""
    plan = study.plan
    base = _measures(study, study.base_file) if study.base_file.is_file() else None
    factors = {method: study.factor(method) for method in plan.methods}
    rows = [_row(study, cell, factors[cell.method], base) for cell in plan.cells]
    each = {row["label"]: row.pop("each") for row in rows}
    scores = _base_scores(base)
    facts = facts_of([one.question for one in study.held_out if one.question.answers])
    return {
        "study": study.id,
        "folder": str(study.folder),
        "base_model": plan.base_model or "trial",
        "parameters": plan.parameters,
        "weight_bytes": plan.weight_bytes,
        "rows": rows,
        "base": scores,
        "sweep": [line for method in plan.methods for line in _sweep(study, method, factors[method])],
        "claims": claims(rows, each, facts, scores, plan.parameters, plan.weight_bytes),
        "left_out": list(plan.left_out),
        "forgetting_left_out": None if asked_by_people(study.held_out) else _OWN_WORDS,
        "unfinished": sum(row["left"] for row in rows),
    }


def write_results(study: Study) -> dict[str, Any]:
    """results.json, report.md, table.csv, claims.csv and the drawings; gives the results with the `files`."""
    found = results(study)
    pictures = drawings(found)
    tables = {"table.csv": csv_of(found["rows"]), "claims.csv": claims_csv(found["claims"])}
    texts = {"report.md": markdown_of(found, list(pictures)), **tables, **pictures}
    for name, text in texts.items():
        write_text(study.folder / name, text)
    found["files"] = [str(study.folder / name) for name in ("results.json", *texts)]
    write_json(study.folder / "results.json", found)
    return found


def _row(study: Study, cell: Cell, factor: float | None, base: dict[str, Any] | None) -> Row:
    configs = [] if factor is None else [study.config(cell, factor, seed) for seed in study.seeds]
    runs = [run for run in map(study.find, configs) if run is not None]
    measured = [run for run in runs if (run.folder / MEASURES).is_file()]
    measures = [_measures(study, run.folder / MEASURES) for run in measured]
    lines = [_figures(run, found, base) for run, found in zip(measured, measures, strict=True)]
    known = {name: [value for line in lines if (value := line[name]) is not None] for name in MEASURED}
    left = study.plan.request.seeds - len(measured)
    if factor is None:  # no learning rate is chosen: the sweep is not through, or all of it failed
        runs = [run for _, run, _ in study.sweep(cell.method) if run is not None]
    failed = [f"{run.id}: {run.reason}" for run in runs if run.state == FAILED]
    hopeless = factor is None and len(failed) == len(study.plan.request.rates)
    return {
        "method": cell.method,
        "title": find_method(cell.method).title,
        "options": cell.options,
        "chosen": cell.chosen,
        "label": cell.label,
        "size": cell.size,
        "settings": list(cell.settings),
        "learning_rate": None if factor is None else study.plan.rate(cell.method, factor),
        "trainable_parameters": cell.parameters,
        **{name: mean(values) if values else None for name, values in known.items()},
        "spread": {name: stdev(values) if len(values) > 1 else None for name, values in known.items()},
        "spectrum": measures[0].get("spectrum") if measures else None,
        "each": [_each(found) for found in measures],
        "n": len(measured),
        "left": 0 if hopeless else left if factor is None else left - len(failed),
        "runs": [run.id for run in measured],
        "failed": failed,
    }


def _measures(study: Study, file: Path) -> dict[str, Any]:
    """What was measured, without what was forgotten where that has no meaning: earlier versions measured it there."""
    replay = {} if asked_by_people(study.held_out) else {"replay_f1": None, "replay_n": 0}
    return {**read_json(file), **replay}


def _each(measures: dict[str, Any]) -> list[float] | None:
    """What a row's quality is for each question; None in measures from before that was kept."""
    arms = [measures[arm].get("f1_each") for arm in ("closed", "passages")]
    return None if None in arms else [mean(scores) for scores in zip(*arms, strict=True)]


def _figures(run: Run, measures: dict[str, Any], base: dict[str, Any] | None) -> dict[str, float | None]:
    """One run's measures, under the names of the table."""
    cost = read_json(run.folder / "result.json")
    speed = measures["speed"]
    one, eight = speed["step_ms"]["1"], speed["step_ms"]["8"]
    before, after = base["replay_f1"] if base else None, measures["replay_f1"]
    if base and (_each(base) is None) != (_each(measures) is None):
        before = None  # versions that kept no score of each question took other tasks
    return {
        "adapter_bytes": cost["adapter_bytes"],
        "train_seconds": cost["seconds"],
        "train_tokens_per_second": cost["tokens"] / cost["seconds"] if cost["seconds"] else None,
        "peak_bytes": cost["peak_bytes"],
        "load_ms": speed["load_ms"],
        "switch_ms": speed["switch_ms"],
        "decode_ms_per_token": one["adapter"],
        "decode_ms_per_token_merged": one["merged"],
        "decode_ms_per_token_base": one["base"],
        "decode_ms_per_step_of_8": eight["adapter"],
        "decode_ms_per_step_of_8_merged": eight["merged"],
        "decode_ms_per_step_of_8_base": eight["base"],
        "exact_match": measures["closed"]["exact_match"],
        "f1": measures["closed"]["f1"],
        "exact_match_with_passages": measures["passages"]["exact_match"],
        "f1_with_passages": measures["passages"]["f1"],
        "replay_f1": after,
        "forgetting": None if before is None or after is None else before - after,
    }


def _base_scores(base: dict[str, Any] | None) -> dict[str, Any] | None:
    if base is None:
        return None
    return {
        "exact_match": base["closed"]["exact_match"],
        "f1": base["closed"]["f1"],
        "exact_match_with_passages": base["passages"]["exact_match"],
        "f1_with_passages": base["passages"]["f1"],
        "replay_f1": base["replay_f1"],
        "forgetting": None if base["replay_f1"] is None else 0.0,
        "questions": base["closed"]["n"],
        "replay_questions": base["replay_n"],
    }


def _sweep(study: Study, method: str, factor: float | None) -> list[dict[str, Any]]:
    """The learning rates that were tried for a method, and which one was chosen."""
    if len(study.plan.request.rates) == 1:
        return []
    return [
        {
            "method": method,
            "label": study.plan.trial_cell(method).label,
            "learning_rate": study.plan.rate(method, tried),
            "development_f1": score,
            "chosen": tried == factor,
            "failed": run.reason if run and run.state == FAILED else None,
        }
        for tried, run, score in study.sweep(method)
    ]
