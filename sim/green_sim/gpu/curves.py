# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
What a model costs on a card: power and speed by phase, batch size, context length and clock.

The values that `Curves` begins with are those of Qwen3-32B (Q4_K) on one H100 80GB HBM3: the points at full
clocks were measured with llama.cpp on 2026-11-22 (docs/measurements.md). How they bend when the SM clock
is lowered is an assumption: prefill follows the clock, decode waits for memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from green_sim.gpu.timing import SensorTiming

SM_CLOCKS_MHZ = tuple(range(345, 1981, 15))
MEMORY_CLOCKS_MHZ = (1593, 2619)
SM_CLOCK_MIN_MHZ = SM_CLOCKS_MHZ[0]
SM_CLOCK_MAX_MHZ = SM_CLOCKS_MHZ[-1]
MEMORY_CLOCK_MAX_MHZ = MEMORY_CLOCKS_MHZ[-1]

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
    MIXED = "mixed"


MEMORY_BUSY_SHARES = {
    Phase.IDLE: 0.0,
    Phase.LOAD: 0.3,
    Phase.PREFILL: 0.25,
    Phase.DECODE: 0.75,
    Phase.MIXED: 0.4,
}


@dataclass(frozen=True, slots=True)
class Work:
    """
    What the GPU is doing and for how many sequences at once.

    Of a mixed step `batch` counts the sequences that decode, and prompts take `prefill_share` of its time.
    """

    phase: Phase = Phase.IDLE
    batch: int = 0
    prefill_share: float = 0.0


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


@dataclass(frozen=True, slots=True)
class DecodePoint:
    """Speed of all sequences together, and power, where so many decode at once."""

    batch: int
    tokens_per_s: float
    power_w: float


# The server changes kernels between 8 and 16 sequences: speed doubles and power falls.
H100_DECODE = (
    DecodePoint(1, 79.8, 571.0),
    DecodePoint(2, 146.0, 584.0),
    DecodePoint(4, 209.0, 579.0),
    DecodePoint(8, 278.0, 608.0),
    DecodePoint(16, 655.0, 426.0),
    DecodePoint(32, 1021.0, 458.0),
    DecodePoint(50, 1126.0, 464.0),
)

H100_SENSOR = SensorTiming()


