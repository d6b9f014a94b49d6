# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What one run of one arm measured, as it is saved."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from green_qwen.load.figures import Figures, Rest
from green_qwen.load.quantile import Quantile

BEFORE, AFTER = "before", "after"


@dataclass(frozen=True, slots=True)
class Phases:
    """Joules of the load by phase, from green-telemetry's receipts; `wasted_j` went into what nobody got."""

    queued_j: float
    loading_j: float
    prefill_j: float
    decode_j: float
    baseline_j: float
    wasted_j: float
    receipts: int


@dataclass(frozen=True, slots=True)
class Run:
    """None stands for what was not measured; of those in `bounds` is known that they are not less."""

    arm: str
    pair: int
    window_s: float
    energy_j: float
    uncertainty_j: float
    counted: bool
    mean_power_w: float
    tokens: float
    tokens_per_s: float
    tokens_per_s_per_w: float
    answered: int
    joules_per_answer: float | None
    latency_p50_s: float | None
    latency_p95_s: float | None
    longest_s: float | None
    first_token_p50_s: float | None
    first_token_p95_s: float | None
    gap_p50_ms: float | None
    gap_p95_ms: float | None
    idle_power_w: float | None
    highest_c: int | None
    temperature_alerts: int
    throttled: Mapping[str, int]
    failures: Mapping[str, int]
    waiting_clients: int
    client_cpu_s: float
    gpu_memory_bytes: int | None
    memory_bytes: Mapping[str, int] = field(default_factory=dict)
    phases: Phases | None = None
    power_w: tuple[tuple[float, float], ...] = ()
    bounds: tuple[str, ...] = ()

    @property
    def failed(self) -> int:
        return sum(self.failures.values())


def run_from(saved: Mapping[str, Any]) -> Run:
    """Raises TypeError or KeyError where it is none."""
    phases = saved.get("phases")
    power = tuple((float(at_s), float(power_w)) for at_s, power_w in saved.get("power_w", ()))
    return Run(
        **{
            **saved,
            "phases": Phases(**phases) if phases else None,
            "power_w": power,
            "bounds": tuple(saved["bounds"]),
        }
    )


def saved_form(run: Run) -> dict[str, Any]:
    return asdict(run)


def run_of(arm: str, pair: int, figures: Figures, idle: Rest | None, **others: Any) -> Run:
    """From a window's figures and the rest after it."""
    drawn = figures.drawn
    return Run(
        arm=arm,
        pair=pair,
        window_s=drawn.duration_s,
        energy_j=drawn.energy.energy_j,
        uncertainty_j=drawn.energy.uncertainty_j,
        counted=drawn.counted,
        mean_power_w=drawn.mean_power_w,
        tokens=figures.tokens,
        tokens_per_s=figures.tokens_per_s,
        tokens_per_s_per_w=figures.tokens_per_joule,
        answered=figures.answered,
        joules_per_answer=_known(figures.joules_per_answer),
        latency_p50_s=_known(figures.latency_p50.value_s),
        latency_p95_s=_known(figures.latency_p95.value_s),
        longest_s=_known(figures.longest_s),
        first_token_p50_s=_known(figures.first_token_p50.value_s),
        first_token_p95_s=_known(figures.first_token_p95.value_s),
        gap_p50_ms=_known(figures.gap_p50_s * 1000),
        gap_p95_ms=_known(figures.gap_p95_s * 1000),
        idle_power_w=idle.mean_power_w if idle else None,
        highest_c=drawn.highest_c,
        temperature_alerts=drawn.temperature_alerts,
        throttled=dict(drawn.throttled),
        failures=dict(figures.failures),
        waiting_clients=figures.waiting_clients,
        gpu_memory_bytes=drawn.used_bytes,
        bounds=tuple(name for name, time in _times(figures) if time.at_least),
        **others,
    )


def _times(figures: Figures) -> Iterator[tuple[str, Quantile]]:
    yield "latency_p50_s", figures.latency_p50
    yield "latency_p95_s", figures.latency_p95
    yield "first_token_p50_s", figures.first_token_p50
    yield "first_token_p95_s", figures.first_token_p95


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
