# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""When the simulated model calls a tool, and with what."""

from __future__ import annotations

from typing import Any

import pytest

from green_sim.ollama.body import ApiError
from green_sim.ollama.prompt import Message
from green_sim.ollama.tools import CALL_MARKER, read_tools, wanted_call

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
ASKING = [Message("user", f"please, {CALL_MARKER}")]
TOOLS = [
    {"type": "function", "function": {"name": "weather", "parameters": SCHEMA}},
    {"type": "function", "name": "weather", "parameters": SCHEMA},
    {"name": "weather", "input_schema": SCHEMA},
]


@pytest.mark.parametrize("tool", TOOLS)
def test_marker_brings_a_call_of_the_first_tool(tool: dict[str, Any]) -> None:
    """In the shape of each API, with arguments that fit its schema."""
    call = wanted_call(ASKING, read_tools([tool]))

    assert call is not None
    assert (call.name, call.arguments) == ("weather", {"city": "simulated"})


def test_result_is_answered_with_words() -> None:
    """The marker counts in the last message alone, so a dialogue with tools ends."""
    messages = [*ASKING, Message("assistant", ""), Message("tool", "sunny")]

    assert wanted_call(messages, read_tools(TOOLS)) is None


def test_nothing_is_called_without_tools_or_marker() -> None:
    """Both are needed."""
    assert wanted_call(ASKING, ()) is None
    assert wanted_call([Message("user", "hello")], read_tools(TOOLS)) is None


def test_tools_that_are_no_list_are_refused() -> None:
    """With status 400."""
    with pytest.raises(ApiError):
        read_tools({"name": "weather"})
