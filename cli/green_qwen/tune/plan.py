# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the search may do: where it begins, what it varies, and how long it has."""

from __future__ import annotations

from dataclasses import dataclass

from green_qwen.tune.bounds import Bounds
from green_qwen.tune.memory import Room
from green_qwen.tune.setting import Setting

# Coarse: kernels change between some of these, and the order within them is not to be guessed.
COARSE_SLOTS = (2, 4, 8, 16, 32, 64, 128)
FINE_SLOTS = (1, 2, 3, 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128)


@dataclass(frozen=True, slots=True)
class Plan:
    """
    The default setting, and the base from which slots are varied.

    `knobs` are those that this server has, by their names in `Setting`.
    """

    default: Setting
    base: Setting
    clients: int
    bounds: Bounds
    room: Room
    budget_s: float
    window_s: float
    knobs: frozenset[str]
    trial_overhead_s: float = 15.0

    @property
    def fine_slots(self) -> tuple[int, ...]:
        """More slots than clients are never filled; as many as clients are the last of the grid."""
        return tuple(sorted({*(slots for slots in FINE_SLOTS if slots < self.clients), self.clients}))


def spread(values: tuple[int, ...]) -> tuple[int, ...]:
    """The last and the middle first, then the middles between: cut off anywhere, it is still coarse."""
    order, spans = list(values[-1:]), [(0, len(values) - 1)]
    while spans:
        low, end = spans.pop(0)
        if low < end:
            middle = min(end - 1, (low + end + 1) // 2)
            order.append(values[middle])
            spans += [(middle + 1, end), (low, middle)]
    return tuple(order)
