# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Control calls with httpx as their interface."""

from __future__ import annotations

import asyncio
import json

import pytest

from unit.green_proxy.upstream.loopback import Peer, always, served
from unit.green_proxy.upstream.test_server import nowhere, silent


def test_a_call_with_json() -> None:
    """Below the path of the model server, over the connections that there are."""

    async def echoes(peer: Peer) -> None:
        while True:
            body = await peer.request()
            await peer.answer(json.dumps({"got": json.loads(body)}).encode())

    async def check() -> None:
        async with served(echoes, "/below") as (server, upstream, _):
            first = await upstream.ask("POST", "/api/show", json={"model": "m"})
            await upstream.ask("POST", "/api/show", json={"model": "m"})

        assert first is not None
        assert first.is_success
        assert first.json() == {"got": {"model": "m"}}
        assert server.requests[0].startswith(b"POST /below/api/show HTTP/1.1\r\n")
        assert server.connections == 1

    asyncio.run(check())


def test_a_call_without_a_body() -> None:
    """As Ollama's /api/ps."""

    async def check() -> None:
        async with served(always) as (server, upstream, _):
            answer = await upstream.ask("GET", "/api/ps", params={"a": "b"})

        assert answer is not None
        assert answer.text == "hello "
        assert server.requests[0].startswith(b"GET /api/ps?a=b HTTP/1.1\r\n")
        assert server.requests[0].lower().count(b"host:") == 1

    asyncio.run(check())


def test_nobody_there() -> None:
    """No answer, and no exception."""

    async def check() -> None:
        upstream, _ = nowhere()
        answer = await upstream.ask("GET", "/api/ps")
        await upstream.close()

        assert answer is None

    asyncio.run(check())


def test_an_answer_that_is_too_large() -> None:
    """It is not collected, and the connection is closed."""

    async def large(peer: Peer) -> None:
        await peer.request()
        await peer.say(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2000)
        await peer.gone()

    async def check() -> None:
        async with served(large) as (_, upstream, _):
            assert await upstream.ask("GET", "/", max_bytes=1000) is None

    asyncio.run(check())


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"])
def test_an_answer_that_takes_too_long(start: bytes) -> None:
    """The limit is for the whole of it."""

    async def slow(peer: Peer) -> None:
        await peer.request()
        await peer.say(start)
        await silent(peer)

    async def check() -> None:
        async with served(slow) as (_, upstream, _):
            assert await upstream.ask("GET", "/", timeout_s=0.02) is None

    asyncio.run(check())


def test_an_answer_that_breaks_off() -> None:
    """Half an answer is none."""

    async def breaks(peer: Peer) -> None:
        await peer.request()
        await peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx")

    async def check() -> None:
        async with served(breaks) as (_, upstream, _):
            assert await upstream.ask("GET", "/") is None

    asyncio.run(check())
