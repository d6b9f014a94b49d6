# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Answers of green-telemetry that pages ask for: passed on as they come, within bounds."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import parse_qsl, quote, urlencode

import httpx

from green_proxy.door.exchange import Exchange
from green_proxy.fault import ClientLeft, Fault
from green_proxy.gateway.replies import NO_STORE, PAGE
from green_proxy.live_socket import LiveSocket

HISTORY, RECENT, RECEIPTS = "/-/history", "/-/recent", "/-/receipts/"
MOST_ENTRIES = 20_000
MAX_PARAMETERS = 16
# At once: the journal is read for one at a time anyway.
MOST_AT_ONCE = 8
# green-telemetry gives up a reading after 60 s.
READ_S = 75.0
MAX_BYTES = 64 << 20
# A client that takes nothing for so long has its answer broken off.
STALLED_S = 30.0
LIMIT = re.compile("[0-9]+")
MOST_DIGITS = 9


class Passed:
    """History, the last minutes and receipts; what they hold is green-telemetry's."""

    def __init__(self, socket: LiveSocket) -> None:
        self._socket = socket
        self._open = 0

    async def history(self, exchange: Exchange) -> None:
        """Raises Fault and ClientLeft."""
        await self._pass_on(exchange, f"/v1/history?{history_query(exchange.target)}")

    async def recent(self, exchange: Exchange) -> None:
        """Raises Fault and ClientLeft."""
        await self._pass_on(exchange, "/v1/recent")

    async def receipt(self, exchange: Exchange) -> None:
        """Raises Fault and ClientLeft."""
        request = exchange.path.removeprefix(RECEIPTS)
        query = urlencode(pairs_of(exchange.target))
        await self._pass_on(exchange, f"/v1/receipts/{quote(request, safe='')}?{query}")

    async def _pass_on(self, exchange: Exchange, target: str) -> None:
        if self._open >= MOST_AT_ONCE:
            raise Fault(
                503,
                "history is being read for others; ask again in a moment",
                headers=((b"retry-after", b"5"),),
            )
        self._open += 1
        try:
            async with self._socket.get(target, read_s=READ_S) as response:
                await Outlet(exchange).send(response)
        except httpx.HTTPError as error:
            if exchange.started:
                exchange.abort()
                return
            raise Fault(503, _away(self._socket.path, error)) from error
        finally:
            self._open -= 1


class Outlet:
    """Writes an answer no faster than its client reads."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._room = asyncio.Event()
        self._room.set()
        exchange.on_leave(self._room.set)
        exchange.on_pressure(self._press)

    async def send(self, response: httpx.Response) -> None:
        """Raises ClientLeft; an answer that gets too long is broken off."""
        self._exchange.start(response.status_code, _headers_of(response))
        sent = 0
        async for chunk in response.aiter_raw():
            sent += len(chunk)
            if self._exchange.left:
                raise ClientLeft
            if sent > MAX_BYTES:
                self._exchange.abort()
                return
            self._exchange.write(chunk)
            if not await self._has_room():
                self._exchange.abort()
                return
        self._exchange.end()

    async def _has_room(self) -> bool:
        """False for a client that takes nothing: others wait for its place."""
        if self._room.is_set():
            return True
        try:
            await asyncio.wait_for(self._room.wait(), STALLED_S)
        except asyncio.TimeoutError:
            return False
        return True

    def _press(self, pressed: bool) -> None:
        if pressed:
            self._room.clear()
        else:
            self._room.set()


def history_query(target: bytes) -> str:
    """As the client wrote it, with a bound on the entries. Raises Fault 400 where it is no query."""
    pairs = pairs_of(target)
    limit = pairs.get("limit") or str(MOST_ENTRIES)
    if not LIMIT.fullmatch(limit):
        raise Fault(400, "limit: has to be a whole number")
    # No number is made of thousands of digits.
    shorter = limit.lstrip("0")[:MOST_DIGITS]
    pairs["limit"] = str(min(int(shorter or 0), MOST_ENTRIES))
    return urlencode(pairs)


def pairs_of(target: bytes) -> dict[str, str]:
    """The parameters of a query. Raises Fault 400 where it is none."""
    text = target.decode("latin-1").partition("?")[2]
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_PARAMETERS))
    except ValueError as error:
        why = f"the query can't be read: at most {MAX_PARAMETERS} parameters are allowed"
        raise Fault(400, why) from error


def _headers_of(response: httpx.Response) -> list[tuple[bytes, bytes]]:
    content_type = response.headers.get("content-type", "application/json").encode("latin-1")
    return [*PAGE, NO_STORE, (b"content-type", content_type)]


def _away(path: str, error: httpx.HTTPError) -> str:
    return (
        f"green-telemetry does not answer at {path} ({str(error) or type(error).__name__}); "
        "`systemctl status green-telemetry` says whether it runs"
    )
