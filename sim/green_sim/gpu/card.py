# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One simulated GPU: its clocks, its true power and energy, and what it publishes of them."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from green_sim.gpu.curves import (
    H100,
    MEMORY_CLOCK_MAX_MHZ,
    MEMORY_CLOCKS_MHZ,
    SM_CLOCK_MAX_MHZ,
    SM_CLOCK_MIN_MHZ,
    SM_CLOCKS_MHZ,
    Clock,
    Curves,
    Phase,
    Work,
    memory_busy_share,
)
from green_sim.gpu.noise import wobble
from green_sim.gpu.sensors import Sensors, Totals

NAME = "Simulated H100 80GB HBM3"
MEMORY_TOTAL_BYTES = 81559 * 1024**2
MEMORY_RESERVED_BYTES = 620 * 1024**2
POWER_LIMIT_W = 700.0
AMBIENT_C = 26.0
KELVIN_PER_W = 0.075
WARMING_S = 45.0
# Longer gaps in which nobody looked are crossed in one step, without the wobble.
UNWATCHED_S = 60.0

REASON_GPU_IDLE = 0x1
REASON_CLOCKS_SETTING = 0x2


@dataclass(frozen=True, slots=True)
class ClockRange:
    """A clock lock as installed."""

    low_mhz: int
    high_mhz: int


@dataclass(frozen=True, slots=True)
class ClockChange:
    """One lock or reset that reached the card, on the monotonic clock."""

    at_monotonic_s: float
    action: str
    low_mhz: int | None = None
    high_mhz: int | None = None


@dataclass(slots=True)
class Process:
    """A process with a context on the card and the power its own work adds."""

    memory_bytes: int
    power_w: float = 0.0


