# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The body of one request, between the connection that receives it and whoever reads it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from green_common.feed.reasons import TIME_LIMIT
from green_proxy.fault import Fault

MIB = 1 << 20
# Of a body that nobody reads, the connection takes this much and a reading more.
HIGH_WATER_BYTES = 65_536


class RequestBody:
    """Takes bytes in as they come, and gives them out once: whole or piece by piece."""

    __slots__ = (
        "_ask",
        "_collecting",
        "_error",
        "_limit_bytes",
        "_parts",
        "_read",
        "_waiter",
        "complete",
        "unread",
    )

    def __init__(self, ask: Callable[[], None] | None, read: Callable[[], None]) -> None:
        # Tells a client that waits for it to send its body.
        self._ask = ask
        # Tells the connection that there is room again.
        self._read = read
        self.complete = False
        # Bytes that were received before anybody wanted them.
        self.unread = 0
        self._parts: list[bytes] = []
        self._collecting = False
        self._limit_bytes = 0
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None

    def feed(self, data: bytes) -> None:
        if self._error is not None:
            return
        self._parts.append(data)
        self.unread += len(data)
        if not self._collecting:
            self._wake()
        elif self.unread > self._limit_bytes:
            self.fail(too_large(self._limit_bytes))

    @property
    def backlog(self) -> int:
        """Bytes that wait for a reader; none while one collects them all."""
        return 0 if self._collecting and self._error is None else self.unread

    def finish(self) -> None:
        self.complete = True
        self._wake()

    def fail(self, error: Exception) -> None:
        """End reading with this error."""
        if not self.complete and self._error is None:
            self._error = error
            self._wake()

    async def read_all(self, limit_bytes: int, timeout_s: float) -> bytes:
        """Raises Fault where the body is larger or slower, and what it was failed with."""
        if not self.complete:
            await self._collect(limit_bytes, timeout_s)
        if self.unread > limit_bytes:
            raise too_large(limit_bytes)
        return self._take()

    async def parts(self) -> AsyncIterator[bytes]:
        """The bytes as they come. Raises what it was failed with."""
        while True:
            if self._error is not None:
                raise self._error
            if self._parts:
                yield self._take()
            elif self.complete:
                return
            else:
                await self._more()

    async def _collect(self, limit_bytes: int, timeout_s: float) -> None:
        self._collecting = True
        self._limit_bytes = limit_bytes
        timer = asyncio.get_running_loop().call_later(timeout_s, self._expire, timeout_s)
        try:
            self._read()
            while not self.complete:
                if self.unread > limit_bytes:
                    raise too_large(limit_bytes)
                if self._error is not None:
                    raise self._error
                await self._more()
        finally:
            timer.cancel()
            self._collecting = False

    async def _more(self) -> None:
        if self._ask is not None:
            ask, self._ask = self._ask, None
            ask()
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _expire(self, timeout_s: float) -> None:
        text = f"the body took longer than {timeout_s:g} s (proxy.body_timeout_s in green-qwen.toml)"
        self.fail(Fault(408, text, TIME_LIMIT))

    def _take(self) -> bytes:
        parts, unread = self._parts, self.unread
        self._parts, self.unread = [], 0
        if unread > HIGH_WATER_BYTES:
            self._read()
        return parts[0] if len(parts) == 1 else b"".join(parts)


def too_large(limit_bytes: int) -> Fault:
    text = f"the body is larger than {limit_bytes / MIB:g} MiB (proxy.body_limit_mib in green-qwen.toml)"
    return Fault(413, text)


def no_body() -> RequestBody:
    """What a request without a body has; nothing of it ever changes, so one is enough for all."""
    body = RequestBody(None, lambda: None)
    body.finish()
    return body


EMPTY = no_body()
