"""Where the sample documents and their questions lie. Knows nothing else about them."""

from pathlib import Path

_FOLDER = Path(__file__).resolve().parent.parent / "data" / "samples"
SAMPLES = _FOLDER / "documents"
TRAIN = _FOLDER / "questions-train.jsonl"
HELD_OUT = _FOLDER / "questions-heldout.jsonl"
