# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Percentiles of times of which some are not over."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, strategies as st

from green_qwen.load.quantile import Quantile, quantile


def test_without_open_ones_it_is_the_plain_percentile() -> None:
    """By nearest rank."""
    times_s = [float(time_s) for time_s in range(1, 101)]

    assert quantile(times_s, 0.95) == Quantile(95.0)
    assert quantile(times_s, 0.5) == Quantile(50.0)


def test_those_who_still_wait_raise_it() -> None:
    """Ten were answered in a second each, ten wait for thirty: half were not answered in a second."""
    assert quantile([1.0] * 10, 0.95, [30.0] * 10) == Quantile(30.0, at_least=True)


def test_those_who_have_only_come_change_little() -> None:
    """A request that is new at the end of the window is no fast answer."""
    times_s = [10.0] * 20

    assert quantile(times_s, 0.95, [0.1] * 50) == Quantile(10.0)


def test_of_nobody_it_is_no_number() -> None:
    """Nothing measured is not zero seconds."""
    assert math.isnan(quantile([], 0.95).value_s)


@given(
    st.lists(st.floats(0.1, 100), min_size=1, max_size=50),
    st.lists(st.floats(0.1, 100), max_size=20),
    st.sampled_from([0.5, 0.95]),
)
def test_who_still_waits_never_lowers_it(over_s: list[float], open_s: list[float], part: float) -> None:
    """Whatever they have waited, unless the bound alone is known."""
    with_open, without = quantile(over_s, part, open_s), quantile(over_s, part)

    assert with_open.at_least or with_open.value_s >= without.value_s


@pytest.mark.parametrize("part", [0.5, 0.95])
def test_one_time_is_all_its_percentiles(part: float) -> None:
    """There is no other."""
    assert quantile([3.0], part) == Quantile(3.0)
