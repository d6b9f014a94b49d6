# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The summary of one GPU over one window, and its accounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from green_telemetry.ledger import Entry
from green_telemetry.phases import PHASES
from green_telemetry.sampler import Sample
from green_telemetry.statistics import Statistic

# What of a sample is summed up, as name, unit and the sample's field.
MEASURES = (
    ("power", "w", "power_w"),
    ("gpu_utilisation", "percent", "gpu_percent"),
    ("memory_utilisation", "percent", "memory_percent"),
    ("sm_clock", "mhz", "sm_clock_mhz"),
    ("memory_clock", "mhz", "memory_clock_mhz"),
    ("temperature", "c", "temperature_c"),
)


@dataclass(slots=True)
class Window:
    """From one reading of the counter to another: the last of a window is the first of the next."""

    first_s: float
    first_j: float
    last_s: float | None = None
    last_j: float | None = None
    samples: int = 0
    generations_ended: int = 0
    memory_used_bytes: int | None = None
    baseline_j: float = 0.0
    others_j: float = 0.0
    unattributed_j: float = 0.0
    thrown_away_j: float = 0.0
    baseline_provisional: bool = False
    phases_j: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PHASES, 0.0))
    _statistics: dict[str, Statistic] = field(
        default_factory=lambda: {name: Statistic() for name, _, _ in MEASURES}
    )

    def add_sample(self, sample: Sample) -> None:
        """Take in a sample of the regular beat; those at phase edges would bend the means."""
        self.samples += 1
        self.memory_used_bytes = sample.memory_used_bytes
        for name, _, source in MEASURES:
            self._statistics[name].add(getattr(sample, source))

    def add_entry(self, entry: Entry) -> None:
        self.baseline_j += entry.interval.baseline_j
        self.others_j += entry.others_j
        self.unattributed_j += entry.unattributed_j
        self.baseline_provisional |= entry.interval.provisional
        for charge in entry.charges:
            self.phases_j[charge.phase] += charge.energy_j

    def close(self, last_s: float, last_j: float) -> None:
        self.last_s, self.last_j = last_s, last_j

    def fields(self) -> dict[str, Any]:
        """What the journal gets; to the millijoule, so that the printed accounts add up exactly."""
        assert self.last_s is not None and self.last_j is not None
        first_j, last_j = round(self.first_j, 3), round(self.last_j, 3)
        baseline_j = round(self.baseline_j, 3)
        phases_j = {f"{phase}_j": round(joules, 3) for phase, joules in self.phases_j.items()}
        generations_j = round(sum(phases_j.values()), 3)
        others_j = round(self.others_j, 3)
        whole_j = round(last_j - first_j, 3)
        unattributed_j = round(whole_j - baseline_j - generations_j - others_j, 3)
        return {
            "duration_s": round(self.last_s - self.first_s, 3),
            "counter_first_j": first_j,
            "counter_last_j": last_j,
            "counter_first_at_s": round(self.first_s, 3),
            "counter_last_at_s": round(self.last_s, 3),
            "energy_j": whole_j,
            "baseline_j": baseline_j,
            "baseline_provisional": self.baseline_provisional,
            "generations_j": generations_j,
            **phases_j,
            "thrown_away_j": round(self.thrown_away_j, 3),
            "others_j": others_j,
            "unattributed_j": unattributed_j,
            "unattributed_percent": round(100 * unattributed_j / whole_j, 2) if whole_j > 0 else None,
            "generations_ended": self.generations_ended,
            "samples": self.samples,
            "memory_used_bytes": self.memory_used_bytes,
            **self._summary(),
        }

    def _summary(self) -> dict[str, float | None]:
        summary = {}
        for name, unit, _ in MEASURES:
            statistic = self._statistics[name]
            summary[f"{name}_mean_{unit}"] = _rounded(statistic.mean)
            summary[f"{name}_greatest_{unit}"] = _rounded(statistic.greatest)
            summary[f"{name}_deviation_{unit}"] = _rounded(statistic.deviation)
        return summary


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
