# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The joules of loads."""

from __future__ import annotations

from green_common.feed.messages import (
    Cancelled,
    Finished,
    Forwarded,
    FromProxy,
    LoadFinished,
    LoadStarted,
    Running,
)
from green_idle.parking.load_meter import LoadMeter
from green_idle.parking.prices import MeasuredLoad

LOADING = (Forwarded("g1", (), "m"), LoadStarted("g1", "m"))
LOADED = LoadFinished("g1", "m")


class Counter:
    """One whose readings are the test's."""

    def __init__(self, *readings_j: float | None) -> None:
        self.left = list(readings_j)

    def read(self) -> float | None:
        return self.left.pop(0)


def measured(counter: Counter, *messages: FromProxy) -> tuple[str, MeasuredLoad] | None:
    """Each message comes a second after the one before."""
    meter = LoadMeter(counter.read)
    found = None
    for at_s, message in enumerate(messages):
        found = meter.heard(message, float(at_s)) or found
    return found


def test_a_load_is_what_the_counter_rose_by() -> None:
    """Between its two messages; the counter is read at no other time."""
    counter = Counter(1000.0, 3000.0)

    assert measured(counter, *LOADING, LOADED) == ("m", MeasuredLoad(2000.0, 1.0))
    assert counter.left == []


def test_a_load_beside_another_generation_does_not_count() -> None:
    """Whether that one was there before, or comes on the way."""
    other = Forwarded("g0", ("r",), "other")

    assert measured(Counter(), other, *LOADING, LOADED) is None
    assert measured(Counter(), Running("g0", ("r",), "other", "decode", 0.0), *LOADING, LOADED) is None
    assert measured(Counter(1.0), *LOADING, other, LOADED) is None


def test_who_has_ended_is_not_beside_it() -> None:
    """By itself or not."""
    before = (
        Forwarded("a", ("r1",), "m"),
        Finished("a", ("r1",), "m", 200),
        Forwarded("b", ("r2",), "m"),
        Cancelled(("r2",), "client_left", "b"),
        Cancelled(("r3",), "client_left"),
    )

    assert measured(Counter(1.0, 2.0), *before, *LOADING, LOADED) == ("m", MeasuredLoad(1.0, 1.0))


def test_a_load_that_was_given_up_does_not_count() -> None:
    """It took less than a whole one."""
    assert measured(Counter(1.0), *LOADING, Cancelled((), "load_aborted", "g1"), LOADED) is None


def test_a_card_without_a_counter_measures_nothing() -> None:
    """And a counter that fell was reset with the driver."""
    assert measured(Counter(None), *LOADING, LOADED) is None
    assert measured(Counter(5.0, None), *LOADING, LOADED) is None
    assert measured(Counter(5.0, 4.0), *LOADING, LOADED) is None


def test_a_new_connection_begins_anew() -> None:
    """What is in flight is named after it."""
    meter = LoadMeter(Counter(1.0, 2.0).read)
    meter.heard(Forwarded("g0", ("r",), "m"), 0.0)
    meter.connected()
    for message in LOADING:
        meter.heard(message, 1.0)

    assert meter.heard(LOADED, 2.0) == ("m", MeasuredLoad(1.0, 1.0))
