# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Whether what NVML says can be true: a reading that can't is left out, and the books go on without it.

Power is absurd where it is negative or over one and a half times the limit. The counter is believed
unless it is saturated, moves by more than one and a half times the limit could have made, or stands still
although the power says that it should not. Doubt that ends within three seconds costs nothing: the next
reading covers the time. After that, and where the counter goes on from another sum, the joules of that
time are not known. A counter that fell is no nonsense: the driver was loaded anew.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

ABSURD_LIMITS = 1.5
# Where the card tells no limit: no GPU of today draws half of this.
LIMIT_UNKNOWN_W = 3000.0
# The counter is published in steps, so that a short time can hold the joules of a longer one.
PUBLISHED_EVERY_S = 0.2
# NVML counts millijoules in 64 bits; a driver that gives up says all ones of 64 or of 32.
SATURATED_J = 2.0**53 / 1000
SATURATED_32_J = (2**32 - 1) / 1000
STILL_FOR_S, STILL_FOR_J = 1.0, 20.0
PATIENCE_S = 3.0


class Doubt(Enum):
    """What is wrong with a reading, in words for people."""

    POWER = "says a power that can't be"
    SATURATED = "says an energy counter that is full"
    JUMPED = "says more joules than its power limit allows"
    FROZEN = "says that its energy counter stands still while power is drawn"


class Verdict(Enum):
    """What to do with the counter that was read."""

    BOOK = "book"
    LEAVE_OUT = "leave out"
    # The books end at the last reading that was believed, and nothing begins yet.
    CUT = "cut"
    # The books begin anew with this reading; what happened since the last believed one is not known.
    ANEW = "anew"


@dataclass(frozen=True, slots=True)
class Reading:
    time_s: float
    counter_j: float


def is_absurd(power_w: float, limit_w: float | None) -> bool:
    """True for a power that no card with this limit can draw."""
    return not 0.0 <= power_w <= _most_w(limit_w)


class CounterCheck:
    """The energy counter of one GPU; `doubt` is why the last reading was not believed."""

    def __init__(self, limit_w: float | None) -> None:
        self._most_w = _most_w(limit_w)
        self.doubt: Doubt | None = None
        self.good: Reading | None = None
        self._suspect: Reading | None = None
        self._moved_s = -math.inf
        self._raw_j: float | None = None
        self._doubted_at_s: float | None = None
        self._is_cut = False

    def forget(self) -> None:
        """The GPU was lost, or its books were cut: whatever comes next is a beginning."""
        self.doubt = self.good = self._suspect = self._raw_j = self._doubted_at_s = None
        self._is_cut = False

    def judge(self, time_s: float, counter_j: float, power_w: float | None) -> Verdict:
        self.doubt = self._doubt(time_s, counter_j, power_w)
        now = Reading(time_s, counter_j)
        if self.doubt is None:
            return self._believe(now)
        if self.doubt is Doubt.JUMPED and self._suspect and self._follows(self._suspect, now):
            # Twice the same sum is where the counter goes on from.
            return self._believe(now, anew=True)
        self._suspect = now if self.doubt is Doubt.JUMPED else None
        if self._doubted_at_s is None:
            self._doubted_at_s = time_s
        if self._is_cut or self.good is None or time_s - self._doubted_at_s <= PATIENCE_S:
            return Verdict.LEAVE_OUT
        self._is_cut = True
        return Verdict.CUT

    def _believe(self, now: Reading, *, anew: bool = False) -> Verdict:
        verdict = Verdict.ANEW if anew or self._is_cut else Verdict.BOOK
        self.good, self._suspect, self._doubted_at_s, self._is_cut = now, None, None, False
        return verdict

    def _doubt(self, time_s: float, counter_j: float, power_w: float | None) -> Doubt | None:
        if not 0.0 <= counter_j < SATURATED_J or counter_j == SATURATED_32_J:
            return Doubt.SATURATED
        if self._stands_still(time_s, counter_j, power_w):
            return Doubt.FROZEN
        if self.good is not None and counter_j > self.good.counter_j:
            return None if self._follows(self.good, Reading(time_s, counter_j)) else Doubt.JUMPED
        return None

    def _follows(self, before: Reading, now: Reading) -> bool:
        within_s = now.time_s - before.time_s + PUBLISHED_EVERY_S
        return 0.0 <= now.counter_j - before.counter_j <= self._most_w * within_s

    def _stands_still(self, time_s: float, counter_j: float, power_w: float | None) -> bool:
        if counter_j != self._raw_j or self._raw_j is None:
            self._raw_j, self._moved_s = counter_j, time_s
            return False
        still_s = time_s - self._moved_s
        return still_s > STILL_FOR_S and power_w is not None and power_w * still_s > STILL_FOR_J


def _most_w(limit_w: float | None) -> float:
    return ABSURD_LIMITS * (limit_w or LIMIT_UNKNOWN_W)
