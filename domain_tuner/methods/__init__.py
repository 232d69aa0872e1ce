"""The tuning methods: one method is one file here and one line in METHODS.

Knows nothing about rows, runs or pages: forms, flags and checks are made from each method's options dataclass.
Importing this is cheap; peft and torch are loaded when a method is put on a model.
"""

from __future__ import annotations

from domain_tuner.errors import WrongOption
from domain_tuner.methods import bitfit, full, houlsby, lora, parallel_adapter, prefix, prompt, series_adapter
from domain_tuner.methods.method import Method
from domain_tuner.methods.options import option_fields, option_values, owner_of, parse_options, read_options

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        lora.METHOD,
        parallel_adapter.METHOD,
        series_adapter.METHOD,
        houlsby.METHOD,
        bitfit.METHOD,
        prompt.METHOD,
        prefix.METHOD,
        full.METHOD,
    )
}

__all__ = [
    "METHODS",
    "Method",
    "find_method",
    "option_fields",
    "option_values",
    "owner_of",
    "parse_options",
    "read_options",
    "register",
]


def find_method(name: str) -> Method:
    """The method of that name; WrongOption says which there are."""
    if name not in METHODS:
        raise WrongOption(f"There is no tuning method {name!r}. Choose one of: {', '.join(METHODS)}.")
    return METHODS[name]


def register() -> None:
    """Make peft know our own methods; needed before peft loads an adapter folder that one of them wrote."""
    import domain_tuner.methods.bias_shift
    import domain_tuner.methods.bottleneck
    import domain_tuner.methods.full_copy  # noqa: F401  (importing them registers them)
