"""A study's results as text: the table of the PEFT papers in Markdown and CSV, the sweep, and the claims.

Pure functions of the results' JSON. Scores are in percent, mean ± standard deviation over seeds; None is a dash.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from domain_tuner.study.spectrum import SIZES, by_role, widest

Row = dict[str, Any]
HEADERS = (
    *("method", "setting", "seeds", "parameters", "adapter KB", "train s", "tokens/s", "peak MB", "load / switch ms"),
    *("ms/token", "merged", "ms/step of 8", "merged", "EM", "F1", "EM with passages", "F1 with passages", "forgetting"),
)
_SCORES = ("exact_match", "f1", "exact_match_with_passages", "f1_with_passages", "forgetting")


def table_of(results: dict[str, Any]) -> list[list[str]]:
    """The cells under HEADERS, the base model first."""
    base = results["base"] or {}
    scores = [_percent(base.get(name)) for name in _SCORES]
    times = [_number(_mean_of(results["rows"], f"decode_ms_per_{of}_base"), 1, 2) for of in ("token", "step_of_8")]
    empty = [None] * (SCORES_FROM - 5)  # but the label, the two times and the two merged ones, which a base has not
    first = _texts(["base model", *empty, times[0], None, times[1], None, *scores])
    return [first, *(_cells(row) for row in results["rows"])]


def _mean_of(rows: Sequence[Row], name: str) -> float | None:
    known = [row[name] for row in rows if row[name] is not None]
    return sum(known) / len(known) if known else None


def _cells(row: Row) -> list[str]:
    return _texts(
        [
            row["label"],
            ", ".join(row["settings"]),
            f"{row['n']}" + (f" ({len(row['failed'])} failed)" if row["failed"] else ""),
            f"{row['trainable_parameters']:,}",
            _number(row["adapter_bytes"], 1e-3, 0),
            _number(row["train_seconds"], 1, 1),
            _number(row["train_tokens_per_second"], 1, 0),
            _number(row["peak_bytes"], 1e-6, 0),
            None if row["load_ms"] is None else f"{row['load_ms']:.1f} / {row['switch_ms']:.2f}",
            *(_number(row[f"decode_ms_per_{of}"], 1, 2) for of in _TIMES),
            *(_percent(row[name], row["spread"][name]) for name in _SCORES),
        ]
    )


_TIMES = ("token", "token_merged", "step_of_8", "step_of_8_merged")


def _texts(cells: Sequence[str | None]) -> list[str]:
    return ["–" if cell is None else cell for cell in cells]


def _number(value: float | None, times: float, digits: int) -> str | None:
    return None if value is None else f"{value * times:,.{digits}f}"


def _percent(value: float | None, spread: float | None = None) -> str | None:
    if value is None:
        return None
    return f"{100 * value:.1f}" + (f" ± {100 * spread:.1f}" if spread is not None else "")


def markdown_of(results: dict[str, Any], pictures: Sequence[str]) -> str:
    """The whole report."""
    parts = [
        f"# Study {results['study']}",
        _about(results),
        _grid(HEADERS, table_of(results)),
        *(f"![{name.partition('.')[0]}]({name})" for name in pictures),
    ]
    if results["claims"]:
        parts += ["## What the papers claim, at this scale", _grid(CLAIM_HEADERS, claim_cells(results))]
    if widest(results["rows"]):
        parts += ["## How many directions the update needs", _ABOUT_SPECTRA, _grid(SPECTRUM_HEADERS, _spectra(results))]
    if results["sweep"]:
        parts += ["## Learning rates, chosen on the development questions", _grid(SWEEP_HEADERS, _sweep_cells(results))]
    failed = [f"- {row['label']}: {why}" for row in results["rows"] for why in row["failed"]]
    left_out = [f"- {sentence}" for sentence in results["left_out"]]
    if failed or left_out:
        parts += ["## Not in the table", "\n".join([*left_out, *failed])]
    return "\n\n".join(parts) + "\n"


_FORGETTING = "Forgetting is the F1 that the model lost at writing the questions that people asked."


def _about(results: dict[str, Any]) -> str:
    asked = results["base"]["questions"] if results["base"] else 0
    lines = [
        f"Base model {results['base_model']}, {results['parameters']:,} parameters. Every run learned from the same "
        f"rows, in an order that its seed decides, and answered the same {asked} held-out questions. Passages are the "
        "same, too, but that prompt and prefix tuning have so many tokens less room for them as they take.",
        "Scores are in percent, mean ± standard deviation over seeds; EM and F1 alone are closed-book. "
        f"{results['forgetting_left_out'] or _FORGETTING} Times of decoding are milliseconds a token at batch 1 and a "
        "step at batch 8; peak memory is the device's, on a CPU that of the whole process.",
    ]
    if results["unfinished"]:
        lines.append(f"{results['unfinished']} runs of the table are not done yet.")
    return "\n\n".join(lines)


SCORES_FROM = len(HEADERS) - len(_SCORES)  # the columns before are what a row costs
CLAIM_HEADERS = ("claim", "literature", "measured here", "carries over")
SWEEP_HEADERS = ("method", "learning rate", "development F1", "chosen")


def claim_cells(results: dict[str, Any]) -> list[list[str]]:
    return [_texts([c["claim"], c["literature"], c["measured"], c["sentence"]]) for c in results["claims"]]


def _sweep_cells(results: dict[str, Any]) -> list[list[str]]:
    return [
        _texts(
            [
                line["label"],
                f"{line['learning_rate']:g}",
                _percent(line["development_f1"]) or line["failed"],
                "yes" if line["chosen"] else "",
            ]
        )
        for line in results["sweep"]
    ]


_ABOUT_SPECTRA = (
    "The share of the update's energy (squared singular values) in its first r directions, in percent, mean over the "
    "layers; of each method that merges the setting with the most parameters. A rank that holds nearly all of full "
    "tuning's update suffices for these documents. Layer by layer in results.json; seed 0."
)
SPECTRUM_HEADERS = ("setting", "matrices", *(f"r = {size}" for size in SIZES))


def _spectra(results: dict[str, Any]) -> list[list[str]]:
    return [
        [row["label"], role, *(f"{100 * share:.1f}" for share in shares)]
        for row in widest(results["rows"])
        for role, shares in by_role(row["spectrum"]).items()
    ]


def _grid(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def claims_csv(claims: Sequence[dict[str, Any]]) -> str:
    """One line a claim; `carries_over` in words."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["claim", "literature", "measured", "carries_over", "sentence"])
    words = {True: "yes", False: "no"}
    for claim in claims:
        unknown = "not checked" if claim["measured"] is None else "cannot be told here"
        holds = words.get(claim["carries_over"], unknown)
        writer.writerow([claim["claim"], claim["literature"], claim["measured"], holds, claim["sentence"]])
    return out.getvalue()


def csv_of(rows: Sequence[Row]) -> str:
    """One line a row, plain numbers; each measure is followed by its standard deviation over seeds."""
    out = io.StringIO()
    measured = list(rows[0]["spread"]) if rows else []
    plain = ["method", "label", "settings", "size", "learning_rate", "trainable_parameters", "n"]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*plain, *(part for name in measured for part in (name, f"{name}_sd"))])
    for row in rows:
        values = [part for name in measured for part in (row[name], row["spread"][name])]
        first = [row[name] if name != "settings" else ", ".join(row["settings"]) for name in plain]
        writer.writerow([*first, *values])
    return out.getvalue()
