# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What one generation owes, gathered from the books of all GPUs."""

from __future__ import annotations

from dataclasses import dataclass, field

from green_telemetry.phases import COUNTER_STEP_S, PHASES, Span, spans_of
from green_telemetry.split import Charge
from green_telemetry.timeline import Generation

BASELINE_ERROR = 0.01
PROVISIONAL_ERROR = 0.25
EDGE_ERROR_S = COUNTER_STEP_S / 2
# Two minutes of the beat's readings, after the minute that the ledger waits; a guess beyond them stands.
MAX_GUESSES = 256


@dataclass(slots=True)
class Account:
    """Joules above the baseline by phase; what was charged by guess can be put right at the end."""

    energy_j: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PHASES, 0.0))
    baseline_share_j: float = 0.0
    most_others: int = 0
    provisional: bool = False
    sharing_error_j: float = 0.0
    by_gpu_j: dict[str, float] = field(default_factory=dict)
    _guesses: list[Charge] = field(default_factory=list)

    def add(self, charge: Charge, gpu_uuid: str = "") -> None:
        self.by_gpu_j[gpu_uuid] = self.by_gpu_j.get(gpu_uuid, 0.0) + charge.energy_j
        self.baseline_share_j += charge.baseline_share_j
        self.most_others = max(self.most_others, charge.others)
        self.sharing_error_j += charge.error_j
        if charge.guessed and len(self._guesses) < MAX_GUESSES:
            self._guesses.append(charge)
        else:
            self.energy_j[charge.phase] += charge.energy_j

    def settle_guesses(self, generation: Generation) -> None:
        """Put what was charged by guess into the phases that are known at the end."""
        spans = spans_of(generation)
        for charge in self._guesses:
            overlaps = [(span.phase, _overlap_s(span, charge)) for span in spans]
            whole_s = sum(overlap_s for _, overlap_s in overlaps)
            if whole_s <= 0:
                self.energy_j[charge.phase] += charge.energy_j
                continue
            for phase, overlap_s in overlaps:
                self.energy_j[phase] += charge.energy_j * overlap_s / whole_s
        self._guesses.clear()

    @property
    def total_j(self) -> float:
        return sum(self.energy_j.values()) + sum(charge.energy_j for charge in self._guesses)

    @property
    def measured(self) -> bool:
        """False where no GPU could be read in its time."""
        return bool(self.by_gpu_j)

    def uncertainty_j(self, duration_s: float) -> float:
        """
        How far the total may be off: edges + sharing + baseline.

        Edges: half a step of the counter (0.05 s) at both ends, at the generation's mean power. Sharing:
        what each charge says of its division among others. Baseline: 1 % of its share, 25 % while the
        baseline is provisional.
        """
        edges_j = 2 * EDGE_ERROR_S * abs(self.total_j) / max(duration_s, 2 * COUNTER_STEP_S)
        baseline_error = PROVISIONAL_ERROR if self.provisional else BASELINE_ERROR
        return edges_j + self.sharing_error_j + baseline_error * self.baseline_share_j


def _overlap_s(span: Span, charge: Charge) -> float:
    return max(0.0, min(span.end_s, charge.end_s) - max(span.start_s, charge.start_s))
