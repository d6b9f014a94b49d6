# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Server-sent events, as the streams under `/v1` have them."""

from __future__ import annotations

from typing import Any

from green_sim.ollama.reply import encode

MEDIA_TYPE = b"text/event-stream"
DONE = b"data: [DONE]\n\n"


def unnamed(value: dict[str, Any]) -> bytes:
    """An event as OpenAI's chat has them."""
    return b"data: " + encode(value) + b"\n\n"


def named(value: dict[str, Any]) -> bytes:
    """An event that is named by its type, as Anthropic's API and OpenAI's newer one have them."""
    return b"event: " + str(value["type"]).encode() + b"\n" + unnamed(value)
