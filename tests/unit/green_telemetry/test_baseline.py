# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The power of a resting GPU, as it is learned."""

from __future__ import annotations

from green_telemetry.baseline import Baseline


def rest(baseline: Baseline, power_w: float, times_s: range, sm_clock_mhz: int = 1980) -> None:
    for time_s in times_s:
        baseline.observe(time_s / 2, power_w, sm_clock_mhz, quiet=True)


def test_nothing_is_known_before_any_power_was_seen() -> None:
    """No reading, no baseline: not zero."""
    assert Baseline().power_w(1980) is None


def test_it_is_provisional_before_the_gpu_rested() -> None:
    """The lowest power seen under load is taken, but no more than a fifth of the limit."""
    baseline = Baseline(power_limit_w=700.0)

    baseline.observe(0.0, 571.0, 1980, quiet=False)

    assert baseline.power_w(1980) == 140.0
    assert not baseline.learned


def test_a_lower_power_than_the_cap_is_taken_as_provisional() -> None:
    """A card that draws 90 W can't rest at more."""
    baseline = Baseline(power_limit_w=700.0)

    baseline.observe(0.0, 90.0, 1980, quiet=False)

    assert baseline.power_w(1980) == 90.0


def test_work_teaches_nothing() -> None:
    """Power under load leaves the learned level as it was."""
    baseline = Baseline()
    rest(baseline, 124.0, range(20))

    baseline.observe(11.0, 571.0, 1980, quiet=False)

    assert baseline.power_w(1980) == 124.0
    assert baseline.learned


def test_one_strange_sample_does_not_bend_it() -> None:
    """The median holds."""
    baseline = Baseline()
    rest(baseline, 124.0, range(20))

    baseline.observe(10.0, 400.0, 1980, quiet=True)

    assert baseline.power_w(1980) == 124.0


def test_each_clock_state_has_its_own_level() -> None:
    """Locked at 345 MHz the card rests at 72 W, and back at full clocks the old level is still known."""
    baseline = Baseline()
    rest(baseline, 124.0, range(20))

    rest(baseline, 72.0, range(20, 22), sm_clock_mhz=345)

    assert baseline.power_w(345) == 72.0
    assert baseline.power_w(1980) == 124.0


def test_an_unknown_clock_takes_the_nearest_state() -> None:
    """Under load clocks sag a little; that is still the high state."""
    baseline = Baseline()
    rest(baseline, 124.0, range(20))
    rest(baseline, 72.0, range(20, 40), sm_clock_mhz=345)

    assert baseline.power_w(1650) == 124.0


def test_it_follows_the_card_as_it_cools() -> None:
    """After a load the old level is forgotten at once, and the falling one is followed."""
    baseline = Baseline()
    rest(baseline, 119.0, range(20))

    rest(baseline, 129.0, range(100, 101))
    hot_w = baseline.power_w(1980)
    rest(baseline, 122.0, range(101, 140))

    assert hot_w == 129.0
    assert baseline.power_w(1980) == 122.0
