# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whether clocks that were given back have really risen."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence

from green_common.gpu import Gpu
from green_idle.clocks import confirm_reset, give_back
from green_idle.held import HeldFile
from green_idle.hold import CLOCK_STEP_MHZ, Reading

GIVEN_S = 2.0


class Restored(enum.Enum):
    """What the clocks show after a reset that NVML took."""

    NOT_YET = "not yet"
    RISEN = "risen"
    IDLES_LOW = "idles low"
    STUCK = "stuck"


def judge_reset(rest_mhz: Mapping[str, int], readings: Sequence[Reading], waited_s: float) -> Restored:
    """A card with nothing to do may stay low by itself; one that works and stays low is stuck."""
    low = [
        reading
        for reading in readings
        if reading.sm_clock_mhz <= rest_mhz.get(reading.uuid, -CLOCK_STEP_MHZ) + CLOCK_STEP_MHZ
    ]
    if not low:
        return Restored.RISEN
    if waited_s < GIVEN_S:
        return Restored.NOT_YET
    return Restored.STUCK if any(reading.busy_percent for reading in low) else Restored.IDLES_LOW


class Restoration:
    """
    The clocks of some GPUs on their way back; the held file names them until then.

    `gpus` may lose some meanwhile, which are not waited for.
    """

    def __init__(
        self,
        gpus: Mapping[str, Gpu],
        low_mhz: Mapping[str, int],
        held: HeldFile,
        restore_mhz: int,
        at_s: float,
    ) -> None:
        self._gpus = gpus
        self._low_mhz = low_mhz
        self._held = held
        self._restore_mhz = restore_mhz
        self._since_s = at_s
        self.state = Restored.NOT_YET

    @property
    def uuids(self) -> list[str]:
        return [uuid for uuid in self._low_mhz if uuid in self._gpus]

    @property
    def is_over(self) -> bool:
        return self.state in (Restored.RISEN, Restored.IDLES_LOW) or not self.uuids

    def check(self, readings: Sequence[Reading], at_s: float) -> Restored:
        """Raises GpuError where a second reset fails."""
        self.state = judge_reset(self._low_mhz, readings, at_s - self._since_s)
        if self.state in (Restored.STUCK, Restored.IDLES_LOW):
            for uuid in self.uuids:
                give_back(self._gpus[uuid], self._restore_mhz, memory=self._held.names_memory(uuid))
        if self.is_over:
            self._held.discard(self.uuids)
        return self.state

    def finish(self) -> None:
        """Don't wait for another reading. Raises GpuError."""
        confirm_reset([self._gpus[uuid] for uuid in self.uuids], self._low_mhz, self._held, self._restore_mhz)
