# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Mean, greatest and deviation of a stream of numbers, without keeping them."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(slots=True)
class Statistic:
    """Welford's running mean and variance (Technometrics 4/1962); None until there is a number."""

    count: int = 0
    greatest: float | None = None
    _mean: float = 0.0
    _squares: float = 0.0

    def add(self, value: float | None) -> None:
        """Take a number in; None, for what could not be read, is left out."""
        if value is None:
            return
        self.count += 1
        self.greatest = value if self.greatest is None else max(self.greatest, value)
        off = value - self._mean
        self._mean += off / self.count
        self._squares += off * (value - self._mean)

    @property
    def mean(self) -> float | None:
        return self._mean if self.count else None

    @property
    def deviation(self) -> float | None:
        """Standard deviation of the numbers seen."""
        return math.sqrt(self._squares / self.count) if self.count else None
