# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Tools that a request offers, and the simulated call of one, which a marker in the prompt brings about."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from green_sim.ollama.body import ApiError
from green_sim.ollama.prompt import Message
from green_sim.ollama.schema import made_up

# A last message of the user with this word is answered with a call of the first tool.
CALL_MARKER = "simulated-tool-call"


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the client would run."""

    name: str
    schema: Any


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The wish that the client runs it."""

    id: str
    name: str
    arguments: dict[str, Any]

    def text(self) -> str:
        """As the model would have generated it."""
        return f"<tool_call>\n{json.dumps({'name': self.name, 'arguments': self.arguments})}\n</tool_call>"


def read_tools(value: Any) -> tuple[Tool, ...]:
    """The tools of a request in the shape of any of the APIs."""
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise ApiError(400, "json: cannot unmarshal field 'tools' into a value of type array of objects")
    return tuple(_tool(entry) for entry in value)


def wanted_call(messages: Sequence[Message], tools: Sequence[Tool]) -> ToolCall | None:
    """The call that the last message asks for by the marker; nothing without a tool."""
    if not messages or not tools or messages[-1].role != "user" or CALL_MARKER not in messages[-1].content:
        return None
    tool = tools[0]
    arguments = made_up(tool.schema)
    number = crc32("".join(message.content for message in messages).encode(errors="replace"))
    return ToolCall(f"call_{number:08x}", tool.name, arguments if isinstance(arguments, dict) else {})


def _tool(entry: dict[str, Any]) -> Tool:
    described = entry["function"] if isinstance(entry.get("function"), dict) else entry
    return Tool(str(described.get("name") or ""), described.get("parameters", described.get("input_schema")))
