"""The base model in memory: a causal language model with its tokenizer; its device and dtype are decided here alone.

Knows nothing about adapters, prompts or retrieval.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from domain_tuner.errors import NoModel
from domain_tuner.ranks import local_rank, world
from retrieval.cores import cpu_has_bfloat16

if TYPE_CHECKING:
    import torch

_LOOK_BYTES = 4096  # of each place that tells weights from others
_WORTH_CASTING = 10_000_000  # weights; smaller models spend their time on other things
_LONGEST_HEADER = 100_000_000  # bytes, as safetensors has it
_PLAIN_WORDS = "limit 42 的"  # of which every tokenizer knows some
TRIAL_MODEL = Path(__file__).resolve().parent.parent / "data" / "models" / "trial"


@dataclass
class BaseModel:
    """`context` is in tokens; `fingerprint` names these very weights (an adapter fits no others), and `revision` is the
    commit that they came with from a hub, None of a folder. `reads_in_bfloat16`: a CPU multiplies in that while it
    reads prompts, in half the time, and writes in float32, as a token's weights would take longer to be cast than to be
    multiplied with."""

    model: Any
    tokenizer: Any
    name: str
    device: torch.device
    dtype: torch.dtype
    fingerprint: str
    revision: str | None
    context: int
    prompt_is_bidirectional: bool
    reads_in_bfloat16: bool

    def leaving(self, tokens: int) -> BaseModel:
        """This same model, to someone who has to leave so many tokens of the context free."""
        return dataclasses.replace(self, context=self.context - tokens)


def choose_device() -> tuple[torch.device, torch.dtype]:
    """CUDA in bf16 where there is a GPU; else the CPU in fp32, which is quick and exact on all of them."""
    import torch

    if torch.cuda.is_available():
        device = torch.device("cuda", local_rank()) if world() > 1 else torch.device("cuda")
        return device, torch.bfloat16
    return torch.device("cpu"), torch.float32


def load_base_model(name_or_dir: str | os.PathLike[str] | None = None, placed: bool = True) -> BaseModel:
    """Load a causal language model by folder or hub name (None: the trial model); safetensors only, no remote code.

    One that reads pictures as well is taken for what it says to text. Not `placed`, it waits in the machine's memory
    for somebody to bring it, or parts of it, to its device.

    Raises NoModel with what to do when it is not there or is not a causal language model in safetensors.
    """
    from safetensors import SafetensorError
    from transformers import AutoConfig, AutoTokenizer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    name = str(name_or_dir or TRIAL_MODEL)
    device, dtype = choose_device()
    try:
        check_no_adapter(name)
        tokenizer = AutoTokenizer.from_pretrained(name, trust_remote_code=False)
        check_tokenizer(name, tokenizer)
        config = AutoConfig.from_pretrained(name, trust_remote_code=False)
        model, loading = model_class(config).from_pretrained(
            name, dtype=dtype, use_safetensors=True, trust_remote_code=False, output_loading_info=True
        )
    except SafetensorError as error:
        raise NoModel(
            f"The weights of {name} cannot be read: {error}. Expected whole *.safetensors files; a download that was "
            "broken off, or a git clone without git-lfs, leaves others. Fetch them again."
        ) from error
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise NoModel(_why_not_loaded(name, error)) from error
    check_whole(name, loading)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    if device.type == "cpu" and not getattr(model, "is_quantized", False):
        model.float()  # weights that were kept in 8 bits come as bfloat16, among others that are not
    model.to(device if placed else "cpu").eval().requires_grad_(False)
    return BaseModel(
        model=model,
        tokenizer=tokenizer,
        name=display_name(name_or_dir),
        device=device,
        dtype=dtype,
        fingerprint=fingerprint(name),
        revision=_revision(name),
        context=context_length(model, tokenizer),
        # transformers' own switch: the prompt is read with full attention, the answer written token by token.
        prompt_is_bidirectional=not getattr(model.config, "is_causal", True),
        reads_in_bfloat16=device.type == "cpu" and cpu_has_bfloat16() and model.num_parameters() >= _WORTH_CASTING,
    )


def check_no_adapter(name: str) -> None:
    """NoModel where an adapter is: transformers would put it on the weights beside it, and they are to be the base."""
    from transformers.utils import cached_file

    quietly = {"_raise_exceptions_for_missing_entries": False, "_raise_exceptions_for_connection_errors": False}
    found, weights = (cached_file(name, file, **quietly) for file in ("adapter_config.json", "config.json"))
    if not found:
        return
    if weights:
        raise NoModel(
            f"{name} has an adapter beside the weights of a base model, and it would be on in every answer. Expected "
            "the weights alone: move adapter_config.json and adapter_model.safetensors into a folder of their own."
        )
    base = json.loads(Path(found).read_text("utf-8")).get("base_model_name_or_path") or "another model"
    raise NoModel(f"{name} is an adapter, and no base model: it belongs to {base}. Name that one as the base model.")


def check_tokenizer(name: str, tokenizer: Any) -> None:
    """NoModel where plain words come to nothing: of a folder without its files, transformers makes an empty one."""
    read = tokenizer(_PLAIN_WORDS, add_special_tokens=False)["input_ids"]
    if set(read) <= set(tokenizer.all_special_ids):
        raise NoModel(
            f"The tokenizer of {name} knows no words: {_PLAIN_WORDS!r} comes to {len(read)} tokens, none of which says "
            "anything. Expected the tokenizer's files beside config.json (tokenizer.json, or tokenizer.model, or "
            "vocab.json with merges.txt). Put them there."
        )


def check_whole(name: str, loading: Mapping[str, Any]) -> None:
    """NoModel where weights are missing, which transformers would draw at random."""
    missing = sorted(loading["missing_keys"])
    if missing:
        raise NoModel(
            f"The weights of {name} are not those of a whole language model: {len(missing)} of its parts are missing, "
            f"the first of them {missing[0]}. Expected all files of the model, and a model that was made to write text."
        )


def model_class(config: Any) -> Any:
    """The auto class that makes the model: a language model, or one that sees pictures as well and is shown none."""
    from transformers import AutoModelForCausalLM, AutoModelForImageTextToText
    from transformers.models.auto import modeling_auto as known

    sees = type(config) in known.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING
    speaks = type(config) in known.MODEL_FOR_CAUSAL_LM_MAPPING
    return AutoModelForImageTextToText if sees and not speaks else AutoModelForCausalLM


def display_name(name_or_dir: str | os.PathLike[str] | None) -> str:
    """What a person calls the model: the hub name or folder as given; `trial` for the embedded default."""
    return "trial" if name_or_dir is None or Path(name_or_dir) == TRIAL_MODEL else str(name_or_dir)


def lasting_name(name_or_dir: str | None) -> str | None:
    """The name as it is recorded: a folder by its whole path, whatever folder one stands in later."""
    return str(Path(name_or_dir).resolve()) if name_or_dir and Path(name_or_dir).is_dir() else name_or_dir


def _why_not_loaded(name: str, error: Exception) -> str:
    if name.lower().endswith(".gguf") and Path(name).is_file():
        return (
            f"{name} is a GGUF file, and only safetensors can be tuned. Unpack it into a folder (domain-tuner convert "
            f"{name} FOLDER) and name that folder as the base model."
        )
    if not Path(name).is_dir() and (name.startswith((".", "/", "~")) or name.count("/") > 1):
        met = "is a file" if Path(name).exists() else "is neither a folder that is there nor a hub name"
        return (
            f"The base model {name!r} {met}. Give a folder with config.json, tokenizer and *.safetensors, or a hub "
            "name such as Qwen/Qwen3-0.6B."
        )
    first = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
    if Path(name).is_dir():
        return (
            f"The folder {name} does not hold a causal language model that can be loaded: {first} Expected: "
            "config.json, the tokenizer's files and weights in *.safetensors (pickled *.bin is refused)."
        )
    return (
        f"The base model {name!r} is neither a folder nor a model that could be loaded by name: {first} "
        "Give a folder with config.json, tokenizer and *.safetensors, or a hub name that is reachable or cached."
    )


def fingerprint(name_or_dir: str | os.PathLike[str] | None) -> str:
    """16 hex digits of config.json and of a part of every tensor: an adapter fits these weights alone.

    A model on a hub is fetched first where it is not cached. Raises NoModel where there is no such model.
    """
    digest = hashlib.sha256()
    for path in sorted(_files_of(str(name_or_dir or TRIAL_MODEL))):
        size = path.stat().st_size
        digest.update(f"{path.name} {size}\n".encode())
        with path.open("rb") as file:
            if path.suffix != ".safetensors":
                digest.update(file.read())
                continue
            for start in _looked_at(file, size):
                file.seek(start)
                digest.update(file.read(_LOOK_BYTES))
    return digest.hexdigest()[:16]


def _revision(name: str) -> str | None:
    """Of a loaded model, as the hub's cache has it."""
    from transformers.utils import cached_file
    from transformers.utils.hub import extract_commit_hash

    found: str | None = extract_commit_hash(cached_file(name, "config.json", local_files_only=True), None)
    return found


