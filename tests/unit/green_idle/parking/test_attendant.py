# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""When an unload is asked for, and what a quiet teaches."""

from __future__ import annotations

import pytest

from green_common.feed.messages import (
    NOTHING_IN_MEMORY,
    Accepted,
    Beat,
    Forwarded,
    FromProxy,
    Hello,
    Park,
    Parked,
    ParkRefused,
)
from green_idle.parking.attendant import ANSWER_S, RETRY_S, TRIAL_AFTER_S, TRIALS, Attendant
from green_idle.parking.learned import Learned
from green_idle.parking.prices import MeasuredLoad
from green_idle.parking.quiet import Glance, When

WHEN = When(9, "2026-01-01")
RESIDENT_W, ABSENT_W = 124.0, 74.0
BREAK_EVEN_S = 100.0


def learned(*, priced: bool = True) -> Learned:
    """A load of 5000 J where 50 W are saved."""
    known = Learned()
    if priced:
        known.prices.loaded("m", MeasuredLoad(5000.0 + 10 * ABSENT_W, 10.0))
        known.prices.rested(RESIDENT_W, resident=True)
        known.prices.rested(ABSENT_W, resident=False)
    return known


class Scene:
    """A feed that beats whenever somebody looks."""

    def __init__(self, *, park: bool = True, priced: bool = True) -> None:
        self.learned = learned(priced=priced)
        self.attendant = Attendant(self.learned, park=park, idle_after_s=10.0)
        self.accepted = 0
        self.attendant.connected(0.0)
        self.attendant.heard(Hello(0, 0), 0.0)

    def request(self, at_s: float) -> None:
        """It comes, and its end shows with the next beat."""
        self.accepted += 1
        self.attendant.heard(Accepted("r", "/api/chat"), at_s)
        self.attendant.heard(Forwarded("g", ("r",), "m"), at_s)

    def tick(self, at_s: float) -> Park | ParkRefused | None:
        self.attendant.heard(Beat(self.accepted, 0), at_s)
        return self.attendant.tick(at_s, WHEN)

    def park(self, at_s: float = BREAK_EVEN_S) -> None:
        """A quiet begins at 0 and the model is unloaded."""
        self.request(0.0)
        self.tick(0.0)
        assert self.tick(at_s) == Park("m")
        assert self.attendant.heard(Parked("m"), at_s) == Parked("m")

    def look(self, since_s: float, power_w: float, *, empty: bool = False, seconds: int = 40) -> None:
        for second in range(seconds):
            self.attendant.saw(Glance(power_w, busy=False, empty=empty), since_s + second)


def test_the_model_is_parked_at_the_break_even() -> None:
    """Nothing was learned of these hours yet."""
    scene = Scene()
    scene.request(0.0)

    assert scene.tick(0.0) is None
    assert scene.tick(BREAK_EVEN_S - 0.1) is None
    assert scene.tick(BREAK_EVEN_S) == Park("m")
    assert scene.tick(BREAK_EVEN_S + 1) is None


def test_nothing_is_parked_where_it_is_off() -> None:
    """However long the quiet."""
    scene = Scene(park=False)
    scene.request(0.0)
    scene.tick(0.0)

    assert scene.tick(10 * TRIAL_AFTER_S) is None


def test_nothing_is_parked_with_something_in_flight() -> None:
    """The count on the beat decides."""
    scene = Scene()
    scene.request(0.0)
    for second in range(200):
        scene.attendant.heard(Beat(1, 1), float(second))
        assert scene.attendant.tick(float(second), WHEN) is None


def test_nothing_is_parked_on_a_silent_feed() -> None:
    """It may be that a request was not heard; the quiet is forgotten."""
    scene = Scene()
    scene.request(0.0)
    scene.tick(0.0)

    assert scene.attendant.tick(BREAK_EVEN_S, WHEN) is None
    assert scene.attendant.quiet is None


def test_before_anything_is_measured_one_trial_shows_what_is_saved() -> None:
    """After a long quiet; and not again and again where it does not teach what was to be learned."""
    scene, now_s, trials = Scene(priced=False), 0.0, 0
    for _ in range(TRIALS + 2):
        scene.request(now_s)
        scene.tick(now_s)
        assert scene.tick(now_s + TRIAL_AFTER_S - 1) is None
        if scene.tick(now_s + TRIAL_AFTER_S):
            trials += 1
            scene.attendant.heard(Parked("m"), now_s + TRIAL_AFTER_S)
        now_s += 2 * TRIAL_AFTER_S

    assert trials == TRIALS


def test_a_refusal_is_accepted_for_a_while() -> None:
    """Then it is asked once more, in the same quiet."""
    scene = Scene()
    scene.request(0.0)
    scene.tick(0.0)
    scene.tick(BREAK_EVEN_S)
    refusal = ParkRefused("m", "pinned")

    assert scene.attendant.heard(refusal, BREAK_EVEN_S) == refusal
    assert scene.tick(BREAK_EVEN_S + RETRY_S - 1) is None
    assert scene.tick(BREAK_EVEN_S + RETRY_S) == Park("m")


def test_no_answer_is_a_refusal() -> None:
    """Said as one, and tried again later."""
    scene = Scene()
    scene.request(0.0)
    scene.tick(0.0)
    scene.tick(BREAK_EVEN_S)

    refusal = scene.tick(BREAK_EVEN_S + ANSWER_S + 1)

    assert isinstance(refusal, ParkRefused)
    assert scene.tick(BREAK_EVEN_S + ANSWER_S + 2) is None


