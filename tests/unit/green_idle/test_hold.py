# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What is seen while clocks are held, and what it means."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from green_idle.hold import Hold, NotObeyed, PowerSample, Rival, Saving, Working, compare, recent
from unit.green_idle.cards import reading

BEFORE_W = [120.0, 121.0, 119.0, 120.0]
REST = 345


def watched(hold: Hold, power_w: float, *, until_s: float = 5.0) -> object:
    """Judge a quarter-second row of equal readings; the first finding ends it."""
    at_s = 0.25
    while at_s <= until_s:
        finding = hold.judge(reading(345, power_w), at_s)
        if finding:
            return finding
        at_s += 0.25
    return None


def test_a_settled_hold_tells_its_saving() -> None:
    """Nothing before 5 s, then the difference of the means."""
    hold = Hold(REST, BEFORE_W, 0.0)

    assert watched(hold, 72.0, until_s=4.75) is None
    saving = hold.judge(reading(345, 72.0), 5.0)
    assert isinstance(saving, Saving)
    assert (saving.before_w, saving.held_w, saving.saved_w) == (120.0, 72.0, 48.0)
    assert saving.pays


@pytest.mark.parametrize("held_w", [120.0, 119.5, 130.0])
def test_a_hold_that_saves_no_more_than_noise_does_not_pay(held_w: float) -> None:
    """Equal, hardly less, or more power."""
    saving = watched(Hold(REST, BEFORE_W, 0.0), held_w)

    assert isinstance(saving, Saving)
    assert not saving.pays


def test_too_few_late_readings_are_waited_for() -> None:
    """A mean wants three readings within the last two seconds."""
    hold = Hold(REST, BEFORE_W, 0.0)

    findings = [hold.judge(reading(345, 72.0), at_s) for at_s in (1.0, 9.0, 9.5)]

    assert findings == [None, None, None]
    assert isinstance(hold.judge(reading(345, 72.0), 10.0), Saving)


def test_a_clock_that_never_fell_is_not_obeyed() -> None:
    """The driver has two seconds; then its word is not believed."""
    hold = Hold(REST, BEFORE_W, 0.0)

    assert hold.judge(reading(1980), 1.0) is None
    assert hold.judge(reading(1980), 2.0) == NotObeyed("GPU-a", 1980)


def test_a_clock_that_rises_again_is_a_rivals() -> None:
    """Seen twice, because once may be chance; seen low in between, it starts anew."""
    hold = Hold(REST, BEFORE_W, 0.0)

    findings = [hold.judge(reading(mhz), 1.0 + n) for n, mhz in enumerate((345, 1005, 345, 1005))]

    assert findings == [None] * 4
    assert hold.judge(reading(1005), 6.0) == Rival("GPU-a", 1005)


def test_one_step_above_the_rest_is_obeyed() -> None:
    """Cards round to their own steps."""
    hold = Hold(REST, BEFORE_W, 0.0)

    assert [hold.judge(reading(360), at_s) for at_s in (1.0, 3.0)] == [None, None]


def test_power_far_above_the_hold_is_work() -> None:
    """Once the level is known; small swings are not work."""
    hold = Hold(REST, BEFORE_W, 0.0)
    watched(hold, 72.0)

    assert hold.judge(reading(345, 80.0), 6.0) is None
    assert hold.judge(reading(345, 95.0), 7.0) == Working(95.0, 72.0)


def test_the_mean_before_is_known() -> None:
    """As the journal tells it."""
    assert Hold(REST, BEFORE_W, 0.0).before_w == 120.0


def test_only_the_last_seconds_count() -> None:
    """Older samples belong to another state."""
    samples = [PowerSample(0.0, 500.0), PowerSample(9.0, 120.0), PowerSample(10.0, 121.0)]

    assert recent(samples, 11.0) == [120.0, 121.0]


watts = st.lists(st.floats(1, 700), min_size=2, max_size=16)


@given(watts, watts)
def test_a_comparison_is_fair(one: list[float], other: list[float]) -> None:
    """Swapping the sides turns the sign and nothing else, and both can't pay."""
    there, back = compare(one, other), compare(other, one)

    assert there.saved_w == pytest.approx(-back.saved_w)
    assert there.noise_w == pytest.approx(back.noise_w)
    assert not (there.pays and back.pays)
