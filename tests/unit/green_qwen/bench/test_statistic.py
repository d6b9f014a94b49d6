# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Means, ratios and their intervals."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, strategies as st

from green_qwen.bench.statistic import Estimate, mean_of, ratio_of, slope_of


def test_a_single_run_has_no_interval() -> None:
    """Nothing is known of how runs differ."""
    assert mean_of([3.0]) == Estimate(3.0)
    assert ratio_of([(2.0, 4.0)]) == Estimate(2.0)


def test_the_interval_of_a_mean_is_students() -> None:
    """Three runs of which the standard error is one: 4.303 either way."""
    mean = mean_of([10.0 - math.sqrt(3), 10.0, 10.0 + math.sqrt(3)])

    assert mean.value == pytest.approx(10.0)
    assert [mean.low, mean.high] == pytest.approx([10.0 - 4.303, 10.0 + 4.303])


def test_pairs_that_agree_leave_no_doubt() -> None:
    """Whatever drifts in both of a pair falls out."""
    ratio = ratio_of([(1.0, 4.0), (1.5, 6.0), (2.0, 8.0)])

    assert ratio is not None
    assert ratio.value == pytest.approx(4.0)
    assert [ratio.low, ratio.high] == pytest.approx([4.0, 4.0])


def test_a_ratio_is_the_same_from_either_end() -> None:
    """Twice and half of it are equally far from none: the geometric mean is one."""
    ratio = ratio_of([(1.0, 2.0), (2.0, 1.0)])

    assert ratio is not None
    assert ratio.value == pytest.approx(1.0)


def test_of_zero_there_is_no_ratio() -> None:
    """As with alerts, of which there were none."""
    assert ratio_of([(0.0, 1.0)]) is None
    assert ratio_of([]) is None


@given(st.lists(st.tuples(st.floats(0.1, 1e3), st.floats(0.1, 1e3)), min_size=2, max_size=30))
def test_an_interval_holds_its_value(pairs: list[tuple[float, float]]) -> None:
    """However few or many pairs."""
    ratio = ratio_of(pairs)

    assert ratio is not None and ratio.low is not None and ratio.high is not None
    assert ratio.low <= ratio.value * (1 + 1e-9) and ratio.value <= ratio.high * (1 + 1e-9)


def test_growth_is_the_lines_rise() -> None:
    """Two MiB an hour, whatever it began with."""
    assert slope_of([(0.0, 30.0), (1.0, 32.0), (2.0, 34.0)]) == pytest.approx(2.0)
    assert slope_of([(1.0, 30.0)]) is None
