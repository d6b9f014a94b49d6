# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""How long a model that nobody uses should stay: as long as resting costs less than loading it again."""

from __future__ import annotations

from dataclasses import dataclass

from green_qwen.tune.evidence import Evidence
from green_qwen.tune.setting import Setting

# Resting watts that are no more than the measurement's own noise.
NOTHING_W = 2.0
LEAST_S, MOST_S = 60.0, 86_400.0


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """
    What was measured of resting and loading, and the time that follows; nothing means for ever.

    Staying until its rest has cost one load is at most twice as dear as knowing when the next request comes.
    """

    resident_w: float
    bare_w: float
    load_j: float
    seconds: float | None

    @property
    def value(self) -> str:
        """As OLLAMA_KEEP_ALIVE takes it."""
        return "-1" if self.seconds is None else f"{self.seconds:.0f}s"

    def words(self) -> str:
        rests = f"keep-alive: at rest {self.resident_w:.1f} W with the model, {self.bare_w:.1f} W without"
        if self.seconds is None:
            return f"{rests}: it may stay for ever"
        return f"{rests}; a load takes {self.load_j:.0f} J: it should stay {self.seconds:.0f} s"


def keep_alive_for(chosen: Setting, evidence: Evidence) -> KeepAlive | None:
    """Nothing where one of the three was not measured."""
    alike = [evidence.pooled(one) for one in evidence.settings if one.perf_boost == chosen.perf_boost]
    every = [evidence.pooled(one) for one in evidence.settings]
    resident_w = _mean([one.idle_w for one in alike])
    bare_w = _mean([one.bare_w for one in every])
    load_j = _mean([one.load_j for one in every])
    if resident_w is None or bare_w is None or load_j is None:
        return None
    extra_w = resident_w - bare_w
    seconds = None if extra_w <= NOTHING_W else min(MOST_S, max(LEAST_S, load_j / extra_w))
    return KeepAlive(resident_w, bare_w, load_j, seconds)


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
