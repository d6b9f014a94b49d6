# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whether clocks that were given back have really risen."""

from __future__ import annotations

import enum

from green_common.gpu import Gpu
from green_idle.clocks import give_back
from green_idle.held import HeldFile
from green_idle.hold import CLOCK_STEP_MHZ, Reading

GIVEN_S = 2.0


class Restored(enum.Enum):
    """What the clocks show after a reset that NVML took."""

    NOT_YET = "not yet"
    RISEN = "risen"
    IDLES_LOW = "idles low"
    STUCK = "stuck"


def judge_reset(low_mhz: int, reading: Reading, waited_s: float) -> Restored:
    """A card with nothing to do may stay low by itself; one that works and stays low is stuck."""
    if reading.sm_clock_mhz > low_mhz + CLOCK_STEP_MHZ:
        return Restored.RISEN
    if waited_s < GIVEN_S:
        return Restored.NOT_YET
    return Restored.STUCK if reading.busy_percent else Restored.IDLES_LOW


class Restoration:
    """The clocks of one GPU on their way back from `low_mhz`; the held file names it until then."""

    def __init__(self, low_mhz: int, held: HeldFile, restore_mhz: int, at_s: float) -> None:
        self.low_mhz = low_mhz
        self._held = held
        self._restore_mhz = restore_mhz
        self._since_s = at_s
        self.state = Restored.NOT_YET

    @property
    def is_over(self) -> bool:
        return self.state in (Restored.RISEN, Restored.IDLES_LOW)

    def check(self, gpu: Gpu, reading: Reading, at_s: float) -> Restored:
        """Raises GpuError where a second reset fails."""
        self.state = judge_reset(self.low_mhz, reading, at_s - self._since_s)
        if self.state in (Restored.STUCK, Restored.IDLES_LOW):
            give_back(gpu, self._restore_mhz, memory=self._held.names_memory(gpu.uuid))
        if self.is_over:
            self._held.discard([gpu.uuid])
        return self.state
