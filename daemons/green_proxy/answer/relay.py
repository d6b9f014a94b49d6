# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Carry one request to the model server and its answer back, for as long as the client stays."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from typing import Any, Protocol

import httpx

from green_proxy.door.exchange import Exchange
from green_proxy.door.gate import same_origin
from green_proxy.fault import ClientLeft, UpstreamLost
from green_proxy.headers import Headers, to_upstream, value_of, without
from green_proxy.upstream.server import Body, Upstream


class Observer(Protocol):
    """Sees the answer pass."""

    def head(self, response: httpx.Response) -> None: ...

    def chunk(self, chunk: bytes) -> None: ...

    def end(self) -> None: ...


async def while_client_stays(exchange: Exchange, work: Coroutine[Any, Any, None]) -> None:
    """
    Do the work, and give it up as soon as the client has closed its connection: then raises ClientLeft.

    An ASGI application learns that only from receive(), so one task has to await it from the start.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(exchange.client_leaves())
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        # After the last chunk the server reports a disconnect too.
        if working.done() or exchange.ended:
            await working
            return
        raise ClientLeft
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def relay(
    exchange: Exchange, upstream: Upstream, connect_timeout_s: float, *, headers: Headers, body: Body
) -> None:
    """Pass one request through, unobserved."""
    response = await upstream.send(
        exchange.method, exchange.target, headers, body=body, connect_timeout_s=connect_timeout_s
    )
    await hand_over(exchange, response, None)


async def hand_over(exchange: Exchange, response: httpx.Response, observer: Observer | None) -> None:
    """
    Give the client what the model server says, as it comes.

    Raises UpstreamLost where the answer breaks off: nothing more may be sent then, so that the client
    sees a broken stream and not a clean end.
    """
    # An answer may come before the body was read; who leaves has to be noticed from here on.
    exchange.body_read.set()
    try:
        if observer:
            observer.head(response)
        await exchange.start(response.status_code, response.headers.raw)
        async for chunk in _chunks(response):
            if observer:
                observer.chunk(chunk)
            await exchange.write(chunk)
    finally:
        with contextlib.suppress(httpx.TransportError):
            await response.aclose()
    if observer:
        observer.end()
    await exchange.end()


async def _chunks(response: httpx.Response) -> AsyncIterator[bytes]:
    assert isinstance(response.stream, httpx.AsyncByteStream)
    try:
        async for chunk in response.stream:
            yield chunk
    except httpx.TransportError as error:
        raise UpstreamLost from error


def request_headers(exchange: Exchange, upstream: Upstream) -> Headers:
    """The client's headers for the model server, framed as the client framed its body."""
    headers = to_upstream(exchange.headers, host=upstream.host, request_id=exchange.id)
    if exchange.origin is not None and same_origin(exchange.host, exchange.origin):
        # Host is the model server's now, which would make the page's own origin look foreign.
        headers = without(headers, b"origin")
    if value_of(exchange.headers, b"transfer-encoding") is not None:
        headers.append((b"transfer-encoding", b"chunked"))
    return headers
