# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How answers are relayed: limits for each phase, retries, the breaker, and usage asked for and stripped."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import openai
import pytest

from green_common.feed.messages import Cancelled, Finished
from integration.proxy_rig import Call, free_port, messages_until, model_server, running_proxy
from integration.shaping_rig import MODEL, Generation, acting, chat, stage, until, user
from integration.speech import OUTPUT_TOKENS, PROMPT_TOKENS, said

V1 = "/v1/chat/completions"
TICK_S = 1.0
FAST_S = 0.3


async def ask(client: httpx.AsyncClient, *, path: str = "/api/generate") -> httpx.Response:
    return await client.post(path, json={"model": ""})


# Time limits


@pytest.mark.parametrize("path", ["/api/generate", V1])
def test_no_first_token(path: str) -> None:
    """504 in the client's dialect once first_token_timeout_s is over; the model server sees it end."""

    async def act(client: httpx.AsyncClient) -> httpx.Response:
        return await ask(client, path=path)

    with stage(held=True) as server, running_proxy(server.url, first_token_timeout_s=1) as proxy:
        feed = proxy.feed()
        began_s = time.monotonic()
        answer = acting(proxy, act)
        took_s = time.monotonic() - began_s
        cancelled = messages_until(feed, Cancelled)[-1]
        (generation,) = server.generations

        error = answer.json()["error"]
        assert answer.status_code == 504
        assert "proxy.first_token_timeout_s" in (error["message"] if path == V1 else error)
        assert 1 <= took_s < 1 + 2 * TICK_S
        assert cancelled.generation is not None
        acting(proxy, lambda _: _left(generation))


async def _left(generation: Generation) -> None:
    await until(lambda: generation.left_s is not None)


@pytest.mark.parametrize("limit", ["token_timeout_s", "total_timeout_s"])
def test_an_answer_that_stalls(limit: str) -> None:
    """The stream breaks off, not cleanly, and the feed says why."""

    async def act(client: httpx.AsyncClient) -> None:
        asking = asyncio.ensure_future(ask(client))
        (generation,) = await server.arrived(1)
        server.speak(generation)
        with pytest.raises(httpx.RemoteProtocolError):
            await asking
        await _left(generation)

    with stage(held=True) as server, running_proxy(server.url, **{limit: 1}) as proxy:
        feed = proxy.feed()
        acting(proxy, act)
        cancelled = messages_until(feed, Cancelled)[-1]

    assert cancelled.reason not in ("client left", "green-proxy failed")


# Retries


def answering(*statuses: str, retry_after: str = "0") -> Callable[[Call], Any]:
    """One after another; the last one again and again."""

    async def answer(call: Call) -> None:
        await call.parts()
        if call.method == "GET":
            await call.whole(b'{"models": []}')
            return
        asked.append(call.target)
        status = statuses[min(len(asked), len(statuses)) - 1]
        body = b'{"error": "busy"}' if status[0] != "2" else b'{"done": true, "response": "ok"}'
        lines = ("Content-Type: application/json", f"Content-Length: {len(body)}")
        await call.head(status, *lines, *([f"Retry-After: {retry_after}"] if retry_after else []))
        await call.write(body)

    asked: list[str] = []
    return answer


def generations(calls: list[Call]) -> int:
    return sum(call.method == "POST" for call in calls)


@pytest.mark.parametrize(
    ("statuses", "status", "tries"),
    [
        (("503 Busy", "503 Busy", "200 OK"), 200, 3),
        (("503 Busy",), 503, 3),
        (("500 Oops", "200 OK"), 500, 1),
        (("429 Slow", "200 OK"), 429, 1),
        (("502 Bad", "200 OK"), 502, 1),
    ],
)
def test_what_is_tried_again(statuses: tuple[str, ...], status: int, tries: int) -> None:
    """A server that has no room and has generated nothing, a few times; nothing else."""
    with model_server(answering(*statuses)) as upstream, running_proxy(upstream.url) as proxy:
        answer = acting(proxy, ask)

    assert answer.status_code == status
    assert generations(upstream.calls) == tries
    assert answer.json() == ({"done": True, "response": "ok"} if status == 200 else {"error": "busy"})


def test_a_connection_that_went_stale() -> None:
    """What the server closed while it was idle is no failure for the next request."""

    async def once(call: Call) -> None:
        await call.parts()
        await call.whole(b'{"done": true}')
        if call.method == "POST":
            call.writer.close()

    async def act(client: httpx.AsyncClient) -> list[int]:
        return [(await ask(client)).status_code for _ in range(5)]

    with model_server(once) as upstream, running_proxy(upstream.url) as proxy:
        assert acting(proxy, act) == [200] * 5


# The breaker


def test_a_model_server_that_is_gone() -> None:
    """After three failures requests are answered at once, with Retry-After; it comes back by itself."""
    port = free_port()

    async def act(client: httpx.AsyncClient) -> None:
        for _ in range(3):
            assert (await ask(client)).status_code == 503
        began_s = time.monotonic()
        quick = await ask(client, path=V1)
        assert time.monotonic() - began_s < FAST_S
        assert quick.status_code == 503
        assert 1 <= int(quick.headers["Retry-After"]) <= 5
        later.enter_context(model_server(answering("200 OK"), port))
        while (await ask(client)).status_code != 200:
            assert time.monotonic() - began_s < 7
            await asyncio.sleep(0.1)

    with contextlib.ExitStack() as later, running_proxy(f"http://127.0.0.1:{port}") as proxy:
        acting(proxy, act)


# Usage


@pytest.mark.parametrize("asked", [None, False, True])
def test_usage_of_a_stream(asked: bool | None) -> None:
    """The proxy asks for it and strips it again: the client sees it only where it asked itself."""
    fields: dict[str, Any] = {} if asked is None else {"stream_options": {"include_usage": asked}}

    async def act(client: httpx.AsyncClient) -> httpx.Response:
        return await chat(client, user("Hi"), path=V1, stream=True, **fields)

    with stage() as server, running_proxy(server.url) as proxy:
        feed = proxy.feed()
        answer = acting(proxy, act)
        finished = messages_until(feed, Finished)[-1]

    assert server.generations[0].body["stream_options"]["include_usage"] is True
    assert said(answer) == "answer 1"
    assert ("usage" in answer.text) is bool(asked)
    assert answer.text.endswith("data: [DONE]\n\n")
    assert (finished.prompt_tokens, finished.output_tokens) == (PROMPT_TOKENS, OUTPUT_TOKENS)
    assert not finished.tokens_counted


def test_usage_as_the_official_client_sees_it() -> None:
    """A chunk without choices would break programs that take the first one."""

    async def act(client: httpx.AsyncClient) -> list[Any]:
        async with openai.AsyncOpenAI(base_url=f"{proxy.url}/v1", api_key="none") as official:
            messages: Any = user("Hi")
            stream = await official.chat.completions.create(model=MODEL, messages=messages, stream=True)
            return [chunk async for chunk in stream]

    with stage() as server, running_proxy(server.url) as proxy:
        chunks = acting(proxy, act)

    assert all(chunk.choices for chunk in chunks)
    assert not any(chunk.usage for chunk in chunks)
    assert json.loads(server.generations[0].call.body)["stream_options"] == {"include_usage": True}
