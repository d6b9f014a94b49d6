# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The energy counter of one GPU at any time between its readings, and how far off that may be."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

# The counter moves ten times a second (measured on an H100), so that it may lag by one step.
COUNTER_STEP_S = 0.1


@dataclass(frozen=True, slots=True)
class CounterReading:
    """The counter said `energy_j` at some moment between these two."""

    before_s: float
    after_s: float
    energy_j: float

    @property
    def time_s(self) -> float:
        return (self.before_s + self.after_s) / 2


@dataclass(frozen=True, slots=True)
class Energy:
    """Joules between two moments, at most `uncertainty_j` off by what the counter's steps hide."""

    energy_j: float
    uncertainty_j: float

    def __add__(self, other: Energy) -> Energy:
        return Energy(self.energy_j + other.energy_j, self.uncertainty_j + other.uncertainty_j)


def energy_between(readings: Sequence[CounterReading], start_s: float, end_s: float) -> Energy:
    """Interpolated at both edges; raises ValueError outside of the readings: nothing is extrapolated."""
    first_j, first_off_j = _level(readings, start_s)
    last_j, last_off_j = _level(readings, end_s)
    return Energy(last_j - first_j, first_off_j + last_off_j)


def _level(readings: Sequence[CounterReading], time_s: float) -> tuple[float, float]:
    if len(readings) < 2 or not readings[0].time_s <= time_s <= readings[-1].time_s:
        raise ValueError(f"the energy counter was not read around {time_s:.3f} s")
    after = bisect.bisect_right(readings, time_s, key=lambda reading: reading.time_s)
    after = min(after, len(readings) - 1)
    left, right = readings[after - 1], readings[after]
    power_w = (right.energy_j - left.energy_j) / (right.time_s - left.time_s)
    longest_call_s = max(left.after_s - left.before_s, right.after_s - right.before_s)
    off_j = power_w * (COUNTER_STEP_S + longest_call_s / 2)
    return left.energy_j + power_w * (time_s - left.time_s), off_j
