# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The choice of a length never costs more than twice what a clairvoyant would have paid."""

from __future__ import annotations

import random

from hypothesis import given, strategies as st

from green_idle.parking.parking import Parking
from green_idle.parking.tariff import Tariff

TARIFF = Tariff(load_j=5000.0, resident_w=50.0)
CLAIRVOYANT_TIMES = 2.0


def paid_j(parking: Parking, quiets_s: list[float], hours: list[int]) -> float:
    total_j = 0.0
    for quiet_s, hour in zip(quiets_s, hours, strict=True):
        park_after_s = parking.park_after_s(TARIFF, hour)
        total_j += TARIFF.cost_j(quiet_s, park_after_s)
        parking.paid(TARIFF, quiet_s, park_after_s)
        parking.lasted(hour, quiet_s)
    return total_j


@given(st.lists(st.tuples(st.floats(0.0, 5000.0), st.integers(0, 23)), max_size=100))
def test_at_most_twice_the_clairvoyant_on_any_pattern(pattern: list[tuple[float, int]]) -> None:
    """Whatever it has learned."""
    quiets_s, hours = [quiet_s for quiet_s, _ in pattern], [hour for _, hour in pattern]

    least_j = sum(TARIFF.least_j(quiet_s) for quiet_s in quiets_s)
    assert paid_j(Parking(), quiets_s, hours) <= CLAIRVOYANT_TIMES * least_j + 1e-6


@given(st.integers(0, 1000))
def test_at_most_twice_where_the_next_request_always_comes_at_the_worst_time(start: int) -> None:
    """An adversary that knows the choice: just after the model was unloaded."""
    parking, total_j, least_j = Parking(), 0.0, 0.0
    chance = random.Random(start)
    for _ in range(60):
        park_after_s = parking.park_after_s(TARIFF, 9)
        quiet_s = park_after_s + 0.001 if chance.random() < 0.7 else chance.uniform(0, 400)
        total_j += TARIFF.cost_j(quiet_s, park_after_s)
        least_j += TARIFF.least_j(quiet_s)
        parking.paid(TARIFF, quiet_s, park_after_s)
        parking.lasted(9, quiet_s)

    assert total_j <= CLAIRVOYANT_TIMES * least_j + 1e-6


def test_long_quiets_teach_it_to_unload_at_once() -> None:
    """Short quiets of the day have earned it what the night's habit asks for."""
    parking = Parking()
    paid_j(parking, [30.0] * 100, [14] * 100)
    paid_j(parking, [3600.0] * 40, [2] * 40)

    assert parking.park_after_s(TARIFF, 2) == 0.0


def test_quiets_just_beyond_the_break_even_teach_it_to_wait() -> None:
    """Who unloads at 100 s for requests that come after 110 s pays for both."""
    parking = Parking()
    paid_j(parking, [20.0, 110.0] * 100, [9] * 200)

    assert parking.park_after_s(TARIFF, 9) == 110.0


def test_without_credit_it_keeps_to_the_break_even() -> None:
    """However much it has learned."""
    parking = Parking()
    paid_j(parking, [3600.0] * 40, [2] * 40)
    parking.credit_j = 0.0

    assert parking.park_after_s(TARIFF, 2) == TARIFF.break_even_s


@given(
    st.lists(st.tuples(st.floats(0.0, 5000.0), st.integers(0, 23)), max_size=100),
    st.floats(0.0, 1000.0),
)
def test_at_most_twice_a_clairvoyant_who_keeps_the_least_quiet(
    pattern: list[tuple[float, int]], least_quiet_s: float
) -> None:
    """Shorter than the break-even or longer."""
    parking = Parking(least_s=least_quiet_s)
    quiets_s, hours = [quiet_s for quiet_s, _ in pattern], [hour for _, hour in pattern]

    least_j = sum(TARIFF.least_j(quiet_s, least_quiet_s) for quiet_s in quiets_s)
    assert paid_j(parking, quiets_s, hours) <= CLAIRVOYANT_TIMES * least_j + 1e-6


def test_no_model_leaves_before_the_least_quiet() -> None:
    """Even where the break-even and all habits say so."""
    parking = Parking(least_s=300.0)
    paid_j(parking, [30.0] * 100 + [3600.0] * 40, [2] * 140)

    assert parking.park_after_s(TARIFF, 2) == 300.0


def test_quiets_below_the_least_are_no_habit() -> None:
    """They would push out those for which there is something to choose."""
    parking = Parking(least_s=60.0)
    paid_j(parking, [3600.0] * 8 + [59.0] * 100, [2] * 108)

    assert list(parking.habits.quiets_s(2)) == [3600.0] * 8
