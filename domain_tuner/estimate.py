"""What a run will come to before it starts: its parameters and bytes, from the base model's configuration alone.

The model is built on torch's meta device, where tensors have shapes and no numbers, so that a forecast takes a moment
and no memory however large the model is. Knows nothing about time and peak memory: a dry run tells (forecasting.py).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from domain_tuner.base_model import TRIAL_MODEL, model_class
from domain_tuner.errors import NoModel
from domain_tuner.methods import Method

_BYTES = 4  # adapters are trained and saved in 32 bits, whatever the base model has


@dataclass(frozen=True)
class Forecast:
    """`adapter_bytes` are of the numbers; the file's list of names comes on top, some 100 bytes a tensor."""

    trainable_parameters: int
    adapter_bytes: int
    base_parameters: int

    @property
    def share(self) -> float:
        """Of the base model's parameters, how much is trained."""
        return self.trainable_parameters / self.base_parameters


def forecast(method: Method, options: Any, base_model: str | os.PathLike[str] | None = None) -> Forecast:
    """For a base model by folder or hub name (None: the trial model). Raises NoModel, and BadOption where the method
    cannot be had on it."""
    model = model_of_shapes(base_model)
    trained = method.count(model, options)
    return Forecast(trained, trained * _BYTES, sum(weight.numel() for weight in model.parameters()))


def model_of_shapes(base_model: str | os.PathLike[str] | None = None) -> Any:
    """The model without its numbers. NoModel where there is no configuration of a causal language model."""
    import torch
    from transformers import AutoConfig

    name = str(base_model or TRIAL_MODEL)
    try:
        config = AutoConfig.from_pretrained(name, trust_remote_code=False)
        with torch.device("meta"):
            model = model_class(config).from_config(config, trust_remote_code=False)
    except (OSError, ValueError, KeyError, ImportError) as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
        raise NoModel(
            f"No configuration of a causal language model could be read for {name!r}: {first} Give a folder with "
            "config.json, or a hub name that is reachable or cached."
        ) from error
    model.tie_weights()
    return model
