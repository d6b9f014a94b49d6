# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import given, strategies as st

from green_qwen.pages.ticks import number_ticks, time_ticks

NUMBERS = st.floats(-1e12, 1e12, allow_nan=False)
# 2026-03-29: the clocks of Berlin go from 02:00 to 03:00.
SPRING_S = 1774738800


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Local time is Berlin's."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@given(NUMBERS, NUMBERS)
def test_ticks_enclose_all_values(one: float, other: float) -> None:
    """The first is not above the least, the last not below the greatest, and they are few."""
    low, high = sorted((one, other))

    ticks = number_ticks(low, high)

    room = 1e-6 * (ticks[-1].value - ticks[0].value)
    assert ticks[0].value <= low + room and ticks[-1].value >= high - room
    assert 2 <= len(ticks) <= 8


def test_ticks_are_round() -> None:
    """With as many decimal places as their steps have."""
    assert [tick.text for tick in number_ticks(0, 0.9)] == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]


@pytest.mark.usefixtures("berlin")
def test_days_begin_at_midnight_also_where_one_has_23_hours() -> None:
    """A week over the change of clocks has its marks at local midnights."""
    ticks = time_ticks(SPRING_S - 2 * 86_400, SPRING_S + 3 * 86_400)

    assert [time.localtime(tick.value)[3:5] for tick in ticks] == [(0, 0)] * len(ticks)
    assert [tick.text for tick in ticks][:3] == ["2026-03-27", "2026-03-28", "2026-03-29"]


@pytest.mark.usefixtures("berlin")
def test_the_date_stands_where_it_changes() -> None:
    """Below the first hour that is shown, and below midnight."""
    ticks = time_ticks(SPRING_S - 7200, SPRING_S + 7200)

    assert [tick.below for tick in ticks if tick.below] == ["2026-03-28", "2026-03-29"]
