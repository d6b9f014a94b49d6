# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Ollama's own answers: lines of JSON while streaming, one object otherwise."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime, timezone
from typing import Any

from green_sim.engine.job import Job, Piece
from green_sim.ollama.reply import encode
from green_sim.ollama.tools import ToolCall

NANOSECONDS_PER_S = 1_000_000_000


def now_text() -> str:
    """The wall clock in UTC as Ollama writes it."""
    return datetime.now(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")


class OllamaShape(ABC):
    """What `/api/chat` and `/api/generate` have in common."""

    media_type = b"application/x-ndjson"

    def __init__(self, model: str) -> None:
        self._model = model

    def error(self, status: int, message: str) -> dict[str, Any]:
        return {"error": message}

    def stream_error(self, status: int, message: str) -> bytes:
        return encode({"error": message}) + b"\n"

    def piece(self, piece: Piece) -> bytes:
        content, thinking = ("", piece.text) if piece.thinking else (piece.text, "")
        return encode({**self._head(), **self._text(content, thinking), "done": False}) + b"\n"

    def last(self, job: Job) -> bytes:
        return encode({**self._head(), **self._text("", ""), **self._end(job)}) + b"\n"

    def whole(self, job: Job, pieces: list[Piece]) -> dict[str, Any]:
        content = "".join(piece.text for piece in pieces if not piece.thinking)
        thinking = "".join(piece.text for piece in pieces if piece.thinking)
        return {**self._head(), **self._text(content, thinking), **self._end(job)}

    def _head(self) -> dict[str, Any]:
        return {"model": self._model, "created_at": now_text()}

    @abstractmethod
    def _text(self, content: str, thinking: str) -> dict[str, Any]: ...

    def _end(self, job: Job) -> dict[str, Any]:
        end: dict[str, Any] = {"done": True, "done_reason": job.done_reason}
        return end if job.done_reason == "load" else {**end, **counts(job)}


class ChatShape(OllamaShape):
    """`/api/chat`."""

    def __init__(self, model: str, call: ToolCall | None = None) -> None:
        super().__init__(model)
        self._call = call

    def piece(self, piece: Piece) -> bytes:
        # What may become a tool call is held back until it is whole.
        return b"" if self._call is not None and not piece.thinking else super().piece(piece)

    def last(self, job: Job) -> bytes:
        if self._call is None or job.done_reason != "stop":
            return super().last(job)
        message = {"role": "assistant", "content": "", "tool_calls": [_tool_call(self._call)]}
        return encode({**self._head(), "message": message, "done": False}) + b"\n" + super().last(job)

    def whole(self, job: Job, pieces: list[Piece]) -> dict[str, Any]:
        if self._call is None or job.done_reason != "stop":
            return super().whole(job, pieces)
        answer = super().whole(job, [piece for piece in pieces if piece.thinking])
        answer["message"]["tool_calls"] = [_tool_call(self._call)]
        return answer

    def _text(self, content: str, thinking: str) -> dict[str, Any]:
        message = {"role": "assistant", "content": content}
        return {"message": {**message, "thinking": thinking} if thinking else message}


class GenerateShape(OllamaShape):
    """`/api/generate`."""

    def _text(self, content: str, thinking: str) -> dict[str, Any]:
        return {"response": content, **({"thinking": thinking} if thinking else {})}


def counts(job: Job) -> dict[str, int]:
    """
    Counts and durations (ns) of a finished generation, with the real server's traps.

    `load_duration` contains the wait for a load, `prompt_eval_count` the cached tokens but
    `prompt_eval_duration` only the new ones, and the wait for a slot, and for room in a step, is in no part.
    """
    ended_s = job.ended_s or job.arrived_s
    scheduled_s = job.scheduled_s or ended_s
    first_token_s = job.first_token_s or ended_s
    return {
        "total_duration": _ns(ended_s - job.arrived_s),
        "load_duration": _ns(scheduled_s - job.arrived_s),
        "prompt_eval_count": job.prompt_tokens,
        "prompt_eval_duration": _ns(first_token_s - (job.prompt_began_s or first_token_s)),
        "eval_count": job.generated_tokens,
        "eval_duration": _ns(ended_s - first_token_s),
    }


def _ns(seconds: float) -> int:
    return max(0, round(seconds * NANOSECONDS_PER_S))


def _tool_call(call: ToolCall) -> dict[str, Any]:
    return {"id": call.id, "function": {"index": 0, "name": call.name, "arguments": call.arguments}}
