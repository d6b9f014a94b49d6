# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One reading of one GPU."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from green_common.gpu import Gpu, GpuPermissionError, GpuUnsupportedError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sample:
    """What one GPU said at one moment; None is what it doesn't offer or was not asked."""

    before_s: float
    after_s: float
    counter_j: float | None = None
    power_w: float | None = None
    gpu_percent: int | None = None
    memory_percent: int | None = None
    sm_clock_mhz: int | None = None
    memory_clock_mhz: int | None = None
    temperature_c: int | None = None
    memory_used_bytes: int | None = None
    others_share: float | None = None
    reasons: int | None = None
    power_lagged: bool = False

    @property
    def time_s(self) -> float:
        """The middle of the reading on the monotonic clock."""
        return (self.before_s + self.after_s) / 2


@dataclass(slots=True)
class Sampler:
    """Reads one GPU and remembers what it doesn't offer, so that it is asked only once."""

    gpu: Gpu
    clock: Callable[[], float] = time.monotonic
    unsupported: set[str] = field(default_factory=set)

    def sample(self, *, with_counter: bool) -> Sample:
        """
        Read the GPU; the counter, which costs 4 ms, only where it is wanted.

        Raises a GpuError where the GPU can't be read at all.
        """
        gpu = self.gpu
        before_s = self.clock()
        counter_j = self._read("energy counter", gpu.read_energy_j) if with_counter else None
        after_s = self.clock()
        utilisation = self._read("utilisation", gpu.read_utilisation)
        clocks = self._read("clocks", gpu.read_clocks)
        memory = self._read("memory", gpu.read_memory)
        return Sample(
            before_s=before_s,
            after_s=after_s,
            counter_j=counter_j,
            power_w=self._read("power", gpu.read_power_w),
            gpu_percent=utilisation.gpu_percent if utilisation else None,
            memory_percent=utilisation.memory_percent if utilisation else None,
            sm_clock_mhz=clocks.sm_clock_mhz if clocks else None,
            memory_clock_mhz=clocks.memory_clock_mhz if clocks else None,
            temperature_c=self._read("temperature", gpu.read_temperature_c),
            memory_used_bytes=memory.used_bytes if memory else None,
        )

    def _read(self, what: str, call: Callable[[], T]) -> T | None:
        if what in self.unsupported:
            return None
        try:
            return call()
        except (GpuUnsupportedError, GpuPermissionError):
            self.unsupported.add(what)
            return None
