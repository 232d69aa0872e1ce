"""Options as people type them, and methods by name."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from domain_tuner.errors import BadOption
from domain_tuner.methods import METHODS, find_method, option_fields, option_values, parse_options, read_options
from domain_tuner.training_config import TrainingConfig

pytestmark = pytest.mark.quick


def test_options_from_text_and_json() -> None:
    lora = METHODS["lora"]
    options = parse_options(lora, {"rank": "4", "dropout": "0.1", "rslora": "true", "targets": " qv "})
    given = {"rank": 4, "targets": "qv", "dropout": 0.1, "rslora": True}
    assert option_values(options) == option_values(lora.options()) | given
    assert parse_options(lora, option_values(options)) == options
    for field in [field for method in METHODS.values() for field in option_fields(method.options)]:
        assert field.help and field.allowed
        assert isinstance(field.default, bool) or field.choices or field.high is not None


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ({"rnk": "4"}, r"no option 'rnk' of the method lora\. Did you mean rank\? .*rank \(1 to 512\)"),
        ({"rank": "0"}, r"rank=0 does not fit the method lora: rank is 1 to 512"),
        ({"rank": "four"}, r"rank is 1 to 512"),
        ({"rank": "4.5"}, r"rank is 1 to 512"),
        ({"rank": "nan"}, r"rank is 1 to 512"),
        ({"dropout": "inf"}, r"dropout is 0 to 0\.9"),
        ({"rslora": "maybe"}, r"rslora is true or false"),
        ({"targets": "lm_head"}, r"targets is q, qv, qkvo, mlp or all"),
    ],
)
def test_bad_options_say_what_is_allowed(pairs: dict[str, str], message: str) -> None:
    with pytest.raises(BadOption) as caught:
        parse_options(METHODS["lora"], pairs)
    assert re.search(message, str(caught.value))


def test_an_unknown_option_is_looked_for_in_the_method_and_in_the_training() -> None:
    owners = {"the method lora": METHODS["lora"].options, "the training": TrainingConfig}
    lora, training = read_options(owners, {"rank": "4", "max_steps": "8"})
    assert (lora.rank, training.max_steps) == (4, 8)
    for name, close in (("max_step", "max_steps"), ("rnk", "rank")):
        with pytest.raises(
            BadOption, match=rf"of the method lora or of the training\. Did you mean {close}\?"
        ) as caught:
            read_options(owners, {name: "8"})
        for field in (*option_fields(METHODS["lora"].options), *option_fields(TrainingConfig)):
            assert f"{field.name} ({field.allowed})" in str(caught.value)
    assert "; tokens_per_batch (16 to 1048576); " in str(caught.value), "in figures that can be typed"
    with pytest.raises(BadOption, match=r"Options of the method full: none\."):
        parse_options(METHODS["full"], {"rank": "4"})


def test_unknown_method_names_the_known() -> None:
    with pytest.raises(BadOption, match=r"lora, parallel-adapter"):
        find_method("laro")


def test_methods_import_without_heavy_libraries() -> None:
    code = "import sys, domain_tuner.methods, domain_tuner.runs, domain_tuner.jobs; " \
           "sys.exit(any(name in sys.modules for name in ('torch', 'peft', 'transformers', 'trl')))"  # fmt: skip
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
