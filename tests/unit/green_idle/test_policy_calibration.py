# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A calibration in the quiet that green-proxy granted."""

from __future__ import annotations

import pytest

from green_common.feed.messages import Accepted, Beat, Granted
from green_idle.actions import (
    Action,
    Ask,
    Cause,
    Forget,
    Judged,
    Visit,
)
from green_idle.calibration.arms import Arm
from green_idle.calibration.course import Pace
from green_idle.calibration.verdict import Verdict
from green_idle.gpu_rest import State
from unit.green_idle.scene import FIRST, Scene, causes


class Measured(Scene):
    """One GPU that can be measured; `power` is what it draws in each arm."""

    def __init__(self) -> None:
        super().__init__()
        self.gpu.arms, self.gpu.pace = (Arm.OWN, Arm.SM), Pace(1.0, 3.0, 3, 5.0)
        self.power = {Arm.OWN: 120.0, Arm.SM: 72.0}

    def measure(self, seconds: float) -> list[Action]:
        """Set the clocks as asked and sample densely."""
        before = len(self.done)
        visits = [action for action in self.done if isinstance(action, Visit)]
        for visit in visits[-1:]:
            self.set(visit.arm)
        for step in range(round(seconds * 10)):
            self.now_s += 0.1
            if step % 10 == 0:
                self.hear(Beat(0, 0))
            for action in self._keep(self.policy.sampled("GPU-a", self.power_w, self.now_s)):
                if isinstance(action, Visit):
                    self.set(action.arm)
        return self.done[before:]

    def set(self, arm: Arm) -> None:
        self.power_w, self.sm_clock_mhz = self.power[arm], 345 if arm is Arm.SM else 1980
        self.policy.lowered(["GPU-a"], self.now_s)


@pytest.fixture
def measured() -> Measured:
    return Measured()


def test_a_rest_that_has_lasted_is_used_to_measure(measured: Measured) -> None:
    """With the visits of a course, and a rest as found at the end, all under one lease."""
    measured.hold()
    first = measured.wait(11)
    visits = measured.measure(30)

    assert first[-1] == Visit(FIRST, "GPU-a", Arm.OWN)
    judged = [action for action in visits if isinstance(action, Judged)]
    assert [action.verdict.arm for action in judged] == [Arm.SM]
    assert visits[-1] == Visit(FIRST, "GPU-a", Arm.SM)
    assert measured.gpu.state is State.RESTING
    assert measured.gpu.hold and measured.gpu.hold.saving
    assert measured.gpu.hold.saving.saved_w == pytest.approx(48.0)


def test_a_gpu_that_is_better_left_alone_ends_the_lease(measured: Measured) -> None:
    """And is measured again after a week."""
    measured.power[Arm.SM] = 130.0
    measured.policy.calibrate()
    measured.connect()
    measured.wait(10)
    measured.hear(Granted(FIRST))
    began = measured.tick()
    done = measured.measure(30)

    assert began == [Visit(FIRST, "GPU-a", Arm.OWN)]
    assert causes(done) == [Cause.NOT_WORTH_IT]
    assert measured.gpu.is_paused(measured.now_s + 6 * 86_400)
    assert not measured.gpu.is_paused(measured.now_s + 8 * 86_400)
    assert measured.gpu.wants_course


def test_a_request_interrupts_the_measuring_and_the_next_quiet_goes_on(measured: Measured) -> None:
    """Visits that are over count."""
    measured.policy.calibrate()
    measured.connect()
    measured.wait(10)
    measured.hear(Granted(FIRST))
    measured.tick()
    measured.measure(7)
    assert measured.gpu.course
    share = measured.gpu.course.share_done

    assert causes(measured.hear(Accepted("r1", "/"))) == [Cause.REQUEST]
    measured.sm_clock_mhz = 1980
    measured.hear(Beat(1, 0))
    asked = measured.wait(11)
    measured.hear(Granted(FIRST + 1))
    assert share > 0
    assert asked == [Ask(FIRST + 1)]
    assert isinstance(measured.tick()[0], Visit)
    assert measured.gpu.course.share_done == share


def test_a_verdict_that_does_not_pay_is_forgotten(measured: Measured) -> None:
    """The next quiet measures anew instead of resting."""
    measured.gpu.judged(Verdict(Arm.SM, own_w=120.0, rest_w=72.0, saved_w=48.0, noise_w=0.5))
    measured.hold()
    measured.power_w = 120.0

    done = measured.wait(6)

    assert Forget("GPU-a") in done
    assert causes(done) == [Cause.NOT_WORTH_IT]
    assert measured.gpu.verdict is None
    assert measured.gpu.wants_course and not measured.gpu.is_paused(measured.now_s)


def test_other_clocks_make_a_verdict_worthless(measured: Measured) -> None:
    """Without calibration the GPU then rests as one that was never measured."""
    measured.gpu.judged(Verdict(Arm.OWN, own_w=120.0, rest_w=120.0, saved_w=0.0, noise_w=0.5))

    measured.gpu.rests_at(360)

    assert (measured.gpu.rest_mhz, measured.gpu.arm) == (360, Arm.SM)
    assert not measured.gpu.wants_course


def test_an_arm_that_the_card_refuses_is_left_out(measured: Measured) -> None:
    """The course begins anew without it."""
    measured.gpu.arms = tuple(Arm)
    measured.policy.calibrate()
    measured.connect()
    measured.wait(10)
    measured.hear(Granted(FIRST))
    measured.tick()

    assert measured.policy.without_memory("GPU-a") == [Visit(FIRST, "GPU-a", Arm.OWN)]
    assert measured.gpu.arms == (Arm.OWN, Arm.SM)
