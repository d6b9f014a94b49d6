# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Visits: what counts of them, and when they are over."""

from __future__ import annotations

import pytest

from green_idle.decode.course import LEAST_SAMPLES, Course, Pace, Visit

PACE = Pace(steady_s=2.0, settle_s=1.0, measured_s=3.0)
TWO = frozenset({"a", "b"})


def fill(
    visit: Visit | Course, from_s: float, per_s: float, power_w: float, sm_clock_mhz: int = 1785
) -> None:
    """Both generations go on for four seconds; readings four times a second."""
    for step in range(17):
        at_s = from_s + step / 4
        for name in sorted(TWO):
            visit.heard(name, 1000 + round(per_s * step / 4), at_s)
        visit.saw(power_w, sm_clock_mhz, at_s)


def test_tokens_of_all_and_mean_power_are_the_result() -> None:
    """40 tokens a second each."""
    visit = Visit(1785, 10.0, PACE, TWO)

    fill(visit, 10.0, 40.0, 500.0)

    measured = visit.result(14.0)
    assert measured
    assert measured.tokens_per_s == pytest.approx(80.0)
    assert measured.power_w == 500.0


def test_while_the_clock_settles_nothing_counts() -> None:
    """The first second may be the old clock's."""
    visit = Visit(1785, 10.0, PACE, TWO)
    visit.saw(9000.0, 1785, 10.5)
    visit.heard("a", 1, 10.5)

    fill(visit, 10.0, 40.0, 500.0)

    measured = visit.result(14.0)
    assert measured
    assert measured.power_w == 500.0
    assert measured.tokens_per_s == pytest.approx(80.0)


def test_before_its_time_it_has_no_result() -> None:
    """Whatever was seen."""
    visit = Visit(1785, 10.0, PACE, TWO)

    fill(visit, 10.0, 40.0, 500.0)

    assert visit.result(13.9) is None


def test_an_answer_that_stands_still_is_no_result() -> None:
    """Nor one of which nothing was told."""
    still, silent = Visit(1785, 10.0, PACE, TWO), Visit(1785, 10.0, PACE, TWO | {"c"})

    fill(still, 10.0, 0.0, 500.0)
    fill(silent, 10.0, 40.0, 500.0)

    assert still.result(14.0) is None
    assert silent.result(14.0) is None


def test_readings_above_the_visited_clock_do_not_count() -> None:
    """The card does not obey, or not yet."""
    visit = Visit(1785, 10.0, PACE, TWO)

    fill(visit, 10.0, 40.0, 500.0, sm_clock_mhz=1980)

    assert visit.result(14.0) is None
    assert visit.is_late(18.1)
    assert not visit.is_late(18.0)


def test_too_few_readings_are_no_result() -> None:
    """A GPU that could hardly be read."""
    visit = Visit(None, 10.0, PACE, TWO)
    for number in range(LEAST_SAMPLES - 1):
        visit.saw(500.0, 1980, 12.0 + number / 10)
    for name in TWO:
        visit.heard(name, 0, 11.0)
        visit.heard(name, 120, 14.0)

    assert visit.result(14.0) is None


def test_own_clocks_come_before_each_lowered_one() -> None:
    """And both together are a pair."""
    course = Course(TWO, PACE, 10.0)
    clocks = [course.sm_clock_mhz]
    fill(course, 10.0, 40.0, 500.0, sm_clock_mhz=1980)
    first = course.turn(1785, 14.0)
    clocks.append(course.sm_clock_mhz)
    fill(course, 14.0, 39.0, 450.0)
    pair = course.turn(1785, 18.0)
    clocks.append(course.sm_clock_mhz)

    assert clocks == [None, 1785, None]
    assert first is None
    assert pair
    assert pair.own.power_w == 500.0
    assert pair.lowered.power_w == 450.0
    assert pair.slowdown_percent == pytest.approx(100 * (40 / 39 - 1), abs=1.0)
