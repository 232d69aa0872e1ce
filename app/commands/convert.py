"""The command convert: a GGUF file made a base model. Knows nothing about what is in one."""

from __future__ import annotations

import shlex
from argparse import Namespace
from typing import Any

from app.commands.outcome import Outcome
from app.commands.paths import path, typed


def convert(args: Namespace) -> Outcome:
    from domain_tuner.gguf import convert

    files = convert(args.file, args.folder)
    use = typed(f"Use it: domain-tuner tune --base-model {shlex.quote(str(args.folder))}", args)
    text = "\n".join([*map(str, files), use])
    return Outcome({"files": [str(file) for file in files]}, text)


def _add_convert(add: Any) -> None:
    command = add(
        "convert",
        convert,
        "unpack a GGUF file (llama.cpp, Ollama, LM Studio) into a folder that --base-model takes",
        "domain-tuner convert SmolLM2-135M-Instruct.Q4_1.gguf smollm2",
    )
    command.add_argument("file", metavar="FILE", type=path, help="the GGUF file")
    command.add_argument("folder", metavar="DIR", type=path, help="a new or empty folder")


COMMANDS = (_add_convert,)
