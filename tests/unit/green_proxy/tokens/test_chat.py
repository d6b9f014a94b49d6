# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What of a message is counted, in each of the APIs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from green_proxy.tokens.chat import Content, read_chat, read_content


@dataclass
class Call:
    path: str
    fields: dict[str, Any]
    model: str = "m"


@pytest.mark.parametrize(
    ("message", "content"),
    [
        ({"role": "user", "content": "hi"}, Content("hi")),
        ({"role": "user", "content": [{"type": "text", "text": "hi"}]}, Content("hi")),
        ({"role": "user", "content": [{"type": "input_text", "text": "h"}, {"text": "i"}]}, Content("hi")),
        ({"role": "user", "content": None}, Content("")),
        ({"role": "user"}, Content("")),
        ({"role": "user", "content": "hi", "images": ["x", "y"]}, Content("hi", 2, plain=False)),
        ({"role": "user", "content": [{"type": "image_url"}]}, Content("", 1, plain=False)),
        ({"role": "assistant", "content": "<think>a</think>b"}, Content("<think>a</think>b", plain=False)),
        ({"role": "user", "content": "what is </think>?"}, Content("what is </think>?")),
        ({"role": "assistant", "content": "b", "thinking": "a"}, Content("b", plain=False)),
        ({"role": "assistant", "content": "", "tool_calls": [1]}, Content("[1]", plain=False)),
        ({"role": "tool", "content": "hi", "tool_name": "f"}, Content("hi", plain=False)),
        ({"type": "function_call_output", "call_id": "1", "output": "hi"}, Content("hi", plain=False)),
        ({"role": "user", "content": [{"type": "tool_result", "content": "hi"}]}, Content("hi", plain=False)),
        ({"role": "user", "content": [{"type": "thinking", "thinking": "a"}]}, Content("", plain=False)),
        ({"role": "user", "content": 7}, Content("7", plain=False)),
        ({"role": "user", "content": ["hi"]}, Content("hi", plain=False)),
    ],
)
def test_content(message: dict[str, Any], content: Content) -> None:
    """All text, and whether the template decides how it is written."""
    assert read_content(message) == content


def test_a_system_prompt_beside_the_messages_is_read_first() -> None:
    """Anthropic's API has it apart; in Ollama's such a field means nothing."""
    fields = {"system": "be short", "messages": []}

    anthropic, ollama = read_chat(Call("/v1/messages", fields)), read_chat(Call("/api/chat", fields))

    assert anthropic is not None
    assert ollama is not None
    assert (anthropic.before, ollama.before) == ([{"role": "system", "content": "be short"}], [])
