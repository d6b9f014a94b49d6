# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The waiting room, in every order of events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from green_common.config import ShapingConfig
from green_proxy.shaping.room import COUNTED, Room
from green_proxy.shaping.ticket import ENDED, REFUSED, RUNNING, WAITING, Ticket


def entered(room: Room, client: str, at_s: float = 0.0, *, batch: bool = False) -> Ticket:
    ticket = Ticket(client, batch=batch)
    room.enter(ticket, at_s)
    return ticket


def filled(slots: int, **settings: Any) -> tuple[Room, list[Ticket]]:
    """A room whose slots are all taken."""
    room = Room(ShapingConfig(slots=slots, **settings))
    return room, [entered(room, "first") for _ in range(slots)]


def test_who_finds_a_slot_free_runs_at_once() -> None:
    """The next one waits until a slot is given back."""
    room, (first, _) = filled(2)
    waiting = entered(room, "b")
    assert waiting.state is WAITING

    assert [waiting] == list(room.leave(first, 1.0))
    assert (waiting.state, room.running, room.waiting) == (RUNNING, 2, 0)


def test_a_full_room_refuses() -> None:
    """And takes in again once somebody left."""
    room, _ = filled(1, queue_limit=1)
    waiting = entered(room, "a")

    assert entered(room, "b").state is REFUSED
    room.leave(waiting, 1.0)

    assert entered(room, "b").state is WAITING


def test_a_ticket_ends_once() -> None:
    """Giving back a slot twice would let one more run than there are slots."""
    room, (first,) = filled(1)
    room.leave(first, 1.0)

    assert not room.leave(first, 1.0)
    assert (room.running, first.state) == (0, ENDED)


def test_interactive_requests_come_before_batch() -> None:
    """Whoever came first."""
    room, (first,) = filled(1)
    batch = entered(room, "a", batch=True)
    interactive = entered(room, "b")

    assert [interactive] == list(room.leave(first, 1.0))
    assert [batch] == list(room.leave(interactive, 2.0))


def test_batch_does_not_starve() -> None:
    """After its longest wait it takes turns with the interactive ones, before later ones of its client."""
    room, (first,) = filled(1, batch_wait_s=60)
    other = entered(room, "b", 0.0)
    batch = entered(room, "a", 0.0, batch=True)
    entered(room, "a", 1.0)

    assert [other] == list(room.leave(first, 59.0))
    assert [batch] == list(room.leave(other, 60.0))
    assert room.counts["batch_expired_total"] == 1.0


def test_a_lone_batch_request_waits_for_others() -> None:
    """Alone it is the dearest; a slot that is free changes nothing."""
    room = Room(ShapingConfig(slots=16, batch_wait_s=60))
    lone = entered(room, "a", 10.0, batch=True)

    assert (lone.state, room.due_s) == (WAITING, 70.0)
    assert not room.tick(69.9)
    assert [lone] == list(room.tick(70.0))


def test_a_full_batch_goes_at_once() -> None:
    """Sixteen together cost the least per token that sixteen slots allow."""
    room = Room(ShapingConfig(slots=16))
    waiting = [entered(room, "a", batch=True) for _ in range(15)]
    last = Ticket("b", batch=True)

    released = room.enter(last, 0.0)

    assert {*waiting, last} == set(released)
    assert last.note is None
    assert room.counts["batches_released_total"] == 1.0


def test_batch_requests_join_interactive_ones_where_it_pays() -> None:
    """Beside seven, two of them lower the cost of a step; beside six, they wait."""
    room = Room(ShapingConfig(slots=16))
    for _ in range(6):
        entered(room, "a")
    batch = [entered(room, "b", batch=True) for _ in range(2)]
    assert all(ticket.waits for ticket in batch)

    released = room.enter(Ticket("c"), 0.0)

    assert batch == list(released)
    assert room.running == 9


def test_a_lower_price_is_taken_when_nothing_better_came() -> None:
    """Two of batch priority would go together after half of the first one's time."""
    room = Room(ShapingConfig(slots=16, batch_wait_s=60))
    first = entered(room, "a", 0.0, batch=True)
    second = entered(room, "b", 20.0, batch=True)

    assert room.due_s == pytest.approx(60 * 0.51, abs=0.2)
    assert {first, second} == set(room.tick(room.due_s or 0.0))


def test_those_who_are_left_wait_for_their_own_price() -> None:
    """In 11 slots, one more pays beside 3, but two together don't; the other has its time noted."""
    room, _ = filled(3)
    batch = [entered(room, "a", batch=True) for _ in range(2)]

    assert list(room.configure(ShapingConfig(slots=11), 1.0)) == batch[:1]
    assert room.due_s is not None


def test_a_room_that_is_full_does_not_hold_batch_requests_back() -> None:
    """Without a place to wait, a free slot is taken at once."""
    room = Room(ShapingConfig(slots=16, queue_limit=0))

    assert entered(room, "a", batch=True).state is RUNNING


def test_new_settings_hold_at_once() -> None:
    """More slots let more of those that wait go; fewer take nothing away from those that run."""
    room, _ = filled(1)
    waiting = [entered(room, "a") for _ in range(3)]

    assert waiting[:2] == list(room.configure(ShapingConfig(slots=3), 1.0))
    assert list(room.configure(ShapingConfig(slots=1), 2.0)) == []
    assert room.running == 3
    assert waiting[2:] == list(room.configure(ShapingConfig(admit=False), 3.0))


