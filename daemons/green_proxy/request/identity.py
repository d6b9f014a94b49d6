# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whose request this is, and of which conversation."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from green_proxy.fault import Fault
from green_proxy.headers import Headers
from green_proxy.request.call import Call

MAX_CONVERSATION_CHARACTERS = 200
MAX_SHOWN_CHARACTERS = 128
# What clients drop or move between the turns of one conversation.
OWN_HEADER = b"x-green-conversation"
_FLEETING = frozenset({"thinking", "reasoning", "reasoning_content", "cache_control", "id", "status"})
# Of Responses: items that the model made, though they name no role.
_MODELS_ITEMS = frozenset({"function_call", "reasoning", "web_search_call", "custom_tool_call"})


class KeyLike(Protocol):
    """What has to be known of an API key."""

    @property
    def name(self) -> str: ...

    @property
    def personal(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Identity:
    """An address is no person: behind a front end everyone shares one."""

    client: str  # name of the key, else the peer's address: what fairness and limits count by
    own: bool  # True where it is one person's
    conversation: str | None  # from the conversation header, scoped to the client

    @property
    def shown_client(self) -> str | None:
        """As the other daemons are told it; None where nothing is known, as of a Unix socket's peer."""
        client = self.client
        if len(client) <= MAX_SHOWN_CHARACTERS and client.isascii() and client.isprintable():
            return client or None
        shown = "".join(one for one in client if one.isprintable())
        # In UTF-16's units, which JSON escapes with six bytes each: a message has to stay in its bounds.
        units = shown.encode("utf-16-le", "replace")[: 2 * MAX_SHOWN_CHARACTERS]
        return units.decode("utf-16-le", "ignore") or None

    @property
    def known(self) -> bool:
        """Only then may requests be merged or trimmed."""
        return self.own or self.conversation is not None


def identify(headers: Headers, peer: str, key: KeyLike | None, conversation_header: str) -> Identity:
    """Raises Fault 400 for a conversation that is no plain short text."""
    client, own = (peer, False) if key is None else (key.name, key.personal)
    wanted = conversation_header.lower().encode()
    for name, value in headers:
        if name in (OWN_HEADER, wanted) and value.strip():
            # The last line feed divides the two, since no conversation has one.
            return Identity(client, own, f"{client}\n{_conversation(value, conversation_header)}")
    return Identity(client, own, None)


def prefix_key(call: Call) -> str | None:
    """
    Names a conversation by what all its later requests begin with: everything up to the first answer.

    None before there is an answer: many conversations begin alike. It says nothing of who asks, so that
    it counts only together with a key of one person's own.
    """
    messages = call.messages or ()
    first = next((index for index, message in enumerate(messages) if _is_answer(message)), None)
    if first is None:
        return None
    system = call.fields.get(call.dialect.system) if call.dialect.system else None
    digest = hashlib.sha256(_plain(_content(system)))
    for message in messages[: first + 1]:
        digest.update(_lasting(message))
    return digest.hexdigest()


def _conversation(value: bytes, header: str) -> str:
    said = f"the header {header} has to be at most {MAX_CONVERSATION_CHARACTERS} printable characters"
    try:
        text = value.strip().decode()
    except UnicodeDecodeError:
        raise Fault(400, f"{said}; it is not UTF-8") from None
    if len(text) > MAX_CONVERSATION_CHARACTERS:
        raise Fault(400, f"{said}; it has {len(text)}")
    if not text.isprintable():
        raise Fault(400, f"{said}; it has others")
    return text


def _is_answer(message: Mapping[str, Any]) -> bool:
    return message.get("role") == "assistant" or message.get("type") in _MODELS_ITEMS


def _lasting(message: Mapping[str, Any]) -> bytes:
    kept = {name: value for name, value in message.items() if name not in _FLEETING}
    return _plain({**kept, "content": _content(message.get("content"))})


def _content(content: Any) -> Any:
    """A text alone is the same as a list of that one text."""
    if not isinstance(content, list):
        return content
    parts = [_without_fleeting(part) for part in content]
    only = parts[0] if len(parts) == 1 else None
    return only["text"] if isinstance(only, dict) and isinstance(only.get("text"), str) else parts


def _without_fleeting(part: Any) -> Any:
    if not isinstance(part, dict):
        return part
    return {name: value for name, value in part.items() if name not in _FLEETING}


def _plain(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"
