# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The running mean, greatest and deviation."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given, strategies as st

from green_telemetry.statistics import Statistic

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50)


@given(NUMBERS)
def test_it_agrees_with_the_two_pass_formulas(numbers: list[float]) -> None:
    """One pass gives what Python's own module gives from the whole list."""
    statistic = Statistic()

    for number in numbers:
        statistic.add(number)

    assert statistic.mean == pytest.approx(statistics.fmean(numbers), abs=1e-6)
    assert statistic.deviation == pytest.approx(statistics.pstdev(numbers), abs=1e-3)
    assert statistic.greatest == max(numbers)


def test_what_was_never_read_is_not_zero() -> None:
    """A value that the GPU doesn't offer has no mean."""
    statistic = Statistic()

    statistic.add(None)

    assert (statistic.mean, statistic.greatest, statistic.deviation) == (None, None, None)


def test_missing_values_are_left_out() -> None:
    """A gap in the readings doesn't pull the mean down."""
    statistic = Statistic()

    for value in (100.0, None, 300.0):
        statistic.add(value)

    assert statistic.mean == 200.0
    assert statistic.count == 2