@dataclass(slots=True)
class Card:
    """One GPU; every call passes the monotonic time in seconds, which never runs backwards."""

    index: int
    now_s: float
    seed: int = 0
    perf_boost: bool = True
    curves: Curves = H100
    work: Work = field(default_factory=Work)
    processes: dict[int, Process] = field(default_factory=dict)
    sm_lock: ClockRange | None = None
    memory_lock: ClockRange | None = None
    history: deque[ClockChange] = field(default_factory=lambda: deque(maxlen=1000))
    energy_j: float = 0.0
    temperature_c: float = field(init=False)
    sensors: Sensors = field(init=False)
    _gpu_busy_s: float = 0.0
    _memory_busy_s: float = 0.0
    _sampled_j: float = 0.0
    _tick: int = 0
    _origin_s: float = field(init=False)
    # Before noise; found anew only where what it depends on changes.
    _level_w: float = field(init=False)

    def __post_init__(self) -> None:
        self._origin_s = self.now_s
        self.temperature_c = AMBIENT_C + KELVIN_PER_W * self.curves.idle_low_w
        self._level_w = self._find_level_w()
        self.sensors = Sensors(self._totals(), self.power_w, self.curves.sensor)

    @property
    def uuid(self) -> str:
        """A stable UUID in the driver's form."""
        return f"GPU-51300000-0000-4000-8000-{self.index:012x}"

    @property
    def clock(self) -> Clock:
        """The clocks that the card runs at now."""
        boosted = self._busy or (bool(self.processes) and self.perf_boost)
        natural = SM_CLOCK_MAX_MHZ if boosted else SM_CLOCK_MIN_MHZ
        return Clock(
            _within(self.sm_lock, natural, SM_CLOCKS_MHZ),
            _within(self.memory_lock, MEMORY_CLOCK_MAX_MHZ, MEMORY_CLOCKS_MHZ),
        )

    @property
    def power_w(self) -> float:
        """True power now, in watts."""
        return min(POWER_LIMIT_W, self._level_w * self._wobble())

    @property
    def baseline_w(self) -> float:
        """What the card would draw with the same contexts and nothing to do, before noise."""
        boosted = bool(self.processes) and self.perf_boost
        natural = SM_CLOCK_MAX_MHZ if boosted else SM_CLOCK_MIN_MHZ
        return self.curves.idle_w(_within(self.sm_lock, natural, SM_CLOCKS_MHZ))

    @property
    def memory_used_bytes(self) -> int:
        """Memory in use, the driver's own share included."""
        held = sum(process.memory_bytes for process in self.processes.values())
        return min(MEMORY_TOTAL_BYTES, MEMORY_RESERVED_BYTES + held)

    @property
    def memory_free_bytes(self) -> int:
        """What is left for whoever comes next."""
        return MEMORY_TOTAL_BYTES - self.memory_used_bytes

    @property
    def clock_event_reasons(self) -> int:
        """NVML's mask: idle, or held by a lock while working."""
        if not self._busy:
            return REASON_GPU_IDLE if self.clock.sm_mhz == SM_CLOCK_MIN_MHZ else 0
        return REASON_CLOCKS_SETTING if self.clock.sm_mhz < SM_CLOCK_MAX_MHZ else 0

    def advance(self, now_s: float) -> None:
        """Integrate the true power up to now and publish what falls due on the way."""
        if now_s - self.now_s > UNWATCHED_S:
            self._cross_unwatched(now_s - UNWATCHED_S)
        timing = self.curves.sensor
        while True:
            edge_s = self._origin_s + (self._tick + 1) * timing.period_s
            sample_s = edge_s - timing.sampled_s
            if self.now_s < sample_s:
                self._integrate(min(now_s, sample_s), sampled=False)
            self._integrate(min(now_s, edge_s), sampled=True)
            if now_s < edge_s:
                return
            self._end_period()

    def set_work(self, now_s: float, work: Work) -> None:
        """From now on the card does this work."""
        self.advance(now_s)
        self.work = work
        self._level_w = self._find_level_w()

    def set_process(self, now_s: float, pid: int, process: Process) -> None:
        """From now on this process holds a context."""
        self.advance(now_s)
        self.processes[pid] = process
        self._level_w = self._find_level_w()

    def remove_process(self, now_s: float, pid: int) -> None:
        """The process has left the card."""
        self.advance(now_s)
        self.processes.pop(pid, None)
        self._level_w = self._find_level_w()

    def lock_sm(self, now_s: float, wanted: ClockRange) -> None:
        """Hold the SM clock within a range, whether or not anybody uses the card."""
        self.advance(now_s)
        self.sm_lock = wanted
        self._level_w = self._find_level_w()
        self.history.append(ClockChange(now_s, "lock_sm", wanted.low_mhz, wanted.high_mhz))

    def reset_sm(self, now_s: float) -> None:
        """Give the SM clock back to the driver."""
        self.advance(now_s)
        self.sm_lock = None
        self._level_w = self._find_level_w()
        self.history.append(ClockChange(now_s, "reset_sm"))

    def lock_memory(self, now_s: float, wanted: ClockRange) -> None:
        """Hold the memory clock within a range."""
        self.advance(now_s)
        self.memory_lock = wanted
        self._level_w = self._find_level_w()
        self.history.append(ClockChange(now_s, "lock_memory", wanted.low_mhz, wanted.high_mhz))

    def reset_memory(self, now_s: float) -> None:
        """Give the memory clock back to the driver."""
        self.advance(now_s)
        self.memory_lock = None
        self._level_w = self._find_level_w()
        self.history.append(ClockChange(now_s, "reset_memory"))

    @property
    def _busy(self) -> bool:
        if self.work.phase is not Phase.IDLE:
            return True
        return any(process.power_w > 0 for process in self.processes.values())

    def _find_level_w(self) -> float:
        foreign_w = sum(process.power_w for process in self.processes.values())
        return self.curves.power_w(self.work, self.clock) + foreign_w

    def _wobble(self) -> float:
        return wobble(self.seed + self.index, self._tick, self.curves.noise)

    def _totals(self) -> Totals:
        return Totals(self.energy_j, self._gpu_busy_s, self._memory_busy_s)

    def _integrate(self, until_s: float, *, sampled: bool) -> None:
        duration_s = until_s - self.now_s
        if duration_s <= 0:
            return
        joules = self.power_w * duration_s
        self.energy_j += joules
        if sampled:
            self._sampled_j += joules
        if self._busy:
            self._gpu_busy_s += duration_s
        self._memory_busy_s += duration_s * memory_busy_share(self.work.phase)
        self.now_s = until_s

    def _end_period(self) -> None:
        warmest_c = AMBIENT_C + KELVIN_PER_W * self._sampled_j / self.curves.sensor.sampled_s
        warming = 1 - math.exp(-self.curves.sensor.period_s / WARMING_S)
        self.temperature_c += (warmest_c - self.temperature_c) * warming
        self.sensors.publish(self._totals(), self._sampled_j)
        self._sampled_j = 0.0
        self._tick += 1

    def _cross_unwatched(self, until_s: float) -> None:
        period_s = self.curves.sensor.period_s
        ticks = int((until_s - self._origin_s) / period_s)
        duration_s = self._origin_s + ticks * period_s - self.now_s
        level_w = self.power_w / self._wobble()
        self.energy_j += level_w * duration_s
        self._gpu_busy_s += duration_s if self._busy else 0.0
        self._memory_busy_s += duration_s * memory_busy_share(self.work.phase)
        warmest_c = AMBIENT_C + KELVIN_PER_W * level_w
        self.temperature_c += (warmest_c - self.temperature_c) * (1 - math.exp(-duration_s / WARMING_S))
        self.now_s += duration_s
        self._tick = ticks
        self._sampled_j = 0.0


def _within(lock: ClockRange | None, natural_mhz: int, supported_mhz: tuple[int, ...]) -> int:
    """The highest supported clock that the lock allows, as near to the natural one as it can be."""
    if lock is None:
        return natural_mhz
    wanted = max(lock.low_mhz, min(lock.high_mhz, natural_mhz))
    return max((clock for clock in supported_mhz if clock <= wanted), default=supported_mhz[0])
