# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Two APIs of model servers: how to ask for a stream, and how to read it without parsing every line.

Parsing each line costs a third of what a client can take, so a line is looked at as bytes, and only the one
with the server's counts is parsed as JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from green_qwen.load.dialogues import Message

_EVENT = b"data: "
_TEXT = re.compile(rb'"(?:content|reasoning_content|reasoning|text)":\s*"(?!")')
_USAGE = re.compile(rb'"usage":\s*\{')
_DONE = re.compile(rb'"done":\s*true')
_ERROR = re.compile(rb'^(?:data: )?(?:error: )?\{"error":')


@dataclass(frozen=True, slots=True)
class Counts:
    """What the server itself counted."""

    prompt_tokens: int
    output_tokens: int


class Dialect(Protocol):
    """One API."""

    @property
    def name(self) -> str: ...

    @property
    def path(self) -> str: ...

    def body(self, model: str, messages: Sequence[Message], answer_tokens: int | None) -> dict[str, Any]: ...

    def is_token(self, line: bytes) -> bool:
        """True where the line carries text of the answer, thinking included: one token as a rule."""

    def counts(self, line: bytes) -> Counts | None:
        """The server's counts, from the line that has them."""

    def text(self, lines: Sequence[bytes]) -> str:
        """The answer without its thinking; parses each line, for who needs it."""


class _Ollama:
    """`/api/chat`."""

    name, path = "ollama", "/api/chat"

    def body(self, model: str, messages: Sequence[Message], answer_tokens: int | None) -> dict[str, Any]:
        options = {} if answer_tokens is None else {"options": {"num_predict": answer_tokens}}
        return {"model": model, "messages": list(messages), "stream": True, **options}

    def is_token(self, line: bytes) -> bool:
        # Quotes in a text are escaped, so that this can be no answer's own.
        return line.startswith(b"{") and not _DONE.search(line)

    def counts(self, line: bytes) -> Counts | None:
        if not _DONE.search(line):
            return None
        last = json.loads(line)
        return Counts(int(last.get("prompt_eval_count", 0)), int(last.get("eval_count", 0)))

    def text(self, lines: Sequence[bytes]) -> str:
        return "".join(json.loads(line).get("message", {}).get("content") or "" for line in lines)


class _OpenAi:
    """`/v1/chat/completions`, as llama-server, vLLM and Ollama have it."""

    name, path = "openai", "/v1/chat/completions"

    def body(self, model: str, messages: Sequence[Message], answer_tokens: int | None) -> dict[str, Any]:
        most = {} if answer_tokens is None else {"max_tokens": answer_tokens}
        usage = {"stream_options": {"include_usage": True}}
        return {"model": model, "messages": list(messages), "stream": True, **usage, **most}

    def is_token(self, line: bytes) -> bool:
        return line.startswith(_EVENT) and _TEXT.search(line) is not None

    def counts(self, line: bytes) -> Counts | None:
        if not line.startswith(_EVENT) or not _USAGE.search(line):
            return None
        usage = json.loads(line.removeprefix(_EVENT)).get("usage")
        if not isinstance(usage, dict):
            return None
        return Counts(int(usage.get("prompt_tokens", 0)), int(usage.get("completion_tokens", 0)))

    def text(self, lines: Sequence[bytes]) -> str:
        chunks = (json.loads(line.removeprefix(_EVENT)) for line in lines)
        choices = (choice for chunk in chunks for choice in chunk.get("choices", []))
        return "".join(choice.get("delta", {}).get("content") or "" for choice in choices)


OLLAMA: Dialect = _Ollama()
OPENAI: Dialect = _OpenAi()
DIALECTS: Mapping[str, Dialect] = {dialect.name: dialect for dialect in (OLLAMA, OPENAI)}


def is_error(line: bytes) -> bool:
    """True for an error that comes in the midst of a stream that began as a good one."""
    return _ERROR.match(line) is not None


def with_fields(body: dict[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """The body with more fields; those that are tables on both sides, as Ollama's options, are merged."""
    merged = dict(body)
    for name, value in fields.items():
        old = merged.get(name)
        merged[name] = {**old, **value} if isinstance(old, dict) and isinstance(value, dict) else value
    return merged
