# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the GPUs show: clock, power, utilisation, and who computes there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import partial

from green_common.cgroup import UnitCgroup
from green_common.gpu import Gpu, GpuError
from green_common.gpu.occupants import Occupants, read_occupants
from green_idle.hold import Reading
from green_idle.readers import Readers

# Processes come and go in seconds; asking costs a call and some files.
LOOK_EVERY_S = 1.0


def read(gpu: Gpu, occupants: Occupants | None = None) -> Reading:
    """Raises GpuError."""
    busy_percent = gpu.read_utilisation().gpu_percent
    clock_mhz, power_w = gpu.read_clocks().sm_clock_mhz, gpu.read_power_w()
    if occupants is None:
        return Reading(gpu.uuid, clock_mhz, power_w, busy_percent)
    foreign_pid = min(occupants.others, default=None)
    return Reading(gpu.uuid, clock_mhz, power_w, busy_percent, occupants.served, foreign_pid)


class Watch:
    """`gpus` may change meanwhile; what is kept of one is touched by its thread alone."""

    def __init__(
        self, gpus: Mapping[str, Gpu], server: UnitCgroup, readers: Readers, *, simulated: bool
    ) -> None:
        self._gpus = gpus
        self._server = server
        self._readers = readers
        self._simulated = simulated
        self._found: dict[str, Occupants | None] = {}
        self._look_at_s: dict[str, float] = {}

    def read(self, uuids: Iterable[str], at_s: float) -> dict[str, Reading | GpuError] | None:
        """Of those that can be used and are in time; None where something urgent came first."""
        gpus = [self._gpus[uuid] for uuid in uuids if uuid in self._gpus]
        return self._readers.read({gpu.uuid: partial(self._read, gpu, at_s) for gpu in gpus})

    def forget(self, uuid: str) -> None:
        self._readers.forget(uuid)

    def _read(self, gpu: Gpu, at_s: float) -> Reading:
        """Raises GpuError."""
        if at_s >= self._look_at_s.get(gpu.uuid, -math.inf):
            self._found[gpu.uuid] = self._look(gpu, at_s)
            self._look_at_s[gpu.uuid] = at_s + LOOK_EVERY_S
        return read(gpu, self._found[gpu.uuid])

    def _look(self, gpu: Gpu, at_s: float) -> Occupants | None:
        found = read_occupants(gpu, self._server, at_s, simulated=self._simulated)
        # An empty card is none of the model server's only where there is one to be told from others.
        return found if found is None or found.pids or self._server.pids(at_s) else None
