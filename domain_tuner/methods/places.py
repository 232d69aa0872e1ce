"""Where in a decoder a method can sit, by role: found from the modules themselves, whatever the family is called.

Linear layers have the roles q, k, v, o, qkv (the three in one matrix, as GPT-2 has them) and mlp; sub-layers are
attention and mlp. Cross-attention, embeddings and the language-model head have no role, so nothing lands on them.
Knows nothing about adapters.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from domain_tuner.errors import BadOption

if TYPE_CHECKING:
    from torch import nn

# The last part of a linear layer's name inside an attention module, lower case, as transformers' families write it.
_ROLES = {
    **dict.fromkeys(("q_proj", "query", "q", "wq", "q_lin"), "q"),
    **dict.fromkeys(("k_proj", "key", "k", "wk", "k_lin"), "k"),
    **dict.fromkeys(("v_proj", "value", "v", "wv", "v_lin"), "v"),
    **dict.fromkeys(("o_proj", "out_proj", "c_proj", "dense", "wo", "out_lin", "o"), "o"),
    **dict.fromkeys(("c_attn", "qkv_proj", "query_key_value", "wqkv", "qkv"), "qkv"),
}
# What families call the MLP. One of experts need not have any linear layer: transformers keeps their weights stacked.
READ_PAST = frozenset({"dt_proj"})  # Mamba's kernel reads its weight and bias itself, not what a layer around it gives
_MLPS = ("mlp", "feed_forward", "ffn", "shared_mlp", "block_sparse_moe")


@dataclass
class Places:
    """Full module names by role, in the order of the layers."""

    linears: dict[str, list[str]] = field(default_factory=dict)
    sublayers: dict[str, list[str]] = field(default_factory=dict)

    def linear_names(self, roles: tuple[str, ...]) -> list[str]:
        """The linear layers of these roles; where q, k and v are one matrix, that matrix stands for each of them."""
        fused = "qkv" in self.linears and any(role in ("q", "k", "v") for role in roles)
        wanted = (*roles, "qkv") if fused else roles
        return [name for role in dict.fromkeys(wanted) for name in self.linears.get(role, [])]

    def every_linear(self) -> set[str]:
        """Every linear layer of the decoder's layers."""
        return {name for names in self.linears.values() for name in names}


def find_places(model: Any) -> Places:
    """Look the decoder's layers over. BadOption when it has none that could be told apart."""
    places = Places()
    prefix, blocks = layers_of(model)
    for index, block in enumerate(blocks):
        _look_at_block(f"{prefix}.{index}", block, places)
    return places


def layers_of(model: Any) -> tuple[str, nn.ModuleList]:
    """The list of modules that are the decoder's layers, and its name. BadOption when there is none."""
    from torch import nn

    inside = decoder_of(model)
    lists = [
        (name, module)
        for name, module in model.named_modules()
        if isinstance(module, nn.ModuleList)
        and len(module)
        and any(is_linear(part) for part in module[0].modules())
        and (not inside or name.startswith(inside))
    ]
    if not lists:
        raise BadOption(
            f"{type(model).__name__} has no list of layers with linear parts, so no place for an adapter was found. "
            "Choose a causal language model of the Llama, Qwen, GPT-2 or BERT-decoder kind."
        )
    # A model may have other towers (vision); the text decoder's list is as long as its configuration says.
    config = getattr(model, "config", None)
    depth = config.get_text_config().num_hidden_layers if config is not None else 0
    return max(lists, key=lambda pair: (len(pair[1]) == depth, len(pair[1])))


def decoder_of(model: Any) -> str:
    """The beginning of the names of the text decoder's modules, `model.language_model.`; nothing where the model has
    no other parts. Beside it there may be towers for pictures and sound, with layers and biases of their own."""
    from torch import nn

    decoder: Any = model.get_decoder() if hasattr(model, "get_decoder") else None
    found = [name for name, module in model.named_modules() if module is decoder and name]
    lists = [module for module in decoder.modules() if isinstance(module, nn.ModuleList)] if found else []
    return f"{found[0]}." if any(len(module) for module in lists) else ""


