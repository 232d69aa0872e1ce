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
        model.to(torch.bfloat16).save_pretrained(made)
        tokenizer.save_pretrained(made)
    return sorted(path for path in folder.iterdir() if path.is_file())


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
