# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""When a window opens, when it closes, and whether it saw enough."""

from __future__ import annotations

from green_qwen.tune.steadiness import Steadiness

TEN_SLOTS = Steadiness(slots=10, warm_up_s=8.0, window_s=10.0)


def test_it_is_warm_once_every_slot_has_answered_or_twice_the_time_is_over() -> None:
    """Not before its least time."""
    assert not TEN_SLOTS.is_warm(7.9, 100)
    assert not TEN_SLOTS.is_warm(15.9, 9)
    assert TEN_SLOTS.is_warm(8.0, 10)
    assert TEN_SLOTS.is_warm(16.0, 0)


def test_it_is_over_once_the_slots_have_turned_over_or_twice_the_time_is_over() -> None:
    """A turn and a half."""
    assert not TEN_SLOTS.is_over(19.9, 14)
    assert TEN_SLOTS.is_over(10.0, 15)
    assert TEN_SLOTS.is_over(20.0, 0)


def test_time_alone_is_no_turn() -> None:
    """Both waits have to have seen their answers."""
    assert TEN_SLOTS.has_turned_over(10, 15)
    assert not TEN_SLOTS.has_turned_over(9, 15)
    assert not TEN_SLOTS.has_turned_over(10, 14)
