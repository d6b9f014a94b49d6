# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
How long a quiet has to last before the model is unloaded.

What quiets of this hour have taught is followed only as far as it has earned: the credit is twice what a
clairvoyant would have paid so far, less what was paid. A length other than the break-even is chosen only
where the credit covers the worst that it can lead to, so that the sum never exceeds twice the clairvoyant's,
on any arrival pattern.
"""

from __future__ import annotations

from green_idle.parking.habits import Habits
from green_idle.parking.tariff import Tariff, best_park_after_s


class Parking:
    """Chooses the length for each quiet, and learns from how it ended."""

    def __init__(self, habits: Habits | None = None) -> None:
        self.habits = habits or Habits()
        self.credit_j = 0.0

    def park_after_s(self, tariff: Tariff, hour: int) -> float:
        """For a quiet that begins now; infinite where nothing can be saved."""
        learned_s = best_park_after_s(tariff, self.habits.quiets_s(hour))
        if tariff.worst_excess_j(learned_s) <= self.credit_j:
            return learned_s
        return tariff.break_even_s

    def ended(self, tariff: Tariff, hour: int, quiet_s: float, park_after_s: float) -> None:
        """The quiet is over: book it, and remember how long it was."""
        paid_j = tariff.cost_j(quiet_s, park_after_s)
        self.credit_j += 2 * tariff.least_j(quiet_s) - paid_j
        self.habits.add(hour, quiet_s)
