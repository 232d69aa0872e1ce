"""The parallel adapter's equation against a direct computation, its kinship with LoRA, and what its tuner refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import FAMILIES, LAYERS, logits, shake, tokens

from domain_tuner.base_model import load_base_model
from domain_tuner.methods import METHODS
from domain_tuner.methods.bottleneck import BottleneckLayer

Folder = Callable[..., Path]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("placement", ["mlp", "attention", "both"])
def test_parallel_adapter_equation(family: str, placement: str, model_folder: Folder) -> None:
    """H_o <- H_o + s f(H_i W_down) W_up, computed by hand from what enters and leaves each wrapped module."""
    base = load_base_model(model_folder(family))
    parallel = METHODS["parallel-adapter"]
    options = parallel.options(bottleneck=5, placement=placement, activation="silu", scaling=2.5)
    adapted = parallel.attach(base.model, options).eval()
    shake(adapted)
    layers = [module for module in adapted.modules() if isinstance(module, BottleneckLayer)]
    assert len(layers) == LAYERS * (2 if placement == "both" else 1)
    seen: dict[Any, tuple[Any, Any, Any]] = {}
    for layer in layers:
        layer.register_forward_hook(
            lambda module, args, kwargs, output: seen.update({module: (args, kwargs, output)}), with_kwargs=True
        )
    logits(adapted, tokens(base))
    for layer, (args, kwargs, output) in seen.items():
        down, up = layer.bottleneck_adapter_down["default"].weight, layer.bottleneck_adapter_up["default"].weight

        def update(entering: torch.Tensor, down: Any = down, up: Any = up) -> torch.Tensor:
            return 2.5 * torch.nn.functional.silu(entering @ down.T) @ up.T

        with torch.no_grad():
            if family == "bert-generation":  # output = LayerNorm(H_o + residual), the residual being H_i
                inner, residual = args
                own = layer.base_layer
                expected = own.LayerNorm(own.dense(inner) + update(residual) + residual)
                torch.testing.assert_close(output, expected)
                continue
            entering = args[0] if args else kwargs["hidden_states"]
            plain = layer.base_layer(*args, **kwargs)
        of_tuple = isinstance(output, tuple)
        left, was = (output[0], plain[0]) if of_tuple else (output, plain)
        torch.testing.assert_close(left, was + update(entering))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("method", ["series-adapter", "houlsby"])
def test_series_equation(method: str, family: str, model_folder: Folder) -> None:
    """H_o <- H_o + s (f(H_o W_down + b) W_up + b), computed by hand from what each wrapped module gives out."""
    base = load_base_model(model_folder(family))
    series = METHODS[method]
    given = {"placement": "both", "activation": "gelu", "scaling": 2.5} if method == "series-adapter" else {}
    adapted = series.attach(base.model, series.options(bottleneck=5, **given)).eval()
    shake(adapted)
    f = torch.nn.functional.gelu if given else torch.nn.functional.silu
    layers = [module for module in adapted.modules() if isinstance(module, BottleneckLayer)]
    assert len(layers) == LAYERS * 2
    seen: dict[Any, tuple[Any, Any, Any]] = {}
    for layer in layers:
        layer.register_forward_hook(
            lambda module, args, kwargs, output: seen.update({module: (args, kwargs, output)}), with_kwargs=True
        )
    logits(adapted, tokens(base))
    assert len(seen) == len(layers)
    for layer, (args, kwargs, output) in seen.items():
        down, up = layer.bottleneck_adapter_down["default"], layer.bottleneck_adapter_up["default"]
        with torch.no_grad():
            plain = layer.base_layer(*args, **kwargs)
            left, was = (output[0], plain[0]) if isinstance(output, tuple) else (output, plain)
            inner = was @ down.weight.T + (0 if given else down.bias)
            update = f(inner) @ up.weight.T + (0 if given else up.bias)
        assert (down.bias is None) == bool(given)
        torch.testing.assert_close(left, was + given.get("scaling", 1.0) * update)


def test_series_reads_what_leaves_a_layer(model_folder: Folder) -> None:
    """On up_proj 64 enter and 160 leave, so that H_i and H_o cannot be mixed up."""
    from peft import get_peft_model

    from domain_tuner.methods.bottleneck import BottleneckAdapterConfig

    shapes = {}
    for form in ("parallel", "series"):
        config = BottleneckAdapterConfig(bottleneck=4, form=form, target_modules=["up_proj"])
        adapted = get_peft_model(load_base_model(model_folder("llama")).model, config)
        shapes[form] = {tuple(weight.shape) for name, weight in adapted.named_parameters() if "adapter_down" in name}
        shake(adapted)
        logits(adapted, tokens(load_base_model(model_folder("llama"))))
    assert shapes == {"parallel": {(4, 64)}, "series": {(4, 160)}}


def test_parallel_adapter_with_identity_on_a_linear_layer_is_lora(model_folder: Folder) -> None:
    """The two are easily confused: f = identity beside the same matrix is LoRA; any other f is not."""
    from peft import LoraConfig, get_peft_model

    from domain_tuner.methods.bottleneck import BottleneckAdapterConfig

    ids = tokens(load_base_model(model_folder("llama")))
    lora = get_peft_model(
        load_base_model(model_folder("llama")).model, LoraConfig(r=4, lora_alpha=4, target_modules=["up_proj"])
    )
    shake(lora)  # up_proj: d_in 64 and d_out 160, so that H_i and H_o cannot be mixed up
    results = {}
    for activation in ("identity", "relu"):
        config = BottleneckAdapterConfig(bottleneck=4, activation=activation, target_modules=["up_proj"])
        bottleneck = get_peft_model(load_base_model(model_folder("llama")).model, config)
        weights = {name.replace("lora_A", "bottleneck_adapter_down").replace("lora_B", "bottleneck_adapter_up"): value
                   for name, value in lora.state_dict().items()}  # fmt: skip
        bottleneck.load_state_dict(weights)
        results[activation] = logits(bottleneck.eval(), ids)
        with pytest.raises(ValueError, match=r"a non-linearity.*without one \(activation=identity\) is left to LoRA"):
            bottleneck.merge_adapter()
    torch.testing.assert_close(results["identity"], logits(lora.eval(), ids), atol=1e-5, rtol=1e-5)
    assert not torch.allclose(results["relu"], results["identity"], atol=1e-3)


def test_bottleneck_refuses_what_would_go_wrong_silently(model_folder: Folder) -> None:
    from peft import get_peft_model
    from peft.mapping import PEFT_TYPE_TO_CONFIG_MAPPING as PEFTS_TABLE

    from domain_tuner.methods.bottleneck import BottleneckAdapterConfig as Config
    from domain_tuner.methods.bottleneck import BottleneckModel
    from domain_tuner.methods.tuner import OwnPeftType, enter

    model = load_base_model(model_folder("llama")).model
    with pytest.raises(ValueError, match=r"one contains the other"):
        get_peft_model(model, Config(target_modules=["mlp", "down_proj"]))
    with pytest.raises(ValueError, match=r"Embedding has no linear layer to size an adapter by"):
        get_peft_model(model, Config(target_modules=["embed_tokens"]))
    adapted = get_peft_model(load_base_model(model_folder("llama")).model, Config(target_modules=["mlp"]))
    with pytest.raises(ValueError, match=r"mlp\.down_proj.*one contains the other|one contains the other"):
        adapted.add_adapter("inner", Config(target_modules=["down_proj"]))
    with pytest.raises(ValueError, match=r"one contains the other"):
        adapted.add_adapter("inner", Config(target_modules="all-linear"))
    adapted.add_adapter("beside", Config(target_modules="all-linear", exclude_modules=r".*\.mlp\..*"))
    with pytest.raises(ValueError, match=r"Choose another name"):
        adapted.add_adapter("adapter", Config(target_modules=["mlp"]))
    with pytest.raises(ValueError, match=r"relu, gelu, silu, identity"):
        Config(activation="tanh")
    with pytest.raises(ValueError, match=r"parallel, series"):
        Config(form="beside")
    bert = load_base_model(model_folder("bert-generation")).model
    with pytest.raises(ValueError, match=r"behind the norm\. Put it on the linear layer inside"):
        get_peft_model(bert, Config(form="series", target_modules=["attention.output"]))
    adapted.train()
    with pytest.raises(ValueError, match=r"call eval\(\) first"):
        adapted(input_ids=torch.ones(1, 2, dtype=torch.long), adapter_names=["default"])
    table: dict[Any, Any] = PEFTS_TABLE  # typed by peft's own enum
    kind = OwnPeftType.BOTTLENECK_ADAPTER
    mine = table[kind]
    table[kind] = object  # a later peft with a method of that name
    try:
        with pytest.raises(RuntimeError, match=r"its own BOTTLENECK_ADAPTER"):
            enter(kind, Config, BottleneckModel)
    finally:
        table[kind] = mine
