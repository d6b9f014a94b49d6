# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The energy counter as counter.py read it, at any time between its readings."""

from __future__ import annotations

import bisect
import json
from collections.abc import Iterable
from dataclasses import dataclass

# The counter moves ten times a second (measured on an H100), so that it may lag by one step.
COUNTER_STEP_S = 0.1


@dataclass(frozen=True, slots=True)
class Reading:
    """The counter said `energy_j` at some moment between these two."""

    before_s: float
    after_s: float
    energy_j: float

    @property
    def time_s(self) -> float:
        return (self.before_s + self.after_s) / 2


@dataclass(frozen=True, slots=True)
class Level:
    """
    The counter at one moment.

    `energy_j` is interpolated between the readings `lowest_j` and `highest_j` around that moment, and off by
    `uncertainty_j`, about one step of the counter, where the power was even.
    """

    energy_j: float
    uncertainty_j: float
    lowest_j: float
    highest_j: float

    def allows(self, energy_j: float) -> bool:
        """
        True where another's reading of this moment contradicts none of the two around it.

        The counter only rises; a step of slack, as two calls at once may see it before and after a step.
        """
        return self.lowest_j - self.uncertainty_j <= energy_j <= self.highest_j + self.uncertainty_j


class Witness:
    """All readings of one GPU, in order."""

    def __init__(self, readings: Iterable[Reading]) -> None:
        self._readings = sorted(readings, key=lambda reading: reading.time_s)
        self._times_s = [reading.time_s for reading in self._readings]

    def covers(self, time_s: float) -> bool:
        return bool(self._times_s) and self._times_s[0] <= time_s <= self._times_s[-1]

    def between(self, start_s: float, end_s: float) -> list[Reading]:
        first, last = bisect.bisect_left(self._times_s, start_s), bisect.bisect_right(self._times_s, end_s)
        return self._readings[first:last]

    def at(self, time_s: float) -> Level:
        """Raises ValueError outside of the readings: nothing is extrapolated."""
        if not self.covers(time_s):
            raise ValueError(f"no independent reading around {time_s:.3f} s")
        after = min(bisect.bisect_right(self._times_s, time_s), len(self._times_s) - 1)
        left, right = self._readings[after - 1], self._readings[after]
        span_s = right.time_s - left.time_s
        power_w = (right.energy_j - left.energy_j) / span_s
        longest_call_s = max(left.after_s - left.before_s, right.after_s - right.before_s)
        return Level(
            energy_j=left.energy_j + power_w * (time_s - left.time_s),
            uncertainty_j=power_w * (COUNTER_STEP_S + longest_call_s / 2),
            lowest_j=left.energy_j,
            highest_j=right.energy_j,
        )


def witnesses_of(lines: Iterable[str]) -> dict[str, Witness]:
    """counter.py's lines, by the GPU's UUID."""
    readings: dict[str, list[Reading]] = {}
    for line in lines:
        said = json.loads(line)
        reading = Reading(said["before_s"], said["after_s"], said["energy_mj"] / 1000)
        readings.setdefault(said["gpu"], []).append(reading)
    return {uuid: Witness(those) for uuid, those in readings.items()}
