# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The way of a request that makes the GPU work: announce, read, wake, forward, account."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import httpx

from green_common.config import ProxyConfig
from green_proxy.answer.account import Account
from green_proxy.answer.relay import hand_over, request_headers, while_client_stays
from green_proxy.door.exchange import Exchange
from green_proxy.fault import ClientLeft, Fault, UpstreamLost
from green_proxy.feed.feed import Feed
from green_proxy.headers import Headers, without
from green_proxy.models.residency import Models
from green_proxy.request.body import MIB, Ask, ask_of, once, read_body, too_large
from green_proxy.upstream.server import Body, Upstream


class Generating:
    """Serves the generating routes."""

    def __init__(
        self, settings: Callable[[], ProxyConfig], upstream: Upstream, feed: Feed, models: Models
    ) -> None:
        self._settings = settings
        self._upstream = upstream
        self._feed = feed
        self._models = models

    async def serve(self, exchange: Exchange) -> None:
        """Raises Fault, ClientLeft or UpstreamLost, each after the feed was told."""
        limit_mib = self._settings().body_limit_mib
        if (exchange.body_bytes or 0) > limit_mib * MIB:
            raise too_large(limit_mib)
        account = Account(exchange.id, exchange.path, self._feed)
        try:
            await self._answer(exchange, account)
        except ClientLeft:
            account.cancel("client left")
            raise
        except UpstreamLost:
            account.cancel("model server broke off")
            raise
        except Fault as fault:
            account.cancel(fault.reason)
            raise
        except asyncio.CancelledError:
            account.cancel("green-proxy stopped")
            raise
        finally:
            # Whatever else may end a request: nothing may stay in flight for ever.
            account.cancel("green-proxy failed")

    async def _answer(self, exchange: Exchange, account: Account) -> None:
        settings, arrived_s = self._settings(), time.monotonic()
        body = await read_body(exchange, limit_mib=settings.body_limit_mib, timeout_s=settings.body_timeout_s)

        async def forward() -> None:
            # The release is under way since the announcement, so that the wait and the body overlap.
            await self._feed.clocks_free(arrived_s, settings.wake_wait_ms / 1000)
            await self._forward(exchange, account, body)

        await while_client_stays(exchange, forward())

    async def _forward(self, exchange: Exchange, account: Account, body: bytes) -> None:
        ask = ask_of(body)
        account.forward(ask.model, loads=not ask.unloads and await self._models.must_load(ask.model))
        response = await self._upstream.send(
            exchange.method,
            exchange.target,
            self._headers(exchange, body),
            body=Body(once(body)),
            connect_timeout_s=self._settings().connect_timeout_s,
        )
        self._remember(ask, response)
        await hand_over(exchange, response, account)

    def _headers(self, exchange: Exchange, body: bytes) -> Headers:
        headers = request_headers(exchange, self._upstream)
        # The body is whole now, and its answer has to be readable to be counted.
        headers = without(headers, b"transfer-encoding", b"content-length", b"accept-encoding")
        length = (b"content-length", str(len(body)).encode())
        return [*headers, length, (b"accept-encoding", b"identity")]

    def _remember(self, ask: Ask, response: httpx.Response) -> None:
        if ask.unloads:
            self._models.residency.forget(ask.model)
        elif response.is_success and ask.model:
            self._models.residency.seen(ask.model, time.monotonic())
