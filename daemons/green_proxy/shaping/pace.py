# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How long a slot is taken by one request, lately; the clock is passed in."""

from __future__ import annotations

# A mean over some so many requests: long enough for a mix of short and long ones.
REMEMBERED = 32


class Pace:
    """An exponentially weighted mean; the first ones count alike, so that none of them dominates."""

    __slots__ = ("_began_s", "_ended", "_mean_s")

    def __init__(self) -> None:
        self._began_s: float | None = None
        self._ended = 0
        self._mean_s = 0.0

    def began(self, at_s: float) -> None:
        if self._began_s is None:
            self._began_s = at_s

    def ended(self, service_s: float) -> None:
        if self._ended < REMEMBERED:
            self._ended += 1
        self._mean_s += (service_s - self._mean_s) / self._ended

    def wait_s(self, turns: int, slots: int, at_s: float) -> float:
        """Until so many slots have come free; before any has, at least as long as the first is taken."""
        if self._ended:
            return turns * self._mean_s / slots
        began_s = at_s if self._began_s is None else self._began_s
        return turns * (at_s - began_s) / slots
