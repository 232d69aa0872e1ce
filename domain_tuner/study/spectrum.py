"""How many directions an update needs: the share of its energy in its first r singular directions, matrix by matrix.

The update is what merging the adapter changes in a weight, so every method that merges has one, full tuning as well as
LoRA (whose update has its rank as a bound). Where a small r holds nearly all of it, a small rank would have sufficed:
the question behind LoRA (Aghajanyan et al. 2020, arXiv 2012.13255; Hu et al. 2021, section 7). Knows no runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import mean
from typing import Any

SIZES = (1, 2, 4, 8, 16, 32, 64)
Matrix = dict[str, Any]


def spectrum(model: Any, merged: Any) -> list[Matrix] | None:
    """`name`, `role`, `layer` and `shares` (at SIZES, 1 where there are no more directions) of each changed matrix.

    Of the decoder's layers alone. None in half precision, where the merge rounds away as much as the update is.
    """
    import torch

    if next(model.parameters()).dtype != torch.float32:
        return None
    found = []
    for role, layer, name in _matrices(model):
        change = (merged.get_submodule(name).weight - model.get_submodule(name).weight).detach()
        energy = torch.linalg.svdvals(change).square()
        if float(energy.sum()) == 0.0:
            continue
        shares = (energy.cumsum(0) / energy.sum()).tolist()
        known = [round(shares[min(size, len(shares)) - 1], 5) for size in SIZES]
        found.append({"name": name, "role": role, "layer": layer, "shares": known})
    return found


def _matrices(model: Any) -> Iterator[tuple[str, int, str]]:
    """(role, layer, full name) of the linear layers that have roles; layers are counted in each role by their list."""
    from domain_tuner.methods.places import find_places

    for role, names in find_places(model).linears.items():
        for name in names:
            numbers = [int(part) for part in name.split(".") if part.isdigit()]
            yield role, numbers[0] if numbers else 0, name


def by_role(matrices: Sequence[Matrix]) -> dict[str, list[float]]:
    """Mean shares over the layers at SIZES, by role, and over all matrices under `all`."""
    groups: dict[str, list[Matrix]] = {}
    for matrix in matrices:
        groups.setdefault(matrix["role"], []).append(matrix)
    groups["all"] = list(matrices)
    columns = {role: zip(*(matrix["shares"] for matrix in group), strict=True) for role, group in groups.items()}
    return {role: [mean(column) for column in shares] for role, shares in columns.items()}


def widest(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each method the row with the most parameters that has a spectrum: the least bounded of its updates."""
    best: dict[str, dict[str, Any]] = {}
    for row in sorted((row for row in rows if row.get("spectrum")), key=lambda row: row["trainable_parameters"]):
        best[row["method"]] = row
    return list(best.values())
