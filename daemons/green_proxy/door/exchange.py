# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One request of a client, and what has been said to it so far."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Protocol

from green_proxy.door import refusal
from green_proxy.door.request_body import RequestBody, too_large
from green_proxy.door.response_head import CHUNKED, CLOSE, KEEP_ALIVE, passed_lines, status_line
from green_proxy.door.strictness import path_of
from green_proxy.headers import Headers, text_of
from green_proxy.request_id import new_id

NO_CONTENT, NOT_MODIFIED = 204, 304
UNKNOWN = -1


class Line(Protocol):
    """What an exchange needs of the connection that it is on."""

    door: str
    peer: str
    # True while the client reads more slowly than we write.
    pressed: bool
    # True where no other request follows on this connection.
    closing: bool
    transport: asyncio.Transport
    loop: asyncio.AbstractEventLoop

    def answered(self, *, keep_alive: bool) -> None:
        """The answer is whole."""

    def break_off(self, *, reset: bool) -> None:
        """Close, so that the client sees an answer that is not whole."""


class Exchange:
    """A request to read, and an answer to write; all but reading the body happens at once."""

    __slots__ = (
        "_body",
        "_chunked",
        "_cut",
        "_head",
        "_http_1_1",
        "_keep_alive",
        "_leave",
        "_line",
        "_mute",
        "_pressure",
        "_room",
        "body_bytes",
        "door",
        "ended",
        "headers",
        "id",
        "left",
        "method",
        "path",
        "peer",
        "started",
        "target",
    )

    def __init__(
        self,
        line: Line,
        method: str,
        target: bytes,
        headers: Headers,
        *,
        body: RequestBody,
        body_bytes: int | None,
        http_1_1: bool,
        keep_alive: bool,
    ) -> None:
        self.id = new_id(time.time())
        self.door = line.door
        self.peer = line.peer
        self.method = method
        self.target = target
        self.path = path_of(target)
        self.headers = headers
        # The length that the client announced; None where it will send chunks.
        self.body_bytes = body_bytes
        # started: the answer has begun; ended: no more can be said; left: the client has gone before that.
        self.started = self.ended = self.left = False
        self._line = line
        self._body = body
        self._http_1_1 = http_1_1
        self._keep_alive = keep_alive
        self._leave: Callable[[], object] | None = None
        self._pressure: Callable[[bool], None] | None = None
        self._cut: Callable[[], None] | None = None
        self._head: bytes | None = None
        self._chunked = False
        # An answer without a body, whatever is written.
        self._mute = False
        # Bytes that the announced length still leaves room for.
        self._room = UNKNOWN

    @property
    def host(self) -> str:
        return text_of(self.headers, b"host") or ""

    @property
    def origin(self) -> str | None:
        return text_of(self.headers, b"origin")

    @property
    def announces_body(self) -> bool:
        return self.body_bytes is None or self.body_bytes > 0

    @property
    def body_received(self) -> bool:
        """True once the client has sent all of its request."""
        return self._body.complete

    async def read_body(self, *, limit_bytes: int, timeout_s: float) -> bytes:
        """The whole body. Raises Fault where it is too large, too slow or malformed, and ClientLeft."""
        if (self.body_bytes or 0) > limit_bytes:
            raise too_large(limit_bytes)
        return await self._body.read_all(limit_bytes, timeout_s)

    def body(self) -> AsyncIterator[bytes]:
        """The body as it comes; the client waits while nobody reads. Raises Fault and ClientLeft."""
        return self._body.parts()

    def on_leave(self, callback: Callable[[], object] | None) -> None:
        """Have this called when the client closes before the answer is whole; at once if it has."""
        self._leave = callback
        if callback is not None and self.left:
            callback()

    def on_pressure(self, callback: Callable[[bool], None] | None) -> None:
        """Have this called with True when the client reads slowly, with False when it has caught up."""
        self._pressure = callback
        if callback is not None and self._line.pressed:
            callback(True)

    def on_cut(self, callback: Callable[[], None] | None) -> None:
        """Have this called when the daemon stops before the answer is whole: it may say a last word."""
        self._cut = callback

    def start(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Begin the answer. The head waits for the first bytes of the body, if they come at once."""
        assert not self.started
        if self.ended or self.left:
            return
        lines, length = passed_lines(headers)
        self.started = True
        framing = self._frame(status, length)
        if self._line.closing or not self._body.complete:
            self._keep_alive = False
        if not self._keep_alive:
            framing += CLOSE
        elif not self._http_1_1:
            framing += KEEP_ALIVE
        own = b"X-Green-Request-Id: %b\r\n\r\n" % self.id.encode()
        self._head = b"".join((status_line(status), lines, framing, own))
        self._line.loop.call_soon(self._flush)

    def write(self, chunk: bytes) -> None:
        assert self.started or self.ended or self.left
        if self._mute or not chunk or self.ended or self.left:
            return
        if self._chunked:
            chunk = b"%x\r\n%b\r\n" % (len(chunk), chunk)
        elif self._room != UNKNOWN:
            self._room -= len(chunk)
            if self._room < 0:
                self._room = 0
                self.abort()
                return
        if self._head is not None:
            chunk, self._head = self._head + chunk, None
        self._line.transport.write(chunk)

    def end(self) -> None:
        """The answer is whole; where it is shorter than was announced, the client sees it broken."""
        if self.ended or self.left:
            return
        if not self.started or self._room > 0:
            self.abort()
            return
        self.ended = True
        last = self._head or b""
        self._head = None
        if self._chunked:
            last += b"0\r\n\r\n"
        if last:
            self._line.transport.write(last)
        self._line.answered(keep_alive=self._keep_alive)

    def refuse(self, status: int, text: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
        """Answer with an error in the client's dialect; an answer that has begun is broken off instead."""
        if self.started:
            self.abort()
            return
        body = refusal.error_body(self.path, status, text, self.id)
        length = (b"Content-Length", str(len(body)).encode())
        self.start(status, [(b"Content-Type", b"application/json"), length, *headers])
        self.write(body)
        self.end()

    def abort(self) -> None:
        """Break the connection, so that the client sees a broken answer and not a clean end."""
        if self.ended or self.left:
            return
        self._flush()
        self.ended = True
        # Only a reset tells apart what ends with the connection from what broke off.
        ends_by_closing = self.started and not (self._chunked or self._mute or self._room != UNKNOWN)
        self._line.break_off(reset=ends_by_closing)

    def cut(self) -> None:
        """The daemon's time is over: let the application end the answer, else break it off."""
        if self._cut is not None and not (self.ended or self.left):
            self._cut()
        elif not self.started:
            self.refuse(503, "green-proxy is being stopped; ask again in a moment")
        self.abort()

    def lose(self, error: Exception) -> None:
        """For the connection: the client has left."""
        self._body.fail(error)
        if self.ended or self.left:
            return
        self.left = True
        if self._leave is not None:
            self._leave()

    def press(self, pressed: bool) -> None:
        """For the connection: the client has stopped reading, or goes on."""
        if self._pressure is not None and not self.ended:
            self._pressure(pressed)

    def _frame(self, status: int, length: int | None) -> bytes:
        """The header that says where the answer's body ends."""
        self._mute = self.method == "HEAD" or status in (NO_CONTENT, NOT_MODIFIED)
        if length is not None and status != NO_CONTENT:
            self._room = UNKNOWN if self._mute else length
            return b"Content-Length: %d\r\n" % length
        if self._mute:
            return b""
        if self._http_1_1:
            self._chunked = True
            return CHUNKED
        self._keep_alive = False
        return b""

    def _flush(self) -> None:
        if self._head is not None and not self.left:
            head, self._head = self._head, None
            self._line.transport.write(head)
