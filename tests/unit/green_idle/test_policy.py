# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""When clocks are lowered and when they go back."""

from __future__ import annotations

import math

import pytest

from green_common.feed.messages import Accepted, Beat, Finished, Granted, Refused
from green_idle.actions import (
    Ask,
    Cause,
    Decline,
    LeaveAlone,
    Lower,
    Release,
    Tell,
)
from green_idle.lease import Mode
from unit.green_idle.scene import FIRST, Scene, causes


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_it_asks_when_the_quiet_has_lasted(scene: Scene) -> None:
    """Not a moment before, and once."""
    scene.connect()

    assert scene.wait(9.75) == []
    assert scene.wait(1) == [Ask(FIRST)]
    assert scene.policy.mode is Mode.ASKING


def test_a_grant_lowers_on_the_next_tick(scene: Scene) -> None:
    """So that a request that waits behind the grant is heard first."""
    scene.connect()
    scene.wait(10)

    assert scene.hear(Granted(FIRST)) == []
    assert scene.policy.mode is Mode.HELD
    assert scene.tick() == [Lower(FIRST, ("GPU-a",))]
    assert scene.tick() == []


def test_a_request_right_behind_the_grant_lowers_nothing(scene: Scene) -> None:
    """The hold is released before it began."""
    scene.connect()
    scene.wait(10)
    scene.hear(Granted(FIRST))

    released = scene.hear(Accepted("r1", "/api/chat"))

    assert causes(released) == [Cause.REQUEST]
    assert scene.tick() == []


@pytest.mark.parametrize(
    "message", [Accepted("r1", "/"), Beat(3, 0), Beat(0, 1), Finished("g", (), "m", 200)]
)
def test_activity_releases_a_hold(scene: Scene, message: object) -> None:
    """A request, an unseen one, one in flight, one that ends."""
    scene.hold()

    assert causes(scene.hear(message)) == [Cause.REQUEST]
    assert scene.policy.mode is Mode.AWAKE


def test_activity_while_asking_takes_the_question_back(scene: Scene) -> None:
    """The proxy may have granted in between."""
    scene.connect()
    scene.wait(10)

    assert causes(scene.hear(Accepted("r1", "/"))) == [Cause.REQUEST]


def test_activity_while_awake_needs_nothing(scene: Scene) -> None:
    """There is nothing to release; the quiet begins anew."""
    scene.connect()
    scene.wait(9)

    assert scene.hear(Accepted("r1", "/")) == []
    scene.hear(Beat(1, 0))
    assert scene.wait(9) == []


def test_a_request_in_flight_is_waited_for(scene: Scene) -> None:
    """However long it takes."""
    scene.connect()
    scene.hear(Accepted("r1", "/"))

    for _ in range(60):
        scene.now_s += 1
        scene.hear(Beat(1, 1))
        assert scene.tick() == []
    assert scene.policy.due_in_s(scene.now_s) == math.inf


def test_a_refusal_waits_for_another_quiet(scene: Scene) -> None:
    """With a greater epoch, and without a word to the proxy that counts nothing as held."""
    scene.connect()
    scene.wait(10)
    scene.hear(Refused(FIRST, "1 in flight"))

    assert scene.policy.cause is Cause.REFUSED
    assert scene.wait(9.75) == []
    assert scene.wait(1) == [Ask(FIRST + 1)]


def test_a_question_without_an_answer_is_taken_back(scene: Scene) -> None:
    """A grant that comes later is declined."""
    scene.connect()
    scene.wait(10)

    assert causes(scene.wait(2.5)) == [Cause.NO_ANSWER]
    assert scene.hear(Granted(FIRST)) == [Decline(FIRST)]


def test_a_grant_of_another_epoch_is_declined(scene: Scene) -> None:
    """While awake, while asking and while held; the own hold stays."""
    scene.connect()
    awake = scene.hear(Granted(7))
    scene.wait(10)
    asking = scene.hear(Granted(7))
    scene.hear(Granted(FIRST))
    held = scene.hear(Granted(7))

    assert awake == asking == held == [Decline(7)]
    assert scene.hear(Granted(FIRST)) == []
    assert scene.policy.mode is Mode.HELD


def test_an_old_refusal_ends_no_hold(scene: Scene) -> None:
    """Its epoch is not the present one, or the answer was given already."""
    scene.hold()

    assert scene.hear(Refused(FIRST - 1, "late")) == scene.hear(Refused(FIRST, "twice")) == []


def test_the_end_of_the_feed_releases(scene: Scene) -> None:
    """And nothing is asked without a feed."""
    scene.hold()

    released = scene.policy.disconnected("closed", scene.now_s)

    assert causes(released) == [Cause.FEED_LOST]
    assert scene.wait(30) == []
    assert scene.hear(Beat(0, 0)) == []


def test_a_late_beat_releases(scene: Scene) -> None:
    """After three seconds; once it is back, a whole quiet has to pass."""
    scene.hold()
    scene.beats = False

    assert causes(scene.wait(5)) == [Cause.BEAT_LATE]
    scene.beats = True
    scene.sm_clock_mhz = 1980
    assert scene.wait(9.75) == []
    assert scene.wait(1.5) == [Ask(FIRST + 1)]


def test_a_connection_without_a_greeting_asks_nothing(scene: Scene) -> None:
    """Whoever says no hello may not be the proxy."""
    scene.policy.connected(scene.now_s)

    assert scene.policy.due_in_s(scene.now_s) == math.inf
    assert scene.wait(3) == []


