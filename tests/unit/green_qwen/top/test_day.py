# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a day took."""

from __future__ import annotations

import pytest

from green_qwen.top.day import Since, day_of, midnight_s


def window(
    at_s: float, energy_j: float, counter_j: float, gpu: str = "a", duration_s: float = 60.0
) -> dict[str, object]:
    return {
        "at_s": at_s,
        "energy_j": energy_j,
        "counter_last_j": counter_j,
        "gpu_uuid": gpu,
        "duration_s": duration_s,
    }


def test_a_day_is_its_windows_and_what_the_counter_rose_by_since() -> None:
    """Of each GPU from its own last window."""
    windows = [window(1060, 100.0, 500.0), window(1120, 200.0, 700.0), window(1120, 50.0, 90.0, "b")]
    day = day_of(windows, 1000.0)

    assert day is not None
    assert day.energy({"a": 730.0, "b": 100.0}).energy_j == pytest.approx(350.0 + 30.0 + 10.0)
    assert day.energy({}).booked


def test_a_window_over_midnight_counts_for_its_part() -> None:
    """Ten minutes of rest are one window."""
    day = day_of([window(1150, 600.0, 1.0, duration_s=600.0)], 1000.0)

    assert day is not None
    assert day.booked_j == pytest.approx(150.0)


def test_without_windows_there_is_no_day() -> None:
    """Where nobody kept books, nothing is known of it."""
    assert day_of([], 1000.0) is None


def test_a_counter_that_began_anew_is_not_taken_back() -> None:
    """The driver was loaded again."""
    day = day_of([window(1060, 100.0, 500.0)], 1000.0)

    assert day is not None
    assert day.energy({"a": 40.0}).energy_j == pytest.approx(140.0)


def test_without_a_journal_it_counts_from_the_first_look() -> None:
    """And says since when."""
    since = Since()
    first = since.energy({"a": 1000.0}, 10.0)
    then = since.energy({"a": 1500.0, "b": 7.0}, 20.0)

    assert first is None
    assert then is not None
    assert (then.energy_j, then.since_s, then.booked) == (500.0, 10.0, False)


def test_midnight_is_that_of_the_local_clock() -> None:
    """Less than a day back, and the same for the whole day."""
    began_s = midnight_s(1_796_080_000.0)

    assert 0 <= 1_796_080_000.0 - began_s < 90_000
    assert midnight_s(began_s) == began_s
