# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
How long a quiet has to last before the model is unloaded.

What quiets of this hour have taught is followed only as far as it has earned: the credit is twice what a
clairvoyant would have paid so far, less what was paid. A length other than the break-even is chosen only
where the credit covers the worst that it can lead to, so that the sum never exceeds twice the clairvoyant's,
on any arrival pattern. The clairvoyant keeps to the least quiet that is set, as we do.
"""

from __future__ import annotations

from green_idle.parking.habits import Habits
from green_idle.parking.tariff import Tariff, best_park_after_s


class Parking:
    """Chooses the length for each quiet, at least `least_s`, and learns from how it ended."""

    def __init__(self, habits: Habits | None = None, credit_j: float = 0.0, least_s: float = 0.0) -> None:
        self.habits = habits or Habits()
        self.credit_j = credit_j
        self.least_s = least_s

    def park_after_s(self, tariff: Tariff, hour: int) -> float:
        """For a quiet that begins now; infinite where nothing can be saved."""
        learned_s = max(best_park_after_s(tariff, self.habits.quiets_s(hour)), self.least_s)
        if tariff.worst_excess_j(learned_s, self.least_s) <= self.credit_j:
            return learned_s
        return max(tariff.break_even_s, self.least_s)

    def paid(self, tariff: Tariff, quiet_s: float, park_after_s: float) -> None:
        """The quiet is over, and the model was unloaded after so long if it lasted."""
        least_j = tariff.least_j(quiet_s, self.least_s)
        self.credit_j += 2 * least_j - tariff.cost_j(quiet_s, park_after_s)

    def lasted(self, hour: int, quiet_s: float) -> None:
        """Remember it, where it was long enough for a choice to make a difference."""
        if quiet_s >= self.least_s:
            self.habits.add(hour, quiet_s)
