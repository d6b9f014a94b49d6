# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The decode clock's state machine: when it lowers, and what takes it back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from green_common.feed.messages import (
    Accepted,
    Beat,
    Cancelled,
    Finished,
    FirstToken,
    Forwarded,
    FromProxy,
    Hello,
    LoadFinished,
    LoadStarted,
    Tokens,
)
from green_common.feed.reasons import CLIENT_LEFT
from green_idle.actions import Cause
from green_idle.decode.clock import Cards, DecodeClock
from green_idle.decode.course import PACE
from green_idle.decode.knee import PAIRS, Measured, Pair
from green_idle.decode.points import Points, Subject
from green_idle.lease import BEAT_LATE_S

CARDS = Cards(("GPU-a",), "580", (1785, 1590))
KNEE_MHZ = 1590
OWN, SLOWER = Measured(80.0, 570.0), Measured(78.0, 470.0)


def known(batch: int = 1) -> Points:
    """All is measured for this size of batch, and 1590 MHz is the knee."""
    points = Points(Path("/nowhere/decode.json"))
    for mhz, power_w in ((1785, 520.0), (KNEE_MHZ, 470.0)):
        for _ in range(PAIRS):
            points.add(Subject(CARDS.uuids, "580", "m", batch), mhz, Pair(OWN, Measured(78.0, power_w)))
    return points


class Scene:
    """A clock that the test turns, with the proxy's beats."""

    def __init__(self, points: Points | None = None) -> None:
        self.clock = DecodeClock(points or Points(Path("/nowhere/decode.json")), most_slowdown_percent=5.0)
        self.now_s = 100.0
        self.in_flight = 0
        self.tokens = 0.0
        self.power_w, self.sm_clock_mhz, self.per_s = 570.0, 1980, 80.0

    def hear(self, *messages: FromProxy) -> None:
        for message in messages:
            self.clock.heard(message, self.now_s)

    def decode(self) -> None:
        """One generation, as far as its first token."""
        self.in_flight = 1
        self.hear(Hello(0, 0), Accepted("a", "/"), Forwarded("a", ("a",), "m"), FirstToken("a"))
        self.clock.found(CARDS)

    def wait(self, seconds: float) -> None:
        for step in range(round(seconds * 4)):
            self.now_s += 0.25
            self.tokens += self.per_s / 4
            if step % 4 == 3:
                self.hear(Beat(1, self.in_flight))
            self.hear(Tokens("a", int(self.tokens)))
            self.clock.saw(self.power_w, self.sm_clock_mhz, self.now_s)
            self.clock.turn(self.now_s)

    @property
    def mhz(self) -> int | None:
        return self.clock.wish(self.now_s).sm_clock_mhz


@pytest.fixture
def low() -> Scene:
    """At the knee."""
    scene = Scene(known())
    scene.decode()
    scene.wait(PACE.steady_s)
    assert scene.mhz == KNEE_MHZ
    return scene


def test_short_answers_are_over_before_the_clock_is_lowered() -> None:
    """Only what lasts is worth two calls of the driver."""
    scene = Scene(known())
    scene.decode()

    scene.wait(PACE.steady_s - 0.25)

    assert scene.mhz is None


@pytest.mark.parametrize(
    "message",
    [
        Accepted("b", "/"),
        Forwarded("b", (), "m"),
        LoadStarted("a", "m"),
        Beat(2, 2),
        Hello(1, 1),
    ],
)
def test_what_needs_full_clocks_gets_them_at_once(low: Scene, message: FromProxy) -> None:
    """With the message itself, and the reason names it."""
    low.hear(message)

    wish = low.clock.wish(low.now_s)
    assert wish.sm_clock_mhz is None
    assert wish.cause is Cause.REQUEST
    assert type(message).__name__.lower() in wish.detail


def test_the_last_token_gives_the_clock_back(low: Scene) -> None:
    """What follows is rest's."""
    low.hear(Finished("a", ("a",), "m", 200))

    assert low.clock.wish(low.now_s).cause is Cause.DECODED
    assert low.mhz is None


def test_a_client_that_leaves_gives_the_clock_back(low: Scene) -> None:
    """Like an end."""
    low.hear(Cancelled(("a",), CLIENT_LEFT, "a"))

    assert low.mhz is None


def test_without_a_feed_the_clock_is_up(low: Scene) -> None:
    """Nobody tells what goes on."""
    low.clock.lost(Cause.FEED_LOST, "closed", low.now_s)

    wish = low.clock.wish(low.now_s)
    assert (wish.sm_clock_mhz, wish.cause, wish.detail) == (None, Cause.FEED_LOST, "closed")


def test_a_late_beat_gives_the_clock_back(low: Scene) -> None:
    """Also where tokens go on coming."""
    low.now_s += BEAT_LATE_S + 0.1
    low.hear(Tokens("a", 10_000))

    assert low.clock.wish(low.now_s).cause is Cause.BEAT_LATE
    assert low.mhz is None
    assert low.clock.due_in_s(low.now_s) == float("inf")


def test_without_a_card_that_may_be_lowered_the_clock_is_up(low: Scene) -> None:
    """Another program's process, a rival, a lost one, an error."""
    low.clock.found(None)

    assert low.mhz is None


def test_another_size_of_batch_has_its_own_knee(low: Scene) -> None:
    """Nothing is known of two, so they decode at the card's own clocks."""
    low.hear(Accepted("b", "/"), Forwarded("b", ("b",), "m"), FirstToken("b"))
    low.in_flight = 2

    low.wait(PACE.steady_s)

    assert low.mhz is None


