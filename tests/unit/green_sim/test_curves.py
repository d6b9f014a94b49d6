# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The curves go through the measured points and bend plausibly between and below them."""

from __future__ import annotations

import pytest

from green_sim.gpu import curves
from green_sim.gpu.curves import Clock, Phase, Work

LOW = Clock(sm_mhz=345)


@pytest.mark.parametrize(("batch", "tokens_per_s", "watts"), curves.DECODE_POINTS)
def test_decode_hits_each_measured_point(batch: int, tokens_per_s: float, watts: float) -> None:
    """At full clocks the table is reproduced exactly."""
    assert tokens_per_s == pytest.approx(curves.decode_tokens_per_s(batch))
    assert watts == pytest.approx(curves.power_w(Work(Phase.DECODE, batch), Clock()))


def test_decode_between_points_lies_on_the_line() -> None:
    """Twelve sequences lie half way between eight and sixteen."""
    assert curves.decode_tokens_per_s(12) == pytest.approx((278 + 655) / 2)


def test_more_than_fifty_sequences_go_no_faster() -> None:
    """Beyond the last point nothing was measured, so nothing is gained."""
    assert curves.decode_tokens_per_s(80) == pytest.approx(1126)


@pytest.mark.parametrize(("sm_mhz", "watts"), [(345, 72.4), (1980, 124.0)])
def test_idle_power_follows_the_clock(sm_mhz: int, watts: float) -> None:
    """An idle GPU costs what its clock costs."""
    assert watts == pytest.approx(curves.power_w(Work(), Clock(sm_mhz=sm_mhz)))


def test_prefill_slows_with_the_clock_and_decode_hardly() -> None:
    """Prefill computes, decode waits for memory."""
    clock = Clock(sm_mhz=1200)

    assert curves.speed(Phase.PREFILL, clock) == pytest.approx(1200 / 1980)
    assert curves.speed(Phase.DECODE, clock) > 0.85


@pytest.mark.parametrize("phase", [Phase.PREFILL, Phase.DECODE])
def test_lower_clocks_draw_less_power(phase: Phase) -> None:
    """Power falls with the clock in every working phase."""
    assert curves.power_w(Work(phase, 1), LOW) < 0.7 * curves.power_w(Work(phase, 1), Clock())


def test_supported_clocks_are_the_measured_cards() -> None:
    """110 steps of 15 MHz."""
    assert len(curves.SM_CLOCKS_MHZ) == 110
    assert (curves.SM_CLOCK_MIN_MHZ, curves.SM_CLOCK_MAX_MHZ) == (345, 1980)
