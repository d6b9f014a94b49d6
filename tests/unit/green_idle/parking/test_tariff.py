# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What quiets cost, and which length would have been cheapest."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, strategies as st

from green_idle.parking.tariff import Tariff, best_park_after_s

TARIFF = Tariff(load_j=5000.0, resident_w=50.0)
quiets = st.lists(st.floats(0.0, 10_000.0), min_size=1, max_size=20)


def test_the_break_even_is_where_holding_has_cost_a_load() -> None:
    """5000 J at 50 W."""
    assert TARIFF.break_even_s == 100.0


def test_nothing_saved_is_never_worth_a_load() -> None:
    """Where the unloaded model saves no watts."""
    assert Tariff(5000.0, 0.0).break_even_s == math.inf


@given(st.floats(0.0, 1e6))
def test_the_break_even_pays_at_most_twice_the_least(quiet_s: float) -> None:
    """The old result on renting and buying."""
    assert TARIFF.cost_j(quiet_s, TARIFF.break_even_s) <= 2 * TARIFF.least_j(quiet_s) + 1e-6


@given(st.floats(0.0, 1e4), st.floats(0.0, 1e5), st.floats(0.0, 1e3))
def test_no_quiet_exceeds_twice_the_least_by_more_than_the_worst(
    later_s: float, quiet_s: float, least_s: float
) -> None:
    """For any length, and any least quiet that is kept to."""
    park_after_s = least_s + later_s
    excess_j = TARIFF.cost_j(quiet_s, park_after_s) - 2 * TARIFF.least_j(quiet_s, least_s)

    assert excess_j <= max(0.0, TARIFF.worst_excess_j(park_after_s, least_s)) + 1e-6


@given(quiets, st.floats(0.0, 20_000.0))
def test_no_other_length_would_have_been_cheaper(quiets_s: list[float], other_s: float) -> None:
    """For the very quiets that it was chosen for."""
    best_s = best_park_after_s(TARIFF, quiets_s)

    best_j = sum(TARIFF.cost_j(quiet_s, best_s) for quiet_s in quiets_s)
    other_j = sum(TARIFF.cost_j(quiet_s, other_s) for quiet_s in quiets_s)
    assert best_j <= other_j + 1e-6


def test_knowing_nothing_it_is_the_break_even() -> None:
    """Before the first quiet has ended."""
    assert best_park_after_s(TARIFF, []) == pytest.approx(100.0)
