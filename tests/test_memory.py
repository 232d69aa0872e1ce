"""The peak of a process is its own, whoever started it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from domain_tuner.memory import peak_of_process

pytestmark = pytest.mark.quick

MIB = 1 << 20


def test_the_peak_is_of_this_process_alone() -> None:
    held = bytearray(200 * MIB)
    held[::4096] = b"\1" * len(held[::4096])  # every page is touched
    assert peak_of_process() > 200 * MIB
    code = (
        "from domain_tuner.memory import peak_of_process as peak\n"
        f"before = peak(); held = bytes({60 * MIB}).replace(b'\\0', b'1'); print(before, peak())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, after = map(int, done.stdout.split())
    assert before < 100 * MIB, "a small process that a large one has started"
    assert 60 * MIB <= after - before < 140 * MIB
