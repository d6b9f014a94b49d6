# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One HTTP/1.1 connection to the model server (RFC 9112)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import httptools

from green_proxy.fault import UpstreamLost
from green_proxy.headers import Headers, value_of

if TYPE_CHECKING:
    from green_proxy.upstream.pool import Pool
    from green_proxy.upstream.turn import Turn

# What may come without a byte of a body: heads, interim answers, trailers.
MAX_SILENT_BYTES = 256 << 10
OK, SWITCHING_PROTOCOLS, CONTINUE = 200, 101, 100


class NoAnswer(Exception):
    """The connection ended, or turned out to be of no use, before the answer's head was whole."""

    def __init__(self, why: str, *, silent: bool) -> None:
        super().__init__(why)
        # Not one byte had come.
        self.silent = silent


class Connection(asyncio.BufferedProtocol):
    """
    Carries one request at a time, and hands the answer on within the call that reads it.

    The parser's callbacks only take note; `buffer_updated` then speaks to the Turn once for all that came
    in a read. An answer is whole when the parser says so, or when the server closes and no length was given.
    All connections read into one buffer, since the parser copies what it finds: with a new one for every
    read, asyncio spends more on memory than on the rest of a chunk.
    """

    __slots__ = (
        "_buffer",
        "_clock",
        "_closing",
        "_drained",
        "_ends_with_close",
        "_head",
        "_headers",
        "_keeps",
        "_measured",
        "_parser",
        "_parts",
        "_pool",
        "_silent_bytes",
        "_status",
        "_transport",
        "_turn",
        "_whole",
        "on_body",
    )

    def __init__(self, pool: Pool, clock: Callable[[], float], buffer: memoryview) -> None:
        self._pool = pool
        self._clock = clock
        self._buffer = buffer
        self._transport: asyncio.Transport | None = None
        # Closed, perhaps before there was anything to close.
        self._closing = False
        self._turn: Turn | None = None
        self._drained: asyncio.Future[None] | None = None
        self._head: Headers | None = None
        self._headers: Headers = []
        self._parts: list[bytes] = []
        # What the parser calls for each part of a body: no function of ours.
        self.on_body = self._parts.append
        self._parser = httptools.HttpResponseParser(self)
        self._reset()

    @property
    def closed(self) -> bool:
        return self._closing or self._transport is None or self._transport.is_closing()

    def start(self, turn: Turn, data: bytes) -> None:
        """Write a request's first bytes; from now on the connection is this turn's."""
        self._reset()
        self._turn = turn
        if turn.paused:
            self.pause()
        self.write(data)

    def write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    async def drained(self) -> None:
        """Return when the server has taken so much that more may be written."""
        if self._drained is not None:
            await self._drained

    def pause(self) -> None:
        if self._transport is not None:
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    def close(self) -> None:
        """Close at once, whatever is under way; nobody is told."""
        self._turn = None
        self._closing = True
        self._pool.forget(self)
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._closing:
            self._transport.abort()
        made = transport.get_extra_info("socket")
        if made is not None:
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        turn = self._turn
        if turn is None:
            # Nobody asked for anything: it is not known what these bytes belong to.
            self.close()
            return
        turn.heard = True
        wrong: BaseException | None = None
        try:
            self._parser.feed_data(self._buffer[:nbytes])
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._keeps = False
            # What a callback of ours said is below the parser's own words.
            wrong = error.__context__ or error
        try:
            self._hand_on(turn, nbytes)
        except Exception as error:
            turn.fail(error)
        if self._turn is not turn:
            return
        if self._whole:
            self._finish(turn)
        elif wrong is not None:
            self._break(turn, f"its answer is not HTTP/1.1: {wrong}")
        elif self._silent_bytes > MAX_SILENT_BYTES:
            self._break(turn, f"more than {MAX_SILENT_BYTES >> 10} KiB of headers")

    def eof_received(self) -> None:
        turn = self._turn
        if turn is None:
            self.close()
        elif self._ends_with_close:
            self._finish(turn)
        else:
            self._break(turn, "connection closed")

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._pool.forget(self)
        self.resume_writing()
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.fail(self._broken(str(error) if error else "connection closed"))
        # We hold the parser and it holds methods of ours: let go, so that both end without the collector.
        del self._parser, self.on_body

    def pause_writing(self) -> None:
        if self._drained is None:
            self._drained = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        drained, self._drained = self._drained, None
        if drained is not None and not drained.done():
            drained.set_result(None)

    # What the parser calls.

    def on_message_begin(self) -> None:
        if self._whole:
            raise ValueError("bytes after the answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        parser = self._parser
        status = parser.get_status_code()
        if status < OK:
            self._headers = []
            if status == SWITCHING_PROTOCOLS or status < CONTINUE:
                raise ValueError(f"status {status}")
            return
        turn = self._turn
        assert turn is not None
        self._status = status
        # Trailers come into a list of their own, which nobody reads.
        self._head, self._headers = self._headers, []
        self._keeps = parser.should_keep_alive()
        self._measured = value_of(self._head, b"content-length") is not None
        if turn.head_only:
            self._whole = True
        elif not self._keeps:
            self._ends_with_close = not has_length(self._head)

    def on_message_complete(self) -> None:
        # Interim answers are messages too (RFC 9110, section 15.2).
        if self._status:
            self._whole = True

    def _reset(self) -> None:
        self._headers = []
        self._status = 0
        self._head = None
        self._keeps = False
        self._whole = False
        self._measured = False
        self._ends_with_close = False
        self._silent_bytes = 0

    def _hand_on(self, turn: Turn, size: int) -> None:
        """Tell the turn what one read brought."""
        if self._head is not None:
            head, self._head = self._head, None
            turn.head(self._status, head)
        parts = self._parts
        if parts:
            self._silent_bytes = 0
            data = parts[0] if len(parts) == 1 else b"".join(parts)
            parts.clear()
            if turn.head_only:
                self._keeps = False
            elif self._turn is turn:
                turn.sink.chunk(data)
        else:
            self._silent_bytes += size

    def _finish(self, turn: Turn) -> None:
        self._turn = turn.connection = None
        if turn.paused:
            self.resume()
        if turn.head_only:
            # A head that announces a body leaves the parser waiting for it.
            self._parser = httptools.HttpResponseParser(self)
        if self._keeps and not turn.feeding and self._drained is None and not self.closed:
            self._pool.give(self, self._clock(), rests=not self._measured)
        else:
            self.close()
        try:
            turn.sink.end()
        except Exception as error:
            turn.fail(error)
        turn.complete()

    def _break(self, turn: Turn, why: str) -> None:
        error = self._broken(why)
        self.close()
        turn.fail(error)

    def _broken(self, why: str) -> Exception:
        if self._status:
            return UpstreamLost()
        return NoAnswer(why, silent=self._silent_bytes == 0)


def has_length(headers: Headers) -> bool:
    """False where only the connection's end tells the body's (RFC 9112, section 6.3)."""
    for name, value in headers:
        lower = name.lower()
        if lower == b"content-length" or (lower == b"transfer-encoding" and b"chunked" in value.lower()):
            return True
    return False
