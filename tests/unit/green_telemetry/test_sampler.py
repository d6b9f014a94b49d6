# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Reading one GPU."""

from __future__ import annotations

from typing import Any

import pytest

from green_common.gpu import GpuLostError, GpuPermissionError, GpuUnsupportedError
from green_telemetry.plausible import Doubt
from green_telemetry.sampler import ASK_AGAIN_AFTER_S, Sampler


def test_a_sample_holds_what_the_gpu_says(gpu: Any) -> None:
    """All values of one moment, the counter where it was asked for."""
    gpu.pass_time(1.0)

    sample = Sampler(gpu, clock=lambda: gpu.now_s).sample(with_counter=True)

    assert sample.time_s == pytest.approx(1.0)
    assert sample.counter_j == pytest.approx(100.0)
    assert (sample.power_w, sample.gpu_percent, sample.sm_clock_mhz) == (100.0, 0, 1980)
    assert (sample.temperature_c, sample.memory_used_bytes) == (40, 20 * 1024**3)


def test_the_expensive_counter_is_read_only_on_demand(gpu: Any) -> None:
    """It costs 4 ms."""
    assert Sampler(gpu).sample(with_counter=False).counter_j is None


@pytest.mark.parametrize("kind", [GpuUnsupportedError, GpuPermissionError])
def test_what_the_card_does_not_offer_is_absent_and_asked_once(gpu: Any, kind: type[Exception]) -> None:
    """Never zero."""
    gpu.errors = {"energy": kind("no"), "utilisation": kind("no")}
    sampler = Sampler(gpu)

    sample = sampler.sample(with_counter=True)
    gpu.errors = {"energy": GpuLostError("asked again")}
    again = sampler.sample(with_counter=True)

    assert (sample.counter_j, sample.gpu_percent, sample.memory_percent) == (None, None, None)
    assert again.counter_j is None
    assert sampler.unsupported == {"energy counter", "utilisation"}


def test_a_lost_gpu_is_an_error(gpu: Any) -> None:
    """The caller has to know."""
    gpu.errors = {"all": GpuLostError("fell off the bus")}

    with pytest.raises(GpuLostError):
        Sampler(gpu).sample(with_counter=False)


def test_what_was_refused_is_asked_for_again(gpu: Any) -> None:
    """A new driver may offer it."""
    gpu.errors = {"energy": GpuUnsupportedError("no")}
    now_s = 0.0
    sampler = Sampler(gpu, clock=lambda: now_s)
    sampler.sample(with_counter=True)
    gpu.errors = {}

    soon = sampler.sample(with_counter=True)
    now_s = ASK_AGAIN_AFTER_S + 1
    later = sampler.sample(with_counter=True)

    assert (soon.counter_j, later.counter_j) == (None, 0.0)
    assert sampler.unsupported == set()


def test_a_gpu_found_again_is_asked_for_everything(gpu: Any) -> None:
    """Its driver may be another one."""
    gpu.errors = {"energy": GpuUnsupportedError("no")}
    sampler = Sampler(gpu)
    sampler.sample(with_counter=True)
    gpu.errors = {}

    sampler.replace_gpu(gpu)

    assert sampler.sample(with_counter=True).counter_j == 0.0


def test_an_average_is_corrected_and_marked(gpu: Any) -> None:
    """A step shows as it is, not as half of it."""
    gpu.power_is_instant = False
    now_s = 0.0
    sampler = Sampler(gpu, clock=lambda: now_s, limit_w=700.0)
    for _ in range(4):
        sampler.sample(with_counter=False)
        now_s += 0.5
    gpu._shown_w = 300.0

    sample = sampler.sample(with_counter=False)

    assert sample.power_lagged
    assert sample.power_w == pytest.approx(500.0)


def test_instant_power_is_looked_for_again(gpu: Any) -> None:
    """From then on nothing has to be corrected."""
    gpu.power_is_instant = False
    now_s = 0.0
    sampler = Sampler(gpu, clock=lambda: now_s)
    lagged = [sampler.sample(with_counter=False).power_lagged]
    now_s = ASK_AGAIN_AFTER_S + 1

    lagged.append(sampler.sample(with_counter=False).power_lagged)

    assert lagged == [True, False]


@pytest.mark.parametrize("power_w", [-0.001, 1200.0, 4294967.295])
def test_an_absurd_power_is_left_out(gpu: Any, power_w: float) -> None:
    """With the doubt, which is no refusal."""
    gpu._shown_w = power_w
    sampler = Sampler(gpu, limit_w=700.0)

    sample = sampler.sample(with_counter=False)

    assert (sample.power_w, sample.doubts) == (None, (Doubt.POWER,))
    assert sampler.unsupported == set()
