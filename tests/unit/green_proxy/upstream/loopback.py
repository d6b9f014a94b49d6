# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A model server on the loopback for the tests of one module, in the test's own event loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from green_proxy.upstream.server import Upstream

Served = Callable[["Peer"], Awaitable[None]]


class Peer:
    """One connection, as the model server sees it; `requests` counts over all of its connections."""

    def __init__(self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server = server
        self.reader = reader
        self.writer = writer

    async def request(self) -> bytes:
        """A request's head, and its body where a length was given."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        self.server.requests.append(head)
        self.server.asked.set()
        _, found, length = head.partition(b"content-length: ")
        return await self.reader.readexactly(int(length.split(b"\r")[0])) if found else b""

    async def answer(self, body: bytes, status: str = "200 OK", *headers: str) -> None:
        head = "\r\n".join([f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}"])
        await self.say(head.encode() + b"\r\n\r\n" + body)

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def gone(self) -> None:
        """Return when the other side has closed."""
        with contextlib.suppress(ConnectionError):
            while await self.reader.read(1 << 16):
                continue


class Server:
    """What the model server has seen."""

    def __init__(self, serve: Served) -> None:
        self._serve = serve
        self._tasks: set[asyncio.Task[None]] = set()
        self.requests: list[bytes] = []
        self.asked = asyncio.Event()
        self.connections = 0
        self.url = ""

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._serve(Peer(self, reader, writer))
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def always(peer: Peer) -> None:
    """Answer everything."""
    while True:
        body = await peer.request()
        await peer.answer(b"hello " + body)


class Clock:
    """Time that passes when somebody pauses, or when the test says so."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.pauses_s: list[float] = []

    def __call__(self) -> float:
        return self.now_s

    async def pause(self, wait_s: float) -> None:
        self.pauses_s.append(wait_s)
        self.now_s += wait_s


@contextlib.asynccontextmanager
async def served(serve: Served, path: str = "") -> AsyncIterator[tuple[Server, Upstream, Clock]]:
    """A model server, our side of it, and the clock that we go by."""
    server, clock = Server(serve), Clock()
    listening = await asyncio.start_server(server.connected, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    upstream = Upstream(server.url + path, clock=clock, pause=clock.pause)
    try:
        yield server, upstream, clock
    finally:
        await upstream.close()
        listening.close()
        await server.end()
