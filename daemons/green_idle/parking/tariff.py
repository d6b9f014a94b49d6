# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
What a quiet costs with the model resident, or unloaded and loaded again.

Holding a resident model through a quiet is renting skis, loading it again is buying them: whoever knew how
long the quiet lasts would pay the lesser of the two. Unloading once the rent has reached the price pays at
most twice that, whatever comes (Karlin, Manasse, Rudolph, Sleator: Competitive snoopy caching, 1988).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tariff:
    """The measured price of one load in joules, and the watts that an unloaded model saves."""

    load_j: float
    resident_w: float

    @property
    def break_even_s(self) -> float:
        """The quiet after which holding has cost as much as a load; infinite where nothing is saved."""
        return self.load_j / self.resident_w if self.resident_w > 0 else math.inf

    def cost_j(self, quiet_s: float, park_after_s: float) -> float:
        """What a quiet of this length costs when the model is unloaded after so long."""
        if quiet_s <= park_after_s:
            return self.resident_w * quiet_s
        return self.resident_w * park_after_s + self.load_j

    def least_j(self, quiet_s: float, least_s: float = 0.0) -> float:
        """What it costs whoever knows its length from the start, and unloads after `least_s` or never."""
        return min(self.resident_w * quiet_s, self.resident_w * least_s + self.load_j)

    def worst_excess_j(self, park_after_s: float, least_s: float = 0.0) -> float:
        """
        The most by which one quiet of any length can cost more than twice the least.

        At worst the next request comes just after the model was unloaded; zero at the break-even, and
        below where the least quiet is longer.
        """
        if not math.isfinite(park_after_s):
            return math.inf
        return self.resident_w * park_after_s + self.load_j - 2 * self.least_j(park_after_s, least_s)


def best_park_after_s(tariff: Tariff, quiets_s: Iterable[float]) -> float:
    """
    The length that would have been cheapest for these quiets; the break-even where there are none.

    The cost only falls just after a quiet has ended, so that only their lengths, at once and the
    break-even can be the cheapest.
    """
    quiets_s = sorted(quiets_s)
    break_even_s = tariff.break_even_s
    if not quiets_s or not math.isfinite(break_even_s):
        return break_even_s
    best_s, best_j = break_even_s, sum(tariff.cost_j(quiet_s, break_even_s) for quiet_s in quiets_s)
    held_s = 0.0
    for ended, candidate_s in enumerate([0.0, *quiets_s]):
        held_s += candidate_s
        parked = len(quiets_s) - ended
        spent_j = tariff.resident_w * (held_s + parked * candidate_s) + parked * tariff.load_j
        if spent_j < best_j:
            best_s, best_j = candidate_s, spent_j
    return best_s
