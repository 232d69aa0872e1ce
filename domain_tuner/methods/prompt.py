"""Prompt tuning (PreEmbed): trained token embeddings stand in front of every prompt (Lester et al. 2021).

Nothing within the model changes. They start as embeddings of words drawn from the vocabulary, which learns faster than
noise. Knows nothing about training.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from domain_tuner.errors import BadOption
from domain_tuner.methods.method import Method


@dataclass(frozen=True)
class PromptOptions:
    """Default: the 20 tokens at which Lester et al. see most of the gain."""

    tokens: int = field(
        default=20,
        metadata={"help": "trained tokens in front of every prompt; they take room in it", "low": 1, "high": 1024},
    )


def needs(model: Any, options: PromptOptions) -> None:
    """Room for the tokens, and a model that reads embeddings alone."""
    check_room(model, options)
    if getattr(model.config.get_text_config(), "hidden_size_per_layer_input", 0):
        raise BadOption(
            f"{type(model).__name__} looks tokens up by their ids in every layer, and tokens that are made up have "
            "none, so prompt tuning cannot be done with it. Choose another method."
        )


def check_room(model: Any, options: Any) -> None:
    """BadOption where `options.tokens` leave no room for a prompt."""
    config = model.config.get_text_config()
    context = getattr(config, "max_position_embeddings", None)
    if context and options.tokens >= context:
        raise BadOption(
            f"tokens={options.tokens} leaves no room for a prompt: {type(model).__name__} reads {context} tokens at "
            "once. Give it fewer."
        )


def attach(model: Any, options: PromptOptions) -> Any:
    """A PeftModel with fresh tokens in front of every prompt."""
    from peft import PromptTuningConfig

    from domain_tuner.methods.adapted import TokensInFront

    needs(model, options)
    config = PromptTuningConfig(
        num_virtual_tokens=options.tokens,
        prompt_tuning_init="SAMPLE_VOCAB",
        token_dim=int(model.get_input_embeddings().weight.shape[1]),
        num_layers=1,  # these two are not used; peft reads them of the model's config, where some have other names
        num_attention_heads=1,
        base_model_name_or_path=model.name_or_path,
        task_type="CAUSAL_LM",
    )
    return TokensInFront(model, config)


def count(model: Any, options: PromptOptions) -> int:
    """tokens x d (d: the width of the embeddings)."""
    return options.tokens * int(model.get_input_embeddings().weight.shape[1])


METHOD = Method(
    name="prompt",
    title="Prompt tuning (PreEmbed)",
    summary="Trains a few made-up words in front of every prompt: the smallest adapter of all, and slow to learn.",
    paper="https://arxiv.org/abs/2104.08691",
    options=PromptOptions,
    learning_rate=3e-2,
    attach=attach,
    count=count,
    in_front=lambda options: options.tokens,
    needs=needs,
    starts_as_base=False,
)
