# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A vocabulary that is small enough to be counted by hand: all bytes, two merges, ChatML's marks."""

from __future__ import annotations

from typing import Any

from tokenizers.pre_tokenizers import ByteLevel

NORMAL, CONTROL, USER_DEFINED = 1, 3, 4
_BYTES = sorted(ByteLevel.alphabet())
_MERGES = ["h i", "Ġ hi"]
_MARKS = ["<|im_start|>", "<|im_end|>"]
_TAGS = ["<tool_call>"]


def card(**changes: Any) -> dict[str, Any]:
    """The answer of `/api/show`; a value of None takes a key away."""
    tokens = [*_BYTES, "hi", "Ġhi", *_MARKS, *_TAGS]
    plain = len(tokens) - len(_MARKS) - len(_TAGS)
    said = {
        "model": "gpt2",
        "pre": "qwen2",
        "tokens": tokens,
        "merges": _MERGES,
        "token_type": [NORMAL] * plain + [CONTROL] * len(_MARKS) + [USER_DEFINED] * len(_TAGS),
    } | changes
    info = {f"tokenizer.ggml.{name}": value for name, value in said.items() if value is not None}
    return {"template": "<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n", "model_info": info}
