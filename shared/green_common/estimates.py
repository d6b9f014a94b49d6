# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What joules of a GPU mean at the wall, in money and in carbon: estimates from three settings."""

from __future__ import annotations

from dataclasses import dataclass

J_PER_KWH = 3.6e6


@dataclass(frozen=True, slots=True)
class Estimates:
    """
    The site's own factors; a price or carbon intensity of 0, and a PUE of 1, say nothing.

    The GPU's joules are measured, what is made of them is not: the rest of the server is left out, and the
    factors are the administrator's. So every name says that it is an estimate.
    """

    pue: float = 1.0
    price_per_kwh: float = 0.0
    carbon_g_per_kwh: float = 0.0

    def of(self, energy_j: float | None) -> dict[str, float]:
        """The estimates that the settings allow, for some joules of the GPU."""
        if energy_j is None or not (self.pue != 1.0 or self.price_per_kwh or self.carbon_g_per_kwh):
            return {}
        wall_kwh = energy_j * self.pue / J_PER_KWH
        estimates = {"wall_kwh_estimate": wall_kwh}
        if self.price_per_kwh:
            estimates["cost_estimate"] = wall_kwh * self.price_per_kwh
        if self.carbon_g_per_kwh:
            estimates["carbon_g_estimate"] = wall_kwh * self.carbon_g_per_kwh
        return estimates
