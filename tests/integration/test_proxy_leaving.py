# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A client that leaves ends its generation at once."""

from __future__ import annotations

import json
import queue
import socket
import time

import pytest

from green_common.feed.messages import Cancelled, FirstToken, Forwarded
from integration.proxy_rig import WAIT_S, Call, Proxy, messages_until, model_server, running_proxy

NOTICED_WITHIN_S = 0.5


def ask(proxy: Proxy, path: str, *, stream: bool) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", proxy.port), WAIT_S)
    body = json.dumps({"model": "", "stream": stream}).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    client.sendall(head.encode() + body)
    return client


def noticed_after_s(notes: queue.Queue[object], left_s: float) -> float:
    at_s = notes.get(timeout=WAIT_S)
    assert isinstance(at_s, float)
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
