"""A method's options (a dataclass with ranges) -> widgets -> options as text; the same for the training's.

Knows no method by name: what is shown comes from each field's default, range and help.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from domain_tuner.methods.options import OptionField, option_fields

# Of the training's fields these are worth a widget; the rest are for the command line.
TRAINING_SHOWN = ("epochs", "learning_rate", "rows_per_batch", "max_steps", "questions", "seed")


def widgets(options: type[Any], prefix: str, only: Sequence[str] = ()) -> dict[str, gr.components.Component]:
    """One widget a field, by the field's name; `only` chooses fields. Their elem_id is prefix-name."""
    return {
        field.name: widget(field, f"{prefix}-{field.name}")
        for field in option_fields(options)
        if not only or field.name in only
    }


def widget(field: OptionField, elem_id: str) -> gr.components.Component:
    """A choice, a tick or a number with its range in words; what is typed is checked when the run is made."""
    shared: dict[str, Any] = {"label": field.label, "elem_id": elem_id, "interactive": True, "min_width": 200}
    if isinstance(field.default, bool):
        return gr.Checkbox(value=field.default, info=field.help, **shared)
    if field.choices:
        return gr.Dropdown(list(field.choices), value=field.default, info=field.help, **shared)
    return gr.Number(value=field.default, info=f"{field.help} ({field.allowed})", **shared)


def values(fields: Mapping[str, gr.components.Component], read: Mapping[Any, Any]) -> dict[str, str]:
    """What the widgets hold, as text for parse_options; an emptied field keeps its default."""
    held = {name: read[component] for name, component in fields.items()}
    return {name: str(value) for name, value in held.items() if value is not None and value != ""}
