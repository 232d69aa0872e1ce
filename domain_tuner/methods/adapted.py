"""A model with PEFT adapters on it, whatever their kind: hung on, called, taken off, merged, and what a kind can.

Most kinds sit in the model's layers, and peft's own call is right. Prompt and prefix tuning put tokens in front of the
prompt instead; peft's own call of those knows neither left padding with absolute positions, nor a prefix model's mask,
nor a decoding step that continues a cache, so the class here does. Knows nothing about training or questions.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from peft import PeftConfig, PeftModel, PeftModelForCausalLM
from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors import SafetensorError
from torch.nn.functional import pad

from domain_tuner.errors import TuningError
from domain_tuner.methods import register
from domain_tuner.methods.four_bit import restore
from domain_tuner.methods.tuner import entering_of


def mixes_rows(config: Any) -> bool:
    """Whether rows of one batch can have this kind of adapter while others have none or another."""
    return not config.is_prompt_learning and not getattr(config, "use_dora", False) and getattr(config, "by_row", True)


def keeps_rows(adapted: PeftModel) -> bool:
    """Whether every layer with an adapter is handed the rows of the batch: some models flatten it first, to [rows x
    tokens, d] (OPT, experts that are shared). It is tried, on two rows of three tokens."""
    base: Any = adapted.get_base_model()
    if base.config.model_type == "mpt":  # peft's own call of it loses the names of the rows' adapters
        return False
    met: list[int] = []
    layers = [module for module in adapted.modules() if isinstance(module, BaseTunerLayer)]

    def look(_layer: Any, args: Any, kwargs: dict[str, Any]) -> None:
        met.append(len(entering_of(args, kwargs)))

    hooks = [layer.register_forward_pre_hook(look, with_kwargs=True) for layer in layers]
    try:
        with torch.inference_mode():
            adapted(input_ids=torch.zeros(2, 3, dtype=torch.long, device=adapted.device))
    finally:
        for hook in hooks:
            hook.remove()
    return {*met} == {2}


def tokens_in_front(config: Any) -> int:
    """How many tokens of the model's context the adapter takes for itself."""
    return int(config.num_virtual_tokens) if config.is_prompt_learning else 0


def read_config(folder: Path) -> PeftConfig:
    """The PEFT config of a saved adapter, our own kinds included."""
    register()
    return PeftConfig.from_pretrained(str(folder))


def hang(model: Any, folder: Path, name: str) -> PeftModel:
    """The model with the saved adapter on it, for answering, its weights in the model's own dtype. Where that fails
    the model is as it was: TuningError for weights that cannot be read or are not all there."""
    config = read_config(folder)
    config.inference_mode = True
    kind = TokensInFront if config.is_prompt_learning else PeftModelForCausalLM
    adapted = kind(model, config, name, autocast_adapter_dtype=False)
    try:
        _read_weights(adapted, folder, name)
    except BaseException:
        take_off(adapted)
        raise
    return adapted.eval()


def hang_beside(adapted: PeftModel, folder: Path, name: str) -> None:
    """Another saved adapter on it, as `hang` has it; ValueError where it cannot be with those that are there."""
    try:
        _read_weights(adapted, folder, name)
    except BaseException:
        if name in adapted.peft_config:
            adapted.delete_adapter(name)
        raise


def _read_weights(adapted: PeftModel, folder: Path, name: str) -> None:
    expected = "Expected adapter_model.safetensors as training or an export wrote it: copy it again, or train it again."
    try:
        result = adapted.load_adapter(str(folder), name, autocast_adapter_dtype=False)
    except SafetensorError as error:
        raise TuningError(f"The adapter in {folder} cannot be read: {error}. {expected}") from error
    missing = [key for key in result.missing_keys if f".{name}." in f"{key}."]  # peft: and of names that contain it
    if missing and not adapted.peft_config[name].is_prompt_learning:
        raise TuningError(f"The adapter in {folder} lacks weights, {missing[0]} for one. {expected}")


