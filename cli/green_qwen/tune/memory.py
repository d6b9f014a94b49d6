# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How much of the GPU's memory a setting will take, so that what can't fit is not tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from green_qwen.tune.setting import Setting

# Bytes an element: q8_0 and q4_0 hold blocks of 32 with a scale of two bytes.
CACHE_BYTES = {"f16": 2.0, "q8_0": 34 / 32, "q4_0": 18 / 32}
# CUDA context, compute buffers and the driver's own share.
OVERHEAD_BYTES = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class ModelShape:
    """What decides the size of a model's keys and values."""

    layers: int
    kv_heads: int
    key_length: int
    value_length: int
    weights_bytes: int
    trained_context_tokens: int

    def cache_bytes(self, setting: Setting) -> float:
        """Of all slots together; without a context that of the model, as Ollama clips it."""
        context = setting.context_tokens or self.trained_context_tokens
        tokens = min(context, self.trained_context_tokens) * setting.slots
        elements = self.layers * self.kv_heads * (self.key_length + self.value_length)
        return tokens * elements * CACHE_BYTES[setting.kv_cache]

    def needs_bytes(self, setting: Setting) -> float:
        return self.weights_bytes + self.cache_bytes(setting) + OVERHEAD_BYTES


@dataclass(frozen=True, slots=True)
class Room:
    """A GPU's memory, and the model if its shape is known; where it is not, only trying tells."""

    total_bytes: int
    shape: ModelShape | None = None

    def fits(self, setting: Setting) -> bool:
        return self.shape is None or self.shape.needs_bytes(setting) <= self.total_bytes


def shape_from(model_info: Mapping[str, Any], weights_bytes: int) -> ModelShape | None:
    """From `model_info` of Ollama's /api/show; nothing where a figure is missing."""
    architecture = model_info.get("general.architecture")

    def number(name: str) -> int:
        value = model_info.get(f"{architecture}.{name}")
        # Models whose layers differ have a list here; the largest bounds them all.
        value = max(value, default=0) if isinstance(value, list) else value
        return value if isinstance(value, int) else 0

    layers, heads, kv_heads = (
        number(name) for name in ("block_count", "attention.head_count", "attention.head_count_kv")
    )
    context = number("context_length")
    if not (layers and heads and kv_heads and context):
        return None
    head = number("embedding_length") // heads
    key, value = (number(f"attention.{name}_length") or head for name in ("key", "value"))
    return ModelShape(layers, kv_heads, key, value, weights_bytes, context)
