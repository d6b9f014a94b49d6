# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the quiets of the last days cost as they were, and what they would have cost with parking."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

KEPT = 14


@dataclass(slots=True)
class Day:
    """Above the power of an empty GPU; a quiet counts for the day on which it began."""

    quiets: int = 0
    as_was_j: float = 0.0
    parking_j: float = 0.0


class Days:
    """By ISO date."""

    def __init__(self) -> None:
        self.days: dict[str, Day] = {}

    def book(self, day: str, as_was_j: float, parking_j: float) -> None:
        booked = self.days.setdefault(day, Day())
        booked.quiets += 1
        booked.as_was_j += as_was_j
        booked.parking_j += parking_j
        while len(self.days) > KEPT:
            del self.days[min(self.days)]

    def to_json(self) -> dict[str, list[float]]:
        return {
            day: [booked.quiets, round(booked.as_was_j), round(booked.parking_j)]
            for day, booked in self.days.items()
        }

    @classmethod
    def from_json(cls, content: Any) -> Days:
        """Raises ValueError, TypeError or AttributeError where `to_json` did not write it."""
        days = cls()
        for day, (quiets, as_was_j, parking_j) in content.items():
            date.fromisoformat(day)
            booked = Day(int(quiets), float(as_was_j), float(parking_j))
            if not math.isfinite(booked.as_was_j + booked.parking_j):
                raise ValueError(f"{day} is no account of a day")
            days.days[day] = booked
        return days
