# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The way of a request that makes the GPU work: announce, read, shape, wake, forward, account."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from green_common.config import Config
from green_proxy.answer.account import Account
from green_proxy.answer.flight import Flight
from green_proxy.answer.listener import Listener
from green_proxy.answer.onward import onward_headers
from green_proxy.door.exchange import Exchange
from green_proxy.door.keys import Key
from green_proxy.fault import ClientLeft, Fault, UpstreamLost
from green_proxy.feed.feed import Feed
from green_proxy.request.call import Call, read_call
from green_proxy.request.identity import Identity, identify
from green_proxy.shaping.merge import Offer, Verdict, offer_of
from green_proxy.shaping.steps import Steps
from green_proxy.upstream.server import Upstream

NOTHING_TO_COMPARE = Offer()


class Generating:
    """Serves the generating routes."""

    def __init__(self, config: Callable[[], Config], upstream: Upstream, feed: Feed, steps: Steps) -> None:
        self._config = config
        self._upstream = upstream
        self._feed = feed
        self._steps = steps

    async def serve(self, exchange: Exchange, key: Key | None) -> None:
        """Answer the request, with an error where that can't be; the feed hears of its end either way."""
        config = self._config()
        identity = identify(exchange.headers, exchange.peer, key, config.proxy.conversation_header)
        self._steps.bodies.check(exchange.body_bytes, config.proxy)
        self._steps.share.enter(identity.client, config.shaping.client_in_flight)
        try:
            await self._accepted(exchange, identity, config)
        finally:
            self._steps.share.leave(identity.client)

    async def _accepted(self, exchange: Exchange, identity: Identity, config: Config) -> None:
        arrived_s = time.monotonic()
        account = Account(exchange.id, exchange.path, self._feed)
        try:
            body = await self._steps.bodies.read(exchange, config.proxy)
            call = read_call(exchange.path, body)
            self._steps.shape(call, identity, config.shaping)
            await self._answer(Listener(exchange), call, identity, account, arrived_s)
        except ClientLeft:
            account.cancel("client left")
        except Fault as fault:
            account.cancel(fault.reason)
            raise
        finally:
            # Whatever else may end a request: nothing may stay in flight for ever.
            account.cancel("green-proxy failed")

    async def _answer(
        self, listener: Listener, call: Call, identity: Identity, account: Account, arrived_s: float
    ) -> None:
        shaping, merges = self._config().shaping, self._steps.merges
        offer = offer_of(call, identity, arrived_s) if shaping.merge else NOTHING_TO_COMPARE
        shared = merges.join(offer, listener)
        if shared is not None:
            account.hand_over()
            await shared.wait_over()
            return
        task = asyncio.current_task()
        assert task is not None
        flight = Flight(call, account, listener, task.cancel)
        verdict = merges.take_over(offer, flight, shaping)
        offer = verdict.offer if verdict else offer
        merges.enter(offer, flight)
        try:
            await self._fly(flight, identity, arrived_s, verdict)
        except asyncio.CancelledError:
            await _given_up(flight)
        finally:
            merges.forget(offer, flight)

    async def _fly(
        self, flight: Flight, identity: Identity, arrived_s: float, verdict: Verdict | None
    ) -> None:
        try:
            await _wait_for_more(flight.call, verdict)
            await self._steps.trim(flight.call, identity, self._config().shaping)
            async with self._steps.admitted(flight, identity, self._config().shaping):
                await self._forward(flight, arrived_s)
            flight.finish()
        except Fault as fault:
            flight.fail(fault)
        except UpstreamLost as lost:
            flight.lose(str(lost) or "model server broke off")

    async def _forward(self, flight: Flight, arrived_s: float) -> None:
        config, call, exchange = self._config(), flight.call, flight.listeners[0].exchange
        # The release is under way since the announcement, so that the wait and the body overlap.
        await self._feed.clocks_free(arrived_s, config.proxy.wake_wait_ms / 1000)
        await self._steps.ready(call, config)
        body = call.body()
        flight.account.forward(call.model)
        await self._upstream.send(
            exchange.method,
            exchange.target,
            onward_headers(exchange, self._upstream.host, len(body)),
            body,
            flight,
            self._steps.limits(config.proxy),
        )
        self._steps.answered(call, flight.head_seen)


async def _wait_for_more(call: Call, verdict: Verdict | None) -> None:
    """Where messages follow each other quickly: wait for one more, then make them one turn."""
    if verdict is None or verdict.wait_until_s is None or verdict.offer.conversation is None:
        return
    await asyncio.sleep(max(0, verdict.wait_until_s - time.monotonic()))
    call.change("messages", verdict.offer.conversation.as_one_turn)


async def _given_up(flight: Flight) -> None:
    """The flight's task was cancelled: by the flight itself, or by whoever stops green-proxy."""
    if flight.moved_to is not None:
        await flight.moved_to.wait_over()
    elif flight.listeners:
        flight.account.cancel("green-proxy stopped")
        flight.cut("green-proxy stops")
