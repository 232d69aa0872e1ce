"""Numbers as people read them, on the terminal and on the page. Pure functions; knows nothing of either."""

from __future__ import annotations

from collections.abc import Mapping

from domain_tuner.counting import counted as counted


def duration(seconds: float | None) -> str:
    """`9 s`, `4 min 20 s`, `2 h 5 min`; a dash where it is not known."""
    if seconds is None:
        return "-"
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def size(count: float | None) -> str:
    """Bytes as people read them."""
    if count is None:
        return "-"
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError("unreachable")


def percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}"


def p_value(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def interval(score: Mapping[str, float | None] | None) -> str:
    """`41.0 [33.5, 48.9]`, in percent."""
    if score is None or score.get("value") is None:
        return "-"
    return f"{percent(score['value'])} [{percent(score['low'])}, {percent(score['high'])}]"
