# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One hold of one GPU's clocks: what is seen of it while it lasts, and what that means."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

# The driver may obey late; NVML's success says that the lock was installed, not that it holds.
OBEYED_AFTER_S = 2.0
SETTLED_AFTER_S = 5.0
AVERAGED_S = 2.0
LEAST_SAMPLES = 3
LEAST_SAVING_W = 1.0
# One step of the SM clock on an H100.
CLOCK_STEP_MHZ = 15
RIVAL_READINGS = 2
WORK_LEAST_W = 10.0
WORK_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Reading:
    """What one GPU showed at one time; `served` is None where it can't be told who computes there."""

    uuid: str
    sm_clock_mhz: int
    power_w: float
    busy_percent: int
    served: bool | None = None
    foreign_pid: int | None = None


@dataclass(frozen=True, slots=True)
class PowerSample:
    """The power of one GPU at one time."""

    at_s: float
    power_w: float


@dataclass(frozen=True, slots=True)
class Saving:
    """The power before and while clocks are held, and how far chance alone could set the two apart."""

    before_w: float
    held_w: float
    noise_w: float

    @property
    def saved_w(self) -> float:
        return self.before_w - self.held_w

    @property
    def pays(self) -> bool:
        return self.saved_w > max(self.noise_w, LEAST_SAVING_W)


@dataclass(frozen=True, slots=True)
class NotObeyed:
    """The driver took the lock, and the card runs as before."""

    uuid: str
    sm_clock_mhz: int


@dataclass(frozen=True, slots=True)
class Rival:
    """The card obeyed, and now runs faster: somebody else has set or reset its clocks."""

    uuid: str
    sm_clock_mhz: int


@dataclass(frozen=True, slots=True)
class Working:
    """The power rose far above the level of the hold: somebody works on the GPU."""

    power_w: float
    held_w: float


Finding = NotObeyed | Rival | Working | Saving


def recent(samples: Sequence[PowerSample], at_s: float) -> list[float]:
    """The watts of the last seconds."""
    return [sample.power_w for sample in samples if at_s - sample.at_s <= AVERAGED_S]


def compare(before_w: Sequence[float], held_w: Sequence[float]) -> Saving:
    """Two means with twice the standard error of their difference; each side has two samples or more."""
    variance = sum(statistics.variance(side) / len(side) for side in (before_w, held_w))
    return Saving(statistics.fmean(before_w), statistics.fmean(held_w), 2 * math.sqrt(variance))


class Hold:
    """Judges the readings of one hold; each kind of finding comes once."""

    def __init__(self, rest_mhz: int, before_w: Sequence[float], at_s: float) -> None:
        self._rest_mhz = rest_mhz
        self._before_w = before_w
        self.since_s = at_s
        self._samples: list[PowerSample] = []
        self._obeyed = False
        self._above = 0
        self.saving: Saving | None = None

    @property
    def before_w(self) -> float:
        return self.saving.before_w if self.saving else statistics.fmean(self._before_w)

    def judge(self, reading: Reading, at_s: float) -> Finding | None:
        finding = self.judge_clock(reading, at_s)
        return finding or self._judge_power(PowerSample(at_s, reading.power_w))

    def judge_clock(self, reading: Reading, at_s: float) -> NotObeyed | Rival | None:
        if reading.sm_clock_mhz <= self._rest_mhz + CLOCK_STEP_MHZ:
            self._obeyed, self._above = True, 0
            return None
        self._above += 1
        if self._obeyed:
            # Twice, because what follows leaves the rival's clocks in force.
            again = self._above >= RIVAL_READINGS
            return Rival(reading.uuid, reading.sm_clock_mhz) if again else None
        late = at_s - self.since_s >= OBEYED_AFTER_S
        return NotObeyed(reading.uuid, reading.sm_clock_mhz) if late else None

    def _judge_power(self, sample: PowerSample) -> Saving | Working | None:
        if self.saving:
            limit_w = self.saving.held_w + max(WORK_LEAST_W, WORK_SHARE * self.saving.held_w)
            return Working(sample.power_w, self.saving.held_w) if sample.power_w > limit_w else None
        self._samples.append(sample)
        held_w = recent(self._samples, sample.at_s)
        if sample.at_s - self.since_s < SETTLED_AFTER_S or len(held_w) < LEAST_SAMPLES:
            return None
        self.saving = compare(self._before_w, held_w)
        return self.saving
