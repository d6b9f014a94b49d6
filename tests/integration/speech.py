# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Answers as Ollama writes them on each route, and what a client reads in them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx

NDJSON, SSE, JSON = "application/x-ndjson", "text/event-stream", "application/json"
PROMPT_TOKENS, OUTPUT_TOKENS = 7, 2
AT = "2026-11-22T10:00:00Z"
COUNTS = {
    "total_duration": 4000,
    "load_duration": 1000,
    "prompt_eval_count": PROMPT_TOKENS,
    "prompt_eval_duration": 1000,
    "eval_count": OUTPUT_TOKENS,
    "eval_duration": 1000,
}
USAGE = {
    "prompt_tokens": PROMPT_TOKENS,
    "completion_tokens": OUTPUT_TOKENS,
    "total_tokens": PROMPT_TOKENS + OUTPUT_TOKENS,
}


@dataclass(frozen=True, slots=True)
class Speech:
    """An answer in two parts where it is streamed, else all in the first."""

    media_type: str
    first: bytes
    rest: bytes = b""

    @property
    def streams(self) -> bool:
        return bool(self.rest)


def speech_for(path: str, body: dict[str, Any], text: str, prompt_tokens: int = PROMPT_TOKENS) -> Speech:
    model = body.get("model", "")
    if path == "/v1/messages":
        return _anthropic(model, text, streamed=body.get("stream") is True)
    if path.startswith("/v1/"):
        asked = (body.get("stream_options") or {}).get("include_usage") is True
        usage = {**USAGE, "prompt_tokens": prompt_tokens, "total_tokens": prompt_tokens + OUTPUT_TOKENS}
        return _openai(model, text, usage, streamed=body.get("stream") is True, told=asked)
    if path == "/api/embed":
        return Speech(JSON, _json({"model": model, "embeddings": [[0.1]], "prompt_eval_count": 1}))
    counts = {**COUNTS, "prompt_eval_count": prompt_tokens}
    return _ollama(path, model, text, counts, streamed=body.get("stream") is not False)


def said(response: httpx.Response) -> str:
    """The text of a whole answer of any route."""
    media_type = response.headers["content-type"].partition(";")[0]
    if media_type == SSE:
        return "".join(map(_said_in, events_of(response)))
    if media_type == NDJSON:
        return "".join(map(_said_in, map(json.loads, response.text.splitlines())))
    return _said_in(response.json())


def events_of(response: httpx.Response) -> list[dict[str, Any]]:
    """The objects of an event stream, without the [DONE] that ends OpenAI's."""
    lines = (line.removeprefix("data: ") for line in response.text.splitlines() if line.startswith("data: "))
    return [json.loads(line) for line in lines if line != "[DONE]"]


def _said_in(part: dict[str, Any]) -> str:
    if "choices" in part:
        choices = (choice.get("delta") or choice.get("message") or {} for choice in part["choices"])
        return "".join(choice.get("content") or "" for choice in choices)
    if "message" in part and part.get("type") is None:
        return str(part["message"]["content"])
    if isinstance(part.get("content"), list):
        return "".join(str(block.get("text", "")) for block in part["content"])
    return str((part.get("delta") or {}).get("text", part.get("response", "")))


def _ollama(path: str, model: str, text: str, counts: dict[str, int], *, streamed: bool) -> Speech:
    def part(words: str, **more: object) -> dict[str, object]:
        told: dict[str, object] = (
            {"message": {"role": "assistant", "content": words}}
            if path == "/api/chat"
            else {"response": words}
        )
        return {"model": model, "created_at": AT, **told, **more}

    end = {"done": True, "done_reason": "stop", **counts}
    if not streamed:
        return Speech(JSON, _json(part(text, **end)))
    return Speech(NDJSON, _json(part(text, done=False)) + b"\n", _json(part("", **end)) + b"\n")


def _openai(model: str, text: str, usage: dict[str, int], *, streamed: bool, told: bool) -> Speech:
    def part(kind: str, choice: dict[str, Any] | None, **more: object) -> dict[str, object]:
        choices = [] if choice is None else [{"index": 0, **choice}]
        return {"id": "c1", "object": kind, "created": 1, "model": model, "choices": choices, **more}

    if not streamed:
        choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        return Speech(JSON, _json(part("chat.completion", choice, usage=usage)))
    kind = "chat.completion.chunk"
    first = part(kind, {"delta": {"role": "assistant", "content": text}, "finish_reason": None})
    last = [part(kind, {"delta": {}, "finish_reason": "stop"})]
    last += [part(kind, None, usage=usage)] if told else []
    return Speech(SSE, _event(first), b"".join(map(_event, last)) + b"data: [DONE]\n\n")


def _anthropic(model: str, text: str, *, streamed: bool) -> Speech:
    usage = {"input_tokens": PROMPT_TOKENS, "output_tokens": OUTPUT_TOKENS}
    message = {"id": "m1", "type": "message", "role": "assistant", "model": model, "usage": usage}
    if not streamed:
        content = [{"type": "text", "text": text}]
        return Speech(JSON, _json({**message, "content": content, "stop_reason": "end_turn"}))
    first: list[dict[str, Any]] = [
        {"type": "message_start", "message": {**message, "content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}},
    ]
    rest: list[dict[str, Any]] = [
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage},
        {"type": "message_stop"},
    ]
    return Speech(SSE, b"".join(map(_named_event, first)), b"".join(map(_named_event, rest)))


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _event(value: object) -> bytes:
    return b"data: " + _json(value) + b"\n\n"


def _named_event(value: dict[str, Any]) -> bytes:
    return f"event: {value['type']}\n".encode() + _event(value)
