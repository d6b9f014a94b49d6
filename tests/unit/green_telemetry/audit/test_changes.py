# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Changes of phases and clocks that lasted."""

from __future__ import annotations

from collections.abc import Callable

from green_telemetry.audit.changes import ClockWatch, PhaseWatch, phase_of
from green_telemetry.timeline import Generation

MakeGeneration = Callable[..., Generation]


def test_the_phase_is_that_of_what_runs(make_generation: MakeGeneration) -> None:
    """A load holds everything up; what has ended counts no more."""
    waiting, decoding = make_generation("a", 1.0), make_generation("b", 1.0, 2.0)
    loading, ended = make_generation("c", 1.0), make_generation("d", 1.0, 2.0, 3.0)
    loading.load_started_s = 1.5

    assert phase_of([ended]) == "idle"
    assert phase_of([waiting, ended]) == "prefill"
    assert phase_of([waiting, decoding]) == "decode"
    assert phase_of([waiting, decoding, loading]) == "loading"


def test_a_phase_is_told_once_it_has_lasted() -> None:
    """And again until it was written."""
    watch = PhaseWatch()
    watch.observe("idle", 100.0)

    seen = [watch.observe("decode", 101.0 + second) for second in range(5)]
    change = seen[3]
    watch.tell(104.0)

    assert [one is not None for one in seen] == [False, False, False, True, True]
    assert change is not None
    assert (change.before, change.phase, change.changes, change.since_s) == ("idle", "decode", 1, 101.0)
    assert watch.observe("decode", 106.0) is None


def test_short_phases_are_counted_and_told_now_and_then() -> None:
    """A day of short answers is not silent."""
    watch = PhaseWatch()
    told = []
    for second in range(1201):
        change = watch.observe("decode" if second % 2 else "idle", float(second))
        if change is not None:
            told.append(change)
            watch.tell(float(second))

    assert [change.changes for change in told] == [600, 600]
    assert sum(told[0].seconds.values()) == 600.0


def test_a_clock_is_told_once_it_has_lasted() -> None:
    """Its first one is no change, and short ones are counted."""
    watch = ClockWatch()
    clocks = [345, 345, 1980, 345, 1980, 1980, 1980, 1980, 1980, 1980]

    seen = [watch.observe(clock, float(second)) for second, clock in enumerate(clocks)]

    assert [one is not None for one in seen] == [False] * 9 + [True]
    change = seen[-1]
    assert change is not None
    assert (change.before_mhz, change.sm_clock_mhz, change.changes) == (345, 1980, 3)
    watch.tell(change)
    assert watch.observe(1980, 11.0) is None


def test_a_clock_that_wanders_is_no_change() -> None:
    """As under load, by a few steps."""
    watch = ClockWatch()

    seen = [watch.observe(1900 + 15 * (second % 3), float(second)) for second in range(20)]

    assert seen == [None] * 20
