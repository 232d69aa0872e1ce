"""A GGUF file (llama.cpp, Ollama, LM Studio) -> a folder that can be tuned: safetensors, tokenizer, chat template.

Quantized weights are unpacked to bf16, so the folder is larger than the file. Knows nothing about runs or adapters.
"""

from __future__ import annotations

import importlib.util
import struct
from pathlib import Path
from typing import Any

from domain_tuner.base_model import check_whole, quiet_libraries
from domain_tuner.errors import NoModel
from domain_tuner.files import new_folder

SUFFIX = ".gguf"
_MAGIC = b"GGUF"
_LLAMA_3 = {  # of all its versions; a file says the factor and what comes of these
    "rope_type": "llama3",
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}


def convert(file: Path, folder: Path) -> list[Path]:
    """Write the model of `file` into the new or empty `folder`, whole or not at all; gives the files.

    Raises NoModel where it is no GGUF file, one of a family that transformers cannot unpack, or lacks a tokenizer;
    BadOption where the folder is in use.
    """
    _check(file)
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    quiet_libraries()
    with new_folder(folder) as made:
        try:
            tokenizer = AutoTokenizer.from_pretrained(str(file.parent), gguf_file=file.name, trust_remote_code=False)
            loaded: Any = AutoModelForCausalLM.from_pretrained(
                str(file.parent),
                gguf_file=file.name,
                dtype=torch.float32,
                quantization_config=GgufConfig(dequantize=True),
                trust_remote_code=False,
                output_loading_info=True,
            )
        except (OSError, ValueError, LookupError, AttributeError, NotImplementedError, struct.error) as error:
            first = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
            raise NoModel(
                f"{file} could not be unpacked: {first} Expected: a whole GGUF file with its tokenizer, of a family "
                "that transformers reads (Llama, Qwen, Gemma and others). Or take the model's safetensors."
            ) from error
        model, loading = loaded
        check_whole(str(file), loading)
        _scale_rope(file, model.config)
        model.to(torch.bfloat16).save_pretrained(made)
        tokenizer.save_pretrained(made)
    return sorted(path for path in folder.iterdir() if path.is_file())


def _scale_rope(file: Path, config: Any) -> None:
    """Put the file's scaling of rotary positions into the config, since transformers reads none of it (but GPT-OSS's).
    Raises NoModel for one that is not known here: the model would be another."""
    import gguf

    reader = gguf.GGUFReader(file)
    family = reader.fields["general.architecture"].contents()

    def kept(key: str) -> Any:
        field = reader.fields.get(key.format(arch=family))
        return field.contents() if field else None

    ropes = getattr(config, "rope_parameters", None) or {"rope_type": "none"}
    rope = ropes.get("full_attention", ropes)  # of layers that slide, llama.cpp scales none
    kind, factor = kept(gguf.Keys.Rope.SCALING_TYPE), kept(gguf.Keys.Rope.SCALING_FACTOR)
    factors = {tensor.name: tensor.data for tensor in reader.tensors if tensor.name.startswith("rope_f")}
    if rope["rope_type"] != "default" or (kind in (None, "none") and not factors):
        return
    if list(factors) == ["rope_freqs.weight"]:
        rope |= {**_LLAMA_3, "factor": float(factors["rope_freqs.weight"].max())}
        known = _llama_3_divisors(config)
        if known.shape == factors["rope_freqs.weight"].shape and abs(known - factors["rope_freqs.weight"]).max() < 0.01:
            return
    elif kind in ("linear", "yarn") and factor and not factors:
        rope |= {"rope_type": kind, "factor": float(factor)}
        if read := kept(gguf.Keys.Rope.SCALING_ORIG_CTX_LEN):
            rope["original_max_position_embeddings"] = int(read)
        return
    raise NoModel(
        f"{file} scales its positions in a way that is not known here ({kind or ', '.join(factors)}). Take the model's "
        "safetensors."
    )


def _llama_3_divisors(config: Any) -> Any:
    """What the config's scaling divides each rotary frequency by, float32 [head width / 2]."""
    import torch
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    scaled, _ = ROPE_INIT_FUNCTIONS["llama3"](config, None)
    plain = config.rope_parameters["rope_theta"] ** -(torch.arange(len(scaled)) / len(scaled))
    return (plain / scaled).numpy()


def _check(file: Path) -> None:
    try:
        with file.open("rb") as opened:
            start = opened.read(len(_MAGIC))
    except OSError as error:
        raise NoModel(f"{file} cannot be read: {error.strerror}. Expected a GGUF file.") from error
    if start != _MAGIC:
        raise NoModel(f"{file} is no GGUF file: it does not begin with {_MAGIC.decode()}.")
    if importlib.util.find_spec("gguf") is None:
        raise NoModel("GGUF files are read by the package gguf, which is not installed: pip install '.[gguf]'")
