# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A connection whose every byte the test decides, and an answer that remembers."""

from __future__ import annotations

import asyncio
from functools import cache

from green_proxy.headers import Headers
from green_proxy.upstream.answer import Flow
from green_proxy.upstream.connection import Connection
from green_proxy.upstream.limits import Limits
from green_proxy.upstream.pool import Pool
from green_proxy.upstream.turn import Turn

BUFFER = memoryview(bytearray(64 << 10))


class Collected:
    """An answer that keeps what it is told."""

    def __init__(self) -> None:
        self.flow: Flow | None = None
        self.status: int | None = None
        self.headers: Headers = []
        self.chunks: list[bytes] = []
        self.ends = 0

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    def begin(self, flow: Flow) -> None:
        self.flow = flow

    def head(self, status: int, headers: Headers) -> None:
        assert self.status is None
        self.status = status
        self.headers = headers

    def chunk(self, data: bytes) -> None:
        assert self.status is not None
        assert isinstance(data, bytes)
        assert data
        self.chunks.append(data)

    def end(self) -> None:
        self.ends += 1


class Wire(asyncio.Transport):
    """A transport that ends in the test."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.aborted = False
        self.paused = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def abort(self) -> None:
        self.aborted = True

    def is_closing(self) -> bool:
        return self.aborted

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


class Line:
    """A connection with a request on it."""

    def __init__(self, answer: Collected | None = None, *, head_only: bool = False) -> None:
        self.pool = Pool()
        self.wire = Wire()
        self.connection = Connection(self.pool, lambda: 0.0, BUFFER)
        self.connection.connection_made(self.wire)
        self.ask(answer, head_only=head_only)

    @property
    def error(self) -> BaseException | None:
        return self.turn.done.exception() if self.turn.done.done() else None

    @property
    def whole(self) -> bool:
        return self.turn.done.done() and self.error is None

    @property
    def kept(self) -> bool:
        """The connection may be used again."""
        return len(self.pool) == 1 and not self.wire.aborted

    def ask(self, answer: Collected | None = None, *, head_only: bool = False) -> None:
        """Put a request on the line."""
        self.answer = answer or Collected()
        self.turn = Turn(self.answer, Limits(), began_s=0.0, head_only=head_only)
        self.turn.renew(self.connection, future(), 0.0)
        self.pool.forget(self.connection)
        self.connection.start(self.turn, b"a request")

    def read(self, *parts: bytes) -> None:
        for part in parts:
            room = self.connection.get_buffer(-1)
            room[: len(part)] = part
            self.connection.buffer_updated(len(part))

    def eof(self) -> None:
        self.connection.eof_received()
        self.connection.connection_lost(None)


def future() -> asyncio.Future[None]:
    """One that nobody awaits, for which a closed loop will do."""
    return _closed_loop().create_future()


@cache
def _closed_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    loop.close()
    return loop
