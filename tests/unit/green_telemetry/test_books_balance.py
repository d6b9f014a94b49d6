# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whatever a feed says and a GPU shows: every joule has one owner, and the sums come out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from green_common.feed.messages import (
    Cancelled,
    Finished,
    FirstToken,
    Forwarded,
    LoadFinished,
    LoadStarted,
    Running,
    Tokens,
)
from green_telemetry.audit import Audit
from green_telemetry.books import Books
from green_telemetry.clerk import Clerk
from green_telemetry.meter import Meter
from green_telemetry.receipt import Receipt
from green_telemetry.sampler import Sample
from green_telemetry.timeline import Timeline
from green_telemetry.window import Window

NAMES = st.sampled_from(["a", "b", "c", "d"])
MODELS = st.sampled_from(["m", "n"])
REQUESTS = st.lists(st.sampled_from(["r1", "r2", "r3"]), max_size=3, unique=True).map(tuple)
COUNTS = st.integers(0, 9000) | st.integers(0, 2**63)
TOLD = st.none() | COUNTS
SECONDS = st.none() | st.floats(0.0, 60.0) | st.floats(0.0, 1e12)

MESSAGES = st.one_of(
    st.builds(Forwarded, NAMES, REQUESTS, MODELS),
    st.builds(
        Running, NAMES, REQUESTS, MODELS, st.sampled_from(["prefill", "decode"]), st.floats(-1e9, 1e9), COUNTS
    ),
    st.builds(LoadStarted, NAMES, MODELS),
    st.builds(LoadFinished, NAMES, MODELS),
    st.builds(FirstToken, NAMES),
    st.builds(Tokens, NAMES, COUNTS),
    st.builds(
        Finished,
        NAMES,
        REQUESTS,
        MODELS,
        st.sampled_from([200, 503]),
        TOLD,
        TOLD,
        st.booleans(),
        SECONDS,
        SECONDS,
        SECONDS,
        TOLD,
    ),
    st.builds(Cancelled, REQUESTS, st.sampled_from(["client left", "superseded"]), st.none() | NAMES, COUNTS),
)


@dataclass(frozen=True)
class Reading:
    """A sample so much later, or earlier, with so many joules more; without where the counter starts anew."""

    pause_s: float
    joules: float | None
    others_share: float | None
    power_w: float = 100.0


@dataclass(frozen=True)
class Word:
    """A message of the feed, this long after the last sample."""

    message: Any
    after_s: float


@dataclass(frozen=True)
class Turn:
    """The window ends here."""


HONEST_PAUSES = st.floats(0.01, 5.0)
SHARES = st.none() | st.floats(0.0, 1.0)
# 100 W of rest, so that whatever is drawn here is above the baseline.
READINGS = st.builds(Reading, HONEST_PAUSES, st.floats(500.0, 4000.0), SHARES)
LIES = st.builds(
    Reading, st.floats(-20.0, 20.0), st.none() | st.floats(0.0, 1e5), SHARES, st.floats(0.0, 1e4)
)
WORDS = st.builds(Word, MESSAGES, st.floats(-30.0, 30.0))


class Keeper(Audit):
    """Keeps what the audit would write."""

    def __init__(self) -> None:
        self.simulated = True
        self.receipts = 0
        self.kept: list[Receipt] = []
        self.windows: list[Window] = []

    def receipt(self, receipt: Receipt) -> None:
        self.kept.append(receipt)

    def window(self, meter: Meter, window: Window, conditions: dict[str, Any]) -> None:
        self.windows.append(window)

    def journal_full(self, folder: str, free_bytes: int) -> None:
        """Nothing to do with this machine's disk."""

    def flush(self, now_s: float) -> None:
        """Nothing waits here."""


class Gauge:
    """As much of a sampler as the clerk asks for."""

    class gpu:
        uuid = "GPU-fake"


def keep_books(events: Sequence[Reading | Word | Turn]) -> Keeper:
    """All that comes, to the end; what settles on the way is settled on the way."""
    keeper, timeline = Keeper(), Timeline()
    clerk = Clerk(keeper, timeline)
    meter = Meter(Gauge(), Books(None, integrate=False))  # type: ignore[arg-type]
    time_s, counter_j = 1000.0, 5000.0
    meter.books.book(Sample(time_s, time_s, counter_j, 100.0), quiet=True, regular=True)
    for event in events:
        if isinstance(event, Turn):
            meter.books.end_window()
        elif isinstance(event, Word):
            timeline.apply(event.message, time_s + event.after_s)
        else:
            time_s += event.pause_s
            counter_j = 0.0 if event.joules is None else counter_j + event.joules
            sample = Sample(
                time_s, time_s, counter_j, event.power_w, sm_clock_mhz=1980, others_share=event.others_share
            )
            meter.books.book(sample, quiet=False, regular=True)
            clerk.settle([meter], time_s, feed="connected")
    timeline.lose_sight(time_s, "unfinished at stop")
    meter.books.end_window()
    clerk.settle([meter], math.inf, feed="connected")
    return keeper


def accounts_j(window: Window) -> float:
    generations_j = math.fsum(window.phases_j.values())
    return math.fsum([window.baseline_j, generations_j, window.others_j, window.unattributed_j])


@settings(deadline=None)
@given(st.lists(READINGS | LIES | WORDS | st.just(Turn()), max_size=60))
def test_every_window_adds_up_to_the_counters_difference(events: list[Reading | Word | Turn]) -> None:
    """Whatever is said and shown, lies too."""
    for window in keep_books(events).windows:
        assert window.last_j is not None
        assert accounts_j(window) == pytest.approx(window.last_j - window.first_j, rel=1e-9, abs=1e-6)


@settings(deadline=None)
@given(st.lists(READINGS | WORDS | st.just(Turn()), max_size=60))
def test_no_account_is_negative_while_power_is_above_the_baseline(
    events: list[Reading | Word | Turn],
) -> None:
    """However the feed lies; and receipts are no more than what was there to be divided."""
    keeper = keep_books(events)

    for window in keeper.windows:
        assert min([*window.phases_j.values(), window.others_j, window.unattributed_j]) >= -1e-6
    receipts_j = math.fsum(receipt.energy_j or 0.0 for receipt in keeper.kept)
    windows_j = math.fsum(math.fsum(window.phases_j.values()) for window in keeper.windows)
    assert receipts_j == pytest.approx(windows_j, rel=1e-9, abs=1e-6)
    assert all((receipt.energy_j or 0.0) >= -1e-6 for receipt in keeper.kept)


@settings(deadline=None)
@given(st.lists(READINGS | LIES | WORDS, max_size=60))
def test_costs_stay_sane_whatever_was_learned(events: list[Reading | Word]) -> None:
    """Positive and finite, so that the next request is divided by them as well."""
    keeper, timeline = Keeper(), Timeline()
    clerk, meter = Clerk(keeper, timeline), Meter(Gauge(), Books(None, integrate=False))  # type: ignore[arg-type]
    time_s, counter_j = 1000.0, 5000.0
    for event in events:
        if isinstance(event, Word):
            timeline.apply(event.message, time_s + event.after_s)
            continue
        time_s += event.pause_s
        counter_j += event.joules or 0.0
        meter.books.book(Sample(time_s, time_s, counter_j, 100.0), quiet=False, regular=True)
        clerk.settle([meter], time_s, feed="connected")
    clerk.settle([meter], math.inf, feed="connected")

    for _, model in meter.books.ledger.costs.items():
        assert all(0 < multiple < math.inf for multiple in model.estimate.multiples)
        assert all(0 <= row[number] < math.inf for number, row in enumerate(model.estimate.errors))
