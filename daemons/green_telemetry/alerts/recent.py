# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Mean and deviation of a quantity over the last minute, by time: the rate of readings is no matter."""

from __future__ import annotations

import math
from collections import deque

# A longer pause between two readings is not known time.
LONGEST_STEP_S = 15.0
# So much of the minute has to be known before a mean is told.
ENOUGH = 0.9


class Recent:
    """Each reading counts for the time since the one before it."""

    def __init__(self, seconds: float = 60.0) -> None:
        self._seconds = seconds
        self._steps: deque[tuple[float, float, float]] = deque()
        self._last_s: float | None = None

    def add(self, value: float | None, at_s: float) -> None:
        """Take a reading in; None is one that could not be made."""
        step_s = 0.0 if self._last_s is None else at_s - self._last_s
        self._last_s = at_s
        if value is not None and 0 < step_s <= LONGEST_STEP_S:
            self._steps.append((at_s, step_s, value))
        while self._steps and self._steps[0][0] <= at_s - self._seconds:
            self._steps.popleft()

    def forget(self) -> None:
        """What was read before a gap is no part of the last minute."""
        self._steps.clear()
        self._last_s = None

    def mean_and_deviation(self) -> tuple[float, float] | None:
        """Of the last minute, or None where too little of it is known."""
        known_s = sum(step_s for _, step_s, _ in self._steps)
        if known_s < ENOUGH * self._seconds:
            return None
        mean = sum(step_s * value for _, step_s, value in self._steps) / known_s
        squares = sum(step_s * (value - mean) ** 2 for _, step_s, value in self._steps) / known_s
        return mean, math.sqrt(squares)
