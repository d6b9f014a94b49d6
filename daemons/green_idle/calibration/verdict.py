# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the visits to each arm have shown, and which arm to rest with."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from green_idle.calibration.arms import Arm

LEAST_SAVING_W = 1.0
LEAST_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """How many watts one arm draws less than another, by rounds in which both were visited."""

    saved_w: float
    noise_w: float

    @property
    def counts(self) -> bool:
        """True where it is more than chance and more than a watt."""
        return self.saved_w > max(self.noise_w, LEAST_SAVING_W)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The arm to rest with, its power beside that of the card's own clocks, and what it saves."""

    arm: Arm
    own_w: float
    rest_w: float
    saved_w: float
    noise_w: float

    @property
    def in_words(self) -> str:
        if self.arm is Arm.OWN:
            return f"its own clocks draw {self.own_w:.1f} W, and lower ones save no more than chance"
        saved = f"locking the {self.arm.value} saves {self.saved_w:.1f} W"
        return f"{saved} ({self.rest_w:.1f} W instead of {self.own_w:.1f} W, chance {self.noise_w:.1f} W)"


def difference(more_w: Sequence[float], less_w: Sequence[float]) -> Difference:
    """
    The mean of the paired differences, and twice its standard error; both in watts.

    Paired by round, so that what a card's warming or cooling does to both cancels out.
    """
    pairs_w = [more - less for more, less in zip(more_w, less_w, strict=True)]
    error_w = statistics.stdev(pairs_w) / math.sqrt(len(pairs_w))
    return Difference(statistics.fmean(pairs_w), 2 * error_w)


def judge(means_w: Mapping[Arm, Sequence[float]]) -> Verdict:
    """
    The arm that saves most; one that locks more has to save more than chance beside the one before.

    `means_w` holds each arm's mean power by round, LEAST_ROUNDS or more and as many for each arm.
    """
    own_w = means_w[Arm.OWN]
    best, gain = Arm.OWN, Difference(0.0, 0.0)
    for arm in Arm:
        if arm is not Arm.OWN and arm in means_w and difference(means_w[best], means_w[arm]).counts:
            best, gain = arm, difference(own_w, means_w[arm])
    rest_w = statistics.fmean(means_w[best])
    return Verdict(best, statistics.fmean(own_w), rest_w, gain.saved_w, gain.noise_w)
