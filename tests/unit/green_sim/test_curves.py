# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The curves go through the measured points and bend plausibly between and below them."""

from __future__ import annotations

import pytest

from green_sim.gpu import curves
from green_sim.gpu.curves import H100, Clock, DecodePoint, Phase, Work

LOW = Clock(sm_mhz=345)


@pytest.mark.parametrize("point", H100.decode_points)
def test_decode_hits_each_measured_point(point: DecodePoint) -> None:
    """At full clocks the table is reproduced exactly."""
    assert point.tokens_per_s == pytest.approx(H100.decode_tokens_per_s(point.batch))
    assert point.power_w == pytest.approx(H100.power_w(Work(Phase.DECODE, point.batch), Clock()))


def test_decode_between_points_lies_on_the_line() -> None:
    """Twelve sequences lie half way between eight and sixteen."""
    assert H100.decode_tokens_per_s(12) == pytest.approx((278 + 655) / 2)


def test_more_than_fifty_sequences_go_no_faster() -> None:
    """Beyond the last point nothing was measured, so nothing is gained."""
    assert H100.decode_tokens_per_s(80) == pytest.approx(1126)


@pytest.mark.parametrize(("sm_mhz", "watts"), [(345, 72.4), (1980, 124.0)])
def test_idle_power_follows_the_clock(sm_mhz: int, watts: float) -> None:
    """An idle GPU costs what its clock costs."""
    assert watts == pytest.approx(H100.power_w(Work(), Clock(sm_mhz=sm_mhz)))


def test_prefill_slows_with_the_clock_and_decode_hardly() -> None:
    """Prefill computes, decode waits for memory."""
    clock = Clock(sm_mhz=1200)

    assert H100.speed(Work(Phase.PREFILL, 1), clock) == pytest.approx(1200 / 1980)
    assert H100.speed(Work(Phase.DECODE, 1), clock) > 0.85


@pytest.mark.parametrize("phase", [Phase.PREFILL, Phase.DECODE])
def test_lower_clocks_draw_less_power(phase: Phase) -> None:
    """Power falls with the clock in every working phase."""
    assert H100.power_w(Work(phase, 1), LOW) < 0.7 * H100.power_w(Work(phase, 1), Clock())


def test_supported_clocks_are_the_measured_cards() -> None:
    """110 steps of 15 MHz."""
    assert len(curves.SM_CLOCKS_MHZ) == 110
    assert (curves.SM_CLOCK_MIN_MHZ, curves.SM_CLOCK_MAX_MHZ) == (345, 1980)
