# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A client that leaves ends its generation at once."""

from __future__ import annotations

import asyncio
import json
import queue
import socket
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from green_common.feed.messages import Cancelled, Finished, FirstToken, Forwarded
from integration.proxy_rig import WAIT_S, Call, Proxy, messages_until, model_server, running_proxy

# It takes one turn of the loop, far less than 5 ms; a busy machine may be slower to run either process.
NOTICED_WITHIN_S = 0.1


def ask(proxy: Proxy, path: str, *, stream: bool, headers: str = "", **fields: object) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", proxy.port), WAIT_S)
    body = json.dumps({"model": "", "stream": stream, **fields}).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    client.sendall(head.encode() + body)
    return client


SEEN: queue.Queue[object] = queue.Queue()


def status(proxy: Proxy) -> Any:
    return httpx.get(f"{proxy.url}/-/status").json()


def in_flight(proxy: Proxy) -> int:
    return int(status(proxy)["in_flight"])


def wait_for(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def noticed_after_s(notes: queue.Queue[object], left_s: float) -> float:
    at_s = notes.get(timeout=WAIT_S)
    assert isinstance(at_s, float)
    print(f"closed towards the model server {(at_s - left_s) * 1000:.2f} ms after the client left")
    return at_s - left_s


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions", "/api/pull"])
def test_before_the_first_byte(path: str, stream: bool) -> None:
    """The model server sees the connection close while it has not answered yet, streamed or not."""

    async def silent(call: Call) -> None:
        await call.parts()
        upstream.notes.put("asked")
        await call.gone()
        upstream.notes.put(time.monotonic())

    with model_server(silent) as upstream, running_proxy(upstream.url) as proxy:
        client = ask(proxy, path, stream=stream)
        assert upstream.notes.get(timeout=WAIT_S) == "asked"

        left_s = time.monotonic()
        client.close()

        assert noticed_after_s(upstream.notes, left_s) < NOTICED_WITHIN_S


def test_in_mid_stream() -> None:
    """The model server sees it, and the feed tells how many tokens were written by then."""

    async def endless(call: Call) -> None:
        await call.parts()
        await call.stream("application/x-ndjson")
        for _ in range(3):
            await call.chunk(b'{"response":"a","done":false}\n')
        await call.gone()
        upstream.notes.put(time.monotonic())

    with model_server(endless) as upstream, running_proxy(upstream.url) as proxy:
        feed = proxy.feed()
        client = ask(proxy, "/api/generate", stream=True)
        messages_until(feed, FirstToken)
        # All three tokens are on their way before the client goes.
        received = b""
        while received.count(b"false") < 3:
            received += client.recv(4096)

        left_s = time.monotonic()
        client.close()

        assert noticed_after_s(upstream.notes, left_s) < NOTICED_WITHIN_S
        cancelled = messages_until(feed, Cancelled)[-1]
    assert (cancelled.reason, cancelled.tokens) == ("client left", 3)


def test_while_its_body_is_sent() -> None:
    """A request that never was whole is cancelled and never forwarded."""

    async def nobody(call: Call) -> None:
        raise AssertionError(call.target)

    with model_server(nobody) as upstream, running_proxy(upstream.url) as proxy:
        feed = proxy.feed()
        with socket.create_connection(("127.0.0.1", proxy.port), WAIT_S) as client:
            client.sendall(b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{")
        seen = messages_until(feed, Cancelled)

    assert seen[-1].reason == "client left"
    assert not [message for message in seen if isinstance(message, Forwarded)]
    assert upstream.calls == []


async def endless(call: Call) -> None:
    """Tell once it is asked and once it is left alone; never answer."""
    await call.parts()
    SEEN.put(call.target)
    await call.gone()
    SEEN.put(time.monotonic())


def test_while_it_waits_for_a_slot() -> None:
    """It is cancelled and never forwarded, and the one that has the slot goes on."""
    with model_server(endless) as upstream, running_proxy(upstream.url, GREEN_SHAPING_SLOTS=1) as proxy:
        feed = proxy.feed()
        first = ask(proxy, "/api/chat", stream=True)
        assert SEEN.get(timeout=WAIT_S) == "/api/chat"
        second = ask(proxy, "/api/chat", stream=True)
        wait_for(lambda: status(proxy)["counts"]["waiting"] == 1)

        second.close()
        seen = messages_until(feed, Cancelled)

        assert (seen[-1].reason, seen[-1].generation) == ("client left", None)
        assert in_flight(proxy) == 1
        assert len(upstream.calls) == 1
        left_s = time.monotonic()
        first.close()
        assert noticed_after_s(SEEN, left_s) < NOTICED_WITHIN_S
        wait_for(lambda: in_flight(proxy) == 0)


def test_while_the_model_loads() -> None:
    """The load goes on without it, and nothing is forwarded for it."""
    go_on = asyncio.Event()

    async def loads(call: Call) -> None:
        await call.parts()
        if call.target == "/api/show":
            await call.whole(b'{"capabilities": ["completion"]}')
            return
        SEEN.put(call.target)
        await go_on.wait()
        await call.whole(b'{"done": true, "done_reason": "load"}')

    with model_server(loads, resident=()) as upstream, running_proxy(upstream.url) as proxy:
        feed = proxy.feed()
        client = ask(proxy, "/api/chat", stream=True, model="qwen3:32b")
        assert SEEN.get(timeout=WAIT_S) == "/api/generate"

        client.close()
        cancelled = messages_until(feed, Cancelled)[-1]
        assert (cancelled.reason, cancelled.generation) == ("client left", None)
        assert in_flight(proxy) == 1
        upstream.loop.call_soon_threadsafe(go_on.set)
        loaded = messages_until(feed, Finished)[-1]

        assert (loaded.requests, loaded.status) == ((), 200)
        assert in_flight(proxy) == 0
    assert "/api/chat" not in upstream.paths()


def test_one_of_two_that_share_a_generation() -> None:
    """The other one keeps it, whichever asked first; with the last one it ends."""
    shared = {"messages": [{"role": "user", "content": "hello"}], "options": {"temperature": 0}}
    headers = "X-Conversation-Id: one\r\n"
    with (
        model_server(endless) as upstream,
        running_proxy(upstream.url, conversation_header="X-Conversation-Id") as proxy,
    ):
        feed = proxy.feed()
        first = ask(proxy, "/api/chat", stream=True, headers=headers, **shared)
        assert SEEN.get(timeout=WAIT_S) == "/api/chat"
        second = ask(proxy, "/api/chat", stream=True, headers=headers, **shared)
        assert len(messages_until(feed, Forwarded)[-1].requests) == 1
        both = messages_until(feed, Forwarded)[-1]
        assert len(both.requests) == 2

        first.close()
        one_left = messages_until(feed, Cancelled)[-1]
        assert (one_left.requests, one_left.generation) == (both.requests[:1], both.generation)
        assert SEEN.empty()
        left_s = time.monotonic()
        second.close()

        assert noticed_after_s(SEEN, left_s) < NOTICED_WITHIN_S
        last = messages_until(feed, Cancelled)[-1]
        assert (last.requests, last.generation) == (both.requests[1:], both.generation)
        assert in_flight(proxy) == 0
    assert len(upstream.calls) == 1
