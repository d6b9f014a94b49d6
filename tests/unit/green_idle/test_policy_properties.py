# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What holds for green-idle's policy whatever the feed, the GPUs and the clock do."""

from __future__ import annotations

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from green_common.feed.messages import (
    Accepted,
    Beat,
    Cancelled,
    Finished,
    FromProxy,
    Granted,
    Hello,
    Refused,
    Tokens,
)
from green_idle.actions import Action, Ask, Cause, Decline, LeaveAlone, Lower, Release, Tell
from green_idle.lease import BEAT_LATE_S, Mode
from green_idle.policy import Policy
from unit.green_idle.cards import reading

OFFSETS = st.sampled_from([-1, 0, 0, 0, 1])
WORK: list[FromProxy] = [
    Accepted("r", "/"),
    Tokens("g", 1),
    Finished("g", ("r",), "m", 200),
    Cancelled(("r",), "x"),
]


class Agreement(RuleBasedStateMachine):
    """Any order of events; the model keeps only what the promises are about."""

    def __init__(self) -> None:
        super().__init__()
        self.policy = Policy(idle_after_s=1.0, first_epoch=100, rest_mhz={"GPU-a": 345})
        self.now_s = 0.0
        self.asked = 99
        self.granted: int | None = None
        self.lowered = False
        self.active_since_ask = True
        self.beat_at_s = 0.0
        self.connected = False

    @initialize()
    def start(self) -> None:
        self.connected = True
        self.policy.connected(self.now_s)
        self.hear(Hello(0, 0))

    @rule(seconds=st.sampled_from([0.1, 1.0, 3.5, 700.0]))
    def time_passes(self, seconds: float) -> None:
        self.now_s += seconds
        self.tick()

    @rule(seconds=st.integers(1, 3))
    def quiet(self, seconds: int) -> None:
        """What usually happens: readings and beats in which nothing happened."""
        for step in range(4 * seconds):
            self.now_s += 0.25
            self.look(345 if self.lowered else 1980, 72.0 if self.lowered else 120.0, 0)
            if self.policy.activity and step % 4 == 3:
                self.hear(Beat(self.policy.activity.accepted, 0))
        self.tick()

    @rule()
    def come_to_rest(self) -> None:
        """The way to lowered clocks as it should be, so that much is tried from there."""
        self.feed_comes()
        self.quiet(3)
        if self.policy.mode is Mode.ASKING:
            self.grant_as_asked()

    def tick(self) -> None:
        self.obey(self.policy.tick(self.now_s))
        assert not self.lowered or self.now_s - self.beat_at_s <= BEAT_LATE_S

    @rule(message=st.sampled_from(WORK))
    def work(self, message: FromProxy) -> None:
        was = self.policy.mode
        had_feed = self.policy.activity is not None
        actions = self.hear(message)
        self.active_since_ask = True
        if had_feed and was is not Mode.AWAKE:
            assert [type(action) for action in actions] == [Release]

    @rule(accepted=st.integers(0, 5), in_flight=st.integers(0, 3))
    def beat(self, accepted: int, in_flight: int) -> None:
        self.hear(Beat(accepted, in_flight))

    @rule(offset=OFFSETS)
    def grant(self, offset: int) -> None:
        epoch = self.asked + offset
        if epoch == self.asked and self.policy.mode is Mode.ASKING:
            self.granted = epoch
        actions = self.hear(Granted(epoch))
        if epoch != self.asked and self.policy.activity is not None:
            assert actions == [Decline(epoch)]

    @precondition(lambda self: self.policy.mode is Mode.ASKING)
    @rule()
    def grant_as_asked(self) -> None:
        self.grant(0)
        self.tick()

    @rule(offset=OFFSETS)
    def refuse(self, offset: int) -> None:
        self.hear(Refused(self.asked + offset, "no"))

    @rule()
    def feed_ends(self) -> None:
        self.connected = False
        self.obey(self.policy.disconnected("closed", self.now_s))
        assert not self.lowered

    @rule()
    def feed_comes(self) -> None:
        if self.policy.activity is None:
            self.start()

    @rule(
        mhz=st.sampled_from([345, 1005, 1980]), power_w=st.floats(50, 700), busy=st.sampled_from([0, 0, 60])
    )
    def look(self, mhz: int, power_w: float, busy: int) -> None:
        if self.policy.wants_readings(self.now_s):
            self.obey(self.policy.saw([reading(mhz, power_w, busy)], self.now_s))
            assert not (busy and self.lowered)

    @rule(cause=st.sampled_from([Cause.STOP, Cause.GPU_ERROR]))
    def stop_or_fail(self, cause: Cause) -> None:
        self.obey(self.policy.wake(cause, "test", self.now_s))
        assert not self.lowered

    @invariant()
    def clocks_are_low_only_under_a_hold(self) -> None:
        """And a hold that is not lowered lasts no longer than until the next tick."""
        assert not self.lowered or self.policy.mode is Mode.HELD

    @invariant()
    def a_hold_has_a_live_feed_and_nothing_in_flight(self) -> None:
        if self.policy.mode is Mode.HELD:
            assert self.policy.activity is not None
            assert self.policy.in_flight == 0

    def hear(self, message: FromProxy) -> list[Action]:
        if isinstance(message, Hello | Beat):
            self.beat_at_s = self.now_s
        actions = self.policy.heard(message, self.now_s)
        self.obey(actions)
        return actions

    def obey(self, actions: list[Action]) -> None:
        for action in actions:
            if isinstance(action, Ask):
                assert self.connected
                assert action.epoch > self.asked
                self.asked, self.granted, self.active_since_ask = action.epoch, None, False
            elif isinstance(action, Lower):
                self.lower(action)
            elif isinstance(action, Release):
                assert action.epoch == self.asked
                assert action.detail
                self.lowered, self.granted = False, None
            else:
                assert isinstance(action, Decline | Tell | LeaveAlone)

    def lower(self, action: Lower) -> None:
        """The promise of the agreement: only as granted, only in quiet, only with a live feed."""
        assert self.connected
        assert action.epoch == self.granted == self.asked
        assert not self.active_since_ask
        assert self.now_s - self.beat_at_s <= BEAT_LATE_S
        assert not self.lowered
        self.lowered = True
        self.policy.lowered(["GPU-a"], self.now_s)


TestAgreement = Agreement.TestCase
TestAgreement.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
