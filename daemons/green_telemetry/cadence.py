# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""When the GPUs are read: on the beat, where work changes hands, and once the last work has drained."""

from __future__ import annotations

import math

from green_telemetry.phases import COUNTER_STEP_S
from green_telemetry.sampler import Sample
from green_telemetry.timeline import Timeline

# The counter takes 4 ms to read and keeps its sum: in quiet times a few readings a minute will do.
QUIET_READING_EVERY_S = 5.0
# With more in flight the shares hardly change at one edge, and the beat's readings are enough.
FEW_IN_FLIGHT = 4
# Power still shows the end of the last generation.
SETTLING_S = 0.3


class Cadence:
    """Decides only; whoever reads the counter says so by `note_reading`."""

    def __init__(self, now_s: float, *, period_s: float, window_s: float) -> None:
        self._period_s = period_s
        # Half a beat early rather than half a beat late: a window ends on the beat next to its time.
        self._full_window_s = window_s - period_s / 2
        self._beat_at_s = now_s
        self._read_at_s = -math.inf
        self._drained_at_s = math.inf

    @property
    def wake_at_s(self) -> float:
        """When there is something to read, whatever the feed says."""
        return min(self._beat_at_s, self._drained_at_s)

    def note_reading(self, now_s: float) -> None:
        """The counter is read now."""
        self._read_at_s = now_s

    def note_drain(self, ended_s: float) -> None:
        """Nothing is in flight since then: one step of the counter later all of it can be read."""
        self._drained_at_s = ended_s + COUNTER_STEP_S

    def wants_edge(self, now_s: float, before: int, after: int) -> bool:
        """True where a hand-over is worth a reading, and the counter has moved since the last one."""
        return min(before, after) < FEW_IN_FLIGHT and now_s - self._read_at_s >= COUNTER_STEP_S

    def take_drain(self, now_s: float) -> bool:
        """True once, where all work has drained."""
        if now_s < self._drained_at_s:
            return False
        self._drained_at_s = math.inf
        return True

    def take_beat(self, now_s: float) -> bool:
        """True once for each beat; beats that were missed are not made up for."""
        if now_s < self._beat_at_s:
            return False
        self._beat_at_s += self._period_s * math.ceil((now_s - self._beat_at_s + 1e-9) / self._period_s)
        return True

    def window_is_over(self, age_s: float) -> bool:
        return age_s >= self._full_window_s

    def wants_counter(self, now_s: float, *, owed: bool) -> bool:
        """On the beat: where somebody is to be charged or a window ends, and else now and then."""
        return owed or now_s - self._read_at_s >= QUIET_READING_EVERY_S


def is_quiet(sample: Sample, timeline: Timeline, *, connected: bool) -> bool:
    """True where nothing is in flight and, as far as the GPU tells, nothing computes."""
    ended_s = timeline.last_ended_s
    if timeline.in_flight or (ended_s is not None and sample.time_s - ended_s < SETTLING_S):
        return False
    return connected if sample.gpu_percent is None else sample.gpu_percent == 0