def test_where_nobody_is_held_back_everybody_runs() -> None:
    """They still count, so that switching it on again starts with the right number."""
    room = Room(ShapingConfig(admit=False, slots=1))
    first, second = entered(room, "a"), entered(room, "a", batch=True)
    room.configure(ShapingConfig(slots=1), 1.0)
    room.leave(first, 2.0)

    assert (second.state, entered(room, "b").state) == (RUNNING, WAITING)


def test_a_place_has_a_position_and_an_expected_wait() -> None:
    """By turns, and by how long slots were taken lately."""
    room, (first, second) = filled(2)
    for _ in range(3):
        entered(room, "a")
    other = entered(room, "b")
    room.leave(first, 10.0)

    assert room.place(other, 10.0) == (1, 5.0)
    assert room.place(second, 10.0) == (0, 0.0)
    assert other.position == 2


def test_every_count_is_explained() -> None:
    """And the other way round."""
    assert Room(ShapingConfig()).counts.keys() == COUNTED.keys()


class Fairness(RuleBasedStateMachine):
    """Requests that come, end, leave and wait in any order, and settings that change."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.settings: dict[str, Any] = {"slots": 2, "queue_limit": 6, "batch_wait_s": 60}
        self.room = Room(self.config)
        self.waiting: list[Ticket] = []
        self.running: list[Ticket] = []
        # Turns that each other client had since a client that waits had its last one.
        self.turns: dict[str, dict[str, int]] = {}
        self.allowed = 2

    @property
    def config(self) -> ShapingConfig:
        return ShapingConfig(**self.settings)

    @rule(seconds=st.sampled_from([0.001, 1.0, 20.0, 60.0]))
    def time_passes(self, seconds: float) -> None:
        self.now_s += seconds
        if self.room.due_s is not None and self.room.due_s <= self.now_s:
            self.go(self.room.tick(self.now_s))

    @rule(client=st.sampled_from("abcd"), batch=st.booleans())
    def a_request_comes(self, client: str, batch: bool) -> None:
        ticket = Ticket(client, batch=batch)
        running, waiting = len(self.running), len(self.waiting)
        released = self.room.enter(ticket, self.now_s)
        if ticket.state is REFUSED:
            assert (running, waiting >= self.settings["queue_limit"]) >= (self.settings["slots"], True)
            return
        if ticket.waits or ticket in released:
            self.waiting.append(ticket)
        else:
            assert ticket.state is RUNNING
            self.running.append(ticket)
        self.go(released)

    @precondition(lambda self: self.running)
    @rule(data=st.data())
    def a_request_ends(self, data: st.DataObject) -> None:
        ended = data.draw(st.sampled_from(self.running))
        self.running.remove(ended)
        self.allowed = max(self.allowed - 1, self.settings["slots"])
        self.go(self.room.leave(ended, self.now_s))
        assert not self.room.leave(ended, self.now_s)

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def a_client_leaves(self, data: st.DataObject) -> None:
        gone = data.draw(st.sampled_from(self.waiting))
        self.waiting.remove(gone)
        self.go(self.room.leave(gone, self.now_s))

    @rule(
        slots=st.integers(1, 20), queue_limit=st.integers(0, 8), admit=st.sampled_from([True] * 4 + [False])
    )
    def settings_change(self, slots: int, queue_limit: int, admit: bool) -> None:
        self.settings |= {"slots": slots, "queue_limit": queue_limit, "admit": admit}
        self.allowed = max(slots, self.room.running)
        self.go(self.room.configure(self.config, self.now_s))

    def go(self, released: Iterable[Ticket]) -> None:
        for ticket in released:
            assert ticket.state is RUNNING
            self.check_order(ticket)
            self.waiting.remove(ticket)
            self.running.append(ticket)

    def check_order(self, ticket: Ticket) -> None:
        """First come within a client and a priority, and nobody twice before another's turn."""
        alike = [other for other in self.waiting if other.batch == ticket.batch]
        assert ticket is next(other for other in alike if other.client == ticket.client)
        if ticket.batch:
            self.turns.pop(ticket.client, None)
            return
        interactive = {other.client for other in self.waiting if not other.batch}
        for client in interactive - {ticket.client}:
            had = self.turns.setdefault(client, {})
            had[ticket.client] = had.get(ticket.client, 0) + 1
            assert had[ticket.client] <= 1
        self.turns.pop(ticket.client, None)

    @invariant()
    def nobody_is_lost_or_counted_twice(self) -> None:
        assert self.room.running == len(self.running)
        assert self.room.waiting == len(self.waiting)
        assert all(ticket.state is RUNNING for ticket in self.running)
        assert all(ticket.state is WAITING for ticket in self.waiting)

    @invariant()
    def no_more_run_than_there_are_slots(self) -> None:
        """Or than ran already when there came to be fewer."""
        if self.settings.get("admit", True):
            assert self.room.running <= self.allowed

    @invariant()
    def nobody_waits_for_a_slot_that_is_free(self) -> None:
        free = not self.settings.get("admit", True) or self.room.running < self.settings["slots"]
        overdue_s = self.now_s - self.settings["batch_wait_s"]
        if free:
            assert all(ticket.batch and ticket.entered_s > overdue_s for ticket in self.waiting)
            assert not self.waiting or self.room.due_s is not None

    @invariant()
    def places_are_the_numbers_from_one(self) -> None:
        places = sorted(self.room.place(ticket, self.now_s)[0] for ticket in self.waiting)
        assert places == list(range(1, len(self.waiting) + 1))


TestFairness = Fairness.TestCase
