# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Measuring while the same sequences decode: the card's own clocks, then a lowered one, for seconds each.

Whatever changes ends it, and what was not finished does not count.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field

from green_idle.decode.knee import Measured, Pair
from green_idle.hold import CLOCK_STEP_MHZ

LEAST_SAMPLES = 8


@dataclass(frozen=True, slots=True)
class Pace:
    """
    How long one clock is measured; `settle_s` before it does not count, since the driver may obey late.

    Decoding begins to count as such after `steady_s`. Short answers and bursts of requests are over by
    then, or would have the clocks change at each of them.
    """

    steady_s: float = 2.0
    settle_s: float = 1.0
    measured_s: float = 3.0


PACE = Pace()


@dataclass(slots=True)
class Visit:
    """Some seconds at one clock, None for the card's own: tokens as they are told, and power."""

    sm_clock_mhz: int | None
    since_s: float
    pace: Pace
    generations: frozenset[str]
    _first: dict[str, tuple[int, float]] = field(default_factory=dict)
    _last: dict[str, tuple[int, float]] = field(default_factory=dict)
    _powers_w: list[float] = field(default_factory=list)

    def heard(self, generation: str, tokens: int, at_s: float) -> None:
        if at_s - self.since_s >= self.pace.settle_s and generation in self.generations:
            self._first.setdefault(generation, (tokens, at_s))
            self._last[generation] = tokens, at_s

    def saw(self, power_w: float, sm_clock_mhz: int, at_s: float) -> None:
        """What a card shows that did not obey is no measurement."""
        obeys = self.sm_clock_mhz is None or sm_clock_mhz <= self.sm_clock_mhz + CLOCK_STEP_MHZ
        if obeys and at_s - self.since_s >= self.pace.settle_s:
            self._powers_w.append(power_w)

    def is_late(self, at_s: float) -> bool:
        """It takes so long that something is wrong: a stream that stands, a card that does not obey."""
        return at_s - self.since_s > 2 * (self.pace.settle_s + self.pace.measured_s)

    def result(self, at_s: float) -> Measured | None:
        """None while there is too little to go by."""
        if at_s - self.since_s < self.pace.settle_s + self.pace.measured_s:
            return None
        if len(self._powers_w) < LEAST_SAMPLES or self._last.keys() != self.generations:
            return None
        # From one telling to another, so that what is gathered between them is no error.
        rates = [_rate(self._first[one], self._last[one]) for one in self.generations]
        return Measured(sum(rates), statistics.fmean(self._powers_w)) if all(rates) else None


class Course:
    """One lowered clock after another, each after the card's own; `sm_clock_mhz` is what is due now."""

    def __init__(self, generations: frozenset[str], pace: Pace, at_s: float) -> None:
        self._generations = generations
        self._pace = pace
        self._own: Measured | None = None
        self._visit = self._begin(None, at_s)

    @property
    def sm_clock_mhz(self) -> int | None:
        return self._visit.sm_clock_mhz

    def heard(self, generation: str, tokens: int, at_s: float) -> None:
        self._visit.heard(generation, tokens, at_s)

    def saw(self, power_w: float, sm_clock_mhz: int, at_s: float) -> None:
        self._visit.saw(power_w, sm_clock_mhz, at_s)

    def is_late(self, at_s: float) -> bool:
        return self._visit.is_late(at_s)

    def turn(self, next_mhz: int, at_s: float) -> Pair | None:
        """Go on where a visit is over; `next_mhz` comes after own clocks. The pair is one just finished."""
        measured = self._visit.result(at_s)
        if measured is None:
            return None
        if self._visit.sm_clock_mhz is None:
            self._own, self._visit = measured, self._begin(next_mhz, at_s)
            return None
        own, self._own, self._visit = self._own, None, self._begin(None, at_s)
        return Pair(own, measured) if own else None

    def _begin(self, sm_clock_mhz: int | None, at_s: float) -> Visit:
        return Visit(sm_clock_mhz, at_s, self._pace, self._generations)


def _rate(first: tuple[int, float], last: tuple[int, float]) -> float:
    seconds = last[1] - first[1]
    return (last[0] - first[0]) / seconds if seconds > 0 else 0.0
