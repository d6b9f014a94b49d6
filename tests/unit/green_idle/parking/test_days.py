# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The account of the last days."""

from __future__ import annotations

import pytest

from green_idle.parking.days import KEPT, Days


def test_quiets_of_a_day_add_up() -> None:
    """Whatever their hour."""
    days = Days()
    days.book("2026-01-01", 100.0, 50.0)
    days.book("2026-01-01", 10.0, 20.0)

    assert days.to_json() == {"2026-01-01": [2, 110, 70]}


def test_old_days_are_forgotten() -> None:
    """Habits change."""
    days = Days()
    for day in range(1, KEPT + 3):
        days.book(f"2026-01-{day:02d}", 1.0, 1.0)

    assert sorted(days.to_json())[0] == "2026-01-03"
    assert len(days.to_json()) == KEPT


def test_what_was_written_is_read_again() -> None:
    """Over a restart."""
    days = Days()
    days.book("2026-01-01", 100.0, 50.0)

    assert Days.from_json(days.to_json()).to_json() == days.to_json()


@pytest.mark.parametrize(
    "broken", [[], {"x": [1, 1, 1]}, {"2026-01-01": [1, 1]}, {"2026-01-01": [1, 1e999, 1]}]
)
def test_what_we_did_not_write_is_refused(broken: object) -> None:
    """With one of the errors that the file's reader knows."""
    with pytest.raises((ValueError, TypeError, AttributeError)):
        Days.from_json(broken)
