# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Answers of the OpenAI-compatible API: server-sent events while streaming, one object otherwise."""

from __future__ import annotations

import time
from typing import Any

from green_sim.engine.job import Job, Piece
from green_sim.ollama.reply import encode

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


class ChatCompletionShape:
    """`/v1/chat/completions`."""

    media_type = b"text/event-stream"

    def __init__(self, model: str, number: int, *, include_usage: bool) -> None:
        self._model = model
        self._id = f"chatcmpl-{number}"
        self._include_usage = include_usage

    def error(self, status: int, message: str) -> dict[str, Any]:
        return openai_error(status, message)

    def stream_error(self, status: int, message: str) -> bytes:
        return _event(openai_error(status, message))

    def piece(self, piece: Piece) -> bytes:
        delta = {"role": "assistant", "content": "" if piece.thinking else piece.text}
        if piece.thinking:
            delta["reasoning"] = piece.text
        return self._chunk([{"index": 0, "delta": delta, "finish_reason": None}])

    def last(self, job: Job) -> bytes:
        end = {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": job.done_reason}
        chunks = self._chunk([end])
        if self._include_usage:
            chunks += self._chunk([], usage(job))
        return chunks + b"data: [DONE]\n\n"

    def whole(self, job: Job, pieces: list[Piece]) -> dict[str, Any]:
        message = {"role": "assistant", "content": "".join(one.text for one in pieces if not one.thinking)}
        reasoning = "".join(one.text for one in pieces if one.thinking)
        if reasoning:
            message["reasoning"] = reasoning
        choice = {"index": 0, "message": message, "finish_reason": job.done_reason}
        return {**self._head("chat.completion"), "choices": [choice], "usage": usage(job)}

    def _chunk(self, choices: list[dict[str, Any]], used: dict[str, int] | None = None) -> bytes:
        chunk = {**self._head("chat.completion.chunk"), "choices": choices}
        return _event({**chunk, "usage": used} if used is not None else chunk)

    def _head(self, kind: str) -> dict[str, Any]:
        return {
            "id": self._id,
            "object": kind,
            "created": int(time.time()),
            "model": self._model,
            "system_fingerprint": "fp_simulated",
        }


def _event(value: dict[str, Any]) -> bytes:
    return b"data: " + encode(value) + b"\n\n"
