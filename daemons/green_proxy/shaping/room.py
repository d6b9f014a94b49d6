# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The waiting room before the model server's slots: a state machine with the clock passed in."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence

from green_common.config import ShapingConfig
from green_proxy.shaping.batching import Batching
from green_proxy.shaping.line import Line
from green_proxy.shaping.pace import Pace
from green_proxy.shaping.ticket import ENDED, REFUSED, RUNNING, WAITING, Ticket

COUNTED = {
    "admitted_total": "Requests that got a slot of the model server.",
    "waited_total": "Requests that had to wait for a slot.",
    "wait_seconds_total": "Seconds that requests waited for their slots.",
    "left_waiting_total": "Requests that ended before they got a slot.",
    "refused_full_total": "Requests that were refused because the waiting room was full.",
    "batches_released_total": "Times that waiting requests of batch priority were let go because it paid.",
    "batch_released_total": "Requests of batch priority that were let go because it paid.",
    "batch_expired_total": "Requests of batch priority that waited the longest time allowed.",
    "waiting": "Requests that wait for a slot.",
    "running": "Requests that have a slot.",
}
_NOBODY: tuple[Ticket, ...] = ()


class Room:
    """
    At most `slots` tickets run, at most `queue_limit` wait.

    Clients take turns, interactive requests before those of batch priority; one of these that has waited
    `batch_wait_s` counts as interactive. Who waits while a slot is free waits for a fuller batch
    (batching.py). Every call returns the tickets that run from now on; whoever calls tells them.
    """

    def __init__(self, shaping: ShapingConfig) -> None:
        self.running = 0
        self.waiting = 0
        # When `tick` has something to do next, or None.
        self.due_s: float | None = None
        self._line = Line()
        self._batch = Line()
        self._batch_by_age: OrderedDict[Ticket, None] = OrderedDict()
        self._pace = Pace()
        self._number = 0
        self._counts = dict.fromkeys(COUNTED, 0.0)
        self._take(shaping)

    @property
    def counts(self) -> dict[str, float]:
        return {**self._counts, "waiting": self.waiting, "running": self.running}

    def configure(self, shaping: ShapingConfig, at_s: float) -> Sequence[Ticket]:
        """New settings hold at once; whoever waits or runs by the old ones goes on doing so."""
        self._take(shaping)
        return self._settle(at_s)

    def enter(self, ticket: Ticket, at_s: float) -> Sequence[Ticket]:
        """The ticket runs, waits or is refused from here on: its state says so."""
        ticket.entered_s = at_s
        if self._open or (self.running < self._slots and not ticket.batch):
            self._run(ticket, at_s)
            return self._settle(at_s) if self.waiting else _NOBODY
        if self.running >= self._slots and self.waiting >= self._limit:
            ticket.state = REFUSED
            self._counts["refused_full_total"] += 1
            return _NOBODY
        self._wait(ticket)
        released = self._settle(at_s)
        if ticket.waits:
            ticket.position = self._place(ticket)
            self._counts["waited_total"] += 1
        return released

    def leave(self, ticket: Ticket, at_s: float) -> Sequence[Ticket]:
        """The ticket has ended, whether it ran or still waited; once more does nothing."""
        if ticket.state is RUNNING:
            self.running -= 1
            self._pace.ended(at_s - ticket.admitted_s)
        elif ticket.state is WAITING:
            self._counts["left_waiting_total"] += 1
            self.waiting -= 1
            self._forget(ticket)
        else:
            return _NOBODY
        ticket.state = ENDED
        if self.waiting or self.due_s is not None:
            return self._settle(at_s)
        return _NOBODY

    def tick(self, at_s: float) -> Sequence[Ticket]:
        """What is due by the clock alone."""
        return self._settle(at_s)

    def place(self, ticket: Ticket, at_s: float) -> tuple[int, float]:
        """Position in the line and expected wait in seconds; 0 and 0 where the ticket does not wait."""
        if not ticket.waits:
            return 0, 0.0
        position = self._place(ticket)
        if self.due_s is not None:
            return position, max(0.0, self.due_s - at_s)
        return position, self._pace.wait_s(position, self._slots, at_s)

    def expected_wait_s(self, at_s: float) -> float:
        """How long all that wait now will take to get their slots."""
        return self._pace.wait_s(self.waiting + 1, self._slots, at_s)

    def _take(self, shaping: ShapingConfig) -> None:
        self._open = not shaping.admit
        self._slots = shaping.slots
        self._limit = shaping.queue_limit
        self._batch_wait_s = shaping.batch_wait_s
        self._batching = Batching(shaping.slots)

    def _run(self, ticket: Ticket, at_s: float) -> None:
        ticket.state = RUNNING
        ticket.admitted_s = at_s
        self.running += 1
        self._counts["admitted_total"] += 1
        self._pace.began(at_s)

    def _wait(self, ticket: Ticket) -> None:
        self.waiting += 1
        self._number += 1
        ticket.number = self._number
        if ticket.batch:
            self._batch.append(ticket)
            self._batch_by_age[ticket] = None
        else:
            self._line.append(ticket)

    def _release(self, ticket: Ticket, released: list[Ticket], at_s: float) -> None:
        self.waiting -= 1
        self._counts["wait_seconds_total"] += at_s - ticket.entered_s
        self._run(ticket, at_s)
        released.append(ticket)

    def _forget(self, ticket: Ticket) -> None:
        if ticket in self._batch_by_age:
            del self._batch_by_age[ticket]
            self._batch.remove(ticket)
        else:
            self._line.remove(ticket)

    def _place(self, ticket: Ticket) -> int:
        if ticket in self._batch_by_age:
            return len(self._line) + self._batch.place(ticket)
        return self._line.place(ticket)

    def _settle(self, at_s: float) -> list[Ticket]:
        """Let go whoever may."""
        self.due_s = None
        self._promote(at_s)
        released: list[Ticket] = []
        while self._line and (self._open or self.running < self._slots):
            self._release(self._line.pop(), released, at_s)
        # Those that joined change the price for the rest.
        while self._batch_by_age and (joining := self._joining(at_s)):
            self._counts["batches_released_total"] += 1
            self._counts["batch_released_total"] += joining
            for _ in range(joining):
                ticket = self._batch.pop()
                del self._batch_by_age[ticket]
                self._release(ticket, released, at_s)
        return released

    def _promote(self, at_s: float) -> None:
        """Who has waited long enough for a fuller batch takes turns with the others."""
        while self._batch_by_age:
            oldest = next(iter(self._batch_by_age))
            if at_s < oldest.entered_s + self._batch_wait_s:
                return
            self._forget(oldest)
            self._line.insert(oldest)
            self._counts["batch_expired_total"] += 1

    def _joining(self, at_s: float) -> int:
        """How many of batch priority go now; where it is none, notes when that will change by itself."""
        self.due_s = None
        if self._open:
            return len(self._batch_by_age)
        most = min(len(self._batch_by_age), self._slots - self.running)
        if most <= 0 or self.waiting >= max(self._limit, 1):
            return max(most, 0)
        since_s, earliest_s = next(iter(self._batch_by_age)).entered_s, math.inf
        for joining in range(most, 0, -1):
            due_s = since_s + self._batching.patience(self.running, joining) * self._batch_wait_s
            if due_s <= at_s:
                return joining
            earliest_s = min(earliest_s, due_s)
        self.due_s = earliest_s
        return 0
