# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One chat through a real green-proxy: what the client gets, and what the feed says."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from green_common.feed.messages import (
    Accepted,
    Beat,
    Cancelled,
    Finished,
    FirstToken,
    Forwarded,
    Hello,
    LoadFinished,
    LoadStarted,
)
from integration.proxy_rig import Call, messages_until, model_server, running_proxy

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
    """A chat is three tokens long; whatever else is asked is a load."""
    await call.parts()
    if call.target != "/api/chat":
        known = b'{"capabilities": ["completion"]}'
        await call.whole(known if call.target == "/api/show" else b'{"done": true, "done_reason": "load"}')
        return
    await call.stream("application/x-ndjson")
    for line in LINES:
        await call.chunk(line)
        await asyncio.sleep(0.02)
    await call.chunk(b"")


async def answer_as_vllm(call: Call) -> None:
    """It has no questions of Ollama's, nor of llama-server's."""
    if call.target == "/v1/models":
        await call.whole(b'{"data": [{"id": "m", "max_model_len": 4096}]}')
        return
    await call.head("404 Not Found", "Content-Length: 0")


def test_one_chat_is_told_from_acceptance_to_end() -> None:
    """The feed names each step once and in order: a load, which is nobody's, and the chat with its counts."""
    with model_server(ollama, resident=()) as upstream, running_proxy(upstream.url) as proxy:
        feed = proxy.feed()

        response = httpx.post(f"{proxy.url}/api/chat", json={"model": "qwen3:32b", "messages": []})
        seen = [*messages_until(feed, Finished), *messages_until(feed, Finished)]

    assert response.content == b"".join(LINES)
    assert upstream.paths() == ["/api/show", "/api/generate", "/api/chat"]
    assert [type(message) for message in seen] == [
        Hello,
        Accepted,
        Forwarded,
        LoadStarted,
        LoadFinished,
        Finished,
        Forwarded,
        FirstToken,
        Finished,
    ]
    accepted, load, loaded, finished = seen[1], seen[2], seen[5], seen[-1]
    assert (load.requests, load.model, loaded.generation) == ((), "qwen3:32b", load.generation)
    assert accepted == Accepted(response.headers["x-green-request-id"], "/api/chat", "127.0.0.1")
    assert (finished.requests, finished.model) == ((accepted.request,), "qwen3:32b")
    assert (finished.prompt_tokens, finished.output_tokens, finished.tokens_counted) == (26, 3, False)
    assert (finished.load_s, finished.prefill_s, finished.decode_s) == (1.0, 0.5, 1.5)


def test_an_openai_stream_is_counted_where_the_server_does_not() -> None:
    """Without usage the stream's events are the tokens, and the feed says that they were counted."""
    words = [b'data: {"choices":[{"delta":{"content":"a"}}]}\n\n'] * 5

    async def openai(call: Call) -> None:
        await call.parts()
        if call.method == "GET":
            await answer_as_vllm(call)
            return
        await call.stream("text/event-stream")
        for event in (b'data: {"choices":[{"delta":{"role":"assistant"}}]}\n\n', *words, b"data: [DONE]\n\n"):
            await call.chunk(event)
        await call.chunk(b"")

    with model_server(openai, resident=None) as upstream, running_proxy(upstream.url) as proxy:
        feed = proxy.feed()

        httpx.post(f"{proxy.url}/v1/chat/completions", json={"model": "m"})
        asked = upstream.paths().count("/api/ps")
        for _ in range(4):
            httpx.post(f"{proxy.url}/v1/chat/completions", json={"model": "m"})
        seen = messages_until(feed, Finished)

    assert [type(message) for message in seen] == [Hello, Accepted, Forwarded, FirstToken, Finished]
    assert (seen[-1].output_tokens, seen[-1].tokens_counted) == (5, True)
    # A server that has no such question is asked no more.
    assert upstream.paths().count("/api/ps") == asked


def test_a_resident_model_is_not_announced_as_loading() -> None:
    """Ollama is asked once a minute at most, and its tag may be left out."""

    async def resident(call: Call) -> None:
        await call.parts()
        listed = b'{"models": [{"name": "qwen3:latest"}]}'
        await call.whole(listed if call.target == "/api/ps" else b'{"done": true, "eval_count": 3}')

    with model_server(resident, resident=None) as upstream, running_proxy(upstream.url) as proxy:
        feed = proxy.feed()

        httpx.post(f"{proxy.url}/api/chat", json={"model": "qwen3", "stream": False})
        asked = upstream.paths().count("/api/ps")
        for _ in range(4):
            httpx.post(f"{proxy.url}/api/chat", json={"model": "qwen3", "stream": False})
        seen = messages_until(feed, Finished)

    assert [type(message) for message in seen] == [Hello, Accepted, Forwarded, Finished]
    assert upstream.paths().count("/api/ps") == asked


def test_polls_are_not_announced() -> None:
    """Listing models and asking for the version make no GPU work, so the feed stays silent."""

    async def anything(call: Call) -> None:
        await call.parts()
        await call.whole(b"{}")

    with model_server(anything) as upstream, running_proxy(upstream.url) as proxy:
        feed = proxy.feed()

        for path in ("/api/tags", "/api/version", "/api/chat", "/v1/models"):
            httpx.get(f"{proxy.url}{path}")
        httpx.post(f"{proxy.url}/api/show", json={"model": "m"})
        seen = messages_until(feed, Beat)

    assert len(upstream.calls) == 5
    assert [type(message) for message in seen] == [Hello, Beat]
    assert (seen[-1].accepted, seen[-1].in_flight) == (0, 0)


@pytest.mark.parametrize(
    ("path", "where"), [("/api/chat", ("error",)), ("/v1/chat/completions", ("error", "message"))]
)
def test_a_broken_body_is_refused(path: str, where: tuple[str, ...]) -> None:
    """What is no JSON can be read in more than one way: the client learns so in its dialect, nobody else."""
    with model_server(ollama) as upstream, running_proxy(upstream.url) as proxy:
        feed = proxy.feed()

        response = httpx.post(f"{proxy.url}{path}", content=b'{"model": ')
        seen = messages_until(feed, Cancelled)

    text = response.json()
    for key in where:
        text = text[key]
    assert (response.status_code, "JSON" in text) == (400, True)
    assert [type(message) for message in seen] == [Hello, Accepted, Cancelled]
    assert (seen[-1].requests, seen[-1].generation) == ((response.headers["x-green-request-id"],), None)
    assert upstream.calls == []
