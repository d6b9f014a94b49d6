# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""When the GPUs are read: on the beat, where work changes hands, and once the last work has drained."""

from __future__ import annotations

import math

from green_common.config import TelemetryConfig
from green_telemetry.pace import CounterBudget, Pace
from green_telemetry.phases import COUNTER_STEP_S
from green_telemetry.sampler import Sample
from green_telemetry.timeline import Timeline

# With more in flight the shares hardly change at one edge, and the beat's readings are enough.
FEW_IN_FLIGHT = 4
# Power still shows the end of the last generation.
SETTLING_S = 0.3


class Cadence:
    """Decides only; whoever reads the counter says so by `note_reading`."""

    def __init__(self, now_s: float, config: TelemetryConfig) -> None:
        self.config = config
        self.pace = Pace(config.sample_every_ms / 1000, now_s)
        self._budget = CounterBudget()
        self._beat_s = self.pace.period_s
        self._beat_at_s = now_s
        self._drained_at_s = math.inf

    @property
    def wake_at_s(self) -> float:
        """When there is something to read, whatever the feed says."""
        return min(self._beat_at_s, self._drained_at_s)

    def hurry(self, now_s: float) -> None:
        """Somebody works or watches: a beat that had become slow is at its own time again."""
        self.pace.note_busy(now_s)
        self._beat_at_s = min(self._beat_at_s, now_s + self.pace.period_s)

    def note_reading(self, now_s: float) -> None:
        """The counter is read now."""
        self._budget.note(now_s)

    def note_drain(self, ended_s: float) -> None:
        """Nothing is in flight since then: one step of the counter later all of it can be read."""
        self._drained_at_s = ended_s + COUNTER_STEP_S

    def wants_edge(self, now_s: float, before: int, after: int) -> bool:
        """True where a hand-over is worth a reading, and the counter has moved since the last one."""
        few = min(before, after) < FEW_IN_FLIGHT
        return few and self._budget.allows(now_s, first=before == 0) and self._has_moved(now_s)

    def take_drain(self, now_s: float) -> bool:
        """True once, where all work has drained and the counter may be read."""
        if now_s < self._drained_at_s:
            return False
        self._drained_at_s = math.inf
        return self._budget.allows(now_s, first=True)

    def take_beat(self, now_s: float) -> bool:
        """True once for each beat; beats that were missed are not made up for."""
        if now_s < self._beat_at_s:
            return False
        self.pace.period_s = self.config.sample_every_ms / 1000
        self._beat_s = self.pace.beat(now_s)
        self._beat_at_s += self._beat_s * math.ceil((now_s - self._beat_at_s + 1e-9) / self._beat_s)
        return True

    def window_is_over(self, age_s: float) -> bool:
        """Half a beat early rather than half a beat late: a window ends on the beat next to its time."""
        return age_s >= self.config.window_s - self._beat_s / 2

    def wants_counter(self, now_s: float, *, busy: bool) -> bool:
        """On the beat: more often where somebody is to be charged than at rest."""
        return self._budget.is_due(now_s, busy=busy)

    def _has_moved(self, now_s: float) -> bool:
        return now_s - self._budget.read_at_s >= COUNTER_STEP_S


def is_quiet(sample: Sample, timeline: Timeline, *, connected: bool) -> bool:
    """True where nothing is in flight and, as far as the GPU tells, nothing computes."""
    ended_s = timeline.last_ended_s
    if timeline.in_flight or (ended_s is not None and sample.time_s - ended_s < SETTLING_S):
        return False
    return connected if sample.gpu_percent is None else sample.gpu_percent == 0
