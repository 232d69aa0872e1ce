"""The cells of a study: methods x sizes x places, each method's default, and settings of equal budget.

A method's size is the whole-number option by which its parameters grow (rank, bottleneck, tokens), its place the option
whose choices were asked for (targets, placement); both are found from the options and the method's own `count`, so no
method is named here. Knows nothing about runs, questions or scores.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from domain_tuner.errors import BadOption, WrongOption
from domain_tuner.methods import METHODS, Method, find_method, option_fields, option_values, parse_options
from domain_tuner.methods.options import OptionField
from domain_tuner.study.plan import DEFAULT, EQUAL, GRID, Cell, Request

if TYPE_CHECKING:
    from domain_tuner.base_model import BaseModel
    from domain_tuner.training_config import TrainingConfig

_NEAR = 0.1  # a setting counts as of equal budget within a tenth of it


def make_cells(request: Request, model: Any, training: TrainingConfig) -> tuple[tuple[Cell, ...], tuple[str, ...]]:
    """The cells, and sentences about what was left out. BadOption where what was named cannot be, or is no option."""
    methods = [find_method(name) for name in request.methods or METHODS]
    _check(request, methods)
    left_out: list[str] = []
    settings: list[_Setting] = []
    for method in methods:
        own = _own_options(request, method)
        options = parse_options(method, own)  # what is no option at all leaves no method out
        try:
            method.check_training(training.gradient_checkpointing)
            training.check(options)
            method.check(model, options)
        except BadOption as error:
            if request.methods or own:
                raise
            left_out.append(f"{method.name}: {error}")
        else:
            settings.append(_Setting(method, own, model, request.targets))
    if not settings:
        raise BadOption("None of the methods can be put on this base model. " + " ".join(left_out))
    budget = request.budget
    if budget == 0:
        budget = settings[0].cell({}, DEFAULT).parameters
    cells: list[Cell] = []
    for setting in settings:
        cells += setting.cells(request, budget, left_out)
    if not cells:
        raise BadOption("None of these settings can be put on this base model. " + " ".join(left_out))
    return _each_once(cells), tuple(left_out)


def _check(request: Request, methods: Sequence[Method]) -> None:
    if request.seeds < 1 or request.limit < 0 or not request.rates or any(not 0 < r < 1000 for r in request.rates):
        raise WrongOption(
            "A study needs at least one seed, learning-rate factors above 0 (--rates 0.3,1,3), and a --limit of "
            "held-out questions that is 0 (all) or more."
        )
    places = {choice for method in methods for f in option_fields(method.options) for choice in f.choices}
    for target in request.targets:
        if target not in places:
            raise WrongOption(
                f"No method of this study can go on {target!r}. --targets takes the choices of the methods' own "
                f"options, among them: {', '.join(sorted(places))}."
            )
    for name in request.options:
        of, dot, _ = name.partition(".")
        if dot and of not in {method.name for method in methods}:
            listed = ", ".join(method.name for method in methods)
            raise WrongOption(f"--option {name}=...: {of!r} is no method of this study ({listed}).")


def _own_options(request: Request, method: Method) -> dict[str, str]:
    start = f"{method.name}."
    return {name[len(start) :]: value for name, value in request.options.items() if name.startswith(start)}


class _Setting:
    """One method on one model, and the cells that it gives."""

    def __init__(self, method: Method, own: dict[str, str], model: Any, targets: Sequence[str]) -> None:
        self.method, self.own, self.model = method, own, model
        self.size = size_option(method, model, parse_options(method, own))
        self.place = next((f for f in option_fields(method.options) if set(f.choices) & set(targets)), None)
        self.places = [target for target in targets if self.place and target in self.place.choices]

    def cells(self, request: Request, budget: int | None, left_out: list[str]) -> list[Cell]:
        grid = self._grid(request.ranks)
        made = [] if grid and budget is None else [self.cell({}, DEFAULT)]
        for chosen in grid:
            made += self._possible(chosen, GRID, left_out)
        if budget is not None:
            made += self._of_budget(budget, left_out)
        return made

    def _grid(self, ranks: Sequence[int]) -> list[dict[str, Any]]:
        """Sizes x places, as far as the method has them."""
        sizes = [{self.size.name: rank} for rank in ranks] if self.size else []
        places = [{self.place.name: place} for place in self.places] if self.place else []
        if not sizes and not places:
            return []
        return [{**size, **place} for place in places or [{}] for size in sizes or [{}]]

    def _of_budget(self, budget: int, left_out: list[str]) -> list[Cell]:
        if self.size is None:
            left_out.append(f"{self.method.name} at equal budget: it has no size to choose.")
            return []
        options = parse_options(self.method, self.own)
        size = size_for(self.method, self.model, options, self.size, budget)
        parameters = self.cell({self.size.name: size}, EQUAL).parameters
        if abs(parameters - budget) > _NEAR * budget:
            left_out.append(
                f"{self.method.name} at equal budget: {self.size.name} goes from {self.size.allowed}, and the nearest "
                f"to {budget:,} parameters is {self.size.name}={size} with {parameters:,}."
            )
            return []
        return self._possible({self.size.name: size}, EQUAL, left_out)

    def _possible(self, chosen: dict[str, Any], setting: str, left_out: list[str]) -> list[Cell]:
        """The cell, where this model can have it."""
        options = parse_options(self.method, {**self.own, **chosen})
        try:
            self.method.check(self.model, options)
        except BadOption as error:
            named = " ".join(f"{name}={value}" for name, value in chosen.items())
            left_out.append(f"{self.method.name} {named}: {error}")
            return []
        return [self.cell(chosen, setting)]

    def cell(self, chosen: dict[str, Any], setting: str) -> Cell:
        options = parse_options(self.method, {**self.own, **chosen})
        size = getattr(options, self.size.name) if self.size else None
        values = option_values(options)
        named = [self.size.name] if self.size else []
        named += [self.place.name] if self.place else []
        shown = {name: values[name] for name in dict.fromkeys([*named, *self.own])}
        return Cell(self.method.name, values, shown, size, self.method.count(self.model, options), (setting,))


def size_option(method: Method, model: Any, options: Any) -> OptionField | None:
    """The whole-number option by which the method's parameters grow, None where there is none."""
    now = method.count(model, options)
    for one in option_fields(method.options):
        if isinstance(one.default, int) and not isinstance(one.default, bool):
            larger = dataclasses.replace(options, **{one.name: getattr(options, one.name) + 1})
            if method.count(model, larger) > now:
                return one
    return None