def test_work_that_the_feed_does_not_know_releases(scene: Scene) -> None:
    """And keeps it awake until ten seconds without."""
    scene.hold()

    assert causes(scene.wait(0.25, busy_percent=40)) == [Cause.BYPASS]
    scene.sm_clock_mhz = 1980
    assert scene.wait(20, busy_percent=40) == []
    assert scene.wait(9.75) == []
    assert scene.wait(0.5) == [Ask(FIRST + 1)]


def test_the_echo_of_a_request_is_no_bypass(scene: Scene) -> None:
    """Utilisation lags by up to a second; the quiet does not start anew for it."""
    scene.connect()
    scene.hear(Finished("g", ("r1",), "m", 200))
    scene.hear(Beat(0, 0))
    scene.wait(1, busy_percent=90)

    assert scene.policy.cause is Cause.REQUEST
    assert scene.wait(9) == [Ask(FIRST)]


def test_a_card_at_work_at_the_end_of_the_quiet_is_not_asked_for(scene: Scene) -> None:
    """Even where that work may be an echo."""
    scene.policy.idle_after_s = 1.0
    scene.connect()
    scene.hear(Finished("g", ("r1",), "m", 200))
    scene.hear(Beat(0, 0))

    assert scene.wait(1.5, busy_percent=90) == []


def test_a_card_that_rests_by_itself_is_left_alone(scene: Scene) -> None:
    """Until it runs high."""
    scene.sm_clock_mhz = 345
    scene.connect()

    told = scene.wait(60)
    assert told == [LeaveAlone("GPU-a", 345, 120.0)]
    assert scene.gpu.rests_by_itself
    scene.sm_clock_mhz = 1980
    assert scene.wait(1) == [Ask(FIRST)]


def test_what_a_hold_saves_is_told_once(scene: Scene) -> None:
    """When the power has settled."""
    scene.hold()

    told = scene.wait(20)

    assert [type(action) for action in told] == [Tell]
    assert isinstance(told[0], Tell) and told[0].saving.saved_w == pytest.approx(48.0)


@pytest.mark.parametrize(
    ("sm_clock_mhz", "power_w", "cause"),
    [(1980, 120.0, Cause.NOT_OBEYED), (345, 120.0, Cause.NOT_WORTH_IT)],
)
def test_a_hold_that_is_no_good_is_given_up(
    scene: Scene, sm_clock_mhz: int, power_w: float, cause: Cause
) -> None:
    """And not tried again at the next quiet."""
    scene.hold()
    scene.sm_clock_mhz, scene.power_w = sm_clock_mhz, power_w

    assert causes(scene.wait(6)) == [cause]
    scene.sm_clock_mhz = 1980
    assert scene.wait(60) == []
    assert scene.gpu.is_paused(scene.now_s)
    assert scene.gpu.paused_for is cause
    assert not scene.policy.wants_readings(scene.now_s)


def test_a_pause_ends(scene: Scene) -> None:
    """A driver that did not obey gets another chance after ten minutes."""
    scene.hold()
    scene.policy.wake_gpu("GPU-a", Cause.NOT_OBEYED, "as before", scene.now_s)
    scene.sm_clock_mhz = 1980

    assert scene.wait(599) == []
    assert scene.wait(2) == [Ask(FIRST + 1)]


def test_a_reload_ends_a_pause(scene: Scene) -> None:
    """The administrator may have mended what was wrong."""
    scene.connect()
    scene.policy.wake_gpu("GPU-a", Cause.RIVAL, "as before", scene.now_s)
    paused = scene.wait(60)
    scene.gpu.rests_at(345)

    assert paused == []
    assert scene.wait(1) == [Ask(FIRST)]


def test_a_rival_keeps_its_clocks(scene: Scene) -> None:
    """The release leaves that GPU as it is."""
    scene.hold()
    scene.wait(1)
    scene.sm_clock_mhz = 1005

    released = scene.wait(1)

    assert causes(released) == [Cause.RIVAL]
    assert isinstance(released[0], Release) and released[0].leave == "GPU-a"


def test_power_far_above_the_hold_is_a_bypass(scene: Scene) -> None:
    """Utilisation would show it up to a second later."""
    scene.hold()
    scene.wait(6)
    scene.power_w = 160.0

    assert causes(scene.wait(0.25)) == [Cause.BYPASS]


def test_a_stop_releases(scene: Scene) -> None:
    """And the reason is known."""
    scene.hold()

    assert causes(scene.policy.wake(Cause.STOP, "green-idle stops", scene.now_s)) == [Cause.STOP]
    assert (scene.policy.cause, scene.policy.detail) == (Cause.STOP, "green-idle stops")


def test_readings_come_densely_where_power_is_compared(scene: Scene) -> None:
    """At the end of a quiet and until a hold is judged; not in the middle of either."""
    scene.connect()
    early = scene.policy.compares(scene.now_s)
    scene.wait(8)
    late = scene.policy.compares(scene.now_s)
    scene.wait(2)
    scene.hear(Granted(FIRST))
    scene.tick()
    scene.policy.lowered(["GPU-a"], scene.now_s)
    fresh = scene.policy.compares(scene.now_s)
    scene.sm_clock_mhz, scene.power_w = 345, 72.0
    scene.wait(6)

    assert (early, late, fresh) == (False, True, True)
    assert not scene.policy.compares(scene.now_s)
