# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The waiting room in the event loop, in every interleaving."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from green_common.config import ShapingConfig
from green_proxy.fault import ClientLeft, Fault
from green_proxy.shaping.ticket import Ticket
from green_proxy.shaping.waiting import Waiting


async def turns(count: int = 3) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def test_a_full_room_says_when_to_come_back() -> None:
    """503, with the header that clients obey and the keys that decide."""

    async def scene() -> Fault:
        waiting = Waiting(ShapingConfig(slots=1, queue_limit=0))
        waiting.enter("a")
        with pytest.raises(Fault) as refused:
            waiting.enter("b")
        return refused.value

    fault = asyncio.run(scene())

    assert (fault.status, fault.headers) == (503, ((b"retry-after", b"1"),))
    assert "shaping.queue_limit" in fault.text


def test_a_client_that_goes_while_it_waits_leaves_the_line_at_once() -> None:
    """Its request learns of it where it waits."""

    async def scene() -> tuple[int, bool]:
        waiting = Waiting(ShapingConfig(slots=1))
        waiting.enter("a")
        ticket = waiting.enter("b")
        turn = asyncio.ensure_future(waiting.turn(ticket))
        await turns()
        waiting.leave(ticket)
        left = waiting.room.waiting
        await asyncio.wait({turn})
        return left, isinstance(turn.exception(), ClientLeft)

    assert asyncio.run(scene()) == (0, True)


def test_a_ticket_that_left_before_it_waited_gets_no_turn() -> None:
    """Between entering and waiting a client may go, too."""

    async def scene() -> None:
        waiting = Waiting(ShapingConfig(slots=1))
        waiting.enter("a")
        ticket = waiting.enter("b")
        waiting.leave(ticket)
        with pytest.raises(ClientLeft):
            await waiting.turn(ticket)

    asyncio.run(scene())


def test_a_batch_request_goes_when_its_time_is_up() -> None:
    """By a timer, which is there only while somebody waits for it."""

    async def scene() -> list[bool]:
        waiting = Waiting(ShapingConfig(batch_wait_s=0.01))
        ticket = waiting.enter("a", batch=True)
        before = ticket.waits
        await waiting.turn(ticket)
        waiting.leave(ticket)
        return [before, waiting._timer is None]

    assert asyncio.run(scene()) == [True, True]


def test_no_timer_is_left_when_the_last_one_leaves() -> None:
    """At rest the loop sleeps."""

    async def scene() -> list[bool]:
        waiting = Waiting(ShapingConfig())
        ticket = waiting.enter("a", batch=True)
        during = waiting._timer is not None
        waiting.leave(ticket)
        return [during, waiting._timer is None]

    assert asyncio.run(scene()) == [True, True]


def test_new_settings_wake_those_that_wait() -> None:
    """More slots after a reload of the configuration."""

    async def scene() -> bool:
        waiting = Waiting(ShapingConfig(slots=1))
        waiting.enter("a")
        ticket = waiting.enter("b")
        turn = asyncio.ensure_future(waiting.turn(ticket))
        await turns()
        waiting.configure(ShapingConfig(slots=2))
        await turns()
        return turn.done() and not ticket.waits

    assert asyncio.run(scene())


class Interleavings(RuleBasedStateMachine):
    """Requests that come, end, are cancelled or left at any point between any two turns of the loop."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.waiting = self.on_loop(self.open())
        self.requests: dict[asyncio.Task[None], tuple[Ticket, asyncio.Event]] = {}
        self.inside: list[Ticket] = []

    async def open(self) -> Waiting:
        return Waiting(ShapingConfig(slots=2, queue_limit=4, batch_wait_s=3600))

    def on_loop(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    async def request(self, ticket: Ticket, done: asyncio.Event) -> None:
        try:
            if ticket.waits:
                await self.waiting.turn(ticket)
            self.inside.append(ticket)
            await done.wait()
        except ClientLeft:
            return
        finally:
            if ticket in self.inside:
                self.inside.remove(ticket)
            self.waiting.leave(ticket)

    @rule(client=st.sampled_from("abc"), batch=st.booleans())
    def a_request_comes(self, client: str, batch: bool) -> None:
        async def begin() -> None:
            try:
                ticket = self.waiting.enter(client, batch=batch)
            except Fault:
                return
            done = asyncio.Event()
            # As the task that serves a request, which runs already when it enters.
            task = asyncio.ensure_future(self.request(ticket, done))
            self.requests[task] = (ticket, done)
            await asyncio.sleep(0)

        self.on_loop(begin())

    @rule(count=st.integers(1, 3))
    def the_loop_turns(self, count: int) -> None:
        self.on_loop(turns(count))

    @precondition(lambda self: self.requests)
    @rule(data=st.data(), how=st.sampled_from(["end", "cancel", "leave"]))
    def a_request_ends(self, data: st.DataObject, how: str) -> None:
        """Without a turn of the loop, so that several such things fall together."""
        task = data.draw(st.sampled_from(list(self.requests)))
        ticket, done = self.requests[task]
        if how == "end":
            done.set()
        elif how == "cancel":
            task.cancel()
        elif ticket.waits:
            self.waiting.leave(ticket)

    @invariant()
    def the_books_agree(self) -> None:
        for task in [task for task in self.requests if task.done()]:
            assert task.cancelled() or task.exception() is None
            del self.requests[task]
        tickets = [ticket for ticket, _ in self.requests.values()]
        room = self.waiting.room
        assert len(self.inside) <= room.running <= 2
        assert room.waiting == sum(ticket.waits for ticket in tickets) <= 4
        assert room.running <= len(tickets)

    def teardown(self) -> None:
        for _, done in self.requests.values():
            done.set()
        self.waiting.configure(ShapingConfig(admit=False))
        self.on_loop(turns(5))
        assert (self.waiting.room.running, self.waiting.room.waiting) == (0, 0)
        self.waiting.close()
        self.loop.close()


TestInterleavings = Interleavings.TestCase
