"""The command methods: what there is to tune with, and what can be set. Knows nothing about what a method does."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from app import terminal
from app.commands.outcome import Outcome

if TYPE_CHECKING:
    from domain_tuner.methods import Method
    from domain_tuner.methods.options import OptionField


def methods(args: Namespace) -> Outcome:
    """All methods, or the options of one with those of the training."""
    from domain_tuner.methods import METHODS, find_method

    if args.method:
        return _one(find_method(args.method))
    text = terminal.table(["method", "is", ""], [[each.name, each.title, each.summary] for each in METHODS.values()])
    found = [_told(each) for each in METHODS.values()]
    return Outcome({"methods": found}, f"{text}\n\nThe options of one: domain-tuner methods NAME")


def _one(method: Method) -> Outcome:
    from domain_tuner.methods import option_fields
    from domain_tuner.training_config import TrainingConfig

    groups = {"options": option_fields(method.options), "training": option_fields(TrainingConfig)}
    listed = {
        group: [{**asdict(field), "allowed": field.allowed} for field in fields] for group, fields in groups.items()
    }
    tables = [
        terminal.table([title, "default", "may be", "is"], [_row(field) for field in fields])
        for title, fields in zip(("option", "of the training"), groups.values(), strict=True)
        if fields
    ]
    return Outcome(
        {**_told(method), **listed}, "\n\n".join([f"{method.title}: {method.summary}\n{method.paper}", *tables])
    )


def _told(method: Method) -> dict[str, Any]:
    return {"method": method.name, "title": method.title, "summary": method.summary, "paper": method.paper}


def _row(field: OptionField) -> list[str]:
    default = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
    return [field.name, default, field.allowed, field.help]


def _add_methods(add: Any) -> None:
    command = add(
        "methods",
        methods,
        "list the tuning methods, or what can be set of one",
        "domain-tuner methods\ndomain-tuner methods lora",
    )
    command.add_argument("method", nargs="?", metavar="NAME", help="a method, for its options and the training's")


COMMANDS = (_add_methods,)
