# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The unit in which joules are easy to read: one for a whole table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """So many joules, by name."""

    name: str
    joules: float

    def text(self, joules: float, *, signed: bool = False) -> str:
        # A zero has no sign, also where rounding made it one.
        shown = round(joules / self.joules, 1) + 0.0
        return f"{shown:{'+' if signed and shown else ''}.1f}"


_UNITS = (Unit("GJ", 1e9), Unit("MJ", 1e6), Unit("kJ", 1e3))


def energy_unit(greatest_j: float) -> Unit:
    """The greatest unit of which there are at least a hundred."""
    return next((unit for unit in _UNITS if abs(greatest_j) >= 100 * unit.joules), Unit("J", 1.0))
