"""What the tests over all methods share: options that fit a model, and logits of a row's own tokens."""

from __future__ import annotations

import dataclasses
from typing import Any

from domain_tuner.errors import BadOption
from domain_tuner.methods.method import Method


def fitting(method: Method, model: Any) -> Any:
    """The method's defaults, or where this model refuses them, with the first switch on that makes them fit."""
    switches = [field.name for field in dataclasses.fields(method.options) if field.default is False]
    for options in [method.options(), *(method.options(**{name: True}) for name in switches)]:
        try:
            method.count(model, options)
        except BadOption:
            continue
        return options
    raise AssertionError(f"{method.name} has no options that fit {type(model).__name__}")


def fresh(method: Method, model: Any) -> Any:
    """A fresh adapter of that method on the model, answering."""
    return method.attach(model, fitting(method, model)).eval()
