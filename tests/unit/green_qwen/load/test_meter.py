# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Reading several GPUs, one after another."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from green_common.gpu import Memory
from green_qwen.load.figures import Rest, Window, drawn_in
from green_qwen.load.meter import Meter


class Clock:
    """A hundredth of a second goes by with each look at it."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        self.now_s += 0.01
        return self.now_s


class SteadyGpu:
    """Draws 100 W, and has no more to tell."""

    name = "H100"

    def __init__(self, index: int, clock: Clock) -> None:
        self.uuid, self._clock = f"GPU-{index}", clock

    def read_energy_j(self) -> float:
        return 100.0 * self._clock.now_s

    def read_power_w(self) -> float:
        return 100.0

    def read_temperature_c(self) -> int:
        return 50

    def read_clock_event_reasons(self) -> int:
        return 0

    def read_compute_pids(self) -> tuple[int, ...]:
        return ()

    def read_memory(self) -> Memory:
        return Memory(1, 2)


def test_every_gpu_was_read_around_a_mark() -> None:
    """Also the one that was read first, at once, with nothing read after."""
    clock = Clock()
    gpus = cast(Any, [SteadyGpu(index, clock) for index in range(3)])
    meter = Meter(gpus, clock=clock)

    async def between_marks() -> Rest:
        start_s = await meter.mark()
        return drawn_in(Window(start_s, await meter.mark()), meter.logs)

    drawn = asyncio.run(between_marks())

    assert drawn.mean_power_w == pytest.approx(300.0, rel=0.05)
