"""What the terminal shows: tables, answers and evaluations as plain text, and one progress line on standard error.

Pure functions but for ProgressLine. Knows nothing about commands, the page or where the numbers are from.
"""

from __future__ import annotations

import io
import shutil
import sys
import time
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, TextIO

from app import figures

_PLAIN_LINE_SECONDS = 10.0  # where the line cannot be rewritten (a file, a pipe), one line in so many seconds
_TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # bidirectional overrides hide what a line says


class ProgressLine:
    """One line on standard error, written over itself on a terminal."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._last = 0.0
        self._open = False

    def show(self, text: str) -> None:
        now = time.monotonic()
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            self._write("\r\x1b[2K" + shortened(safe(text), width))
            self._open = True
        elif now - self._last >= _PLAIN_LINE_SECONDS:
            self._write(safe(text) + "\n")
            self._last = now

    def end(self) -> None:
        """Clears the line, so that what is printed next starts at the left."""
        if self._open:
            self._write("\r\x1b[2K")
            self._open = False

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except BrokenPipeError:  # nobody reads it any more; what is being done goes on
            self._stream = io.StringIO()


def safe(text: str) -> str:
    """Text from documents and models without control characters: it must not steer the terminal or turn its lines."""
    return "".join(c for c in text if c in "\n\t" or not (unicodedata.category(c) == "Cc" or c in _TURNING))


def shortened(text: str, width: int) -> str:
    """`text` on one line of at most `width` columns."""
    line = " ".join(text.split())
    if _width(line) <= width:
        return line
    wide = list(accumulate(map(_width, line)))
    return line[: bisect_right(wide, max(0, width - 1))] + "…"


def bar(done: float, of: float, width: int = 24) -> str:
    filled = round(width * min(1.0, done / of)) if of else 0
    return "█" * filled + "░" * (width - filled)


def table(headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Columns two spaces apart, as wide as their widest cell; None is a dash."""
    cells = [[_cell(value) for value in row] for row in (headers, *rows)]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )


def _cell(value: Any) -> str:
    return "-" if value is None or value == "" else safe(str(value)).replace("\n", " ")


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def place(passage: Mapping[str, Any]) -> str:
    """Where a passage stands: `handbook.pdf, page 3, Leave > Notice`."""
    page = f"page {passage['page']}" if passage.get("page") is not None else ""
    return safe(", ".join(part for part in (passage["document"], page, passage.get("heading") or "") if part))


def sources(answer: Mapping[str, Any]) -> str:
    """The numbered passages under an answer, and what it cost."""
    lines = [
        f"  [{c.get('number', n)}] {place(c)}" + "  (has the answer's words)" * bool(c.get("supports"))
        for n, c in enumerate(answer["citations"], start=1)
    ]
    tokens = f"{answer['prompt_tokens']} tokens read, {answer['output_tokens']} written"
    cost = f"{figures.duration(answer['seconds'])}, {tokens}"
    return "\n".join([*(["Passages shown to the model:", *lines] if lines else []), cost])


METRICS = {
    "exact_match": "exact match",
    "f1": "F1",
    "refusal_precision": "refusal precision",
    "refusal_recall": "refusal recall",
    "citation_hit": "citation hit",
}


def evaluation(result: Mapping[str, Any]) -> str:
    """The arms with their 95 % intervals, the pairs compared, and the verdict."""
    arms = table(
        ["arm", *METRICS.values(), "s/question"],
        [
            [
                name,
                *(figures.interval(arm.get(metric)) for metric in METRICS),
                f"{arm['seconds_per_question']:.2f}",
            ]
            for name, arm in result["arms"].items()
        ],
    )
    pairs = table(
        ["compared", "metric", "difference", "p"],
        [
            [
                f"{pair['a']} - {pair['b']}",
                METRICS.get(pair["metric"], pair["metric"]),
                figures.interval({"value": pair["difference"], "low": pair["low"], "high": pair["high"]}),
                figures.p_value(pair["p"]),
            ]
            for pair in result["pairs"]
        ],
    )
    held = sum(bool(row["answers"]) for row in result["questions"])
    title = (
        f"Percent, with 95 % intervals, of {figures.counted(held, 'question')} that the documents answer (exact match, "
        f"F1, citation hit) and {len(result['questions']) - held} that they do not (refusal recall):"
    )
    note = ["An interval may leave out zero where p is 0.05 or more; then p decides.", ""]
    return "\n".join([title, "", arms, "", *([pairs, *note] if result["pairs"] else []), safe(result["verdict"])])
