# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
The course of a calibration: each arm is visited in turn, there and back again, until the rounds are done.

It needs nothing in flight. A request that comes ends the visit under way, whose samples are dropped; what
earlier visits have shown is kept, and the next quiet goes on from there.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from green_idle.calibration.arms import Arm
from green_idle.calibration.verdict import Verdict, judge

LEAST_SAMPLES = 8


@dataclass(frozen=True, slots=True)
class Pace:
    """
    How long each arm is visited, and how often; it begins once a rest has lasted `rested_s`.

    Where it has, another minute or two of the same quiet is likely. `settle_s` at the beginning of a visit
    does not count: the driver may obey late, and averages power over a second.
    """

    settle_s: float = 4.0
    visit_s: float = 10.0
    rounds: int = 4
    rested_s: float = 30.0


PACE = Pace()


class Calibration:
    """What is measured on one GPU; the clock comes with the samples."""

    def __init__(self, arms: Sequence[Arm], pace: Pace = PACE) -> None:
        self._pace = pace
        # Back and forth, so that a drift over time weighs on all arms alike.
        self._order = [arm for turn in range(pace.rounds) for arm in (arms if turn % 2 == 0 else arms[::-1])]
        self._means_w: dict[Arm, list[float]] = {arm: [] for arm in arms}
        self._samples_w: list[float] = []
        self._since_s: float | None = None

    @property
    def arm(self) -> Arm | None:
        """What is to be locked now; None once all is measured."""
        done = sum(map(len, self._means_w.values()))
        return self._order[done] if done < len(self._order) else None

    @property
    def share_done(self) -> float:
        return sum(map(len, self._means_w.values())) / len(self._order)

    @property
    def verdict(self) -> Verdict | None:
        """None while there is more to measure."""
        return judge(self._means_w) if self.arm is None else None

    def locked(self, at_s: float) -> None:
        """The clocks of `arm` are in force from now on."""
        self._since_s = at_s
        self._samples_w.clear()

    def interrupt(self) -> None:
        """Somebody needs the GPU: this visit does not count."""
        self._since_s = None

    def saw(self, power_w: float, at_s: float) -> bool:
        """Take in a power sample; True where the visit is over and another arm is to be locked."""
        if self._since_s is None or self.arm is None or at_s - self._since_s < self._pace.settle_s:
            return False
        self._samples_w.append(power_w)
        if at_s - self._since_s < self._pace.visit_s or len(self._samples_w) < LEAST_SAMPLES:
            return False
        self._means_w[self.arm].append(statistics.fmean(self._samples_w))
        self._since_s = None
        return True
