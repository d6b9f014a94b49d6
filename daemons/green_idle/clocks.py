# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The clocks of all GPUs: lowered, read, and given back."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from green_common.errors import ConfigError
from green_common.gpu import Gpu, GpuError, GpuPermissionError, GpuUnsupportedError, Unopened
from green_idle.held import HeldFile
from green_idle.hold import CLOCK_STEP_MHZ, Reading

RESTORED_WITHIN_S = 0.5
LOOK_EVERY_S = 0.05


def rest_clock_mhz(gpu: Gpu, wanted_mhz: int) -> int:
    """
    The clock to rest at; 0 wants the lowest that the card has.

    Raises ConfigError where the card does not have it, GpuError where the card can't tell.
    """
    has_mhz = gpu.read_supported_sm_clocks_mhz()
    if not has_mhz:
        raise GpuUnsupportedError(f"GPU {gpu.index} ({gpu.uuid}): names no SM clock that it supports")
    if wanted_mhz == 0:
        return has_mhz[0]
    if wanted_mhz not in has_mhz:
        nearest_mhz = min(has_mhz, key=lambda mhz: abs(mhz - wanted_mhz))
        raise ConfigError(
            f"idle.rest_sm_clock_mhz is {wanted_mhz}, which GPU {gpu.index} ({gpu.name}) does not have; "
            f"the nearest it has is {nearest_mhz}, the lowest {has_mhz[0]}"
        )
    return wanted_mhz


def read(gpu: Gpu) -> Reading:
    """Raises GpuError."""
    busy_percent = gpu.read_utilisation().gpu_percent
    return Reading(gpu.uuid, gpu.read_clocks().sm_clock_mhz, gpu.read_power_w(), busy_percent)


class ClockLock:
    """What we have locked; `held` names it to whoever comes after us."""

    def __init__(self, gpus: Sequence[Gpu], held: HeldFile) -> None:
        self._gpus = {gpu.uuid: gpu for gpu in gpus}
        self._held = held
        self.locked_mhz: dict[str, int] = {}

    def lower(self, rest_mhz: Mapping[str, int]) -> dict[str, GpuError]:
        """
        Lock each GPU that runs faster than this; returns the errors by UUID of those that could not be.

        Raises UnavailableError where the held file can't be written; then nothing was locked.
        """
        failed: dict[str, GpuError] = {}
        # A card that idles this low by itself is left alone: it may even draw more when locked.
        wanted = [uuid for uuid, mhz in rest_mhz.items() if self._runs_above(uuid, mhz, failed)]
        if wanted:
            self._held.write(wanted)
        for uuid in wanted:
            self.locked_mhz[uuid] = rest_mhz[uuid]
            try:
                self._gpus[uuid].lock_sm_clocks(rest_mhz[uuid], rest_mhz[uuid])
            except (GpuPermissionError, GpuUnsupportedError) as error:
                failed[uuid] = error
                del self.locked_mhz[uuid]
            except GpuError as error:
                # It may have been locked all the same, so it stays among those to reset.
                failed[uuid] = error
        return failed

    def reset(self, *, leave: str | None = None) -> dict[str, GpuError]:
        """Give back what was locked, but for a GPU whose clocks a rival has set; returns the errors."""
        failed = {}
        for uuid in tuple(self.locked_mhz):
            try:
                if uuid != leave:
                    self._gpus[uuid].reset_sm_clocks()
                del self.locked_mhz[uuid]
            except GpuError as error:
                failed[uuid] = error
        return failed

    def _runs_above(self, uuid: str, mhz: int, failed: dict[str, GpuError]) -> bool:
        try:
            return self._gpus[uuid].read_clocks().sm_clock_mhz > mhz + CLOCK_STEP_MHZ
        except GpuError as error:
            failed[uuid] = error
            return False


def recover(gpus: Sequence[Gpu], held: HeldFile, unopened: Sequence[Unopened] = ()) -> list[str]:
    """
    Give back the clocks that an earlier process held; returns the UUIDs.

    Raises GpuError where a reset fails, or one that was held may be among those that can't be opened; the
    file then stays, so that the next start tries again.
    """
    if not held.exists():
        return []
    ours = [gpu for gpu in gpus if held.names(gpu.uuid)]
    low_mhz: dict[str, int] = {}
    failed = []
    if held.names_others(gpu.uuid for gpu in gpus):
        failed = [absent.error for absent in unopened]
    for gpu in ours:
        try:
            low_mhz[gpu.uuid] = gpu.read_clocks().sm_clock_mhz
            gpu.reset_sm_clocks()
        except GpuError as error:
            # One lost card must not keep the others low.
            failed.append(error)
    if failed:
        raise failed[0]
    confirm_reset(ours, low_mhz, held)
    return [gpu.uuid for gpu in ours]


def confirm_reset(gpus: Sequence[Gpu], low_mhz: Mapping[str, int], held: HeldFile) -> None:
    """See the clocks rise after a reset and forget them; waits half a second at most. Raises GpuError."""
    if not _rise(gpus, low_mhz):
        # A card with nothing to do may stay this low by itself. Once more costs nothing.
        for gpu in gpus:
            gpu.reset_sm_clocks()
    held.remove()


def _rise(gpus: Sequence[Gpu], low_mhz: Mapping[str, int]) -> bool:
    for _ in range(round(RESTORED_WITHIN_S / LOOK_EVERY_S)):
        if all(gpu.read_clocks().sm_clock_mhz > low_mhz[gpu.uuid] for gpu in gpus):
            return True
        time.sleep(LOOK_EVERY_S)
    return False
