# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One GPU's samples on their way into its books."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, strategies as st

from green_common.gpu import GpuUnsupportedError
from green_telemetry.books import Books
from green_telemetry.meter import SAY_AGAIN_AFTER_S, Booked, Meter, open_meter
from green_telemetry.plausible import Doubt
from green_telemetry.sampler import ASK_AGAIN_AFTER_S, Sample, Sampler
from green_telemetry.window import Window

FULL_J = (2**64 - 1) / 1000


class Bench:
    """A meter on the fake GPU's own clock."""

    def __init__(self, gpu: Any) -> None:
        self.gpu = gpu
        self.meter, sample = open_meter(gpu)
        self.meter.sampler.clock = lambda: gpu.now_s
        self.meter.sampler.replace_gpu(gpu)
        self.meter.book(Sample(0.0, 0.0, sample.counter_j, sample.power_w), quiet=True, regular=True)

    def pass_time(self, seconds: float) -> Booked:
        self.gpu.pass_time(seconds)
        sample = self.meter.sampler.sample(with_counter=True)
        return self.meter.book(sample, quiet=True, regular=True)

    def windows(self) -> list[Window]:
        self.meter.books.end_window()
        return self.meter.books.settle([], math.inf)[1]


@pytest.fixture
def bench(gpu: Any) -> Bench:
    return Bench(gpu)


def joules(windows: list[Window]) -> list[float]:
    return [round((window.last_j or 0.0) - window.first_j, 3) for window in windows]


def test_a_reading_that_makes_no_sense_is_covered_by_the_next(bench: Bench) -> None:
    """No joule is lost, and it is said."""
    bench.pass_time(1.0)
    bench.gpu._shown_j, shown_j = FULL_J, bench.gpu._shown_j
    doubted = bench.meter.book(bench.meter.sampler.sample(with_counter=True), quiet=True, regular=True)
    bench.gpu._shown_j = shown_j
    after = bench.pass_time(1.0)

    assert doubted == Booked(doubts=(Doubt.SATURATED,))
    assert after == Booked()
    assert joules(bench.windows()) == [200.0]


def test_a_counter_that_stays_full_is_a_gap(bench: Bench) -> None:
    """The books end where it was last believed, and begin where it is again."""
    bench.pass_time(1.0)
    read = bench.gpu.read_energy_j
    bench.gpu.read_energy_j = lambda: FULL_J
    interrupted = [bench.pass_time(1.0).interrupted for _ in range(6)]
    bench.gpu.read_energy_j = read
    found = bench.pass_time(1.0)
    bench.pass_time(1.0)

    assert interrupted.count(True) == 1
    assert found.interrupted and found.gap == (1.0, 100.0)
    assert joules(bench.windows()) == [100.0, 100.0]


def test_a_counter_that_jumps_is_a_gap(bench: Bench) -> None:
    """It goes on from another sum."""
    bench.pass_time(1.0)
    bench.gpu._energy_j += 1e7
    booked = [bench.pass_time(1.0) for _ in range(3)]

    assert [one.gap for one in booked] == [None, (1.0, 100.0), None]
    assert booked[0].doubts == (Doubt.JUMPED,)
    assert joules(bench.windows()) == [100.0, 100.0]


def test_a_frozen_counter_that_counted_on_is_a_gap_only_after_seconds(bench: Bench) -> None:
    """Its joules are in the gap's readings, and in nobody's account."""
    bench.pass_time(1.0)
    read = bench.gpu.read_energy_j
    bench.gpu.read_energy_j = lambda: 100.0
    frozen = [bench.pass_time(1.0) for _ in range(7)]
    bench.gpu.read_energy_j = read
    thawed = bench.pass_time(1.0)

    assert [one.doubts for one in frozen].count((Doubt.FROZEN,)) == 1
    assert thawed.gap is not None and thawed.gap[1] == 100.0
    assert joules(bench.windows())[0] == 100.0


def test_a_doubt_is_said_again_after_ten_minutes(bench: Bench) -> None:
    """In case somebody has forgotten."""
    bench.gpu._shown_w = -1.0
    bench.gpu.power_w = -1.0
    said_at_s = []
    while bench.gpu.now_s < SAY_AGAIN_AFTER_S + 60:
        if Doubt.POWER in bench.pass_time(10.0).doubts:
            said_at_s.append(round(bench.gpu.now_s))

    assert said_at_s == [10, 610]


