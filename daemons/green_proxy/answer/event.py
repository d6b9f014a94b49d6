# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whether one event of a stream carries something that the model wrote."""

from __future__ import annotations

import json
from typing import Any

# Ollama's and OpenAI's names for written text, thoughts and calls.
_WRITTEN = (
    "content",
    "thinking",
    "reasoning",
    "reasoning_content",
    "tool_calls",
    "response",
    "text",
    "refusal",
)


def has_content(event: bytes) -> bool:
    """
    False for an event that is known to carry nothing: a role, a reason to stop, counts, the end.

    What can't be told counts as content.
    """
    if event == b"[DONE]":
        return False
    try:
        said = json.loads(event)
    except (ValueError, RecursionError):
        return True
    return not isinstance(said, dict) or _speaks(said)


def _speaks(said: dict[str, Any]) -> bool:
    if "choices" in said:
        choices = said["choices"]
        return isinstance(choices, list) and any(_written(_spoken(choice)) for choice in choices)
    if "type" in said:
        # Anthropic's and OpenAI's named events: content_block_delta, response.output_text.delta.
        kind = str(said["type"])
        return kind.endswith("delta") and kind != "message_delta"
    if "done" in said:
        return _written(_spoken(said))
    return _written(said) if "content" in said else not said.keys() <= {"error", "usage", "timings"}


def _spoken(choice: Any) -> Any:
    if not isinstance(choice, dict):
        return choice
    return choice.get("delta") or choice.get("message") or choice


def _written(said: Any) -> bool:
    return any(said.get(name) for name in _WRITTEN) if isinstance(said, dict) else bool(said)
