# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A request as it is written to the model server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from green_proxy.fault import ClientLeft
from green_proxy.headers import Headers, value_of

if TYPE_CHECKING:
    from green_proxy.upstream.connection import Connection
    from green_proxy.upstream.turn import Turn

Body = bytes | AsyncIterator[bytes] | None

FRAMING = (b"content-length", b"transfer-encoding")
# Above it a copy costs more than a second write.
JOINED_BYTES = 64 << 10
AGAIN_METHODS = ("GET", "HEAD")


class Outgoing:
    """One request; how its body is framed is decided here alone."""

    __slots__ = ("_body", "_length", "head", "method")

    def __init__(self, method: str, target: bytes, headers: Headers, body: Body) -> None:
        self.method = method
        self._body = body
        self._length: int | None = None
        parts = [method.encode(), b" ", target, b" HTTP/1.1\r\n"]
        for name, value in headers:
            if name not in FRAMING:
                parts += (name, b": ", value, b"\r\n")
        parts += self._framing(headers)
        self.head = b"".join(parts)

    @property
    def streams(self) -> bool:
        """Its body comes bit by bit, and so can't be sent again."""
        return self._body is not None and not isinstance(self._body, bytes)

    @property
    def safe_again(self) -> bool:
        """Nothing happens twice where the server had it already."""
        return self.method in AGAIN_METHODS and not self.streams

    def write(self, connection: Connection, turn: Turn) -> None:
        """Write all that is here."""
        body = self._body if isinstance(self._body, bytes) else b""
        if len(body) <= JOINED_BYTES:
            connection.start(turn, self.head + body)
        else:
            connection.start(turn, self.head)
            connection.write(body)

    async def stream(self, connection: Connection, turn: Turn) -> None:
        """Write the rest as it comes, no faster than the server takes it; ends the turn where that fails."""
        assert self._body is not None and not isinstance(self._body, bytes)
        turn.waits_for_client = True
        try:
            await self._stream(self._body, connection, turn)
        except Exception as error:
            turn.fail(error)

    async def _stream(self, chunks: AsyncIterator[bytes], connection: Connection, turn: Turn) -> None:
        left = self._length
        async for chunk in chunks:
            turn.waits_for_client, turn.heard = False, True
            if left is not None:
                left -= len(chunk)
                connection.write(chunk)
            elif chunk:
                connection.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            # Before any wait: the answer may be whole by then, and the connection of use again.
            turn.feeding = left != 0
            await connection.drained()
            turn.waits_for_client = turn.feeding
        if left is None:
            connection.write(b"0\r\n\r\n")
        elif left:
            raise ClientLeft
        turn.feeding = turn.waits_for_client = False

    def _framing(self, headers: Headers) -> tuple[bytes, ...]:
        if self._body is None:
            return (b"\r\n",)
        if isinstance(self._body, bytes):
            return (b"content-length: ", str(len(self._body)).encode(), b"\r\n\r\n")
        length = value_of(headers, b"content-length")
        if length is None or value_of(headers, b"transfer-encoding") is not None:
            return (b"transfer-encoding: chunked\r\n\r\n",)
        self._length = int(length)
        return (b"content-length: ", length, b"\r\n\r\n")
