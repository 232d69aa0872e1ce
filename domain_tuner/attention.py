"""Attention while a model is trained on a CPU in bfloat16: that of short rows is computed in float32.

torch's kernel for the way back converts so much in bfloat16 that rows of 45 tokens take two to four times as long as in
float32, and most rows of a run are that short. Knows nothing about methods or rows.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

_SHORT = 20_000  # tokens of a row times the width of a head: 625 tokens at 32, 156 at 128; measured there and at 64


@contextlib.contextmanager
def short_rows_in_float32() -> Iterator[None]:
    """Every model of transformers that attends by `sdpa` does it this way meanwhile, on a CPU."""
    import torch
    from transformers import AttentionInterface
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    def wide(given: Any) -> Any:
        return given.float() if torch.is_tensor(given) and given.is_floating_point() else given

    def attend(module: Any, query: Any, key: Any, value: Any, attention_mask: Any, **more: Any) -> Any:
        short = query.shape[-2] * query.shape[-1] <= _SHORT
        half = value.dtype == torch.bfloat16  # query and key may be float32 by now, from their rotation
        if not (short and half) or query.device.type != "cpu":
            return sdpa_attention_forward(module, query, key, value, attention_mask, **more)
        with torch.autocast("cpu", enabled=False):
            tensors = map(wide, (query, key, value, attention_mask))
            output, _ = sdpa_attention_forward(module, *tensors, **{name: wide(given) for name, given in more.items()})
        return output.to(value.dtype), None

    AttentionInterface.register("sdpa", attend)
    try:
        yield
    finally:
        AttentionInterface.register("sdpa", sdpa_attention_forward)
