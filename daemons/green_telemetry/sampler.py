# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One reading of one GPU."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from green_common.gpu import Gpu, GpuPermissionError, GpuUnsupportedError
from green_telemetry.lag import LagCorrection
from green_telemetry.plausible import Doubt, is_absurd
from green_telemetry.processes import OthersShare

# What a card refuses may come with a new driver, and some refuse for a while only.
ASK_AGAIN_AFTER_S = 600.0
# Each call after a pause takes 0.1 to 0.2 ms of CPU on an H100's host, and this changes slowly.
SLOW_EVERY_S = 2.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sample:
    """
    What one GPU said at one moment; None is what it doesn't offer or was not asked.

    `power_w` is the power of now; where `power_lagged`, it was worked out from the mean of the last second.
    `others_share` (0 to 1) is the part of its work that is not the model server's, `reasons` NVML's mask of
    why the clocks are what they are (names in green_common.gpu.reasons). `doubts`: about what was left out.
    """

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
    memory_total_bytes: int | None = None
    others_share: float | None = None
    reasons: int | None = None
    power_lagged: bool = False
    doubts: tuple[Doubt, ...] = ()

    @property
    def time_s(self) -> float:
        """The middle of the reading on the monotonic clock."""
        return (self.before_s + self.after_s) / 2


@dataclass(frozen=True, slots=True)
class Slow:
    """The part of a sample that is read less often."""

    temperature_c: int | None = None
    memory_used_bytes: int | None = None
    memory_total_bytes: int | None = None
    others_share: float | None = None
    reasons: int | None = None


@dataclass(slots=True)
class Sampler:
    """Reads one GPU and remembers what it doesn't offer, so that it is asked for that only now and then."""

    gpu: Gpu
    clock: Callable[[], float] = time.monotonic
    limit_w: float | None = None
    others: OthersShare | None = None
    _ask_at_s: dict[str, float] = field(default_factory=dict)
    _recheck_at_s: float | None = None
    _lag: LagCorrection | None = None
    _slow: Slow = field(default_factory=Slow)
    _slow_until_s: float = -math.inf

    @property
    def unsupported(self) -> set[str]:
        """What the card refused when it was last asked."""
        return set(self._ask_at_s)

    def replace_gpu(self, gpu: Gpu) -> None:
        """The same card through another handle, perhaps of another driver: everything is asked for again."""
        self.gpu = gpu
        self._ask_at_s.clear()
        self._lag = self._recheck_at_s = None
        self._slow_until_s = -math.inf

    def sample(self, *, with_counter: bool) -> Sample:
        """
        Read the GPU; the counter, which costs 4 ms, only where it is wanted.

        Raises a GpuError where the GPU can't be read at all.
        """
        gpu = self.gpu
        before_s = self.clock()
        self._recheck_power(before_s)
        counter_j = self._read("energy counter", gpu.read_energy_j) if with_counter else None
        after_s = self.clock()
        power_w, doubts = self._read_power((before_s + after_s) / 2)
        utilisation = self._read("utilisation", gpu.read_utilisation)
        clocks = self._read("clocks", gpu.read_clocks)
        slow = self._read_slow(after_s)
        return Sample(
            before_s=before_s,
            after_s=after_s,
            counter_j=counter_j,
            power_w=power_w,
            gpu_percent=utilisation.gpu_percent if utilisation else None,
            memory_percent=utilisation.memory_percent if utilisation else None,
            sm_clock_mhz=clocks.sm_clock_mhz if clocks else None,
            memory_clock_mhz=clocks.memory_clock_mhz if clocks else None,
            temperature_c=slow.temperature_c,
            memory_used_bytes=slow.memory_used_bytes,
            memory_total_bytes=slow.memory_total_bytes,
            others_share=slow.others_share,
            reasons=slow.reasons,
            power_lagged=not gpu.power_is_instant,
            doubts=doubts,
        )

    def _read_slow(self, now_s: float) -> Slow:
        """What changes within seconds, so that two samples of a second may share it."""
        if now_s < self._slow_until_s:
            return self._slow
        self._slow_until_s = now_s + SLOW_EVERY_S
        memory = self._read("memory", self.gpu.read_memory)
        self._slow = Slow(
            temperature_c=self._read("temperature", self.gpu.read_temperature_c),
            memory_used_bytes=memory.used_bytes if memory else None,
            memory_total_bytes=memory.total_bytes if memory else None,
            others_share=self._read_others(now_s),
            reasons=self._read("clock event reasons", self.gpu.read_clock_event_reasons),
        )
        return self._slow

    def _read_power(self, time_s: float) -> tuple[float | None, tuple[Doubt, ...]]:
        power_w = self._read("power", self.gpu.read_power_w)
        if power_w is None:
            return None, ()
        if is_absurd(power_w, self.limit_w):
            return None, (Doubt.POWER,)
        if self.gpu.power_is_instant:
            self._lag = None
            return power_w, ()
        if self._lag is None:
            self._lag = LagCorrection(self.limit_w)
        return self._lag.correct(time_s, power_w), ()

    def _read_others(self, now_s: float) -> float | None:
        others = self.others
        if others is None:
            return None
        return self._read("processes", lambda: others.read(self.gpu, now_s))

    def _recheck_power(self, now_s: float) -> None:
        """A card without instant power may offer it one day."""
        if self._recheck_at_s is None:
            self._recheck_at_s = now_s + ASK_AGAIN_AFTER_S
        if now_s >= self._recheck_at_s:
            self._recheck_at_s = now_s + ASK_AGAIN_AFTER_S
            if not self.gpu.power_is_instant:
                self.gpu.recheck_power()

    def _read(self, what: str, call: Callable[[], T]) -> T | None:
        if self._ask_at_s and self.clock() < self._ask_at_s.get(what, 0.0):
            return None
        try:
            value = call()
        except (GpuUnsupportedError, GpuPermissionError):
            self._ask_at_s[what] = self.clock() + ASK_AGAIN_AFTER_S
            return None
        self._ask_at_s.pop(what, None)
        return value
