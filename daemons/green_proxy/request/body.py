# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The bodies of generation requests: read whole, each within its limit, and all within theirs."""

from __future__ import annotations

import asyncio

from green_common.config import ProxyConfig
from green_common.feed.reasons import TIME_LIMIT
from green_proxy.door.exchange import Exchange
from green_proxy.door.request_body import MIB, too_large
from green_proxy.fault import Fault

RETRY_AFTER_S = 1
COUNTED = {
    "bodies_bytes": "Bytes of request bodies in memory.",
    "bodies_refused_total": "Requests that were refused because too many bodies were in memory.",
}


class Bodies:
    """What all bodies take together."""

    def __init__(self) -> None:
        self.held_bytes = 0
        self._refused = 0

    @property
    def counts(self) -> dict[str, float]:
        return {"bodies_bytes": self.held_bytes, "bodies_refused_total": self._refused}

    def take(self, size: int, limit_mib: int) -> None:
        """Raises Fault 503 where there is no room."""
        if self.held_bytes + size > limit_mib * MIB:
            self._refused += 1
            text = f"request bodies of {self.held_bytes // MIB} MiB are in work (proxy.bodies_limit_mib)"
            retry = (b"Retry-After", b"%d" % RETRY_AFTER_S)
            raise Fault(503, f"{text}; try again in {RETRY_AFTER_S} s", headers=(retry,))
        self.held_bytes += size


class Body:
    """One request's body, from its first byte to the end of the request."""

    __slots__ = ("_all", "_size")

    def __init__(self, bodies: Bodies) -> None:
        self._all = bodies
        self._size = 0

    async def read(self, exchange: Exchange, proxy: ProxyConfig) -> bytes:
        """Raises Fault where it is too large, too slow or finds no room, and ClientLeft."""
        limit_bytes = proxy.body_limit_mib * MIB
        if exchange.body_bytes is None:
            return await self._read_chunks(exchange, limit_bytes, proxy)
        if exchange.body_bytes > limit_bytes:
            raise too_large(limit_bytes)
        self._take(exchange.body_bytes, proxy)
        return await exchange.read_body(limit_bytes=limit_bytes, timeout_s=proxy.body_timeout_s)

    def release(self) -> None:
        self._all.held_bytes -= self._size
        self._size = 0

    async def _read_chunks(self, exchange: Exchange, limit_bytes: int, proxy: ProxyConfig) -> bytes:
        """Its length shows only as it comes."""
        parts: list[bytes] = []

        async def collect() -> None:
            async for part in exchange.body():
                self._take(len(part), proxy)
                parts.append(part)
                if self._size > limit_bytes:
                    raise too_large(limit_bytes)

        try:
            await asyncio.wait_for(collect(), proxy.body_timeout_s)
        except asyncio.TimeoutError as error:
            text = f"the body took longer than {proxy.body_timeout_s:g} s (proxy.body_timeout_s)"
            raise Fault(408, text, TIME_LIMIT) from error
        return b"".join(parts)

    def _take(self, size: int, proxy: ProxyConfig) -> None:
        self._all.take(size, proxy.bodies_limit_mib)
        self._size += size
