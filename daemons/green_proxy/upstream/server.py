# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The model server: sends it requests, and knows whether it can be reached."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from green_common.feed.reasons import SERVER_FAILED, STOPPED
from green_common.logs import get_log
from green_proxy.fault import Fault, UpstreamLost
from green_proxy.headers import Headers
from green_proxy.upstream.address import Address, timed_out, why
from green_proxy.upstream.answer import Answer
from green_proxy.upstream.breaker import Breaker
from green_proxy.upstream.connection import Connection, NoAnswer
from green_proxy.upstream.limits import Limits
from green_proxy.upstream.outgoing import Body, Outgoing
from green_proxy.upstream.pool import Pool
from green_proxy.upstream.transport import Asking, PoolTransport
from green_proxy.upstream.turn import Turn

UNREACHABLE, BAD_GATEWAY = 503, 502
# Between tries to connect.
PAUSES_S = (0.1, 0.3)
BUSY_RETRIES = 2
READ_BYTES = 256 << 10
ASK_TIMEOUT_S = 2.0
ASK_LIMIT_BYTES = 64 << 20


class Upstream:
    """One model server; to be called from one event loop alone."""

    def __init__(
        self,
        url: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._address = Address(url)
        self.url = self._address.url
        self.host = self._address.host
        self.trouble: str | None = None
        self._clock = clock
        self._pause = pause
        self._pool = Pool()
        self._buffer = memoryview(bytearray(READ_BYTES))
        self._breaker = Breaker()
        self._turns: set[Turn] = set()
        self._client = httpx.AsyncClient(
            transport=PoolTransport(self),
            base_url=self._address.origin,
            trust_env=False,
            timeout=ASK_TIMEOUT_S,
        )

    async def send(
        self,
        method: str,
        target: bytes,
        headers: Headers,
        body: Body,
        answer: Answer,
        limits: Limits,
        *,
        retry_busy: bool = False,
    ) -> None:
        """
        Send one request, and return once its answer is whole.

        Header names are in lower case, with Host among them; the body is framed here. Raises Fault where no
        answer came, UpstreamLost where it broke off, and what the answer's or the body's methods raise.
        To cancel it closes the connection. With `retry_busy`, a 503 is tried again a few times.
        """
        outgoing = Outgoing(method, self._address.prefix + target, headers, body)
        turn = Turn(answer, limits, began_s=self._clock(), head_only=method == "HEAD")
        turn.retries_busy = retry_busy and not outgoing.streams
        self._turns.add(turn)
        try:
            await self._first_try(outgoing, turn, answer, limits)
            if turn.busy_wait_s is not None:
                await self._while_busy(outgoing, turn, limits)
        except NoAnswer as error:
            raise self._gone(error) from error
        finally:
            self._turns.discard(turn)
            turn.close()
        if self.trouble:
            self.found()

    async def ask(
        self,
        method: str,
        path: str,
        *,
        timeout_s: float = ASK_TIMEOUT_S,
        max_bytes: int = ASK_LIMIT_BYTES,
        **arguments: Any,
    ) -> httpx.Response | None:
        """A control call of our own, read whole; None where no answer came in time or it was too large."""
        extensions = {"asking": Asking(timeout_s, max_bytes)}
        try:
            return await self._client.request(method, path, extensions=extensions, **arguments)
        except httpx.HTTPError:
            return None

    async def reachable(self) -> bool:
        """Try to connect, whatever failed before, and note the outcome."""
        try:
            connection = await self._dial(ASK_TIMEOUT_S)
        except OSError as error:
            self._lost(error)
            return False
        self._keep(connection)
        self.found()
        return True

    def found(self) -> None:
        """It answered; log that only where it was lost before."""
        self._breaker.worked()
        if self.trouble:
            self.trouble = None
            get_log().info("upstream.back", say=f"the model server at {self.url} answers again")

    def sweep(self, now_s: float) -> None:
        """End what is over its limits, and close what nobody uses; to be called every second."""
        self._pool.sweep(now_s)
        for turn in tuple(self._turns):
            error = turn.look(now_s)
            if error is not None:
                say = f"{self.url}: {error}"
                get_log().warning("upstream.too_slow", say=say, upstream=self.url)

    async def close(self) -> None:
        await self._client.aclose()
        self._pool.close()
        for turn in tuple(self._turns):
            if turn.connection is not None:
                turn.fail(UpstreamLost(STOPPED, STOPPED))

    async def _first_try(self, outgoing: Outgoing, turn: Turn, answer: Answer, limits: Limits) -> None:
        """Over a kept connection where there is one, and over a new one where that turns out to be dead."""
        kept = self._pool.take(self._clock())
        connection = kept or await self._connect(limits.connect_s)
        turn.renew(connection, asyncio.get_running_loop().create_future(), self._clock())
        answer.begin(turn)
        try:
            await _exchange(connection, outgoing, turn)
        except NoAnswer as error:
            if not (kept and error.silent and outgoing.safe_again):
                raise
            await self._again(await self._connect(limits.connect_s), outgoing, turn)

    async def _again(self, connection: Connection, outgoing: Outgoing, turn: Turn) -> None:
        """Once more, unless it was ended in between."""
        if turn.error is not None:
            self._keep(connection)
            raise turn.error
        turn.renew(connection, asyncio.get_running_loop().create_future(), self._clock())
        await _exchange(connection, outgoing, turn)

    async def _while_busy(self, outgoing: Outgoing, turn: Turn, limits: Limits) -> None:
        """The server had no room and generated nothing: wait as long as it asks for, and try again."""
        for left in reversed(range(BUSY_RETRIES)):
            if turn.busy_wait_s is None:
                return
            await self._pause(turn.busy_wait_s)
            turn.retries_busy = left > 0
            connection = self._pool.take(self._clock()) or await self._connect(limits.connect_s)
            await self._again(connection, outgoing, turn)

    async def _connect(self, within_s: float) -> Connection:
        """Raises Fault; tries more than once where the server was there until now."""
        began_s = self._clock()
        wait_s = self._breaker.wait_s(began_s)
        if wait_s:
            raise self._closed_off(wait_s)
        pauses_s = list(() if self.trouble else PAUSES_S)
        while True:
            try:
                connection = await self._dial(within_s - (self._clock() - began_s))
            except OSError as error:
                if not pauses_s or self._clock() - began_s + pauses_s[0] >= within_s:
                    raise self._unreachable(error, within_s) from error
                await self._pause(pauses_s.pop(0))
            else:
                self.found()
                return connection

    async def _dial(self, within_s: float) -> Connection:
        return await self._address.connect(self._make, within_s, self._keep)

    def _make(self) -> Connection:
        return Connection(self._pool, self._clock, self._buffer)

    def _keep(self, connection: Connection) -> None:
        self._pool.give(connection, self._clock())

    def _lost(self, error: OSError) -> None:
        """Note that it can't be reached; log that only where it was there until now."""
        self._breaker.failed(self._clock())
        known, self.trouble = self.trouble, why(error)
        if known is None:
            get_log().error("upstream.lost", say=self._cant_be_reached(), upstream=self.url)

    def _unreachable(self, error: OSError, within_s: float) -> Fault:
        self._lost(error)
        limit = f", proxy.connect_timeout_s is {within_s:g}" if timed_out(error) else ""
        return Fault(UNREACHABLE, self._cant_be_reached(limit), SERVER_FAILED)

    def _closed_off(self, wait_s: float) -> Fault:
        headers = ((b"retry-after", str(math.ceil(wait_s)).encode()),)
        return Fault(UNREACHABLE, self._cant_be_reached(), SERVER_FAILED, headers)

    def _cant_be_reached(self, more: str = "") -> str:
        return (
            f"the model server at {self.url} can't be reached ({self.trouble}{more}); "
            "is it running, and is proxy.upstream in green-qwen.toml its address?"
        )

    def _gone(self, error: NoAnswer) -> Fault:
        text = f"the model server at {self.url} (proxy.upstream) closed the connection without an answer"
        if not error.silent:
            text = f"the model server at {self.url} (proxy.upstream) gave no proper answer: {error}"
        get_log().warning("upstream.no_answer", say=f"{text}: {error}", upstream=self.url)
        return Fault(BAD_GATEWAY, text, SERVER_FAILED)


async def _exchange(connection: Connection, outgoing: Outgoing, turn: Turn) -> None:
    """Write a request, and wait until its answer is whole."""
    if not outgoing.streams:
        outgoing.write(connection, turn)
        await turn.done
        return
    turn.feeding = True
    outgoing.write(connection, turn)
    streaming = asyncio.ensure_future(outgoing.stream(connection, turn))
    try:
        await turn.done
    finally:
        turn.leave()
        # The answer may be there before the body is.
        streaming.cancel()
        await asyncio.gather(streaming, return_exceptions=True)
