"""Checkpoints that are whole or not there: each has a manifest of sizes and hashes, and its name comes last.

A checkpoint is a folder `step-00000120` under the run's `checkpoints`. Knows nothing about what is in one.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from domain_tuner.files import publish_folder, read_json, sha256, write_json

MANIFEST = "manifest.json"
_NAME = re.compile(r"step-(\d{8})")
_KEPT = 2  # the newest, and the one before it in case the newest is damaged


def commit(made: Path, checkpoints: Path, step: int) -> Path:
    """Give the folder `made` its manifest and its name; older checkpoints than the last two go."""
    files = {
        str(path.relative_to(made)): {"size": path.stat().st_size, "sha256": sha256(path)}
        for path in sorted(made.rglob("*"))
        if path.is_file()
    }
    write_json(made / MANIFEST, {"step": step, "files": files})
    target = checkpoints / f"step-{step:08d}"
    publish_folder(made, target)
    for old in _by_step(checkpoints)[_KEPT:]:
        shutil.rmtree(old)
    return target


def newest(checkpoints: Path) -> tuple[Path, int] | None:
    """The newest checkpoint that verifies and its step; None where there is none. Damaged ones are passed over."""
    for folder in _by_step(checkpoints):
        if verifies(folder):
            return folder, step_of(folder)
    return None


def verifies(folder: Path) -> bool:
    """Whether every file that the manifest names is there with its size and hash."""
    try:
        files = read_json(folder / MANIFEST)["files"]
        return all(
            (folder / name).stat().st_size == known["size"] and sha256(folder / name) == known["sha256"]
            for name, known in files.items()
        )
    except (OSError, json.JSONDecodeError, KeyError, TypeError):
        return False


def step_of(folder: Path) -> int:
    found = _NAME.fullmatch(folder.name)
    return int(found[1]) if found else -1


def _by_step(checkpoints: Path) -> list[Path]:
    if not checkpoints.is_dir():
        return []
    return sorted((path for path in checkpoints.iterdir() if step_of(path) >= 0), key=step_of, reverse=True)
