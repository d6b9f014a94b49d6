# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""When the loop reads what."""

from __future__ import annotations

import pytest

from green_common.config import TelemetryConfig
from green_common.feed.messages import Cancelled, Forwarded
from green_telemetry.cadence import Cadence, is_quiet
from green_telemetry.pace import READINGS_AT_ONCE, READINGS_KEPT
from green_telemetry.sampler import Sample
from green_telemetry.timeline import Timeline


@pytest.fixture
def cadence() -> Cadence:
    """A beat of 500 ms that begins at second 100."""
    return Cadence(100.0, TelemetryConfig(sample_every_ms=500, window_s=60))


def test_each_beat_is_taken_once(cadence: Cadence) -> None:
    """The next one is due a period later."""
    assert cadence.take_beat(100.0)
    assert not cadence.take_beat(100.1)
    assert cadence.wake_at_s == pytest.approx(100.5)


def test_missed_beats_are_not_made_up_for(cadence: Cadence) -> None:
    """After a pause the beat goes on in its old step."""
    assert cadence.take_beat(103.2)
    assert not cadence.take_beat(103.4)
    assert cadence.take_beat(103.5)


def test_a_hand_over_among_few_is_worth_a_reading(cadence: Cadence) -> None:
    """Before or after it there have to be fewer than four."""
    assert cadence.wants_edge(100.0, 3, 4)
    assert cadence.wants_edge(100.0, 4, 3)
    assert not cadence.wants_edge(100.0, 4, 5)


def test_the_counter_is_not_read_twice_in_one_of_its_steps(cadence: Cadence) -> None:
    """It would say the same."""
    cadence.note_reading(100.0)

    assert not cadence.wants_edge(100.05, 0, 1)
    assert cadence.wants_edge(100.11, 0, 1)


def test_drained_work_is_read_once(cadence: Cadence) -> None:
    """One step of the counter after its end."""
    cadence.take_beat(100.0)
    cadence.note_drain(100.2)

    assert cadence.wake_at_s == pytest.approx(100.3)
    assert not cadence.take_drain(100.25)
    assert cadence.take_drain(100.3)
    assert not cadence.take_drain(100.4)


def test_in_quiet_times_the_counter_is_read_now_and_then(cadence: Cadence) -> None:
    """Every five seconds, every two where somebody is to be charged."""
    cadence.note_reading(100.0)

    assert not cadence.wants_counter(101.5, busy=True)
    assert cadence.wants_counter(102.0, busy=True)
    assert not cadence.wants_counter(104.5, busy=False)
    assert cadence.wants_counter(105.0, busy=False)


def test_edges_within_work_leave_readings_for_its_beginning_and_end(cadence: Cadence) -> None:
    """A burst of first tokens must not use up what the end of the last work needs."""
    read, now_s = 0, 100.0
    while cadence.wants_edge(now_s, 2, 3):
        cadence.note_reading(now_s)
        read, now_s = read + 1, now_s + 0.11
    cadence.note_drain(now_s)

    assert read == READINGS_AT_ONCE - READINGS_KEPT
    assert cadence.take_drain(now_s + 0.1)


def test_a_beat_that_slowed_down_is_quick_again_when_somebody_works(cadence: Cadence) -> None:
    """At its own time from now on."""
    now_s = 100.0
    while not cadence.pace.rests:
        cadence.take_beat(now_s)
        now_s += 0.5

    cadence.hurry(now_s)

    assert cadence.wake_at_s <= now_s + 0.5


def test_a_window_ends_on_the_beat_next_to_its_time(cadence: Cadence) -> None:
    """Half a beat early rather than half a beat late."""
    assert not cadence.window_is_over(59.7)
    assert cadence.window_is_over(59.8)


@pytest.mark.parametrize(("connected", "percent", "quiet"), [(True, 0, True), (True, 5, False)])
def test_quiet_is_what_the_gpu_says_too(connected: bool, percent: int, quiet: bool) -> None:
    """Somebody else may compute."""
    sample = Sample(10.0, 10.0, gpu_percent=percent)

    assert is_quiet(sample, Timeline(), connected=connected) is quiet


@pytest.mark.parametrize("connected", [True, False])
def test_without_utilisation_the_feed_decides(connected: bool) -> None:
    """Where nobody tells what runs, nothing is known to rest."""
    assert is_quiet(Sample(10.0, 10.0), Timeline(), connected=connected) is connected


def test_it_is_not_quiet_before_the_last_work_has_settled() -> None:
    """Power still shows it."""
    timeline = Timeline()
    timeline.apply(Forwarded("g", ("r",), "m"), 5.0)
    busy = is_quiet(Sample(9.0, 9.0, gpu_percent=0), timeline, connected=True)
    timeline.apply(Cancelled(("r",), "client left", "g"), 9.9)

    assert not busy
    assert not is_quiet(Sample(10.0, 10.0, gpu_percent=0), timeline, connected=True)
    assert is_quiet(Sample(10.3, 10.3, gpu_percent=0), timeline, connected=True)
