# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The course of a calibration over quiets and interruptions."""

from __future__ import annotations

from green_idle.calibration.arms import Arm
from green_idle.calibration.course import PACE, Calibration

POWER_W = {Arm.OWN: 124.0, Arm.SM: 72.0, Arm.SM_AND_MEMORY: 71.0}


def visit(course: Calibration, at_s: float) -> float:
    """One visit with a sample every half second; returns the time at its end."""
    arm = course.arm
    assert arm is not None
    course.locked(at_s)
    while not course.saw(POWER_W[arm], at_s):
        at_s += 0.5
    return at_s


def test_every_arm_is_visited_as_often() -> None:
    """There and back again."""
    course, at_s, seen = Calibration(tuple(Arm)), 0.0, []
    while course.arm:
        seen.append(course.arm)
        at_s = visit(course, at_s)

    assert {arm: seen.count(arm) for arm in Arm} == dict.fromkeys(Arm, 4)
    assert seen[:6] == [*Arm, *list(Arm)[::-1]]


def test_the_verdict_comes_with_the_last_visit() -> None:
    """And not before."""
    course, at_s = Calibration((Arm.OWN, Arm.SM)), 0.0
    for _ in range(7):
        at_s = visit(course, at_s)
    assert course.verdict is None

    visit(course, at_s)

    assert course.verdict is not None
    assert course.verdict.arm is Arm.SM


def test_what_an_arm_drew_before_it_settled_does_not_count() -> None:
    """The driver obeys late and its power lags."""
    course = Calibration((Arm.OWN, Arm.SM))
    course.locked(0.0)

    assert not any(course.saw(500.0, step * 0.1) for step in range(int(PACE.settle_s * 10)))
    at_s = PACE.settle_s
    while not course.saw(124.0, at_s):
        at_s += 0.5
    for _ in range(7):
        at_s = visit(course, at_s)
    assert course.verdict is not None
    assert course.verdict.own_w == 124.0


def test_an_interrupted_visit_is_made_again() -> None:
    """Earlier ones are kept."""
    course = Calibration((Arm.OWN, Arm.SM))
    at_s = visit(course, 0.0)
    course.locked(at_s)
    course.saw(300.0, at_s + PACE.settle_s + 1)

    course.interrupt()

    assert course.arm is Arm.SM
    assert course.share_done == 1 / 8
    assert not course.saw(300.0, at_s + 100.0)
