# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
What Qwen3-32B (Q4_K) costs on one H100 80GB HBM3: power and speed by phase, batch size and clock.

The points at full clocks were measured with llama.cpp on 2026-11-22 (docs/measurements.md). How they
bend when the SM clock is lowered is an assumption: prefill follows the clock, decode waits for memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

SM_CLOCKS_MHZ = tuple(range(345, 1981, 15))
MEMORY_CLOCKS_MHZ = (1593, 2619)
SM_CLOCK_MIN_MHZ = SM_CLOCKS_MHZ[0]
SM_CLOCK_MAX_MHZ = SM_CLOCKS_MHZ[-1]
MEMORY_CLOCK_MAX_MHZ = MEMORY_CLOCKS_MHZ[-1]

IDLE_LOW_W = 72.4
IDLE_BOOSTED_W = 124.0
# Not measured: copying 20 GB to the card keeps its memory and PCIe link busy, hardly its cores.
LOAD_W = 165.0
PREFILL_W = 560.0
PREFILL_TOKENS_PER_S = 2500.0

# (batch size, decode tokens/s of all sequences together, power_w). The server changes kernels
# between 8 and 16 sequences: speed doubles and power falls.
DECODE_POINTS = (
    (1, 79.8, 571.0),
    (2, 146.0, 584.0),
    (4, 209.0, 579.0),
    (8, 278.0, 608.0),
    (16, 655.0, 426.0),
    (32, 1021.0, 458.0),
    (50, 1126.0, 464.0),
)

# Shares of the power above idle that do not fall with the SM clock (HBM and its controllers).
DECODE_MEMORY_POWER_SHARE = 0.45
PREFILL_MEMORY_POWER_SHARE = 0.15
# Share of a decode step's time at full clocks that the SM clock decides; the rest waits for memory.
DECODE_SM_TIME_SHARE = 0.1


class Phase(Enum):
    """What the GPU is doing."""

    IDLE = "idle"
    LOAD = "load"
    PREFILL = "prefill"
    DECODE = "decode"


@dataclass(frozen=True, slots=True)
class Work:
    """What the GPU is doing and for how many sequences at once."""

    phase: Phase = Phase.IDLE
    batch: int = 0


@dataclass(frozen=True, slots=True)
class Clock:
    """The pair of clocks that power and speed depend on."""

    sm_mhz: int = SM_CLOCK_MAX_MHZ
    memory_mhz: int = MEMORY_CLOCK_MAX_MHZ

    @property
    def sm_ratio(self) -> float:
        """SM clock as a share of its maximum."""
        return self.sm_mhz / SM_CLOCK_MAX_MHZ

    @property
    def memory_ratio(self) -> float:
        """Memory clock as a share of its maximum."""
        return self.memory_mhz / MEMORY_CLOCK_MAX_MHZ


def idle_w(sm_mhz: int) -> float:
    """Power of the GPU with nothing to do, in watts; it is the clock that costs, not the memory held."""
    boost = (sm_mhz - SM_CLOCK_MIN_MHZ) / (SM_CLOCK_MAX_MHZ - SM_CLOCK_MIN_MHZ)
    return IDLE_LOW_W + (IDLE_BOOSTED_W - IDLE_LOW_W) * boost**2


def power_w(work: Work, clock: Clock) -> float:
    """Power of the whole GPU in watts, before noise."""
    idle = idle_w(clock.sm_mhz)
    if work.phase is Phase.IDLE:
        return idle
    if work.phase is Phase.LOAD:
        return idle + (LOAD_W - IDLE_BOOSTED_W)
    if work.phase is Phase.PREFILL:
        return idle + (PREFILL_W - IDLE_BOOSTED_W) * _active_share(clock, PREFILL_MEMORY_POWER_SHARE)
    full_w = _decode_point(work.batch)[1]
    return idle + (full_w - IDLE_BOOSTED_W) * _active_share(clock, DECODE_MEMORY_POWER_SHARE)


def decode_tokens_per_s(batch: int) -> float:
    """Tokens per second of all sequences together at full clocks."""
    return _decode_point(batch)[0]


def speed(phase: Phase, clock: Clock) -> float:
    """How fast a phase runs at these clocks, as a share of its speed at full clocks."""
    if phase is Phase.PREFILL:
        return clock.sm_ratio
    if phase is Phase.DECODE:
        memory_time = (1 - DECODE_SM_TIME_SHARE) / clock.memory_ratio
        return 1 / (memory_time + DECODE_SM_TIME_SHARE * float(clock.sm_ratio**-1.5))
    return 1.0


def memory_busy_share(phase: Phase) -> float:
    """Share of a phase's time in which the GPU's memory works (assumed, for the utilisation field)."""
    return {Phase.IDLE: 0.0, Phase.LOAD: 0.3, Phase.PREFILL: 0.25, Phase.DECODE: 0.75}[phase]


def _active_share(clock: Clock, memory_share: float) -> float:
    return memory_share * clock.memory_ratio + (1 - memory_share) * float(clock.sm_ratio**2)


def _decode_point(batch: int) -> tuple[float, float]:
    """Tokens/s and watts at a batch size, on straight lines between the measured points."""
    size = max(1, min(batch, DECODE_POINTS[-1][0]))
    for (low, low_speed, low_w), (high, high_speed, high_w) in pairwise(DECODE_POINTS):
        if size <= high:
            along = (size - low) / (high - low)
            return low_speed + (high_speed - low_speed) * along, low_w + (high_w - low_w) * along
    raise AssertionError("the last point bounds every batch size")
