# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What is remembered of quiets."""

from __future__ import annotations

import pytest

from green_idle.parking.habits import KEPT, LEAST, Habits


def habits_of(hour: int, count: int, quiet_s: float = 60.0) -> Habits:
    habits = Habits()
    for _ in range(count):
        habits.add(hour, quiet_s)
    return habits


def test_an_hour_speaks_for_itself_where_it_can() -> None:
    """And its neighbours are not asked."""
    habits = habits_of(9, LEAST)
    habits.add(10, 7200.0)

    assert list(habits.quiets_s(9)) == [60.0] * LEAST


def test_neighbours_speak_for_an_hour_that_knows_too_little() -> None:
    """Across midnight too."""
    habits = habits_of(23, LEAST)

    assert len(habits.quiets_s(0)) == LEAST


def test_all_hours_speak_where_the_neighbours_know_too_little() -> None:
    """Better the whole day than nothing."""
    assert len(habits_of(3, LEAST).quiets_s(15)) == LEAST


def test_too_little_is_nothing() -> None:
    """A few quiets make no habit."""
    assert list(habits_of(3, LEAST - 1).quiets_s(3)) == []


def test_old_quiets_are_forgotten() -> None:
    """So that it follows new habits."""
    habits = habits_of(3, KEPT, 60.0)
    for _ in range(KEPT):
        habits.add(3, 600.0)

    assert set(habits.quiets_s(3)) == {600.0}


def test_what_was_written_is_read_again() -> None:
    """Over a restart."""
    assert list(Habits.from_json(habits_of(3, LEAST).to_json()).quiets_s(3)) == [60.0] * LEAST


@pytest.mark.parametrize(
    "broken", [None, {}, [], [[]] * 23, [["a"]] * 24, [[-1.0]] * 24, [[float("nan")]] * 24]
)
def test_what_we_did_not_write_is_refused(broken: object) -> None:
    """With a ValueError that says why."""
    with pytest.raises(ValueError, match="not a list"):
        Habits.from_json(broken)
