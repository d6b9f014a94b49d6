# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The agreement about lowered clocks, in every order of events."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from green_common.feed.messages import Granted, Hold, Refused
from green_proxy.feed.activity import Activity
from green_proxy.feed.holds import Holds

WAKE_WAIT_S = 0.05
IDLE, OTHER = "green-idle", "another reader"


def ask(holds: Holds, epoch: int, *, in_flight: int = 0, permitted: bool = True) -> Granted | Refused:
    return holds.ask(IDLE, Hold(epoch), in_flight=in_flight, permitted=permitted, at_s=1.0)


def test_a_hold_is_granted_when_nothing_is_in_flight() -> None:
    """Clocks count as held from the answer on."""
    holds = Holds()

    assert Granted(7) == ask(holds, 7)
    assert holds.epoch == 7
    assert holds.wait_until_s(2.0, WAKE_WAIT_S) == 2.05


def test_a_hold_is_refused_while_something_is_in_flight() -> None:
    """A request that was only accepted counts."""
    assert Refused(7, "1 in flight") == ask(Holds(), 7, in_flight=1)


def test_a_hold_is_refused_to_strangers() -> None:
    """A peer of another user may read, not hold."""
    assert Refused(7, "only root may hold clocks") == ask(Holds(), 7, permitted=False)


def test_a_second_hold_is_refused() -> None:
    """One at a time."""
    holds = Holds()
    ask(holds, 7)

    assert Refused(8, "held already under epoch 7") == ask(holds, 8)


def test_a_release_ends_its_own_epoch_only() -> None:
    """A late release of an older epoch must not free a newer hold."""
    holds = Holds()
    ask(holds, 7)

    assert holds.released(IDLE, 6) is None
    assert holds.released(OTHER, 7) is None
    assert holds.released(IDLE, 7) is not None
    assert holds.wait_until_s(2.0, WAKE_WAIT_S) is None


def test_the_end_of_the_holders_connection_ends_its_hold() -> None:
    """Whatever the epoch; another reader's end changes nothing."""
    holds = Holds()
    ask(holds, 7)

    assert holds.left(OTHER) is None
    assert holds.left(IDLE) is not None
    assert holds.epoch is None


class Handshake(RuleBasedStateMachine):
    """Requests, holds, releases and lost connections in any order, and a clock that only goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.book = Activity()
        self.holds = Holds()
        self.lowered: dict[str, int] = {}
        self.waiting: dict[str, float] = {}
        self.running: list[str] = []
        self.made = 0

    @rule(seconds=st.sampled_from([0.0, 0.001, 0.02, 0.05, 10.0]))
    def time_passes(self, seconds: float) -> None:
        self.now_s += seconds

    @rule()
    def a_request_arrives(self) -> None:
        self.made += 1
        self.book.accepted(f"r{self.made}", "/api/chat")
        self.waiting[f"r{self.made}"] = self.now_s

    @rule(who=st.sampled_from([IDLE, OTHER]), epoch=st.integers(0, 3), permitted=st.booleans())
    def somebody_asks(self, who: str, epoch: int, permitted: bool) -> None:
        answer = self.holds.ask(
            who, Hold(epoch), in_flight=self.book.in_flight, permitted=permitted, at_s=self.now_s
        )
        if isinstance(answer, Granted):
            assert permitted
            assert not self.waiting
            assert not self.running
            assert not self.lowered
            self.lowered[who] = epoch

    @rule(who=st.sampled_from([IDLE, OTHER]), epoch=st.integers(0, 3))
    def somebody_releases(self, who: str, epoch: int) -> None:
        self.holds.released(who, epoch)
        if self.lowered.get(who) == epoch:
            del self.lowered[who]

    @rule(who=st.sampled_from([IDLE, OTHER]))
    def somebody_leaves(self, who: str) -> None:
        self.holds.left(who)
        self.lowered.pop(who, None)

    @precondition(lambda self: self.waiting)
    @rule(choice=st.randoms(use_true_random=False))
    def a_request_goes_on_as_soon_as_it_may(self, choice: object) -> None:
        request = sorted(self.waiting)[choice.randrange(len(self.waiting))]  # type: ignore[attr-defined]
        arrived_s = self.waiting[request]
        until_s = self.holds.wait_until_s(arrived_s, WAKE_WAIT_S)
        if until_s is not None and self.now_s < until_s:
            return
        assert not self.lowered or self.now_s - arrived_s >= WAKE_WAIT_S - 1e-9
        del self.waiting[request]
        self.running.append(request)

    @precondition(lambda self: self.running)
    @rule()
    def a_request_ends(self) -> None:
        self.book.turned_away(self.running.pop(), "refused")

    @invariant()
    def the_proxy_knows_of_every_lowered_clock(self) -> None:
        assert bool(self.lowered) == (self.holds.held is not None)


TestHandshake = Handshake.TestCase
