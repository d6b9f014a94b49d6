# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a message holds: texts and images, in the forms of all dialects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# OpenAI's, Anthropic's and those of Responses.
_IMAGES = frozenset({"image_url", "image", "input_image"})


def text_of(content: Any) -> str:
    """The text of a message's content, which is a string or a list of parts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "".join(part if isinstance(part, str) else _text(part) for part in content)


def images_in(message: Mapping[str, Any]) -> int:
    listed = message.get("images")  # Ollama's
    if listed is None and isinstance(message.get("content"), str):
        return 0
    parts = sum(part.get("type") in _IMAGES for part in _parts(message))
    return parts + (len(listed) if isinstance(listed, list) else 0)


def _text(part: Any) -> str:
    text = part.get("text") if isinstance(part, dict) else None
    return text if isinstance(text, str) else ""


def _parts(holder: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Parts of a message, and those within a tool's result."""
    for key in ("content", "output"):
        content = holder.get(key)
        if isinstance(content, list):
            for part in content:
                if isinstance(part, dict):
                    yield part
                    yield from _parts(part)
