# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A client of a connection, without a socket between them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

from green_proxy.door.exchange import Exchange
from green_proxy.door.protocol import Connection
from green_proxy.door.server import Server
from green_proxy.door.state import State

TURNS = 12
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
Handler = Callable[[Exchange], Awaitable[None]]


class Wire(asyncio.Transport):
    """Keeps what is written, and tells the protocol of the end as asyncio's transports do."""

    def __init__(self, protocol: Connection) -> None:
        super().__init__({"peername": ("192.0.2.7", 4711)})
        self.writes: list[bytes] = []
        self.paused = self.closing = self.aborted = self.half_closed = False
        self.unsent = 0
        self._protocol = protocol

    @property
    def written(self) -> bytes:
        return b"".join(self.writes)

    def write(self, data: Any) -> None:
        assert not self.closing
        self.writes.append(bytes(data))

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        if not self.closing:
            self.closing = True
            asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        self.aborted = True
        self.close()

    def write_eof(self) -> None:
        self.half_closed = True

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def get_write_buffer_size(self) -> int:
        return self.unsent


class Visitor:
    """One connection to a handler; made inside the event loop."""

    def __init__(self, handler: Handler, state: State | None = None) -> None:
        self.state = state or State()
        self.connection = Connection(config_of(handler), self.state, {}, door="gateway")
        self.wire = Wire(self.connection)
        self.connection.connection_made(self.wire)

    def send(self, data: bytes) -> None:
        """Put bytes into the connection's buffer as the event loop would."""
        while data and not self.wire.closing:
            buffer = self.connection.get_buffer(-1)
            part, data = data[: len(buffer)], data[len(buffer) :]
            buffer[: len(part)] = part
            self.connection.buffer_updated(len(part))

    def leave(self) -> None:
        self.connection.eof_received()
        self.wire.close()

    async def answer(self) -> bytes:
        """What was written once everything that can happen has happened."""
        await settled()
        return self.wire.written


async def settled() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


def config_of(handler: Handler) -> uvicorn.Config:
    config = Server(handler).config
    config.load()
    return config


def talk(handler: Handler, *pieces: bytes) -> Wire:
    """Send these pieces one after the other, and return what came of it."""

    async def scene() -> Wire:
        visitor = Visitor(handler)
        for piece in pieces:
            visitor.send(piece)
            await settled()
        await settled()
        return visitor.wire

    return asyncio.run(scene())


def bodies_of(answer: bytes) -> list[bytes]:
    """The bodies of answers that say their length."""
    found = []
    while answer:
        head, _, answer = answer.partition(b"\r\n\r\n")
        length = next(int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length: "))
        found.append(answer[:length])
        answer = answer[length:]
    return found


async def hello(exchange: Exchange) -> None:
    """A handler that answers each request with its target and its body."""
    body = exchange.target + b" " + await exchange.read_body(limit_bytes=1 << 20, timeout_s=5)
    exchange.start(200, [(b"Content-Length", str(len(body)).encode())])
    exchange.write(body)
    exchange.end()


async def nobody(exchange: Exchange) -> None:
    raise AssertionError(exchange.target)
