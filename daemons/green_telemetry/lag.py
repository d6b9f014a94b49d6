# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
The power of now from a power that is a mean of the last second.

Between two readings of the average, A1 at t1 and A2 at t2, the power p has to be what makes the mean of
the second before t2 come out at A2, given what is known of the rest of that second:

    p = (T * A2 - integral of p from t2 - T to t1) / (t2 - t1),   T = 1 s

Where the readings are further apart than T, A2 is all there is to know. What is known of the rest are
earlier estimates, whose errors would swing on for ever: so readings nearer than a quarter of a second
wait for the next, an average that stands still is believed as it is, and no estimate leaves the range
between the lowest average seen and the power limit (or the highest average seen).
"""

from __future__ import annotations

from collections import deque

AVERAGED_S = 1.0
NEAREST_S = 0.25
STILL_SHARE = 0.02


class LagCorrection:
    """For one GPU; times are of the monotonic clock."""

    def __init__(self, limit_w: float | None = None) -> None:
        self._limit_w = limit_w
        self._lowest_w: float | None = None
        self._highest_w: float | None = None
        self._estimate_w: float | None = None
        # Ends of the slots with the estimate of each; the first entry only says where the second begins.
        self._slots: deque[tuple[float, float]] = deque()
        self._average_w: deque[tuple[float, float]] = deque()

    def correct(self, time_s: float, average_w: float) -> float:
        """The mean power since the last reading, as well as it can be told."""
        self._lowest_w = average_w if self._lowest_w is None else min(self._lowest_w, average_w)
        self._highest_w = average_w if self._highest_w is None else max(self._highest_w, average_w)
        if self._slots and self._estimate_w is not None and time_s - self._slots[-1][0] < NEAREST_S:
            return self._estimate_w
        since_s = self._slots[-1][0] if self._slots else None
        if since_s is None or time_s - since_s >= AVERAGED_S or self._stands_still(time_s, average_w):
            self._start_anew(time_s, average_w)
            return average_w
        known_j = self._known_j(time_s - AVERAGED_S)
        estimate_w = (AVERAGED_S * average_w - known_j) / (time_s - since_s)
        self._take(time_s, average_w, self._bounded(estimate_w))
        return self._bounded(estimate_w)

    def _bounded(self, estimate_w: float) -> float:
        assert self._lowest_w is not None and self._highest_w is not None
        highest_w = max(self._highest_w, self._limit_w or 0.0)
        return min(highest_w, max(self._lowest_w, estimate_w))

    def _stands_still(self, time_s: float, average_w: float) -> bool:
        """True where all averages of the last second are the same, which only a steady power makes."""
        recent_w = [watts for at_s, watts in self._average_w if at_s >= time_s - AVERAGED_S]
        spans = bool(self._average_w) and self._average_w[0][0] <= time_s - AVERAGED_S + NEAREST_S
        return spans and all(abs(watts - average_w) <= STILL_SHARE * average_w for watts in recent_w)

    def _start_anew(self, time_s: float, average_w: float) -> None:
        self._slots.clear()
        self._slots.append((time_s - AVERAGED_S, average_w))
        self._take(time_s, average_w, average_w)

    def _take(self, time_s: float, average_w: float, estimate_w: float) -> None:
        self._estimate_w = estimate_w
        self._slots.append((time_s, estimate_w))
        self._average_w.append((time_s, average_w))
        while len(self._slots) > 2 and self._slots[1][0] <= time_s - AVERAGED_S:
            self._slots.popleft()
        while len(self._average_w) > 1 and self._average_w[1][0] <= time_s - AVERAGED_S:
            self._average_w.popleft()

    def _known_j(self, from_s: float) -> float:
        """The joules of the estimates from then on; before the first of them its power is taken."""
        joules = 0.0
        start_s = from_s
        for end_s, watts in list(self._slots)[1:]:
            joules += max(0.0, end_s - start_s) * watts
            start_s = max(start_s, end_s)
        return joules
