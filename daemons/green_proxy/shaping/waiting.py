# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The waiting room in the event loop: wakes whom the room lets go, at once or when it is due."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable

from green_common.config import ShapingConfig
from green_proxy.fault import ClientLeft, Fault
from green_proxy.shaping.room import Room
from green_proxy.shaping.ticket import REFUSED, RUNNING, Ticket


class Waiting:
    """
    Admits requests to the model server's slots; made inside the event loop that it lives in.

        ticket = waiting.enter(client, batch=False)
        try:
            if ticket.waits:
                await waiting.turn(ticket)
            ...
        finally:
            waiting.leave(ticket)

    However the request ends, cancelled while it waits, at the moment of its turn or later, `leave` gives
    back what it had.
    """

    def __init__(self, shaping: ShapingConfig) -> None:
        self.room = Room(shaping)
        self._shaping = shaping
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def counts(self) -> dict[str, float]:
        return self.room.counts

    def configure(self, shaping: ShapingConfig) -> None:
        """After every reload of the configuration; holds at once, also for those that wait."""
        self._shaping = shaping
        self._wake(self.room.configure(shaping, self._loop.time()))

    def enter(self, client: str, *, batch: bool = False) -> Ticket:
        """Raises Fault 503 where the room is full."""
        ticket = Ticket(client, batch=batch)
        room, now_s = self.room, self._loop.time()
        released = room.enter(ticket, now_s)
        if room.waiting or released:
            self._wake(released)
        if ticket.state is REFUSED:
            raise self._full(now_s)
        return ticket

    async def turn(self, ticket: Ticket) -> None:
        """Wait for the ticket's turn; raises ClientLeft where `leave` was called meanwhile."""
        if ticket.waits:
            ticket.waiter = self._loop.create_future()
            await ticket.waiter
        if ticket.state is not RUNNING:
            raise ClientLeft

    def leave(self, ticket: Ticket) -> None:
        """The request ended, or its client went; again and again if need be."""
        room = self.room
        released = room.leave(ticket, self._loop.time())
        if room.waiting or released or self._timer:
            self._wake(released)
        _wake(ticket)

    def place(self, ticket: Ticket) -> tuple[int, float]:
        """Position and expected wait in seconds."""
        return self.room.place(ticket, self._loop.time())

    def close(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _wake(self, released: Iterable[Ticket]) -> None:
        for ticket in released:
            _wake(ticket)
        due_s = self.room.due_s
        if self._timer and self._timer.when() != due_s:
            self.close()
        if due_s is not None and self._timer is None:
            self._timer = self._loop.call_at(due_s, self._tick)

    def _tick(self) -> None:
        self._timer = None
        # The loop runs timers early by as much as its clock can't tell.
        self._wake(self.room.tick(max(self._loop.time(), self.room.due_s or 0.0)))

    def _full(self, now_s: float) -> Fault:
        after_s = max(1, math.ceil(self.room.expected_wait_s(now_s)))
        text = (
            f"all {self._shaping.slots} slots of the model server are taken and {self.room.waiting} requests "
            "wait for one (shaping.slots, shaping.queue_limit in green-qwen.toml); "
            f"try again in {after_s} s"
        )
        return Fault(503, text, headers=((b"retry-after", str(after_s).encode()),))


def _wake(ticket: Ticket) -> None:
    # A waiter that is done was cancelled: its request is about to leave.
    if ticket.waiter is not None and not ticket.waiter.done():
        ticket.waiter.set_result(None)
