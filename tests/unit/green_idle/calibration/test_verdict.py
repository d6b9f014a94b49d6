# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Which arm is chosen from what was measured."""

from __future__ import annotations

import random

import pytest

from green_idle.calibration.arms import Arm
from green_idle.calibration.verdict import difference, judge


def test_the_arm_that_saves_is_chosen() -> None:
    """50 W below the card's own clocks, as an H100 with a context held."""
    verdict = judge({Arm.OWN: [124.0, 124.4, 123.8], Arm.SM: [72.1, 72.5, 72.2]})

    assert verdict.arm is Arm.SM
    assert verdict.saved_w == pytest.approx(51.8, abs=0.1)
    assert verdict.own_w == pytest.approx(124.07, abs=0.01)


def test_a_card_that_draws_more_when_locked_keeps_its_clocks() -> None:
    """Cards that reach their lowest state by themselves do."""
    verdict = judge({Arm.OWN: [8.0, 8.2, 8.1], Arm.SM: [15.0, 15.3, 15.1]})

    assert verdict.arm is Arm.OWN
    assert verdict.saved_w == 0.0


def test_a_saving_within_the_noise_does_not_count() -> None:
    """Chance would choose it every other time."""
    verdict = judge({Arm.OWN: [100.0, 110.0, 120.0], Arm.SM: [112.0, 99.0, 113.0]})

    assert verdict.arm is Arm.OWN


def test_a_drift_of_the_card_weighs_on_both() -> None:
    """A card that cools by 30 W over the rounds still shows 5 W between its arms."""
    own_w = [150.0, 140.0, 130.0, 120.0]

    assert difference(own_w, [watts - 5.0 for watts in own_w]).noise_w == pytest.approx(0.0)


def test_the_memory_is_locked_only_where_that_saves_more() -> None:
    """Beside the SM clock's lock, not beside no lock at all."""
    sm_w = [72.0, 72.3, 72.1]

    assert judge({Arm.OWN: [124.0] * 3, Arm.SM: sm_w, Arm.SM_AND_MEMORY: [71.9, 72.2, 72.2]}).arm is Arm.SM
    lower = judge({Arm.OWN: [124.0] * 3, Arm.SM: sm_w, Arm.SM_AND_MEMORY: [60.0, 60.1, 60.3]})
    assert lower.arm is Arm.SM_AND_MEMORY
    assert lower.saved_w == pytest.approx(63.87, abs=0.01)


def test_noise_alone_hardly_ever_chooses_a_lock() -> None:
    """Two arms of the same power, in 400 draws: twice the standard error of four rounds lets some through."""
    chance = random.Random(1)
    draws = [
        judge({arm: [chance.gauss(120.0, 0.4) for _ in range(4)] for arm in (Arm.OWN, Arm.SM)})
        for _ in range(400)
    ]

    assert sum(verdict.arm is Arm.SM for verdict in draws) < 4
