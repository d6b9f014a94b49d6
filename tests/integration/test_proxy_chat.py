# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One chat through a real green-proxy: what the client gets, and what the feed says."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx

from green_common.feed import FeedConnection
from green_common.feed.messages import (
    Accepted,
    Finished,
    FirstToken,
    Forwarded,
    Hello,
    LoadFinished,
    LoadStarted,
)
from integration.proxy_rig import Call, model_server, running_proxy

LAST = {
    "done": True,
    "message": {"role": "assistant", "content": ""},
    "total_duration": 3_000_000_000,
    "load_duration": 1_000_000_000,
    "prompt_eval_count": 26,
    "prompt_eval_duration": 500_000_000,
    "eval_count": 3,
    "eval_duration": 1_500_000_000,
}
WORDS = [{"message": {"role": "assistant", "content": word}, "done": False} for word in ("a", "b", "c")]
LINES = [json.dumps(line).encode() + b"\n" for line in (*WORDS, LAST)]


async def ollama(call: Call) -> None:
    """Nothing is loaded, and a chat is three tokens long."""
    await call.parts()
    if call.target == "/api/ps":
        await call.whole(b'{"models": []}')
        return
    await call.stream("application/x-ndjson")
    for line in LINES:
        await call.chunk(line)
        await asyncio.sleep(0.02)
    await call.chunk(b"")


def messages_until(feed: FeedConnection, last: type) -> list[Any]:
    seen: list[Any] = []
    while not seen or not isinstance(seen[-1], last):
        envelope = feed.receive()
        assert envelope is not None
        seen.append(envelope.message)
    return seen


def test_one_chat_is_told_from_acceptance_to_end() -> None:
    """The feed names each step of a chat once and in order, with the server's own counts at the end."""
    with model_server(ollama) as upstream, running_proxy(upstream.url) as proxy:
        feed = proxy.feed()

        response = httpx.post(f"{proxy.url}/api/chat", json={"model": "qwen3:32b", "messages": []})
        seen = messages_until(feed, Finished)

    assert response.content == b"".join(LINES)
    kinds = [type(message) for message in seen if type(message).__name__ not in ("Tokens", "Beat")]
    assert kinds == [Hello, Accepted, Forwarded, LoadStarted, LoadFinished, FirstToken, Finished]
    accepted, finished = seen[1], seen[-1]
    assert accepted == Accepted(response.headers["x-green-request-id"], "/api/chat")
    assert (finished.requests, finished.model) == ((accepted.request,), "qwen3:32b")
    assert (finished.prompt_tokens, finished.output_tokens, finished.tokens_counted) == (26, 3, False)
    assert (finished.load_s, finished.prefill_s, finished.decode_s) == (1.0, 0.5, 1.5)
