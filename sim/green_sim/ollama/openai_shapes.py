# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Answers of the OpenAI-compatible API: server-sent events while streaming, one object otherwise."""

from __future__ import annotations

import json
import time
from typing import Any

from green_sim.engine.job import Job, Piece
from green_sim.ollama import events
from green_sim.ollama.tools import ToolCall

ERROR_TYPES = {400: "invalid_request_error", 404: "not_found_error", 413: "invalid_request_error"}


def openai_error(status: int, message: str) -> dict[str, Any]:
    """An error as OpenAI's clients expect it."""
    kind = ERROR_TYPES.get(status, "api_error")
    return {"error": {"message": message, "type": kind, "param": None, "code": None}}


def usage(job: Job) -> dict[str, int]:
    """Token counts; this API carries no durations."""
    return {
        "prompt_tokens": job.prompt_tokens,
        "completion_tokens": job.generated_tokens,
        "total_tokens": job.prompt_tokens + job.generated_tokens,
    }


class OpenAiShape:
    """What chat and completion have in common."""

    media_type = events.MEDIA_TYPE

    def __init__(self, model: str, number: str, *, include_usage: bool) -> None:
        self._model = model
        self._id = number
        self._include_usage = include_usage

    def error(self, status: int, message: str) -> dict[str, Any]:
        return openai_error(status, message)

    def stream_error(self, status: int, message: str) -> bytes:
        return events.unnamed(openai_error(status, message))

    def _head(self, kind: str) -> dict[str, Any]:
        return {
            "id": self._id,
            "object": kind,
            "created": int(time.time()),
            "model": self._model,
            "system_fingerprint": "fp_simulated",
        }


class ChatCompletionShape(OpenAiShape):
    """`/v1/chat/completions`."""

    def __init__(self, model: str, number: str, *, include_usage: bool, call: ToolCall | None = None) -> None:
        super().__init__(model, number, include_usage=include_usage)
        self._call = call
        self._started = False

    def piece(self, piece: Piece) -> bytes:
        if piece.thinking:
            return self._delta({"content": "", "reasoning": piece.text})
        return b"" if self._call else self._delta({"content": piece.text})

    def last(self, job: Job) -> bytes:
        chunks = b""
        if self._call is not None and job.done_reason == "stop":
            chunks = self._delta({"content": "", "tool_calls": [_tool_call(self._call)]})
        end = {"index": 0, "delta": {}, "finish_reason": self._reason(job)}
        chunks += self._chunk([end])
        if self._include_usage:
            chunks += self._chunk([], usage(job))
        return chunks + events.DONE

    def whole(self, job: Job, pieces: list[Piece]) -> dict[str, Any]:
        called = self._call is not None and job.done_reason == "stop"
        content = "" if called else "".join(one.text for one in pieces if not one.thinking)
        message: dict[str, Any] = {"role": "assistant", "content": content}
        reasoning = "".join(one.text for one in pieces if one.thinking)
        if reasoning:
            message["reasoning"] = reasoning
        if self._call is not None and called:
            message["tool_calls"] = [_tool_call(self._call)]
        choice = {"index": 0, "message": message, "finish_reason": self._reason(job)}
        return {**self._head("chat.completion"), "choices": [choice], "usage": usage(job)}

    def _reason(self, job: Job) -> str:
        return "tool_calls" if self._call is not None and job.done_reason == "stop" else job.done_reason

    def _delta(self, delta: dict[str, Any]) -> bytes:
        # Only the first chunk names the role.
        role = {} if self._started else {"role": "assistant"}
        self._started = True
        return self._chunk([{"index": 0, "delta": {**role, **delta}, "finish_reason": None}])

    def _chunk(self, choices: list[dict[str, Any]], used: dict[str, int] | None = None) -> bytes:
        chunk = {**self._head("chat.completion.chunk"), "choices": choices}
        return events.unnamed({**chunk, "usage": used} if used is not None else chunk)


class CompletionShape(OpenAiShape):
    """`/v1/completions`."""

    def piece(self, piece: Piece) -> bytes:
        return self._chunk([_choice("" if piece.thinking else piece.text, None)], None)

    def last(self, job: Job) -> bytes:
        chunks = self._chunk([_choice("", job.done_reason)], None)
        if self._include_usage:
            chunks += self._chunk([], usage(job))
        return chunks + events.DONE

    def whole(self, job: Job, pieces: list[Piece]) -> dict[str, Any]:
        text = "".join(one.text for one in pieces if not one.thinking)
        choices = [_choice(text, job.done_reason)]
        return {**self._head("text_completion"), "choices": choices, "usage": usage(job)}

    def _chunk(self, choices: list[dict[str, Any]], used: dict[str, int] | None) -> bytes:
        chunk = {**self._head("text_completion"), "choices": choices}
        if self._include_usage:
            # Before the last chunk the real server sends zeros.
            chunk["usage"] = used or dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens"), 0)
        return events.unnamed(chunk)


def _choice(text: str, reason: str | None) -> dict[str, Any]:
    return {"text": text, "index": 0, "finish_reason": reason}


def _tool_call(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": json.dumps(call.arguments)}
    return {"id": call.id, "index": 0, "type": "function", "function": function}