def take_off(adapted: PeftModel) -> Any:
    """The base model, as it was before any adapter."""
    model = adapted.get_base_model() if adapted.active_peft_config.is_prompt_learning else adapted.unload()
    restore(model)
    return model


def merge(adapted: PeftModel) -> Any:
    """The base model with the active adapter in its weights; ValueError says why where that cannot be."""
    if adapted.active_peft_config.is_prompt_learning:
        raise ValueError(
            "What it learned stands in front of the prompt, not in the weights, so there is nothing to merge them with."
        )
    _check_own(adapted)
    return adapted.merge_and_unload()


def _check_own(adapted: PeftModel) -> None:
    """ValueError where layers with an adapter each hold one weight together (Zamba2): merged, each would have both."""
    holders: dict[int, str] = {}
    for name, layer in adapted.named_modules():
        base = layer.get_base_layer() if isinstance(layer, BaseTunerLayer) else None
        for weight in base.parameters(recurse=False) if base is not None else ():
            if holders.setdefault(id(weight), name) != name:
                raise ValueError(f"The layers {holders[id(weight)]} and {name} share their weights.")


class TokensInFront(PeftModelForCausalLM):
    """Prompt or prefix tuning: n trained tokens stand in front of every row, before its padding.

    Prompt tuning trains their embeddings, prefix tuning their keys and values in every layer. They take the positions
    0 to n - 1, and the row's own start at n, as in peft. Logits are those of the row's own tokens.
    """

    def forward(  # type: ignore[override]  # peft's own takes embeddings and task ids as well
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        position_ids: torch.Tensor | None = None,
        past_key_values: Any = None,
        labels: torch.Tensor | None = None,
        **inputs: Any,
    ) -> Any:
        """`attention_mask` [b, w], or [b, 1, w, w] with True where a token sees another. A call with a cache that
        is not empty goes on from what was read with the tokens in front, so its mask and positions count them."""
        if past_key_values is not None and past_key_values.get_seq_length():
            seen = {"attention_mask": attention_mask, "position_ids": position_ids}
            return self.base_model(input_ids=input_ids, past_key_values=past_key_values, **seen, **inputs)
        count = self.active_peft_config.num_virtual_tokens
        rows, width = input_ids.shape
        if position_ids is None:
            position_ids = torch.arange(width, device=input_ids.device).expand(rows, -1)
        position_ids = position_ids + count
        if attention_mask is not None:
            attention_mask = pad(attention_mask, (count, 0), value=1)
        learned = self.get_prompt(rows)
        if not isinstance(learned, torch.Tensor):
            if past_key_values is not None:
                for index, layer in enumerate(learned.layers):
                    past_key_values.update(layer.keys, layer.values, index)
                learned = past_key_values
            inputs.update(input_ids=input_ids, past_key_values=learned, labels=labels)
            return self.base_model(attention_mask=attention_mask, position_ids=position_ids, **inputs)
        if past_key_values is not None:
            inputs["past_key_values"] = past_key_values
        base: Any = self.get_base_model()
        words = base.get_input_embeddings()(input_ids)
        front = torch.arange(count, device=input_ids.device).expand(rows, -1)
        if attention_mask is not None and attention_mask.dim() == 4:  # they are a part of the prompt: see what it sees
            attention_mask = torch.cat([attention_mask[:, :, :1].expand(-1, -1, count, -1), attention_mask], 2)
        output = self.base_model(
            inputs_embeds=torch.cat([learned.to(words.dtype), words], 1),
            attention_mask=attention_mask,
            position_ids=torch.cat([front, position_ids], 1),
            labels=None if labels is None else pad(labels, (count, 0), value=-100),
            **inputs,
        )
        if output.logits.shape[:2] == (rows, count + width):
            output.logits = output.logits[:, count:]
        return output
