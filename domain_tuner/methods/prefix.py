"""Prefix tuning (PreLayer): trained keys and values stand in front of the prompt in every layer (Li & Liang 2021).

They start as the keys and values that the model itself gives to words drawn from the vocabulary: Li & Liang found
that this learns better than noise. They live in the cache, which gradient checkpointing would throw away. Knows
nothing about training.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from domain_tuner.errors import BadOption
from domain_tuner.methods.method import Method
from domain_tuner.methods.prompt import check_room


@dataclass(frozen=True)
class PrefixOptions:
    """Default: as many tokens as prompt tuning's."""

    tokens: int = field(
        default=20,
        metadata={"help": "trained tokens in front of every prompt; they take room in it", "low": 1, "high": 1024},
    )


def attach(model: Any, options: PrefixOptions) -> Any:
    """A PeftModel with fresh keys and values in every layer."""
    from peft import PrefixTuningConfig

    from domain_tuner.methods.adapted import TokensInFront

    check_room(model, options)
    layers, heads, head_width = cache_shape(model)
    config = PrefixTuningConfig(
        num_virtual_tokens=options.tokens,
        num_layers=layers,
        num_attention_heads=heads,
        token_dim=heads * head_width,
        base_model_name_or_path=model.name_or_path,
        task_type="CAUSAL_LM",
    )
    start = _of_drawn_words(model, options.tokens)
    adapted: Any = TokensInFront(model, config)
    adapted.prompt_encoder["default"].load_prompt_embeddings(start)
    return adapted


def count(model: Any, options: PrefixOptions) -> int:
    """tokens x layers x 2 (keys and values) x heads that have keys x width of a head."""
    layers, heads, head_width = cache_shape(model)
    return options.tokens * layers * 2 * heads * head_width


def cache_shape(model: Any) -> tuple[int, int, int]:
    """(layers, heads that have keys, width of a head) from the model's configuration."""
    config = model.config.get_text_config()
    heads = config.num_attention_heads
    head_width = getattr(config, "head_dim", None) or config.hidden_size // heads
    with_keys = getattr(config, "num_key_value_heads", None) or heads
    if getattr(config, "multi_query", False) and not getattr(config, "new_decoder_architecture", False):  # Falcon's
        with_keys = 1
    return int(config.num_hidden_layers), int(with_keys), int(head_width)


def needs(model: Any, options: PrefixOptions) -> None:
    """Room for the tokens, and layers that all keep keys and values alike, and nothing else."""
    check_room(model, options)
    _of_drawn_words(model, 1)


def _of_drawn_words(model: Any, tokens: int) -> Any:
    """The model's keys and values of drawn words, as peft keeps them: [tokens, layers x 2 x heads x width]."""
    import torch

    size = model.config.get_text_config().vocab_size
    ids = torch.randint(size, (1, tokens), device=model.device)
    with torch.no_grad():
        kept = model(input_ids=ids, use_cache=True).past_key_values.layers
    layers, heads, head_width = cache_shape(model)
    pairs: list[Any] = [getattr(layer, part, None) for layer in kept for part in ("keys", "values")]
    alike = all(pair is not None and pair.shape == (1, heads, tokens, head_width) for pair in pairs)
    if len(pairs) != 2 * layers or not alike or any(hasattr(layer, "conv_states") for layer in kept):
        raise BadOption(
            f"The layers of {type(model).__name__} do not all keep keys and values of one shape and nothing else, "
            "which prefix tuning needs. Choose another method."
        )
    return torch.stack([pair[0] for pair in pairs]).permute(2, 0, 1, 3).flatten(1).float()


METHOD = Method(
    name="prefix",
    title="Prefix tuning (PreLayer)",
    summary="Trains what every layer remembers of a few made-up words in front of the prompt.",
    paper="https://arxiv.org/abs/2101.00190",
    options=PrefixOptions,
    learning_rate=1e-2,
    attach=attach,
    count=count,
    in_front=lambda options: options.tokens,
    needs=needs,
    starts_as_base=False,
    in_cache=True,
)
