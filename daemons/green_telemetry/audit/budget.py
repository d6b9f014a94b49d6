# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How many entries of each kind may be written, so that a day's journal stays small."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many at once, and then one each `every_s`."""

    burst: int
    every_s: float

    @property
    def a_day(self) -> int:
        """The most that a day can see."""
        return self.burst + int(86_400 / self.every_s)


# Gaps, losses, trouble with the feed: once the first ones have been said, the rest is counted.
RARE = Allowance(burst=4, every_s=14_400)
# Phases and clocks change all day long.
CHANGE = Allowance(burst=6, every_s=5400)
# An alert that comes back all day long is known after a while; each has an end beside its beginning.
ALERT = Allowance(burst=2, every_s=14_400)


@dataclass(slots=True)
class _Purse:
    entries: float
    filled_at_s: float
    withheld: int = 0


class Budget:
    """Holds each kind of entry to its rate; what it withholds is told with the next entry of that kind."""

    def __init__(self, allowances: Mapping[str, Allowance], otherwise: Allowance = RARE) -> None:
        self._allowances = allowances
        self._otherwise = otherwise
        self._purses: dict[tuple[str, str], _Purse] = {}

    def take(self, kind: str, now_s: float, about: str = "") -> int | None:
        """
        Ask for an entry: how many were withheld since the last one, or None where this one must be too.

        Each thing that entries are `about`, such as a GPU, has an allowance of its own.
        """
        purse = self._purse(kind, now_s, about)
        if purse.entries < 1:
            purse.withheld += 1
            return None
        purse.entries -= 1
        withheld, purse.withheld = purse.withheld, 0
        return withheld

    def allows(self, kind: str, now_s: float, about: str = "") -> bool:
        """True where `take` would give one."""
        return self._purse(kind, now_s, about).entries >= 1

    def _purse(self, kind: str, now_s: float, about: str) -> _Purse:
        allowance = self._allowances.get(kind, self._otherwise)
        purse = self._purses.setdefault((kind, about), _Purse(allowance.burst, now_s))
        earned = max(0.0, now_s - purse.filled_at_s) / allowance.every_s
        purse.entries = min(float(allowance.burst), purse.entries + earned)
        purse.filled_at_s = max(purse.filled_at_s, now_s)
        return purse