def size_for(method: Method, model: Any, options: Any, size: OptionField, budget: int) -> int:
    """The size within its range whose parameters are nearest to the budget (they grow with the size)."""

    def parameters(value: int) -> int:
        return method.count(model, dataclasses.replace(options, **{size.name: value}))

    assert size.low is not None and size.high is not None
    first, low, high = int(size.low), int(size.low), int(size.high)
    while low < high:
        middle = (low + high) // 2
        if parameters(middle) < budget:
            low = middle + 1
        else:
            high = middle
    return min((max(first, low - 1), low), key=lambda value: abs(parameters(value) - budget))


def _each_once(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """The cells in order; those of the same method and options become one, with the settings of all."""
    found: dict[str, Cell] = {}
    for cell in cells:
        key = json.dumps([cell.method, cell.options], sort_keys=True)
        before = found[key].settings if key in found else ()
        found[key] = dataclasses.replace(cell, settings=tuple(dict.fromkeys((*before, *cell.settings))))
    return tuple(found.values())


def method_rates(cells: Sequence[Cell], base: BaseModel) -> dict[str, float]:
    """Each method's own learning rate on this base model."""
    from domain_tuner.training import rate_for

    return {cell.method: rate_for(base, find_method(cell.method).learning_rate) for cell in cells}
