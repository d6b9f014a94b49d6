# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Reading one GPU."""

from __future__ import annotations

from typing import Any

import pytest

from green_common.gpu import GpuLostError, GpuPermissionError, GpuUnsupportedError
from green_telemetry.sampler import Sampler


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