@dataclass(frozen=True, slots=True)
class Curves:
    """
    One model on one card; every power is the whole GPU's, before noise.

    `load_w`: not measured; copying 20 GB to the card keeps its memory and PCIe link busy, hardly its cores.
    `chunk_tokens`: llama.cpp's --ubatch-size, the most tokens that one step computes of prompts.
    `mixes_steps`: one step carries prompt tokens and a token of each decoding sequence, as llama-server does
    it; otherwise steps of prompts and of decoding take turns. In a mixed step the weights are read once for
    all, so that its decoding takes `mixed_decode_share` of the time that it takes alone.
    `prefill_growth` is what each token of context adds to the time of a prompt token, as a share of it;
    `decode_context_s` what each token of context adds to a decode step. Both are left out by default.
    """

    idle_low_w: float = 72.4
    idle_boosted_w: float = 124.0
    load_w: float = 165.0
    prefill_w: float = 560.0
    prefill_tokens_per_s: float = 2500.0
    decode_points: tuple[DecodePoint, ...] = H100_DECODE
    noise: float = 0.015
    chunk_tokens: int = 512
    mixes_steps: bool = False
    mixed_decode_share: float = 0.3
    prefill_growth: float = 0.0
    decode_context_s: float = 0.0
    sensor: SensorTiming = H100_SENSOR

    def idle_w(self, sm_mhz: int) -> float:
        """Power with nothing to do; it is the clock that costs, not the memory held."""
        boost = (sm_mhz - SM_CLOCK_MIN_MHZ) / (SM_CLOCK_MAX_MHZ - SM_CLOCK_MIN_MHZ)
        return self.idle_low_w + (self.idle_boosted_w - self.idle_low_w) * boost**2

    def power_w(self, work: Work, clock: Clock) -> float:
        """Power of the whole GPU in watts."""
        return self.idle_w(clock.sm_mhz) + self._active_w(work, clock)

    def decode_tokens_per_s(self, batch: int) -> float:
        """Tokens per second of all sequences together at full clocks and with short contexts."""
        return self._decode_point(batch).tokens_per_s

    def prefill_s(self, tokens: int, context_tokens: int) -> float:
        """Time of so many prompt tokens behind a context, at full clocks."""
        mean_context = context_tokens + tokens / 2
        return tokens * (1 + self.prefill_growth * mean_context) / self.prefill_tokens_per_s

    def decode_s(self, batch: int) -> float:
        """Time of a decode step at full clocks, contexts left out."""
        return batch / self.decode_tokens_per_s(batch)

    def above_decode_w(self, batch: int) -> float:
        """What decoding so many sequences draws above the boosted idle power, at full clocks."""
        return self._decode_point(batch).power_w - self.idle_boosted_w

    def above_idle_w(self, phase: Phase, batch: int = 0) -> float:
        """What a phase draws above idle at full clocks."""
        return self._active_w(Work(phase, batch), Clock())

    def speed(self, work: Work, clock: Clock) -> float:
        """How fast work goes at these clocks, as a share of its speed at full clocks."""
        if work.phase is Phase.PREFILL:
            return clock.sm_ratio
        if work.phase is Phase.DECODE:
            memory_time = (1 - DECODE_SM_TIME_SHARE) / clock.memory_ratio
            return 1 / (memory_time + DECODE_SM_TIME_SHARE * float(clock.sm_ratio**-1.5))
        if work.phase is Phase.MIXED:
            prefill, decode = (self.speed(Work(phase), clock) for phase in (Phase.PREFILL, Phase.DECODE))
            return 1 / (work.prefill_share / prefill + (1 - work.prefill_share) / decode)
        return 1.0

    def _active_w(self, work: Work, clock: Clock) -> float:
        if work.phase is Phase.IDLE:
            return 0.0
        if work.phase is Phase.LOAD:
            return self.load_w - self.idle_boosted_w
        if work.phase is Phase.PREFILL:
            share = _active_share(clock, PREFILL_MEMORY_POWER_SHARE)
            return (self.prefill_w - self.idle_boosted_w) * share
        if work.phase is Phase.MIXED:
            prefill_w = self._active_w(Work(Phase.PREFILL, 1), clock)
            decode_w = self._active_w(Work(Phase.DECODE, work.batch), clock)
            return prefill_w * work.prefill_share + decode_w * (1 - work.prefill_share)
        full_w = self._decode_point(work.batch).power_w
        return (full_w - self.idle_boosted_w) * _active_share(clock, DECODE_MEMORY_POWER_SHARE)

    def _decode_point(self, batch: int) -> DecodePoint:
        """The point at a batch size, on straight lines between the known ones."""
        size = max(1, min(batch, self.decode_points[-1].batch))
        for low, high in pairwise(self.decode_points):
            if size <= high.batch:
                along = (size - low.batch) / (high.batch - low.batch)
                return DecodePoint(
                    size,
                    low.tokens_per_s + (high.tokens_per_s - low.tokens_per_s) * along,
                    low.power_w + (high.power_w - low.power_w) * along,
                )
        raise AssertionError("the last point bounds every batch size")


H100 = Curves()


def memory_busy_share(phase: Phase) -> float:
    """Share of a phase's time in which the GPU's memory works (assumed, for the utilisation field)."""
    return MEMORY_BUSY_SHARES[phase]


def _active_share(clock: Clock, memory_share: float) -> float:
    return memory_share * clock.memory_ratio + (1 - memory_share) * float(clock.sm_ratio**2)
