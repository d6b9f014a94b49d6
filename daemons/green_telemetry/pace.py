# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How often the GPUs are looked at: the configured beat, slower while nothing happens and nobody watches."""

from __future__ import annotations

import math

# Every look costs little, and so does none for a GPU that has rested for a minute.
RESTED_AFTER_S = 60.0
SLOWEST_S = 5.0
SLOWER_BY = 2.0
# On an H100 the counter takes 4 ms of CPU to read, and keeps its sum: one in two seconds is 0.2 % of a core.
READINGS_PER_S = 0.5
READINGS_AT_ONCE = 6
# Kept back for where work begins on an idle GPU, and where the last of it ends: no model tells that energy.
READINGS_KEPT = 3
# While something runs, between the edges of its phases; and while nothing does.
COUNTER_BUSY_S, COUNTER_RESTED_S = 2.0, 5.0


class Pace:
    """The time between two samples; a call of `beat` for each."""

    def __init__(self, period_s: float, now_s: float) -> None:
        self.period_s = period_s
        self._busy_at_s = now_s
        self._slow_s = period_s

    @property
    def rests(self) -> bool:
        """True while samples come more slowly than configured."""
        return self._slow_s > self.period_s

    def note_busy(self, now_s: float) -> None:
        """Something happens or somebody watches: back to the configured beat at once."""
        self._busy_at_s = now_s
        self._slow_s = self.period_s

    def beat(self, now_s: float) -> float:
        """Seconds to the next sample: doubled from one to the next after a minute of rest, up to 5 s."""
        if now_s - self._busy_at_s < RESTED_AFTER_S:
            self._slow_s = self.period_s
        else:
            self._slow_s = max(self.period_s, min(SLOWEST_S, self._slow_s * SLOWER_BY))
        return self._slow_s


class CounterBudget:
    """Bounds the readings of the counter: one in two seconds in the long run, six at once."""

    def __init__(self) -> None:
        self._saved = float(READINGS_AT_ONCE)
        self._at_s = -math.inf
        self.read_at_s = -math.inf

    def note(self, now_s: float) -> None:
        """The counter is read now, whatever for."""
        self._save(now_s)
        self._saved -= 1.0
        self.read_at_s = now_s

    def allows(self, now_s: float, *, first: bool) -> bool:
        """True where an edge of a phase may be read; `first` where work begins or the last of it ends."""
        self._save(now_s)
        return self._saved >= (1.0 if first else 1.0 + READINGS_KEPT)

    def is_due(self, now_s: float, *, busy: bool) -> bool:
        """True where the beat has to read it, edges or not."""
        every_s = COUNTER_BUSY_S if busy else COUNTER_RESTED_S
        # A beat that comes a little early must not put the reading off by a whole one.
        return now_s - self.read_at_s >= every_s - 0.01

    def _save(self, now_s: float) -> None:
        if now_s > self._at_s:
            since_s = now_s - self._at_s
            self._saved = min(float(READINGS_AT_ONCE), self._saved + READINGS_PER_S * since_s)
            self._at_s = now_s
