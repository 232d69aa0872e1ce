"""What a command comes to: the object for --json, the text for people, and whether something failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """`data` is the contract's JSON object."""

    data: dict[str, Any]
    text: str = ""
    failed: bool = False
