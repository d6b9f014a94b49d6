# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One quiet: when it began, what was decided for it, and what the GPUs drew in it."""

from __future__ import annotations

import math
import statistics
from collections import deque
from dataclasses import dataclass, field

from green_idle.parking.tariff import Tariff

# Clocks that are lowered in it, and a model that leaves, change the power for some seconds.
SETTLE_S = 6.0
KEPT = 10
LEAST_SAMPLES = 5


@dataclass(frozen=True, slots=True)
class When:
    """The local wall clock when a quiet begins."""

    hour: int
    day: str


@dataclass(frozen=True, slots=True)
class Glance:
    """What all GPUs together showed at one time; `empty` where no process computes on any."""

    power_w: float
    busy: bool
    empty: bool


@dataclass(slots=True)
class Quiet:
    """Times are monotonic; `park_after_s` is infinite where nothing is known or nothing would be saved."""

    began_s: float
    when: When
    model: str
    # When its state began, and from when on its power is that of its state.
    changed_s: float
    settled_s: float
    tariff: Tariff | None = None
    park_after_s: float = math.inf
    asked_at_s: float | None = None
    retry_at_s: float = -math.inf
    # When the model had left the GPU, and whether that was our doing.
    absent_at_s: float | None = None
    parked: bool = False
    refused: bool = False
    seen_empty: bool = False
    # Whether the power of its state has been taken down.
    noted: bool = False
    samples_w: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))

    @property
    def power_w(self) -> float | None:
        """At rest, as it is now; None while too little was seen."""
        return statistics.median(self.samples_w) if len(self.samples_w) >= LEAST_SAMPLES else None

    def left(self, at_s: float, *, parked: bool) -> None:
        """The model is gone."""
        self.absent_at_s, self.parked, self.asked_at_s = at_s, parked, None
        self.changed_s, self.settled_s = at_s, at_s + SETTLE_S
        self.samples_w.clear()
        self.noted = False

    def saw(self, power_w: float, at_s: float) -> None:
        if at_s >= self.settled_s and self.asked_at_s is None:
            self.samples_w.append(power_w)
