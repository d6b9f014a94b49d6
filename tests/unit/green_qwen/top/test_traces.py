# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Power and phases by time."""

from __future__ import annotations

import pytest

from green_qwen.top.traces import Trace, columns_of, spread


def trace(*points: tuple[float, float | None]) -> Trace:
    made = Trace()
    for at_s, value in points:
        made.add(at_s, value)
    return made


def test_the_deviation_is_weighed_by_time() -> None:
    """Two readings of a burst count no more than the time that it took."""
    points = [(float(second), 100.0) for second in range(61)]
    points[30:31] = [(29.5, 700.0), (30.0, 700.0)]

    mean, deviation, over_s = spread(points, 60.0) or (0.0, 0.0, 0.0)

    assert over_s == 60.0
    assert mean == pytest.approx(110.0)
    assert deviation == pytest.approx(600.0 * (59 / 3600) ** 0.5)


def test_of_a_short_time_nothing_is_told() -> None:
    """Three readings of a second are no minute."""
    assert spread([(0.0, 1.0), (0.5, 9.0), (1.0, 1.0)], 1.0) is None


def test_a_gap_is_no_time() -> None:
    """A daemon that was away has read nothing."""
    points = [*((float(s), 100.0) for s in range(10)), *((float(s), 100.0) for s in range(50, 60))]

    assert (spread(points, 60.0) or (0, 0, 0.0))[2] == 18.0


def test_columns_are_seconds_and_slow_beats_leave_no_holes() -> None:
    """The newest is to the right; before the first reading there is nothing."""
    columns = columns_of([(95.0, 10.0), (98.2, 20.0), (98.8, 40.0)], 99.5, 6)

    assert columns == [None, 10.0, 10.0, 10.0, 30.0, 30.0]


def test_a_clock_that_is_set_back_begins_anew() -> None:
    """Else nothing would be taken in until it has caught up."""
    assert trace((100.0, 1.0), (50.0, 2.0)).points == ((50.0, 2.0),)


def test_what_was_not_read_is_no_zero_and_fast_readings_are_thinned() -> None:
    """Memory is bounded by time."""
    assert trace((1.0, 5.0), (1.05, 6.0), (2.0, None), (3.0, 7.0)).points == ((1.0, 5.0), (3.0, 7.0))
    assert trace((0.0, 1.0), (700.0, 2.0)).points == ((700.0, 2.0),)
