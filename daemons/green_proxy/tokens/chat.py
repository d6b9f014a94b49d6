# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A chat as the model will read it: its messages and tools, whatever API they came by."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Protocol


class Request(Protocol):
    """As much of a client's call as counting and trimming need."""

    @property
    def path(self) -> str: ...
    @property
    def fields(self) -> dict[str, Any]: ...
    @property
    def model(self) -> str: ...


@dataclass(slots=True)
class Chat:
    """
    The messages of one request and the key under which its body has them.

    `before` is what an API says beside the messages (Anthropic's `system`, the `instructions` of
    Responses); the model reads it first.
    """

    key: str
    messages: list[dict[str, Any]]
    before: list[dict[str, Any]] = field(default_factory=list)
    tools: str = ""
    thinks: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What of a message is counted; not `plain` where the template decides how it is written."""

    text: str
    images: int = 0
    plain: bool = True


_BESIDE = {"/v1/messages": "system", "/v1/responses": "instructions"}
_CHATS = ("/api/chat", "/v1/chat/completions", "/chat/completions", "/v1/messages", "/v1/responses")
_MESSAGE_ITEMS = ("message", "function_call", "function_call_output", "reasoning")
_IMAGES = ("image", "image_url", "input_image")


def read_chat(request: Request) -> Chat | None:
    """None where the request is no chat, or one whose earlier part the server holds."""
    if request.path not in _CHATS:
        return None
    fields = request.fields
    key = "input" if request.path == "/v1/responses" else "messages"
    messages = fields.get(key)
    if not isinstance(messages, list) or not all(map(_is_message, messages)):
        return None
    if key == "input" and not _self_contained(fields, messages):
        return None
    beside = fields.get(_BESIDE[request.path]) if request.path in _BESIDE else None
    tools = fields.get("tools")
    return Chat(
        key=key,
        messages=messages,
        before=[{"role": "system", "content": beside}] if beside else [],
        tools=json.dumps(tools, ensure_ascii=False) if tools else "",
        thinks=str(fields.get("think", fields.get("reasoning_effort", ""))),
    )


def read_content(message: dict[str, Any]) -> Content:
    """The text that a message brings into the prompt."""
    content = message.get("content")
    if content.__class__ is str and len(message) == 2:
        # A thought of an earlier answer is taken out by the server, for some models.
        return Content(content, plain="</think>" not in content or message.get("role") != "assistant")
    reader = _Reader()
    reader.read(content)
    for name in ("tool_calls", "function_call", "arguments", "output"):
        if value := message.get(name):
            reader.data(value)
    images = message.get("images")
    count = reader.images + (len(images) if isinstance(images, list) else 0)
    known = all(name in ("role", "content", "type") for name in message)
    text = "".join(reader.texts)
    return Content(text, count, plain=known and reader.plain and not count and "</think>" not in text)


class _Reader:
    """Gathers the parts of a message."""

    __slots__ = ("images", "plain", "texts")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.images = 0
        self.plain = True

    def read(self, content: Any) -> None:
        if isinstance(content, str):
            self.texts.append(content)
        elif isinstance(content, list):
            for part in content:
                self._part(part)
        elif content is not None:
            self.data(content)

    def data(self, value: Any) -> None:
        self.texts.append(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        self.plain = False

    def _part(self, part: Any) -> None:
        if not isinstance(part, dict):
            return self.data(part)
        kind, text = part.get("type"), part.get("text")
        if isinstance(text, str):
            return self.texts.append(text)
        if kind in _IMAGES:
            self.images += 1
        elif kind == "tool_result":
            self.plain = False
            self.read(part.get("content"))
        elif kind == "tool_use":
            self.data({"name": part.get("name"), "arguments": part.get("input")})
        elif kind not in ("thinking", "redacted_thinking"):
            self.data(part)
        self.plain = False
        return None


def _is_message(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("role", ""), str)


def _self_contained(fields: dict[str, Any], items: list[dict[str, Any]]) -> bool:
    if fields.get("previous_response_id") or fields.get("conversation") or fields.get("prompt"):
        return False
    return all(item.get("type", "message") in _MESSAGE_ITEMS for item in items)
