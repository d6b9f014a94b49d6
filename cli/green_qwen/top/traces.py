# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Power and phases of the last minutes, for the eye, and what power did in the last one."""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Iterable, Sequence

KEPT_S = 600.0
# At most so many a second are kept, however fast readings come.
EVERY_S = 0.2
MINUTE_S = 60.0
# A longer pause between two readings is not known time.
LONGEST_STEP_S = 15.0
# Less says nothing of a deviation.
LEAST_S = 5.0

Point = tuple[float, float]


class Trace:
    """Values by time, of the last ten minutes."""

    def __init__(self) -> None:
        self._points: deque[Point] = deque(maxlen=int(KEPT_S / EVERY_S))

    @property
    def points(self) -> tuple[Point, ...]:
        return tuple(self._points)

    def add(self, at_s: float, value: float | None) -> None:
        """Take a reading in; None is one that could not be made."""
        if self._points and at_s < self._points[-1][0]:
            # The clock was set back.
            self._points.clear()
        if value is None or (self._points and at_s < self._points[-1][0] + EVERY_S):
            return
        self._points.append((at_s, value))
        while self._points[0][0] < at_s - KEPT_S:
            self._points.popleft()


def spread(points: Sequence[Point], now_s: float) -> tuple[float, float, float] | None:
    """Mean, standard deviation and the seconds that they are over: the last 60, or what is known of them."""
    steps = []
    for (before_s, _), (at_s, value) in itertools.pairwise(points):
        if at_s > now_s - MINUTE_S and at_s - before_s <= LONGEST_STEP_S:
            steps.append((at_s - before_s, value))
    known_s = sum(step_s for step_s, _ in steps)
    if known_s < LEAST_S:
        return None
    mean = sum(step_s * value for step_s, value in steps) / known_s
    squares = sum(step_s * (value - mean) ** 2 for step_s, value in steps) / known_s
    return mean, math.sqrt(squares), min(known_s, MINUTE_S)


def columns_of(points: Iterable[Point], now_s: float, width: int) -> list[float | None]:
    """The mean of each second, the newest to the right; None where there was no reading."""
    sums, counts = [0.0] * width, [0] * width
    for at_s, value in points:
        column = width - 1 - (math.floor(now_s) - math.floor(at_s))
        if 0 <= column < width:
            sums[column] += value
            counts[column] += 1
    means = (total / count if count else None for total, count in zip(sums, counts, strict=True))
    return _carried(list(means))


def _carried(columns: list[float | None]) -> list[float | None]:
    """A beat slower than a second leaves holes that are none."""
    last, age = None, 0
    for index, value in enumerate(columns):
        last, age = (value, 0) if value is not None else (last, age + 1)
        if value is None and age <= LONGEST_STEP_S:
            columns[index] = last
    return columns