def test_one_of_two_ends_and_the_knee_of_one_follows_at_once() -> None:
    """Only decoding has gone on for long enough already."""
    scene = Scene(known(1))
    scene.decode()
    scene.hear(Accepted("b", "/"), Forwarded("b", ("b",), "m"), FirstToken("b"))
    scene.in_flight = 2
    scene.wait(PACE.steady_s)
    assert scene.mhz is None

    scene.hear(Finished("b", ("b",), "m", 200))

    assert scene.mhz == KNEE_MHZ


def test_what_is_not_known_is_measured_after_own_clocks() -> None:
    """Own clocks first, then the mildest lowered one."""
    scene = Scene()
    scene.decode()

    scene.wait(PACE.steady_s + PACE.settle_s + PACE.measured_s - 0.25)
    before = scene.mhz
    scene.wait(0.5)

    assert before is None
    assert scene.mhz == 1785


def test_a_visit_that_is_interrupted_does_not_count() -> None:
    """Nothing is kept of it."""
    scene = Scene()
    scene.decode()
    scene.wait(PACE.steady_s + PACE.settle_s + PACE.measured_s + 2.0)
    assert scene.mhz == 1785

    scene.hear(Accepted("b", "/"), Cancelled(("b",), CLIENT_LEFT))
    scene.wait(1.0)

    assert scene.mhz is None
    assert scene.clock.points.of(Subject(CARDS.uuids, "580", "m", 1)) == {}


def test_a_card_that_does_not_obey_is_no_measurement() -> None:
    """It runs as before while 1785 MHz are wished; the course is given up, and not begun again."""
    scene = Scene()
    scene.decode()

    scene.wait(40.0)

    assert scene.clock.points.of(Subject(CARDS.uuids, "580", "m", 1)) == {}
    assert not scene.clock.is_measuring
    assert scene.mhz is None


def test_another_bound_is_another_judgement(low: Scene) -> None:
    """2.6 % more time were allowed, and are not any more."""
    low.clock.judge_anew(1.0)

    assert low.mhz is None


class Anything(RuleBasedStateMachine):
    """Any order of events; the model keeps only what needs full clocks."""

    def __init__(self) -> None:
        super().__init__()
        self.scene = Scene(known())
        self.phases: dict[str, str] = {}
        self.next = 0

    @initialize()
    def greet(self) -> None:
        self.phases.clear()
        self.scene.hear(Hello(0, 0))
        self.scene.clock.found(CARDS)

    @rule()
    def accept(self) -> None:
        name = f"r{self.next}"
        self.next += 1
        self.phases[name] = "waiting"
        self.scene.hear(Accepted(name, "/"))

    @rule(pick=st.integers(0, 9))
    def forward(self, pick: int) -> None:
        name = self._one("waiting", pick)
        if name:
            self.phases[name] = "prefill"
            self.scene.hear(Forwarded(name, (name,), "m"))

    @rule(pick=st.integers(0, 9))
    def begin(self, pick: int) -> None:
        name = self._one("prefill", pick)
        if name:
            self.phases[name] = "decode"
            self.scene.hear(FirstToken(name))

    @rule(pick=st.integers(0, 9))
    def load(self, pick: int) -> None:
        name = self._one("prefill", pick) or self._one("decode", pick)
        if name:
            self.phases[name] = "prefill"
            self.scene.hear(LoadStarted(name, "m"), LoadFinished(name, "m"))

    @rule(pick=st.integers(0, 9), cancelled=st.booleans())
    def end(self, pick: int, *, cancelled: bool) -> None:
        name = self._one("decode", pick) or self._one("prefill", pick)
        if name:
            del self.phases[name]
            over = Cancelled((name,), CLIENT_LEFT, name) if cancelled else Finished(name, (name,), "m", 200)
            self.scene.hear(over)

    @rule(pick=st.integers(0, 9))
    def turn_away(self, pick: int) -> None:
        name = self._one("waiting", pick)
        if name:
            del self.phases[name]
            self.scene.hear(Cancelled((name,), CLIENT_LEFT))

    @rule(seconds=st.sampled_from([0.25, 1.0, 5.0]), beats=st.booleans())
    def time_passes(self, seconds: float, *, beats: bool) -> None:
        self.scene.now_s += seconds
        if beats:
            self.scene.hear(Beat(self.next, len(self.phases)))
        self.scene.clock.turn(self.scene.now_s)

    @rule()
    def settle(self) -> None:
        """One that decodes alone, for long enough: much is tried from there."""
        for name in list(self.phases):
            del self.phases[name]
        self.greet()
        self.accept()
        self.forward(0)
        self.begin(0)
        self.time_passes(PACE.steady_s, beats=True)
        assert self.scene.mhz == KNEE_MHZ

    @rule()
    def reconnect(self) -> None:
        self.scene.clock.lost(Cause.FEED_LOST, "closed", self.scene.now_s)
        assert self.scene.mhz is None
        self.greet()

    @invariant()
    def low_only_while_all_that_is_in_flight_decodes(self) -> None:
        if self.scene.mhz is not None:
            assert self.phases
            assert set(self.phases.values()) == {"decode"}

    def _one(self, phase: str, pick: int) -> str | None:
        names = [name for name, now in self.phases.items() if now == phase]
        return names[pick % len(names)] if names else None


TestAnything = Anything.TestCase
TestAnything.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
