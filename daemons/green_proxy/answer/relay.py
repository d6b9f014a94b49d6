# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One request passed through as it is, unobserved: everything that does not make the GPU work."""

from __future__ import annotations

import asyncio

from green_proxy.door.exchange import Exchange
from green_proxy.door.gate import same_origin
from green_proxy.fault import UpstreamLost
from green_proxy.headers import Headers, text_of, to_upstream, value_of, without
from green_proxy.upstream.answer import Flow
from green_proxy.upstream.limits import Limits
from green_proxy.upstream.outgoing import Body
from green_proxy.upstream.server import Upstream


class Passing:
    """The model server's answer, straight to the client."""

    __slots__ = ("_exchange",)

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def begin(self, flow: Flow) -> None:
        self._exchange.on_pressure(lambda slow: flow.pause() if slow else flow.resume())

    def head(self, status: int, headers: Headers) -> None:
        self._exchange.start(status, headers)

    def chunk(self, data: bytes) -> None:
        self._exchange.write(data)

    def end(self) -> None:
        self._exchange.end()


async def relay(exchange: Exchange, upstream: Upstream, limits: Limits) -> None:
    """
    Carry a request to the model server and its answer back.

    Ends at once where the client leaves. Raises Fault where there is no answer.
    """
    task = asyncio.current_task()
    assert task is not None
    exchange.on_leave(task.cancel)
    try:
        await upstream.send(
            exchange.method,
            exchange.target,
            _headers(exchange, upstream),
            _body(exchange),
            Passing(exchange),
            limits,
        )
    except asyncio.CancelledError:
        if not exchange.left:
            raise
    except UpstreamLost:
        exchange.abort()


def _body(exchange: Exchange) -> Body:
    """A length of zero is passed on too: to some servers a POST without one is malformed."""
    if exchange.announces_body:
        return exchange.body()
    return None if value_of(exchange.headers, b"content-length") is None else b""


def _headers(exchange: Exchange, upstream: Upstream) -> Headers:
    """The client's headers for the model server, framed as the client framed its body."""
    headers = to_upstream(exchange.headers, host=upstream.host, request_id=exchange.id)
    origin, host = text_of(exchange.headers, b"origin"), text_of(exchange.headers, b"host")
    if origin is not None and same_origin(host or "", origin):
        # Host is the model server's now, which would make the page's own origin look foreign.
        headers = without(headers, b"origin")
    if value_of(exchange.headers, b"transfer-encoding") is not None:
        headers.append((b"transfer-encoding", b"chunked"))
    return headers
