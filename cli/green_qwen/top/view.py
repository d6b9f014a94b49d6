# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What one frame of `green-qwen top` shows; of what is not known there is None."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from green_qwen.idle_state import GpuClocks

# Where the figures come from.
TELEMETRY, NVML = "green-telemetry", "nvml"
IDLE, LOADING, PREFILL, DECODE = "idle", "loading", "prefill", "decode"
# For the eye alone.
UNSEEN = frozenset({"trace", "phases"})


@dataclass(frozen=True, slots=True)
class GpuPart:
    """One GPU; `trace` holds its power, by time. Mean and deviation are over the last `over_s` seconds."""

    index: int
    uuid: str
    name: str
    present: bool = True
    power_w: float | None = None
    power_limit_w: float | None = None
    power_alert_w: float | None = None
    power_mean_w: float | None = None
    power_deviation_w: float | None = None
    over_s: float | None = None
    memory_used_bytes: int | None = None
    memory_total_bytes: int | None = None
    sm_clock_mhz: int | None = None
    temperature_c: int | None = None
    gpu_percent: int | None = None
    reasons: int | None = None
    trace: tuple[tuple[float, float], ...] = ()

    @property
    def over_limit(self) -> bool:
        """True where it draws more, now or in the mean of a minute, than the administrator finds right."""
        drawn_w = max(self.power_w or 0.0, self.power_mean_w or 0.0)
        return self.power_alert_w is not None and drawn_w > self.power_alert_w


@dataclass(frozen=True, slots=True)
class Running:
    """A generation in flight; tokens/s/W are estimated, by an equal part of the power of now."""

    request: str
    client: str | None
    model: str
    phase: str
    age_s: float
    tokens: int
    tokens_per_s: float | None = None
    tokens_per_s_per_w: float | None = None
    energy_j: float | None = None


@dataclass(frozen=True, slots=True)
class ProxyPart:
    """What green-proxy tells: its queue, and what it saved the GPU."""

    waiting: int
    running: int
    slots: int | None
    expected_wait_s: float
    shared_answers: int
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Energy:
    """Joules of all GPUs since a time; `booked` where they come from the journal's windows of today."""

    energy_j: float
    since_s: float
    booked: bool

    @property
    def kwh(self) -> float:
        return self.energy_j / 3.6e6


@dataclass(frozen=True, slots=True)
class Cached:
    """Prompt tokens of the last receipts, and those of them that the server had in its cache."""

    prompt_tokens: int
    cached_tokens: int
    receipts: int


@dataclass(frozen=True, slots=True)
class View:
    """Everything at one moment."""

    at_s: float
    source: str
    simulated: bool = False
    # Why something is missing, for people.
    notes: tuple[str, ...] = ()
    feed: str | None = None
    in_flight: int | None = None
    tokens_per_s: float | None = None
    tokens_per_s_per_w: float | None = None
    gpus: tuple[GpuPart, ...] = ()
    running: tuple[Running, ...] = ()
    proxy: ProxyPart | None = None
    # None where no green-idle runs.
    clocks: tuple[GpuClocks, ...] | None = None
    energy: Energy | None = None
    cached: Cached | None = None
    alerts: tuple[str, ...] = ()
    phases: tuple[tuple[float, str], ...] = ()
    paused: bool = False

    @property
    def power_w(self) -> float | None:
        """Of all GPUs that can be read."""
        known = [gpu.power_w for gpu in self.gpus if gpu.present and gpu.power_w is not None]
        return sum(known) if known else None

    @property
    def phase(self) -> str:
        return phase_of([one.phase for one in self.running])


def phase_of(phases: list[str]) -> str:
    """What the model server does: a load holds everything up, and decode is seen by its tokens."""
    return next((phase for phase in (LOADING, DECODE, PREFILL) if phase in phases), IDLE)


def view_fields(view: View) -> dict[str, Any]:
    """For scripts; what is not known has no field."""
    fields: dict[str, Any] = _known(view)
    return fields


def _known(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        named = ((one.name, getattr(value, one.name)) for one in dataclasses.fields(value))
        return {name: _known(found) for name, found in named if found is not None and name not in UNSEEN}
    if isinstance(value, tuple):
        return [_known(one) for one in value]
    return round(value, 3) if isinstance(value, float) else value
