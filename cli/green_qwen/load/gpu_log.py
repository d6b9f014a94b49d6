# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What one GPU said during a measurement."""

from __future__ import annotations

from dataclasses import dataclass, field

from green_qwen.load.counter import CounterReading


@dataclass(frozen=True, slots=True)
class State:
    """What else a GPU said at one moment; None for what the card does not offer."""

    at_s: float
    power_w: float
    temperature_c: int | None
    reasons: int | None
    used_bytes: int | None
    pids: tuple[int, ...] | None


@dataclass(slots=True)
class GpuLog:
    """One GPU's readings in order; without a counter (`counted`) joules are summed up from its power."""

    uuid: str
    name: str
    counted: bool = True
    readings: list[CounterReading] = field(default_factory=list)
    states: list[State] = field(default_factory=list)

    def forget_before(self, time_s: float) -> None:
        """For what runs for hours."""
        self.readings = [reading for reading in self.readings if reading.time_s >= time_s]
        self.states = [state for state in self.states if state.at_s >= time_s]