def _look_at_block(name: str, block: nn.Module, places: Places) -> None:
    rest = []
    for child_name, child in block.named_children():
        if "cross" in child_name or not (child_name in _MLPS or any(is_linear(part) for part in child.modules())):
            continue
        if "attn" in child_name or "attention" in child_name:
            _look_at_attention(f"{name}.{child_name}", child, places)
        else:
            rest.append((f"{name}.{child_name}", child))
    for path, child in rest:
        for linear in _linears_of(path, child):
            places.linears.setdefault("mlp", []).append(linear)
    site = _mlp_site(rest)
    if site:
        places.sublayers.setdefault("mlp", []).append(site)


def _look_at_attention(name: str, attention: nn.Module, places: Places) -> None:
    for linear in _linears_of(name, attention):
        role = _ROLES.get(linear.rpartition(".")[2].lower(), "other")
        places.linears.setdefault(role, []).append(linear)
    output = dict(attention.named_children()).get("output")
    site = f"{name}.output" if output is not None and adds_residual(output) else name
    places.sublayers.setdefault("attention", []).append(site)


def _mlp_site(parts: list[tuple[str, nn.Module]]) -> str | None:
    """The module whose output is the MLP's: the MLP itself, or BERT's `output`, which closes it."""
    closing = [path for path, part in parts if adds_residual(part)]
    if closing:
        return closing[-1]
    by_name = {path.rpartition(".")[2]: path for path, _ in parts}
    for name in _MLPS:  # beside it there may be a convolution (LFM2), or what mixes in embeddings (Gemma 4)
        if name in by_name:
            return by_name[name]
    return parts[0][0] if len(parts) == 1 and not is_linear(parts[0][1]) else None


def _linears_of(name: str, module: nn.Module) -> list[str]:
    """Without routers: which expert reads a token stays as it was, and some are more than a matrix."""
    if is_linear(module):
        return [name]
    inner = [path for path, part in module.named_modules() if is_linear(part) and "router" not in path.split(".")]
    return [f"{name}.{path}" for path in inner]


def has_stacked_experts(model: Any) -> bool:
    """Whether the weights of its experts are kept as one tensor, as transformers does since version 5."""
    return any(weight.dim() == 3 and name.endswith("gate_up_proj") for name, weight in model.named_parameters())


def is_linear(module: nn.Module) -> bool:
    """Whether the module is one matrix: nn.Linear (and its quantised kin), or GPT-2's Conv1D, stored transposed."""
    from torch import nn
    from transformers.pytorch_utils import Conv1D

    return isinstance(module, nn.Linear | Conv1D)


def adds_bias_last(module: nn.Module) -> bool:
    """Whether a bias of the module is added along the last axis of what it gives out, as a linear layer's and a layer
    norm's is, not a convolution's or a router's. Norms of models have classes of their own, told by their names."""
    from torch import nn

    other_axis = isinstance(module, nn.GroupNorm | nn.modules.batchnorm._NormBase)
    return is_linear(module) or ("norm" in type(module).__name__.lower() and not other_axis)


def linear_shape(module: nn.Module) -> tuple[int, int]:
    """(d_in, d_out) of a linear layer of either layout."""
    if hasattr(module, "in_features"):
        return int(module.in_features), int(module.out_features)  # type: ignore[arg-type]
    weight: Any = module.weight
    rows, columns = weight.shape
    return int(rows), int(columns)


def after_sublayer(model: Any, name: str) -> str:
    """Where a series adapter after that sub-layer goes: the sub-layer, or the linear layer within BERT's `output`,
    whose norm comes after the residual."""
    module = model.get_submodule(name)
    if not adds_residual(module):
        return name
    inner = [f"{name}.{path}" for path, part in module.named_modules() if is_linear(part)]
    return inner[-1]


def adds_residual(module: nn.Module) -> bool:
    """Whether forward takes (hidden_states, input_tensor) and normalises their sum, as BERT's output modules do."""
    return "input_tensor" in inspect.signature(module.forward).parameters


def short_targets(model: Any, names: list[str]) -> list[str]:
    """The shortest endings by which peft finds exactly these modules: `q_proj`, else `attn.c_proj`, else full names."""
    every = [name for name, _ in model.named_modules() if name]
    wanted = set(names)
    for parts in (1, 2, 3):
        endings = sorted({".".join(name.split(".")[-parts:]) for name in names})
        if not any(ending[0].isdigit() for ending in endings):
            found = {name for name in every if name in endings or name.endswith(tuple(f".{end}" for end in endings))}
            if found == wanted:
                return endings
    return sorted(names)
