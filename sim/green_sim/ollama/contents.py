# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a message may hold in the four APIs, as the text that goes into the prompt."""

from __future__ import annotations

import base64
import json
from typing import Any
from zlib import crc32

from green_sim.engine.tokens import CHARACTERS_PER_TOKEN
from green_sim.ollama.body import ApiError

# What the real server reckons an image at.
IMAGE_TOKENS = 768
_TEXTS = ("text", "input_text", "output_text")
_UNSEEN = ("thinking", "redacted_thinking", "reasoning")


def render_content(value: Any) -> str:
    """The text of a string, or of a list of parts as OpenAI's and Anthropic's APIs have them."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        raise ApiError(400, f"invalid message content type: {type(value).__name__}")
    return "".join(_render_part(part) for part in value)


def render_image(encoded: Any) -> str:
    """Text as long as the image costs, the same for the same image, so that the prompt cache finds it."""
    if not isinstance(encoded, str):
        raise ApiError(400, "invalid image input")
    try:
        data = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise ApiError(400, f"illegal base64 data in an image: {error}") from error
    mark, length = f"<image {crc32(data):08x}>", IMAGE_TOKENS * CHARACTERS_PER_TOKEN
    return (mark * (length // len(mark) + 1))[:length]


def _render_part(part: Any) -> str:
    if not isinstance(part, dict):
        raise ApiError(400, "invalid message format")
    kind = part.get("type")
    if kind in _TEXTS:
        return str(part.get("text") or "")
    if kind in ("image_url", "input_image", "image"):
        return render_image(_image_of(part))
    if kind == "tool_use":
        called = {"name": part.get("name"), "arguments": part.get("input")}
        return f"\n<tool_call>\n{json.dumps(called, sort_keys=True)}\n</tool_call>"
    if kind == "tool_result":
        return render_content(part.get("content"))
    if kind in _UNSEEN:
        return ""
    raise ApiError(400, "invalid message format")


def _image_of(part: dict[str, Any]) -> Any:
    """The base64 of an image; an address is refused, since the server fetches nothing."""
    if part["type"] == "image":
        source = part.get("source")
        return source.get("data") if isinstance(source, dict) else None
    url = part.get("image_url")
    if isinstance(url, dict):
        url = url.get("url")
    if not isinstance(url, str) or not url.startswith("data:") or ";base64," not in url:
        raise ApiError(400, "invalid image input")
    return url.partition(";base64,")[2]
