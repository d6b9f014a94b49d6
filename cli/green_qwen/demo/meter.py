# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the GPU does meanwhile, read by the demo itself and not by the daemons that it shows."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from green_common.gpu import Gpu

READ_EVERY_S = 0.1
TEMPERATURE_LIMIT_C = 85


@dataclass(slots=True)
class Meter:
    """Watts and degrees over a stretch of time, joules from the counter at its ends."""

    gpus: tuple[Gpu, ...]
    power_w: float = float("nan")
    alerts: int = 0
    _started_s: float = 0.0
    _started_j: float = 0.0
    _hot: set[str] = field(default_factory=set)

    def start(self) -> None:
        self._started_s, self._started_j = time.monotonic(), self._energy_j()
        self.power_w = self._power_w()
        self.alerts = 0

    @property
    def duration_s(self) -> float:
        return time.monotonic() - self._started_s

    def energy_j(self) -> float:
        return self._energy_j() - self._started_j

    async def watch(self) -> None:
        """Keep `power_w` and `alerts` up to date until cancelled."""
        while True:
            self.power_w = self._power_w()
            for gpu in self.gpus:
                self._note_temperature(gpu)
            await asyncio.sleep(READ_EVERY_S)

    def _note_temperature(self, gpu: Gpu) -> None:
        hot = gpu.read_temperature_c() >= TEMPERATURE_LIMIT_C
        if hot and gpu.uuid not in self._hot:
            self.alerts += 1
            self._hot.add(gpu.uuid)
        elif not hot:
            self._hot.discard(gpu.uuid)

    def _power_w(self) -> float:
        return sum(gpu.read_power_w() for gpu in self.gpus)

    def _energy_j(self) -> float:
        return sum(gpu.read_energy_j() for gpu in self.gpus)
