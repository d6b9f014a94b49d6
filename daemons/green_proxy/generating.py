# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The way of a request that makes the GPU work: announce, read, shape, wake, forward, account."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from green_common.config import Config
from green_common.feed.reasons import CLIENT_LEFT, FAILED, STOPPED
from green_proxy.answer.account import Account
from green_proxy.answer.flight import Flight
from green_proxy.answer.listener import Listener
from green_proxy.answer.onward import onward_headers
from green_proxy.answer.receipted import Receipted
from green_proxy.answer.receipts import Receipts, wants_receipt
from green_proxy.door.exchange import Exchange
from green_proxy.door.keys_file import Key
from green_proxy.door.mishap import OUR_FAULT
from green_proxy.door.request_body import MIB, too_large
from green_proxy.fault import ClientLeft, Fault, UpstreamLost
from green_proxy.feed.feed import Feed
from green_proxy.gateway.whereabouts import Whereabouts
from green_proxy.headers import value_of
from green_proxy.request.body import Body
from green_proxy.request.call import Call
from green_proxy.request.identity import Identity, identify
from green_proxy.shaping.merge import Offer, Verdict, offer_of
from green_proxy.shaping.steps import Steps
from green_proxy.shaping.ticket import is_batch
from green_proxy.upstream.server import Upstream

PRIORITY = b"x-green-priority"
NOTHING_TO_COMPARE = Offer()


class Generating:
    """Serves the generating routes."""

    def __init__(
        self,
        config: Callable[[], Config],
        upstream: Upstream,
        feed: Feed,
        steps: Steps,
        *,
        receipts: Receipts,
        whereabouts: Whereabouts,
    ) -> None:
        self._config = config
        self._upstream = upstream
        self._feed = feed
        self._steps = steps
        self._receipts = receipts
        self._whereabouts = whereabouts

    async def serve(self, exchange: Exchange, key: Key | None) -> None:
        """Answer the request. Raises Fault or ClientLeft; the feed hears of its end either way."""
        config, steps = self._config(), self._steps
        identity = identify(exchange.headers, exchange.peer, key, config.proxy.conversation_header)
        if (exchange.body_bytes or 0) > config.proxy.body_limit_mib * MIB:
            raise too_large(config.proxy.body_limit_mib * MIB)
        steps.share.enter(identity.client, config.shaping.client_in_flight)
        account = Account(exchange.id, exchange.path, self._feed, identity.shown_client)
        self._whereabouts.enter(identity.conversation, exchange.id)
        body = Body(steps.bodies)
        receipted = Receipted(exchange, self._receipts) if wants_receipt(exchange.headers) else None
        try:
            await self._read_and_answer(Listener(exchange, receipted), identity, account, body)
        except ClientLeft:
            account.cancel(CLIENT_LEFT)
            raise
        except Fault as fault:
            account.cancel(fault.reason)
            raise
        except asyncio.CancelledError:
            account.cancel(STOPPED)
            raise
        finally:
            # Whatever else may end a request: nothing may stay in flight for ever.
            account.cancel(FAILED)
            body.release()
            self._whereabouts.leave(identity.conversation, exchange.id)
            steps.share.leave(identity.client)
        if receipted is not None:
            await receipted.told()

    async def _read_and_answer(
        self, listener: Listener, identity: Identity, account: Account, body: Body
    ) -> None:
        exchange, arrived_s = listener.asked, time.monotonic()
        encoded = value_of(exchange.headers, b"content-encoding") is not None
        content = await body.read(exchange, self._config().proxy)
        call = await self._steps.read(exchange.path, content, encoded=encoded)
        if exchange.left or exchange.ended:
            # While it was read in a thread, or as the last of its body came.
            raise ClientLeft
        shaping, merges = self._config().shaping, self._steps.merges
        offer = offer_of(call, identity, arrived_s) if shaping.merge else NOTHING_TO_COMPARE
        self._steps.pin(call)
        self._steps.limit(call, identity.client)
        if merges.join(offer, listener):
            account.hand_over()
            await listener.wait_over()
            return
        flight = Flight(call, account, listener)
        verdict = merges.take_over(offer, flight, shaping)
        offer = verdict.offer if verdict else offer
        merges.enter(offer, flight)
        try:
            await self._fly(flight, identity, arrived_s, verdict)
        except asyncio.CancelledError:
            if not flight.ended:
                # By whoever stops green-proxy, not by the flight itself.
                flight.cut()
                raise
        except Exception:
            flight.fail(Fault(500, OUR_FAULT, FAILED))
            raise
        finally:
            merges.forget(offer, flight)
        # Where the flight was given up for another one, that one answers.
        await listener.wait_over()

    async def _fly(
        self, flight: Flight, identity: Identity, arrived_s: float, verdict: Verdict | None
    ) -> None:
        """Never raises a Fault: each listener is told of it."""
        try:
            await _wait_for_more(flight.call, verdict)
            counted = await self._steps.trim(flight.call, identity)
            if flight.ended:
                # Before Python 3.12, wait_for loses a cancellation that falls together with its end.
                return
            await self._admitted(flight, identity, arrived_s)
            if counted is not None and flight.account.prompt_tokens is not None:
                self._steps.counter.learn(counted, flight.account.prompt_tokens)
        except Fault as fault:
            flight.fail(fault)
        except UpstreamLost as lost:
            flight.lose(lost.reason)

    async def _admitted(self, flight: Flight, identity: Identity, arrived_s: float) -> None:
        """Forward once there is a slot."""
        asked, waiting = flight.listeners[0].asked, self._steps.waiting
        ticket = waiting.enter(identity.client, batch=is_batch(value_of(asked.headers, PRIORITY)))
        try:
            if ticket.waits:
                self._whereabouts.waits(identity.conversation, asked.id, ticket)
                await waiting.turn(ticket)
                flight.call.note("Queue", ticket.note or "")
            await self._forward(flight, arrived_s)
        finally:
            waiting.leave(ticket)

    async def _forward(self, flight: Flight, arrived_s: float) -> None:
        call, exchange, steps = flight.call, flight.listeners[0].asked, self._steps
        # The release is under way since the announcement, so that the wait and the body overlap.
        if self._feed.holds.held:
            await self._feed.clocks_free(arrived_s, self._config().proxy.wake_wait_ms / 1000)
        await steps.ready(call)
        steps.cap(call)
        call.include_usage()
        body = call.body()
        flight.forward(None if call.images else len(body))
        await self._upstream.send(
            exchange.method,
            exchange.target,
            onward_headers(exchange, self._upstream.host, len(body)),
            body,
            flight,
            steps.limits(),
            retry_busy=True,
        )
        steps.answered(call, flight.status)


async def _wait_for_more(call: Call, verdict: Verdict | None) -> None:
    """Where messages follow each other quickly: wait for one more, then make them one turn."""
    if verdict is None or verdict.wait_until_s is None or (talk := verdict.offer.conversation) is None:
        return
    await asyncio.sleep(max(0, verdict.wait_until_s - time.monotonic()))
    call.change("messages", talk.as_one_turn)
