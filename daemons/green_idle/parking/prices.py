# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What was measured on this machine: loads, and the power of a quiet with and without the model."""

from __future__ import annotations

import math
import statistics
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from green_idle.hold import LEAST_SAVING_W
from green_idle.parking.tariff import Tariff

KEPT = 9
MODELS_KEPT = 16


@dataclass(frozen=True, slots=True)
class MeasuredLoad:
    """All that the GPUs took while a model was loaded, and for how long."""

    energy_j: float
    took_s: float


class Prices:
    """Medians of the last few: one odd measurement changes nothing."""

    def __init__(self) -> None:
        self._loads: dict[str, deque[MeasuredLoad]] = {}
        self._resident_w: deque[float] = deque(maxlen=KEPT)
        self._absent_w: deque[float] = deque(maxlen=KEPT)

    @property
    def resident_w(self) -> float | None:
        """At rest with the model in memory, at whatever clocks it rests."""
        return statistics.median(self._resident_w) if self._resident_w else None

    @property
    def absent_w(self) -> float | None:
        """At rest without a model."""
        return statistics.median(self._absent_w) if self._absent_w else None

    def loaded(self, model: str, load: MeasuredLoad) -> None:
        known = self._loads.pop(model, deque(maxlen=KEPT))
        known.append(load)
        self._loads[model] = known
        if len(self._loads) > MODELS_KEPT:
            del self._loads[next(iter(self._loads))]

    def rested(self, power_w: float, *, resident: bool) -> None:
        (self._resident_w if resident else self._absent_w).append(power_w)

    def tariff(self, model: str) -> Tariff | None:
        """None until one load of this model and both ways to rest were measured."""
        resident_w, absent_w = self.resident_w, self.absent_w
        if resident_w is None or absent_w is None or model not in self._loads:
            return None
        load_j = statistics.median(load.energy_j - absent_w * load.took_s for load in self._loads[model])
        saved_w = resident_w - absent_w
        return Tariff(max(load_j, 0.0), saved_w if saved_w >= LEAST_SAVING_W else 0.0)

    def to_json(self) -> dict[str, Any]:
        return {
            "resident_w": [round(power_w, 2) for power_w in self._resident_w],
            "absent_w": [round(power_w, 2) for power_w in self._absent_w],
            "loads": {
                model: [[round(load.energy_j, 1), round(load.took_s, 2)] for load in loads]
                for model, loads in self._loads.items()
            },
        }

    @classmethod
    def from_json(cls, content: Any) -> Prices:
        """Raises ValueError, TypeError, KeyError or AttributeError where `to_json` did not write it."""
        prices = cls()
        for resident, name in ((True, "resident_w"), (False, "absent_w")):
            for power_w in _numbers(content[name]):
                prices.rested(power_w, resident=resident)
        for model, loads in content["loads"].items():
            for energy_j, took_s in map(_numbers, loads):
                prices.loaded(model, MeasuredLoad(energy_j, took_s))
        return prices


def _numbers(values: Iterable[Any]) -> list[float]:
    numbers = [float(value) for value in values]
    if not all(math.isfinite(number) and number >= 0 for number in numbers):
        raise ValueError(f"{numbers} are not all measurements")
    return numbers
