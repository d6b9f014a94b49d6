# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The power of now from a mean of the last second."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from green_telemetry.lag import LagCorrection

STEP_S = 0.01


def averages(levels_w: list[float], every_s: float) -> list[tuple[float, float]]:
    """Time and mean of the last second, of a power that changes every two seconds; no wobble, no steps."""
    truth = [watts for watts in levels_w for _ in range(round(2 / STEP_S))]
    times = [round(count * every_s / STEP_S) for count in range(1, int(len(truth) * STEP_S / every_s) + 1)]
    second = round(1 / STEP_S)
    return [
        (end * STEP_S, sum(truth[max(0, end - second) : end]) / min(second, end)) for end in times if end > 0
    ]


def test_a_step_is_seen_at_the_next_reading() -> None:
    """Where the average is still half way."""
    lag = LagCorrection(700.0)

    readings = averages([100.0, 500.0], 0.5)
    corrected_w = [lag.correct(at_s, average_w) for at_s, average_w in readings]

    assert [average_w for _, average_w in readings[3:6]] == pytest.approx([100.0, 300.0, 500.0])
    assert corrected_w[3:6] == pytest.approx([100.0, 500.0, 500.0])


def test_joules_come_out_at_the_right_time() -> None:
    """Summed up over the slots, the corrected power misses less than a tenth of what the average misses."""
    lag = LagCorrection(700.0)
    readings = [(at_s, watts, lag.correct(at_s, watts)) for at_s, watts in averages([100.0, 500.0] * 3, 0.5)]

    missed_j, missed_by_average_j = 0.0, 0.0
    for (before_s, *_), (at_s, average_w, corrected_w) in pairwise(readings):
        truth_w = 100.0 if int((at_s + before_s) / 4) % 2 == 0 else 500.0
        missed_j += abs(corrected_w - truth_w) * (at_s - before_s)
        missed_by_average_j += abs(average_w - truth_w) * (at_s - before_s)

    assert missed_j < 0.1 * missed_by_average_j


def test_a_steady_average_is_believed() -> None:
    """Within two percent, so that errors of the past don't swing on."""
    lag = LagCorrection(700.0)
    noisy_w = [100.0, 101.0, 99.5, 100.5, 99.8, 100.2]

    said = [lag.correct(count * 0.5, watts) for count, watts in enumerate(noisy_w)]

    assert said[-3:] == noisy_w[-3:]


def test_readings_further_apart_than_a_second_are_taken_as_they_are() -> None:
    """There is nothing else to know."""
    lag = LagCorrection(700.0)
    lag.correct(0.0, 100.0)

    assert lag.correct(5.0, 400.0) == 400.0


def test_readings_close_together_wait_for_the_next() -> None:
    """A driver publishes ten times a second, and a step of it is no step of the power."""
    lag = LagCorrection(700.0)
    for count in range(4):
        lag.correct(count * 0.5, 100.0)

    assert lag.correct(1.55, 140.0) == 100.0


@given(
    st.lists(
        st.tuples(st.floats(0.001, 3.0), st.floats(0.0, 5000.0)),
        min_size=1,
        max_size=60,
    ),
    st.one_of(st.none(), st.floats(50.0, 1000.0)),
)
def test_no_estimate_leaves_what_was_seen(readings: list[tuple[float, float]], limit_w: float | None) -> None:
    """Whatever comes: never below the lowest average, never above the limit or the highest one."""
    lag = LagCorrection(limit_w)
    at_s, seen_w = 0.0, []
    for pause_s, watts in readings:
        at_s += pause_s
        seen_w.append(watts)

        estimate_w = lag.correct(at_s, watts)

        assert min(seen_w) <= estimate_w <= max(*seen_w, limit_w or 0.0)
