"""Options as people give them (`rank=8`) -> a checked, frozen dataclass, and its fields described for a form.

Every field has a default that sets its type, and metadata: `help`, and either `low` and `high` or `choices`; a `label`
where the papers write the name in another way.
Knows nothing about what any option does.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain_tuner.errors import WrongOption
from domain_tuner.methods.method import Method

_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")


@dataclass(frozen=True)
class OptionField:
    """One option as a form or a help text shows it; `choices` is empty where `low` and `high` bound a number."""

    name: str
    label: str
    default: Any
    help: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]

    @property
    def allowed(self) -> str:
        """The range in words: `1 to 256`, `q, qv or all`, `true or false`."""
        if isinstance(self.default, bool):
            return "true or false"
        if self.choices:
            return _either(self.choices)
        return f"{self.low:.10g} to {self.high:.10g}"


def option_fields(options: type[Any]) -> list[OptionField]:
    """The fields of an options dataclass, in order."""
    return [
        OptionField(
            name=field.name,
            label=field.metadata.get("label", field.name.replace("_", " ").capitalize()),
            default=field.default,
            help=field.metadata["help"],
            low=field.metadata.get("low"),
            high=field.metadata.get("high"),
            choices=tuple(field.metadata.get("choices", ())),
        )
        for field in dataclasses.fields(options)
    ]


def option_values(options: Any) -> dict[str, Any]:
    """The options as plain values for JSON; `read_options` takes them back."""
    return dataclasses.asdict(options)


def parse_options(method: Method, pairs: Mapping[str, Any]) -> Any:
    """The method's options with `pairs` in place of defaults; values may be text as typed or values from JSON.

    Raises WrongOption naming the option, what was met and what is allowed.
    """
    (options,) = read_options({owner_of(method): method.options}, pairs)
    return options


def owner_of(method: Method) -> str:
    return f"the method {method.name}"


def read_options(owners: Mapping[str, type[Any]], pairs: Mapping[str, Any]) -> list[Any]:
    """As parse_options, for several options dataclasses, by what messages call them: each pair goes to the first that
    has an option of its name."""
    fields = {owner: {field.name: field for field in option_fields(options)} for owner, options in owners.items()}
    values: dict[str, dict[str, Any]] = {owner: {} for owner in owners}
    for name, value in pairs.items():
        owner = next((owner for owner, known in fields.items() if name in known), None)
        if owner is None:
            raise WrongOption(_unknown(name, fields))
        values[owner][name] = _read(fields[owner][name], value, owner)
    return [options(**values[owner]) for owner, options in owners.items()]


def _unknown(name: str, fields: Mapping[str, Mapping[str, OptionField]]) -> str:
    close = difflib.get_close_matches(name, [known for own in fields.values() for known in own], n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    listed = [
        f"Options of {owner}: {'; '.join(f'{field.name} ({field.allowed})' for field in own.values()) or 'none'}."
        for owner, own in fields.items()
    ]
    return f"There is no option {name!r} of {' or of '.join(fields)}.{hint} {' '.join(listed)}"


def _read(field: OptionField, value: Any, owner: str) -> Any:
    read = _converted(field, value)
    inside = read is not None
    if inside and field.choices:
        inside = read in field.choices
    elif inside and field.low is not None and field.high is not None:
        inside = field.low <= read <= field.high
    if not inside:
        raise WrongOption(f"{field.name}={value} does not fit {owner}: {field.name} is {field.allowed} ({field.help}).")
    return read


def _converted(field: OptionField, value: Any) -> Any:
    """`value` in the type of the field's default, or None where it is not of that type."""
    text = str(value).strip()
    if isinstance(field.default, bool):
        return True if text.lower() in _TRUE else False if text.lower() in _FALSE else None
    if isinstance(field.default, str):
        return text
    try:
        number = float(text)
    except ValueError:
        return None
    if not math.isfinite(number) or (isinstance(field.default, int) and number != int(number)):
        return None
    return int(number) if isinstance(field.default, int) else number


def _either(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
