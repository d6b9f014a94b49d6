# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Phases of the model server and clocks of a GPU, as changes that lasted; shorter ones are counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from green_telemetry.baseline import CLOCK_STATE_MHZ
from green_telemetry.phases import DECODE, LOADING, PREFILL
from green_telemetry.timeline import Generation

IDLE = "idle"
PHASE_LASTS_S = 3.0
CLOCK_LASTS_S = 5.0
# Even where no phase lasts, as with short answers all day, there is a word about them now and then.
SILENT_FOR_S = 600.0


@dataclass(frozen=True, slots=True)
class PhaseChange:
    """What the model server does now, and what it did since the last entry."""

    phase: str
    before: str
    since_s: float
    changes: int
    seconds: dict[str, float]


@dataclass(frozen=True, slots=True)
class ClockChange:
    """The SM clock now, and what it was at the last entry."""

    sm_clock_mhz: int
    before_mhz: int
    since_s: float
    changes: int


def phase_of(generations: Iterable[Generation]) -> str:
    """What the model server is busy with: a load holds everything up, and decode is seen by its tokens."""
    running = [generation for generation in generations if generation.ended_s is None]
    if not running:
        return IDLE
    if any(_loads(generation) for generation in running):
        return LOADING
    return DECODE if any(generation.decoding for generation in running) else PREFILL


class PhaseWatch:
    """Follows the phase; tells of a change once it has lasted."""

    def __init__(self) -> None:
        self._phase = self._told = IDLE
        self._since_s = self._told_s = 0.0
        self._seen_s: float | None = None
        self._changes = 0
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def observe(self, phase: str, now_s: float) -> PhaseChange | None:
        """What is worth an entry by now; it is told again at each call until `tell`."""
        if self._seen_s is None:
            self._told_s = self._since_s = now_s
        else:
            self._seconds[self._phase] += now_s - self._seen_s
        self._seen_s = now_s
        if phase != self._phase:
            self._phase, self._since_s = phase, now_s
            self._changes += 1
        lasted = self._phase != self._told and now_s - self._since_s >= PHASE_LASTS_S
        if not lasted and not (self._changes and now_s - self._told_s >= SILENT_FOR_S):
            return None
        seconds = {name: round(value, 1) for name, value in self._seconds.items()}
        return PhaseChange(self._phase, self._told, self._since_s, self._changes, seconds)

    def tell(self, now_s: float) -> None:
        """The change was written."""
        self._told, self._told_s, self._changes = self._phase, now_s, 0
        self._seconds.clear()


class ClockWatch:
    """Follows the SM clock of one GPU in steps of 250 MHz; tells of a change once it has lasted."""

    def __init__(self) -> None:
        self._told_mhz: int | None = None
        self._state: int | None = None
        self._since_s = 0.0
        self._changes = 0

    def observe(self, sm_clock_mhz: int | None, now_s: float) -> ClockChange | None:
        """What is worth an entry by now; it is told again at each call until `tell`."""
        if sm_clock_mhz is None:
            return None
        if self._told_mhz is None:
            self._told_mhz = sm_clock_mhz
        state = round(sm_clock_mhz / CLOCK_STATE_MHZ)
        if state != self._state:
            self._changes += self._state is not None
            self._state, self._since_s = state, now_s
        told_state = round(self._told_mhz / CLOCK_STATE_MHZ)
        if state == told_state or now_s - self._since_s < CLOCK_LASTS_S:
            return None
        return ClockChange(sm_clock_mhz, self._told_mhz, self._since_s, self._changes)

    def tell(self, change: ClockChange) -> None:
        """The change was written."""
        self._told_mhz, self._changes = change.sm_clock_mhz, 0


def _loads(generation: Generation) -> bool:
    begun = generation.load_started_s is not None and generation.load_finished_s is None
    return begun and generation.first_token_s is None
