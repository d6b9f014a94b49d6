# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Answers of the Anthropic-compatible API: blocks that start, grow and stop, or one message."""

from __future__ import annotations

import json
from typing import Any

from green_sim.engine.job import Job, Piece
from green_sim.ollama import events
from green_sim.ollama.tools import ToolCall

ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
}
STOP_REASONS = {"stop": "end_turn", "length": "max_tokens"}


def anthropic_error(status: int, message: str) -> dict[str, Any]:
    """An error as Anthropic's clients expect it."""
    kind = ERROR_TYPES.get(status, "api_error")
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_simulated"}


class MessageShape:
    """`/v1/messages`."""

    media_type = events.MEDIA_TYPE

    def __init__(self, model: str, number: str, estimated_tokens: int, call: ToolCall | None) -> None:
        self._model = model
        self._id = number
        self._estimated_tokens = estimated_tokens
        self._call = call
        self._open: str | None = None
        self._index = -1

    def error(self, status: int, message: str) -> dict[str, Any]:
        return anthropic_error(status, message)

    def stream_error(self, status: int, message: str) -> bytes:
        return events.named(anthropic_error(status, message))

    def piece(self, piece: Piece) -> bytes:
        kind = "thinking" if piece.thinking else "text"
        if self._call is not None and not piece.thinking:
            return b""
        return self._block(kind, {"type": kind, kind: ""}) + self._delta(f"{kind}_delta", kind, piece.text)

    def last(self, job: Job) -> bytes:
        parts = b""
        if self._call is not None and job.done_reason == "stop":
            block = {**_tool_use(self._call), "input": {}}
            parts += self._block("tool_use", block)
            parts += self._delta("input_json_delta", "partial_json", json.dumps(self._call.arguments))
        parts += self._begin() + self._close()
        end = {"type": "message_delta", "delta": {"stop_reason": self._reason(job)}, "usage": _usage(job)}
        return parts + events.named(end) + events.named({"type": "message_stop"})

    def whole(self, job: Job, pieces: list[Piece]) -> dict[str, Any]:
        content: list[dict[str, Any]] = []
        for kind in ("thinking", "text"):
            text = "".join(one.text for one in pieces if one.thinking == (kind == "thinking"))
            if text and not (kind == "text" and self._call is not None):
                content.append({"type": kind, kind: text})
        if self._call is not None and job.done_reason == "stop":
            content.append(_tool_use(self._call))
        return {**self._message(content), "stop_reason": self._reason(job), "usage": _usage(job)}

    def _reason(self, job: Job) -> str:
        if self._call is not None and job.done_reason == "stop":
            return "tool_use"
        return STOP_REASONS.get(job.done_reason, "stop_sequence")

    def _message(self, content: list[dict[str, Any]]) -> dict[str, Any]:
        head = {"id": self._id, "type": "message", "role": "assistant", "model": self._model}
        return {**head, "content": content}

    def _begin(self) -> bytes:
        """The first event, once; the prompt's tokens are only estimated then, as in the real server."""
        if self._index >= 0:
            return b""
        self._index = 0
        used = {"input_tokens": self._estimated_tokens, "output_tokens": 0}
        return events.named({"type": "message_start", "message": {**self._message([]), "usage": used}})

    def _block(self, kind: str, block: dict[str, Any]) -> bytes:
        """Start a block of this kind, where it is not open already."""
        if self._open == kind:
            return b""
        before = self._begin() + self._close()
        self._open = kind
        start = {"type": "content_block_start", "index": self._index, "content_block": block}
        return before + events.named(start)

    def _close(self) -> bytes:
        if self._open is None:
            return b""
        self._open = None
        self._index += 1
        return events.named({"type": "content_block_stop", "index": self._index - 1})

    def _delta(self, kind: str, key: str, text: str) -> bytes:
        delta = {"type": kind, key: text}
        return events.named({"type": "content_block_delta", "index": self._index, "delta": delta})


def _usage(job: Job) -> dict[str, int]:
    return {"input_tokens": job.prompt_tokens, "output_tokens": job.generated_tokens}


def _tool_use(call: ToolCall) -> dict[str, Any]:
    return {"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments}