@pytest.mark.parametrize("message", [Parked("m"), Parked("other"), ParkRefused("m", "no")])
def test_an_answer_to_no_question_is_ignored(message: FromProxy) -> None:
    """Another reader may have asked."""
    scene = Scene()
    scene.request(0.0)
    scene.tick(0.0)

    assert scene.attendant.heard(message, 1.0) is None
    assert scene.attendant.quiet
    assert scene.attendant.quiet.absent_at_s is None


def test_a_model_that_had_left_by_itself_is_not_parked() -> None:
    """Ollama's own keep-alive was shorter: nothing to say, and its power is that of an empty GPU."""
    scene = Scene()
    scene.request(0.0)
    scene.tick(0.0)
    scene.tick(BREAK_EVEN_S)

    assert scene.attendant.heard(ParkRefused("m", NOTHING_IN_MEMORY), BREAK_EVEN_S) is None
    assert scene.tick(10 * RETRY_S) is None


def test_both_powers_are_learned_from_quiets() -> None:
    """Of an empty GPU at the start, of one with a model after the first request."""
    scene = Scene(priced=False)
    scene.tick(0.0)
    scene.look(0.0, ABSENT_W, empty=True)
    scene.request(100.0)
    scene.tick(100.0)
    scene.look(100.0, RESIDENT_W)

    assert (scene.learned.prices.absent_w, scene.learned.prices.resident_w) == (ABSENT_W, RESIDENT_W)


def test_the_power_right_after_a_change_teaches_nothing() -> None:
    """Clocks are lowered in the first seconds, and a model takes its time to leave."""
    scene = Scene(priced=False)
    scene.request(0.0)
    scene.tick(0.0)
    scene.look(0.0, 300.0, seconds=16)
    scene.look(16.0, RESIDENT_W)

    assert scene.learned.prices.resident_w == RESIDENT_W


def test_a_price_learned_in_a_quiet_counts_for_it() -> None:
    """Its load and the empty GPU were known already."""
    scene = Scene(priced=False)
    scene.learned.prices.loaded("m", MeasuredLoad(5000.0 + 10 * ABSENT_W, 10.0))
    scene.learned.prices.rested(ABSENT_W, resident=False)
    scene.request(0.0)
    scene.tick(0.0)
    scene.look(0.0, RESIDENT_W)

    assert scene.tick(BREAK_EVEN_S) == Park("m")


def test_work_past_the_proxy_ends_a_quiet() -> None:
    """Somebody uses the GPU, and the model."""
    scene = Scene()
    scene.request(0.0)
    scene.tick(0.0)
    scene.attendant.saw(Glance(300.0, busy=True, empty=False), 90.0)

    assert scene.tick(BREAK_EVEN_S) is None
    assert scene.tick(90.0 + BREAK_EVEN_S) == Park("m")


def test_the_last_request_is_no_work_of_somebody_else() -> None:
    """Utilisation is the share of the last second."""
    scene = Scene()
    scene.request(0.0)
    scene.tick(0.0)
    quiet = scene.attendant.quiet

    scene.attendant.saw(Glance(300.0, busy=True, empty=False), 1.0)

    assert scene.attendant.quiet is quiet


def test_a_model_that_comes_back_past_the_proxy_ends_a_quiet() -> None:
    """The GPU was empty, and is not any more."""
    scene = Scene()
    scene.park()
    scene.look(BREAK_EVEN_S, ABSENT_W, empty=True)
    scene.look(200.0, RESIDENT_W, seconds=1)

    assert scene.attendant.quiet is None


def test_a_quiet_is_booked_with_its_hour_and_its_day() -> None:
    """As it was, beside what parking would have made of it."""
    scene = Scene(park=False)
    scene.request(0.0)
    scene.tick(0.0)
    scene.request(1000.0)

    booked = scene.learned.days.days[WHEN.day]
    assert (booked.quiets, booked.as_was_j, booked.parking_j) == (1, 50_000.0, 10_000.0)
    assert scene.learned.parking.habits.to_json()[WHEN.hour] == [1000.0]


def test_a_refused_quiet_costs_no_credit() -> None:
    """It was not ours to end."""
    scene = Scene()
    scene.request(0.0)
    scene.tick(0.0)
    scene.tick(BREAK_EVEN_S)
    scene.attendant.heard(ParkRefused("m", "pinned"), BREAK_EVEN_S)
    scene.request(1000.0)

    assert scene.learned.parking.credit_j == 0.0


def test_what_a_parked_quiet_cost_is_booked_as_it_was() -> None:
    """Parked half a break-even late: 2.5 times a clairvoyant's joules, so the credit falls below twice."""
    scene = Scene()
    scene.request(0.0)
    scene.tick(0.0)
    scene.tick(150.0)
    scene.attendant.heard(Parked("m"), 150.0)
    scene.request(1000.0)

    assert scene.learned.parking.credit_j == pytest.approx(2 * 5000 - (7500 + 5000))


def test_a_lost_feed_teaches_nothing() -> None:
    """What came meanwhile is not known."""
    scene = Scene()
    scene.request(0.0)
    scene.tick(0.0)
    scene.attendant.disconnected()

    assert scene.attendant.heard(Accepted("r", "/api/chat"), 500.0) is None
    assert scene.attendant.tick(500.0, WHEN) is None
    assert scene.learned.days.days == {}
