# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The last words of a stream that the proxy ends before the model server does, in the client's dialect."""

from __future__ import annotations

import contextlib
import json
import time
from typing import Any

from green_proxy.door.refusal import error_body

OF_ALL_CHUNKS = ("id", "object", "created", "model", "system_fingerprint")
SSE, NDJSON = "text/event-stream", "application/x-ndjson"


def failure(path: str, media_type: str, status: int, text: str) -> bytes:
    """An error within a stream, as each API has it."""
    error = error_body(path, status, text)
    if media_type != SSE:
        return error + b"\n"
    if path.startswith("/v1/messages"):
        return b"event: error\ndata: " + error + b"\n\n"
    return b"data: " + error + b"\n\ndata: [DONE]\n\n"


def early_end(
    path: str,
    media_type: str,
    model: str,
    now_s: float,
    *,
    latest: bytes = b"",
    usage: dict[str, int] | None = None,
) -> bytes:
    """
    An end as if the model had stopped here, for an answer that a newer request made needless.

    `latest` is the end of what was written: a stream of OpenAI's has one id from its beginning to its end.
    The usage is added there where the client asked for it.

    Ollama's and OpenAI's chats have one. Nothing for any other path: Anthropic's messages are made of
    blocks, each of which would have to be closed.
    """
    if media_type == SSE and path.endswith("/chat/completions"):
        return _openai_end(model, now_s, latest, usage)
    if path == "/api/chat":
        return _line(_ollama_end(model, now_s) | {"message": {"role": "assistant", "content": ""}})
    return b""


def _ollama_end(model: str, now_s: float) -> dict[str, Any]:
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now_s))
    return {"model": model, "created_at": at, "done": True, "done_reason": "stop"}


def _openai_end(model: str, now_s: float, latest: bytes, usage: dict[str, int] | None) -> bytes:
    head = {"id": "chatcmpl-superseded", "object": "chat.completion.chunk", "created": int(now_s)}
    head |= {"model": model} | _head_of_last_event(latest)
    choice = {"index": 0, "delta": {}, "finish_reason": "stop"}
    chunks = [head | {"choices": [choice]}, *([head | {"choices": [], "usage": usage}] if usage else [])]
    return b"".join([b"data: " + _line(chunk) + b"\n" for chunk in chunks]) + b"data: [DONE]\n\n"


def _head_of_last_event(latest: bytes) -> dict[str, Any]:
    for line in reversed(latest.splitlines()):
        if line.startswith(b"data:"):
            with contextlib.suppress(ValueError, RecursionError):
                event = json.loads(line.removeprefix(b"data:"))
                if isinstance(event, dict):
                    return {name: event[name] for name in OF_ALL_CHUNKS if name in event}
            break
    return {}


def _line(said: dict[str, Any]) -> bytes:
    return json.dumps(said, separators=(",", ":")).encode() + b"\n"
