# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""An ASGI application behind an exchange: for the proxy's own pages, off the way to the model server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from green_proxy.door.exchange import Exchange
from green_proxy.fault import ClientLeft

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Scope


async def serve_asgi(app: ASGIApp, exchange: Exchange) -> None:
    """Let the application answer. What it raises comes out, ClientLeft too."""
    bridge = _Bridge(exchange)
    exchange.on_leave(bridge.leave)
    exchange.on_pressure(bridge.press)
    await app(scope_of(exchange), bridge.receive, bridge.send)


def scope_of(exchange: Exchange) -> Scope:
    raw_path, _, query = exchange.target.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": exchange.method,
        "scheme": "http",
        "path": exchange.path,
        "raw_path": raw_path,
        "query_string": query,
        "root_path": "",
        "headers": exchange.headers,
        "client": (exchange.peer, 0),
        "server": None,
        "state": {},
    }


class _Bridge:
    """ASGI's receive and send."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._body: AsyncIterator[bytes] | None = exchange.body()
        self._over = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    def leave(self) -> None:
        self._over.set()
        self._room.set()

    def press(self, pressed: bool) -> None:
        if pressed:
            self._room.clear()
        else:
            self._room.set()

    async def receive(self) -> Message:
        if self._body is not None:
            try:
                return {"type": "http.request", "body": await self._body.__anext__(), "more_body": True}
            except StopAsyncIteration:
                self._body = None
                return {"type": "http.request", "body": b"", "more_body": False}
            except ClientLeft:
                self._body = None
        await self._over.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._exchange.start(message["status"], list(message.get("headers", ())))
        elif message["type"] == "http.response.body":
            await self._write(message)

    async def _write(self, message: Message) -> None:
        self._exchange.write(message.get("body", b""))
        if not message.get("more_body", False):
            self._exchange.end()
            self._over.set()
        await self._room.wait()
