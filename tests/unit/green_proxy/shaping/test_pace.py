# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How long slots are taken, lately."""

from __future__ import annotations

import pytest

from green_proxy.shaping.pace import REMEMBERED, Pace


def test_a_wait_is_turns_by_slots() -> None:
    """Eight turns at 4 slots of 10 s each."""
    pace = Pace()
    for service_s in (5.0, 15.0):
        pace.ended(service_s)

    assert pace.wait_s(8, 4, 100.0) == pytest.approx(20.0)


def test_what_was_long_ago_fades() -> None:
    """After a change of model the expectation follows."""
    pace = Pace()
    for _ in range(REMEMBERED):
        pace.ended(100.0)
    for _ in range(10 * REMEMBERED):
        pace.ended(1.0)

    assert pace.wait_s(1, 1, 0.0) == pytest.approx(1.0, rel=0.01)


def test_before_anybody_ended_the_first_ones_time_counts() -> None:
    """While the first requests still run, slots take at least that long."""
    pace = Pace()
    pace.began(10.0)
    pace.began(29.0)

    assert pace.wait_s(4, 2, 30.0) == pytest.approx(40.0)
