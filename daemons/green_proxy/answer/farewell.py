# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The last words of a stream that the proxy ends before the model server does, in the client's dialect."""

from __future__ import annotations

import json
import time
from typing import Any

from green_proxy.door.refusal import error_body

SSE, NDJSON = "text/event-stream", "application/x-ndjson"


def failure(path: str, media_type: str, status: int, text: str) -> bytes:
    """An error within a stream, as each API has it."""
    error = error_body(path, status, text)
    if media_type != SSE:
        return error + b"\n"
    if path.startswith("/v1/messages"):
        return b"event: error\ndata: " + error + b"\n\n"
    return b"data: " + error + b"\n\ndata: [DONE]\n\n"


def early_end(path: str, media_type: str, model: str, now_s: float) -> bytes:
    """
    An end as if the model had stopped here, for an answer that a newer request made needless.

    Ollama's and OpenAI's chats have one. Nothing for any other path: Anthropic's messages are made of
    blocks, each of which would have to be closed.
    """
    if media_type == SSE and path.endswith("/chat/completions"):
        return _openai_end(model, now_s)
    if path == "/api/chat":
        return _line(_ollama_end(model, now_s) | {"message": {"role": "assistant", "content": ""}})
    return b""


def _ollama_end(model: str, now_s: float) -> dict[str, Any]:
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now_s))
    return {"model": model, "created_at": at, "done": True, "done_reason": "stop"}


def _openai_end(model: str, now_s: float) -> bytes:
    choice = {"index": 0, "delta": {}, "finish_reason": "stop"}
    head = {"id": "chatcmpl-superseded", "object": "chat.completion.chunk", "created": int(now_s)}
    return b"data: " + _line(head | {"model": model, "choices": [choice]}) + b"\ndata: [DONE]\n\n"


def _line(said: dict[str, Any]) -> bytes:
    return json.dumps(said, separators=(",", ":")).encode() + b"\n"
