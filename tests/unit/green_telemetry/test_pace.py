# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How often the GPUs and the counter are read."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from green_telemetry.pace import READINGS_AT_ONCE, READINGS_PER_S, CounterBudget, Pace


def rest(pace: Pace, from_s: float, for_s: float) -> list[float]:
    """The beats of a rest."""
    beats, now_s = [], from_s
    while now_s < from_s + for_s:
        beats.append(pace.beat(now_s))
        now_s += beats[-1]
    return beats


def test_the_first_minute_of_rest_keeps_the_beat() -> None:
    """As configured."""
    assert set(rest(Pace(0.5, 0.0), 0.0, 59.0)) == {0.5}


def test_after_a_minute_of_rest_the_beat_slows_down() -> None:
    """To five seconds, step by step."""
    pace = Pace(0.5, 0.0)

    assert rest(pace, 60.0, 20.0) == [1.0, 2.0, 4.0, 5.0, 5.0, 5.0]
    assert pace.rests


def test_work_or_a_viewer_quickens_it_at_once() -> None:
    """And for another minute."""
    pace = Pace(0.5, 0.0)
    rest(pace, 60.0, 30.0)

    pace.note_busy(90.0)

    assert not pace.rests
    assert pace.beat(90.0) == pace.beat(149.0) == 0.5


def test_a_slow_beat_stays_as_slow() -> None:
    """Ten seconds are never made five."""
    pace = Pace(10.0, 0.0)

    assert set(rest(pace, 0.0, 200.0)) == {10.0}
    assert not pace.rests


@pytest.mark.parametrize(("busy", "due_after_s"), [(True, 2.0), (False, 5.0)])
def test_the_counter_is_read_every_few_seconds(busy: bool, due_after_s: float) -> None:
    """More often while somebody is to be charged."""
    budget = CounterBudget()
    budget.note(100.0)

    assert not budget.is_due(100.0 + due_after_s - 0.5, busy=busy)
    assert budget.is_due(100.0 + due_after_s, busy=busy)


@given(st.lists(st.floats(0.0, 2.0), max_size=300))
def test_edges_can_not_make_it_read_more_than_its_budget(pauses_s: list[float]) -> None:
    """Six at once aside: 4 ms each would be a core's tenth at 25 a second."""
    budget, now_s, read = CounterBudget(), 1000.0, 0
    for pause_s in pauses_s:
        now_s += pause_s
        if budget.allows(now_s, first=True):
            budget.note(now_s)
            read += 1

    assert read <= READINGS_AT_ONCE + READINGS_PER_S * (now_s - 1000.0) + 1e-6
