# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the driver publishes of the true power: fields that step every 100 ms, one of them lagging."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from green_sim.gpu.timing import SensorTiming

AVERAGE_PERIODS = 10
UTILISATION_PERIODS = 5


@dataclass(frozen=True, slots=True)
class Published:
    """One set of published values."""

    power_instant_w: float
    power_average_w: float
    energy_j: float
    gpu_percent: int
    memory_percent: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Running totals of the truth at the end of a period."""

    energy_j: float
    gpu_busy_s: float
    memory_busy_s: float


class Sensors:
    """Turns the true totals at each edge of a period into what a reader sees until the next one."""

    __slots__ = ("_edges", "_timing", "counter_frozen", "frozen", "published")

    def __init__(self, totals: Totals, power_w: float, timing: SensorTiming) -> None:
        self._timing = timing
        self._edges: deque[Totals] = deque([totals], maxlen=AVERAGE_PERIODS + 1)
        self.frozen = False
        self.counter_frozen = False
        self.published = Published(power_w, power_w, totals.energy_j, 0, 0)

    def publish(self, totals: Totals, sampled_j: float) -> None:
        """End a period: `sampled_j` is the energy of its sampled part."""
        period_s = self._timing.period_s
        self._edges.append(totals)
        if self.frozen:
            return
        recent = self._edges[-min(len(self._edges), UTILISATION_PERIODS + 1)]
        recent_s = min(len(self._edges) - 1, UTILISATION_PERIODS) * period_s
        first = self._edges[0]
        self.published = Published(
            power_instant_w=sampled_j / self._timing.sampled_s,
            power_average_w=(totals.energy_j - first.energy_j) / ((len(self._edges) - 1) * period_s),
            energy_j=self.published.energy_j if self.counter_frozen else totals.energy_j,
            gpu_percent=_percent(totals.gpu_busy_s - recent.gpu_busy_s, recent_s),
            memory_percent=_percent(totals.memory_busy_s - recent.memory_busy_s, recent_s),
        )


def _percent(busy_s: float, of_s: float) -> int:
    return min(100, round(100 * busy_s / of_s))