def _looked_at(file: BinaryIO, size: int) -> list[int]:
    """Where the header of a safetensors file begins, each of its tensors, and the middle of each."""
    length = int.from_bytes(file.read(8), "little")
    try:
        header = json.loads(file.read(min(length, _LONGEST_HEADER)))
        spans = [held["data_offsets"] for name, held in header.items() if name != "__metadata__"]
        return [0, *sorted({8 + length + at for start, end in spans for at in (start, (start + end) // 2)})]
    except (ValueError, TypeError, LookupError, AttributeError):  # a broken file; loading it will say so
        return [0, max(0, size - _LOOK_BYTES)]


def _files_of(name: str) -> list[Path]:
    """The model's config.json and its weights: in the folder itself, or in the hub's cache once they are there."""
    from transformers.utils import cached_file

    try:
        check_no_adapter(name)
        found = Path(name, "config.json") if Path(name).is_dir() else cached_file(name, "config.json")
        if found is None or not Path(found).is_file():
            raise OSError("it has no config.json.")
        weights = Path(name).glob("*.safetensors") if Path(name).is_dir() else _fetched_weights(name)
    except (OSError, ValueError, KeyError) as error:
        raise NoModel(_why_not_loaded(name, error)) from error
    return [Path(found), *weights]


def _fetched_weights(name: str) -> list[Path]:
    """The weights that transformers would load of this model on a hub, fetched where they are not cached."""
    from transformers.utils import SAFE_WEIGHTS_INDEX_NAME, SAFE_WEIGHTS_NAME, cached_file
    from transformers.utils.hub import get_checkpoint_shard_files

    if whole := cached_file(name, SAFE_WEIGHTS_NAME, _raise_exceptions_for_missing_entries=False):
        return [Path(whole)]
    index = cached_file(name, SAFE_WEIGHTS_INDEX_NAME, _raise_exceptions_for_missing_entries=False)
    if index is None:
        raise OSError("it has no weights in safetensors, or they are not cached and cannot be fetched.")
    shards, _ = get_checkpoint_shard_files(name, index)
    return [Path(shard) for shard in shards]


def context_length(model: Any, tokenizer: Any) -> int:
    """Tokens of prompt and answer together that the model was made for."""
    config = model.config.get_text_config()  # of a model that sees pictures as well, too
    known = [getattr(config, field, None) for field in ("max_position_embeddings", "n_positions", "n_ctx")]
    sizes = [size for size in (*known, tokenizer.model_max_length) if isinstance(size, int) and 0 < size < 10**7]
    return min(sizes) if sizes else 2048


def prefix_mask(prompts: torch.Tensor, totals: torch.Tensor, width: int) -> torch.Tensor:
    """[b, 1, width, width] bool for right-padded rows: all see the prompt, the answer sees itself causally.

    `prompts` and `totals` [b]: tokens of the prompt, and of the prompt with its answer.
    """
    import torch

    at = torch.arange(width, device=prompts.device)
    seen = (at[None, None] < prompts[:, None, None]) | (at[None, None] <= at[None, :, None])
    return (seen & (at[None, None] < totals[:, None, None]))[:, None]


def quiet_libraries() -> None:
    """Keep the libraries' advice off the terminal; their errors still reach the caller as exceptions."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_VERBOSITY", "error")  # it sets its level itself where it is imported after this
    for library in ("transformers", "peft", "trl", "sentence_transformers", "httpx", "huggingface_hub"):
        logging.getLogger(library).setLevel(logging.ERROR)
