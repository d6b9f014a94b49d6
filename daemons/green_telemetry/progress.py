# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How far an answer was at what time, as far as the feed told."""

from __future__ import annotations

from array import array
from bisect import bisect_right

# Four a second come; what lies a minute back is settled. Beyond this every other one is forgotten.
MAX_MARKS = 128


class Progress:
    """Counts of tokens that rise with time; what falls or goes back in time is not believed."""

    __slots__ = ("_counts", "_times_s")

    def __init__(self) -> None:
        self._times_s = array("d")
        self._counts = array("d")

    def mark(self, time_s: float, tokens: int) -> None:
        if self._times_s and (time_s <= self._times_s[-1] or tokens <= self._counts[-1]):
            return
        if len(self._times_s) >= MAX_MARKS:
            # The last one stays: it is what the next one is measured by.
            self._times_s, self._counts = self._times_s[1::2], self._counts[1::2]
        self._times_s.append(time_s)
        self._counts.append(min(tokens, 2**53))

    def between(self, first_s: float, last_s: float) -> list[tuple[float, float]]:
        """The marks after one time and before another."""
        pairs = zip(self._times_s, self._counts, strict=True)
        return [(time_s, tokens) for time_s, tokens in pairs if first_s < time_s < last_s]


class Curve:
    """Decoded tokens over time, on straight lines between what is known."""

    __slots__ = ("_times_s", "_tokens")

    def __init__(self, points: list[tuple[float, float]]) -> None:
        self._times_s = [time_s for time_s, _ in points]
        self._tokens = [tokens for _, tokens in points]

    def at(self, time_s: float) -> float:
        """Nothing is decoded before the first point and after the last one."""
        following = bisect_right(self._times_s, time_s)
        if following == 0:
            return self._tokens[0]
        if following == len(self._times_s):
            return self._tokens[-1]
        before_s, after_s = self._times_s[following - 1], self._times_s[following]
        before, after = self._tokens[following - 1], self._tokens[following]
        return before + (after - before) * (time_s - before_s) / (after_s - before_s)

    def between(self, start_s: float, end_s: float) -> float | None:
        """Tokens of a time within it; None where the time reaches beyond."""
        if start_s < self._times_s[0] or end_s > self._times_s[-1]:
            return None
        return self.at(end_s) - self.at(start_s)