def test_power_that_is_missing_for_a_moment_is_bridged(gpu: Any) -> None:
    """Where it is all there is to sum up."""
    gpu.errors = {"energy": GpuUnsupportedError("no")}
    bench = Bench(gpu)
    bench.pass_time(1.0)
    gpu.errors["power"] = GpuUnsupportedError("no")
    bench.pass_time(1.0)
    gpu.errors.pop("power")
    bench.meter.sampler.replace_gpu(gpu)

    assert bench.pass_time(1.0) == Booked()
    assert joules(bench.windows()) == [300.0]


def test_power_that_is_missing_for_long_is_a_gap(gpu: Any) -> None:
    """What was drawn meanwhile is not known."""
    gpu.errors = {"energy": GpuUnsupportedError("no")}
    bench = Bench(gpu)
    bench.pass_time(1.0)
    gpu.power_w = -1.0
    lost = [bench.pass_time(1.0).interrupted for _ in range(6)]
    gpu.power_w = 100.0
    found = bench.pass_time(1.0)
    bench.pass_time(1.0)

    assert lost.count(True) == 1
    assert found.gap is not None and found.gap[0] == pytest.approx(1.0)
    assert joules(bench.windows()) == [100.0, 100.0]


def test_a_counter_that_is_refused_from_now_on_is_replaced_by_power(bench: Bench) -> None:
    """With a gap, as what was drawn since the last reading is not known."""
    bench.pass_time(1.0)
    bench.gpu.errors = {"energy": GpuUnsupportedError("no")}
    refused = bench.pass_time(1.0)
    bench.pass_time(1.0)

    assert refused.interrupted and refused.gap == (1.0, 100.0)
    assert bench.meter.books.method == "integrated"
    assert joules(bench.windows()) == [100.0, 100.0]


def test_a_counter_that_comes_back_is_read_from_then_on(gpu: Any) -> None:
    """Without a gap: power was summed up to this very moment."""
    gpu.errors = {"energy": GpuUnsupportedError("no")}
    bench = Bench(gpu)
    bench.pass_time(1.0)
    gpu.errors = {}
    back = bench.pass_time(ASK_AGAIN_AFTER_S)
    bench.pass_time(1.0)

    assert back == Booked()
    assert bench.meter.books.method == "counter"
    assert sum(joules(bench.windows())) == pytest.approx(100.0 * (ASK_AGAIN_AFTER_S + 2))


def test_a_loss_within_doubt_keeps_the_time_of_the_last_belief(bench: Bench) -> None:
    """The gap is as long as it really was."""
    bench.pass_time(1.0)
    bench.gpu.read_energy_j = lambda: FULL_J
    for _ in range(6):
        bench.pass_time(1.0)

    bench.meter.lose()

    assert (bench.meter.lost_s, bench.meter.lost_j) == (1.0, 100.0)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.05, 0.5, 2.0, 5.0]),
            st.one_of(st.none(), st.floats(-1e6, 1e19), st.just(FULL_J), st.just(0.0)),
            st.one_of(st.none(), st.floats(-1e4, 1e7)),
        ),
        max_size=40,
    ),
    st.booleans(),
)
def test_books_balance_whatever_is_read(
    readings: list[tuple[float, float | None, float | None]], integrate: bool
) -> None:
    """Each window's accounts add up to its readings; none runs backwards or gains joules from nonsense."""
    made = _meter(integrate)
    now_s = 0.0
    for pause_s, counter_j, power_w in readings:
        now_s += pause_s
        absurd = power_w is not None and not 0 <= power_w <= 1050
        sample = Sample(now_s, now_s, None if integrate else counter_j, None if absurd else power_w)
        made.book(sample, quiet=False, regular=True)
    made.books.end_window()

    for window in made.books.settle([], math.inf)[1]:
        assert window.last_s is not None and window.last_j is not None
        fields = window.fields()
        whole_j = window.last_j - window.first_j
        accounts_j = fields["baseline_j"] + fields["generations_j"] + fields["unattributed_j"]
        assert accounts_j == pytest.approx(whole_j, abs=0.01, rel=1e-9)
        assert 0 <= whole_j <= 1050 * (window.last_s - window.first_s + 0.2 * 41)


def _meter(integrate: bool) -> Meter:
    return Meter(Sampler(None, limit_w=700.0), Books(700.0, integrate=integrate))  # type: ignore[arg-type]
