"""Base models by hub name: what is fetched, and what tells one from another. A folder stands in for the hub."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from contract import fresh
from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError
from safetensors.torch import load_file, save_file

from domain_tuner.base_model import fingerprint, load_base_model
from domain_tuner.errors import NoModel
from domain_tuner.methods import METHODS

pytestmark = pytest.mark.quick
NAME, COMMIT = "acme/tiny", "0123456789" * 4
ROOT = Path(__file__).resolve().parent.parent
ModelFolder = Callable[..., Path]


class Hub:
    """Fetches from a folder into a cache as huggingface_hub lays it out; `fetched` are the names that were asked for
    and there. `None` as the folder: it cannot be reached."""

    def __init__(self, folder: Path | None, cache: Path) -> None:
        self.folder, self.fetched = folder, set[str]()
        self.snapshot = cache / "models--acme--tiny" / "snapshots" / COMMIT
        self.snapshot.mkdir(parents=True)
        (cache / "models--acme--tiny" / "refs").mkdir()
        (cache / "models--acme--tiny" / "refs" / "main").write_text(COMMIT)

    def one(self, name: str, filename: str, **_: object) -> None:
        if self.folder is None:
            raise LocalEntryNotFoundError("no way to the hub")
        if not (self.folder / filename).is_file():
            raise EntryNotFoundError(filename)
        shutil.copy(self.folder / filename, self.snapshot / filename)
        self.fetched.add(filename)

    def several(self, name: str, allow_patterns: list[str], **_: object) -> None:
        for filename in allow_patterns:
            self.one(name, filename)


@pytest.fixture
def hub_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path | None], Hub]:
    def made(folder: Path | None) -> Hub:
        hub = Hub(folder, tmp_path / "cache")
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr("transformers.utils.hub.hf_hub_download", hub.one)
        monkeypatch.setattr("transformers.utils.hub.snapshot_download", hub.several)
        return hub

    return made


@pytest.mark.parametrize("shards", [False, True])
def test_a_model_on_a_hub_is_the_same_before_it_is_loaded_and_after(
    shards: bool, model_folder: ModelFolder, tmp_path: Path, hub_of: Callable[[Path | None], Hub]
) -> None:
    """A run records the fingerprint before its process has loaded anything, and is refused where it differs then."""
    there = shutil.copytree(model_folder("llama"), tmp_path / "there")
    if shards:
        model = load_base_model(there).model
        (there / "model.safetensors").unlink()
        model.save_pretrained(there, max_shard_size="100KB")
    (there / "pytorch_model.bin").write_bytes(b"never fetched")
    (there / "consolidated.safetensors").write_bytes(b"the same weights once more, of no use")
    weights = {path.name for path in there.glob("model*.safetensors")}
    assert (len(weights) > 1) is shards
    hub = hub_of(there)
    before = fingerprint(NAME)
    assert weights <= hub.fetched and not {"pytorch_model.bin", "consolidated.safetensors"} & hub.fetched
    loaded = load_base_model(NAME)
    assert loaded.fingerprint == before == fingerprint(NAME)
    assert (loaded.revision, load_base_model(there).revision) == (COMMIT, None)
    (there / "consolidated.safetensors").unlink()
    assert fingerprint(there) == before, "a copy in a folder is the same model"


def test_weights_that_are_no_weights_are_said_to_be_so(model_folder: ModelFolder, tmp_path: Path) -> None:
    there = shutil.copytree(model_folder("llama"), tmp_path / "there")
    whole = (there / "model.safetensors").read_bytes()
    for spoilt in (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", whole[: len(whole) // 2]):
        (there / "model.safetensors").write_bytes(spoilt)
        with pytest.raises(NoModel, match=r"weights of .*there cannot be read.*git-lfs"):
            load_base_model(there)


def test_a_hub_without_the_weights_or_out_of_reach_is_said_at_once(
    model_folder: ModelFolder, tmp_path: Path, hub_of: Callable[[Path | None], Hub]
) -> None:
    there = shutil.copytree(model_folder("llama"), tmp_path / "there")
    (there / "model.safetensors").rename(there / "pytorch_model.bin")
    hub = hub_of(there)
    with pytest.raises(NoModel, match=r"no weights in safetensors.*a hub name that is reachable or cached"):
        fingerprint(NAME)
    hub.folder = None
    with pytest.raises(NoModel, match=r"no weights in safetensors.*cannot be fetched"):
        fingerprint(NAME)
    (hub.snapshot / "config.json").unlink()
    with pytest.raises(NoModel, match=r"acme/tiny.*a hub name that is reachable or cached"):
        fingerprint(NAME)


def test_weights_that_are_not_whole_are_refused(model_folder: Callable[..., Path], tmp_path: Path) -> None:
    there = shutil.copytree(model_folder("llama"), tmp_path / "there")
    weights = load_file(there / "model.safetensors")
    save_file({k: v for k, v in weights.items() if "layers.1." not in k}, there / "model.safetensors", {"format": "pt"})
    with pytest.raises(NoModel, match=r"of its parts are missing, the first of them .*layers\.1\."):
        load_base_model(there)


def test_a_folder_without_its_tokenizer_is_refused(model_folder: ModelFolder, tmp_path: Path) -> None:
    there = shutil.copytree(model_folder("gpt2"), tmp_path / "there")
    for file in there.glob("tokenizer*"):
        file.unlink()
    (there / "chat_template.jinja").unlink()
    with pytest.raises(NoModel, match=r"The tokenizer of .*there knows no words.*tokenizer\.json"):
        load_base_model(there)


@pytest.mark.parametrize("load", [fingerprint, load_base_model])
def test_an_adapter_is_no_base_model_alone_or_beside_one(
    load: Callable[[Path], object], model_folder: ModelFolder, tmp_path: Path
) -> None:
    alone, beside = tmp_path / "alone", shutil.copytree(model_folder("llama"), tmp_path / "beside")
    adapted = fresh(METHODS["lora"], load_base_model(beside).model)
    adapted.peft_config["default"].base_model_name_or_path = "acme/big"
    for folder, says in (
        (beside, "beside has an adapter beside the weights"),
        (alone, "alone is an adapter.*to acme/big"),
    ):
        adapted.save_pretrained(folder)
        with pytest.raises(NoModel, match=says):
            load(folder)


@pytest.mark.parametrize("name", ["./nosuch", "/no/such", "models/of/mine"])
def test_a_folder_that_is_not_there_is_no_odd_hub_name(name: str) -> None:
    for load in (fingerprint, load_base_model):
        with pytest.raises(NoModel, match=f"'{name}' is neither a folder that is there nor a hub name. Give a folder"):
            load(name)


def test_the_hub_library_tells_nobody_of_its_retries() -> None:
    code = (
        "from domain_tuner.base_model import quiet_libraries; quiet_libraries()\n"
        "from huggingface_hub.utils import logging\n"
        "logging.get_logger('huggingface_hub.utils._http').warning('Retrying in 1s')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_the_fingerprint_sees_every_tensor(model_folder: Callable[..., Path], tmp_path: Path) -> None:
    there = shutil.copytree(model_folder("llama"), tmp_path / "there")
    before = fingerprint(there)
    weights = load_file(there / "model.safetensors")
    for name in weights:
        changed = {**weights, name: weights[name] + 0.5}
        save_file(changed, there / "model.safetensors", {"format": "pt"})
        assert fingerprint(there) != before, name
    save_file(weights, there / "model.safetensors", {"format": "pt"})
    assert fingerprint(there) == before
    (there / "model.safetensors").write_bytes(b"\xff" * 10_000)
    assert len(fingerprint(there)) == 16, "broken weights are told by loading them"
