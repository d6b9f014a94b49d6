# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Sizes of keys and values."""

from __future__ import annotations

from green_qwen.tune.memory import shape_from
from green_qwen.tune.setting import Setting

QWEN = {
    "general.architecture": "qwen3",
    "qwen3.block_count": 64,
    "qwen3.attention.head_count": 64,
    "qwen3.attention.head_count_kv": 8,
    "qwen3.attention.key_length": 128,
    "qwen3.attention.value_length": 128,
    "qwen3.embedding_length": 5120,
    "qwen3.context_length": 40960,
}


def test_qwens_cache_takes_a_quarter_of_a_mebibyte_a_token() -> None:
    """2 GiB for 8192 tokens."""
    shape = shape_from(QWEN, 0)

    assert shape is not None
    assert shape.cache_bytes(Setting(context_tokens=8192)) == 2 * 2**30


def test_a_smaller_cache_takes_less() -> None:
    """18 bytes instead of 64."""
    shape = shape_from(QWEN, 0)

    assert shape is not None
    assert shape.cache_bytes(Setting(context_tokens=8192, kv_cache="q4_0")) == 2 * 2**30 * 18 / 64


def test_a_context_beyond_the_models_own_is_clipped() -> None:
    """As Ollama does it."""
    shape = shape_from(QWEN, 0)

    assert shape is not None
    assert shape.cache_bytes(Setting(context_tokens=1 << 20)) == shape.cache_bytes(Setting())


def test_without_a_key_length_it_is_the_heads_share() -> None:
    """Of the model's width."""
    bare = {name: value for name, value in QWEN.items() if "_length" not in name or "context" in name}

    shape = shape_from({**bare, "qwen3.embedding_length": 5120}, 0)

    assert shape is not None
    assert shape.key_length == 80


def test_an_unknown_shape_is_none() -> None:
    """Then only trying tells."""
    assert shape_from({"general.architecture": "other"}, 0) is None
