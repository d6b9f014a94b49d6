# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The clocks of all GPUs: lowered, and given back."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from functools import partial

from green_common.gpu import (
    Gpu,
    GpuError,
    GpuLostError,
    GpuPermissionError,
    GpuUnsupportedError,
    Unopened,
)
from green_idle.held import HeldFile
from green_idle.hold import CLOCK_STEP_MHZ
from green_idle.resting import RestClocks
from green_idle.worker import RESERVE, Call, GpuSlowError, Workers, wait_for

RESTORED_WITHIN_S = 0.5
LOOK_EVERY_S = 0.05
# Some milliseconds as a rule; a request that comes meanwhile is heard after it.
LOCKED_WITHIN_S = 1.0


def give_back(gpu: Gpu, restore_mhz: int, *, memory: bool) -> None:
    """The card's own clocks, or the SM clock that an administrator has set for it; raises GpuError."""
    if not _restored(gpu, restore_mhz):
        gpu.reset_sm_clocks()
    if memory:
        # A card that takes no lock of its memory clock has none to give back.
        with contextlib.suppress(GpuUnsupportedError):
            gpu.reset_memory_clocks()


class ClockLock:
    """What we have locked; `held` names it to whoever comes after us. `gpus` may change meanwhile."""

    def __init__(self, gpus: Mapping[str, Gpu], held: HeldFile, reserve: int = RESERVE) -> None:
        self._gpus = gpus
        self._held = held
        self._workers = Workers(gpus, reserve)
        self.restore_mhz = 0
        self.locked: dict[str, RestClocks] = {}

    def lower(self, wanted: Mapping[str, RestClocks]) -> dict[str, GpuError]:
        """
        Lock each GPU that runs faster than this; returns the errors by UUID of those that could not be.

        Raises UnavailableError where the held file can't be written; then nothing was locked.
        """
        failed: dict[str, GpuError] = {}
        # A card that idles this low by itself is left alone: it may even draw more when locked.
        above = [uuid for uuid, rest in wanted.items() if self._runs_above(uuid, rest.sm_mhz, failed)]
        return failed | self.set({uuid: wanted[uuid] for uuid in above})

    def set(self, wanted: Mapping[str, RestClocks]) -> dict[str, GpuError]:
        """As `lower`, whatever the GPUs run at."""
        failed: dict[str, GpuError] = {}
        if wanted:
            self._held.add(wanted, [uuid for uuid, rest in wanted.items() if rest.memory_mhz is not None])
        calls = {}
        for uuid, rest in wanted.items():
            before = self.locked.get(uuid)
            lock = partial(self._lock, self._gpus[uuid], rest, before)
            calls[uuid] = self._workers.of(uuid).start(lock)
        self.locked.update(wanted)
        wait_for(calls.values(), LOCKED_WITHIN_S)
        for uuid, call in calls.items():
            # One that broke off may have been locked all the same, so it stays among those to reset.
            if not call.is_over:
                failed[uuid] = GpuSlowError(f"{uuid}: the driver did not lock its clocks in time")
            elif call.error:
                failed[uuid] = call.error
                if isinstance(call.error, GpuPermissionError | GpuUnsupportedError):
                    del self.locked[uuid]
        return failed

    def reset(self, uuids: Sequence[str] | None = None, *, leave: str | None = None) -> dict[str, Call]:
        """
        Begin to give back what was locked, of all GPUs or of these; returns the calls by UUID.

        A GPU whose clocks a rival has set keeps them; the memory clock that we had locked goes back.
        """
        ours = tuple(self.locked) if uuids is None else [uuid for uuid in uuids if uuid in self.locked]
        calls = {}
        for uuid in ours:
            memory_mhz = self.locked.pop(uuid).memory_mhz
            memory = memory_mhz is not None
            if uuid != leave:
                reset = partial(give_back, self._gpus[uuid], self.restore_mhz, memory=memory)
            elif memory_mhz is not None:
                reset = partial(_give_back_memory, self._gpus[uuid], memory_mhz)
            else:
                continue
            calls[uuid] = self._workers.of(uuid).start(reset)
        return calls

    def forget(self, uuid: str) -> None:
        """It is lost: the file goes on naming it, and a driver that still hangs keeps its thread."""
        self.locked.pop(uuid, None)
        self._workers.forget(uuid)

    def _lock(self, gpu: Gpu, rest: RestClocks, before: RestClocks | None) -> None:
        gpu.lock_sm_clocks(rest.sm_mhz, rest.sm_mhz)
        if rest.memory_mhz is None:
            if before and before.memory_mhz is not None:
                gpu.reset_memory_clocks()
            return
        try:
            gpu.lock_memory_clocks(rest.memory_mhz, rest.memory_mhz)
        except GpuError:
            # Half of it is not what was asked for.
            give_back(gpu, self.restore_mhz, memory=False)
            raise

    def _runs_above(self, uuid: str, mhz: int, failed: dict[str, GpuError]) -> bool:
        try:
            return self._gpus[uuid].read_clocks().sm_clock_mhz > mhz + CLOCK_STEP_MHZ
        except GpuError as error:
            failed[uuid] = error
            return False


def recover(
    gpus: Sequence[Gpu], held: HeldFile, unopened: Sequence[Unopened] = (), restore_mhz: int = 0
) -> list[str]:
    """
    Give back the clocks that an earlier process held; returns the UUIDs.

    Raises GpuError where a reset fails, or one that was held may be among those that can't be opened; the
    file then goes on naming them, so that the next start tries again.
    """
    if not held.exists():
        return []
    ours = [gpu for gpu in gpus if held.names(gpu.uuid)]
    low_mhz: dict[str, int] = {}
    failed, back = [], []
    if held.names_others(gpu.uuid for gpu in gpus):
        failed = [absent.error for absent in unopened]
    for gpu in ours:
        try:
            low_mhz[gpu.uuid] = gpu.read_clocks().sm_clock_mhz
            give_back(gpu, restore_mhz, memory=held.names_memory(gpu.uuid))
            back.append(gpu.uuid)
        except GpuError as error:
            # One lost card must not keep the others low.
            failed.append(error)
    if failed:
        held.discard(back)
        # A start goes on without one that is lost, but not beside one that stays low.
        raise next((error for error in failed if not isinstance(error, GpuLostError)), failed[0])
    confirm_reset(ours, low_mhz, held, restore_mhz)
    held.remove()
    return back


def confirm_reset(
    gpus: Sequence[Gpu], low_mhz: Mapping[str, int], held: HeldFile, restore_mhz: int = 0
) -> None:
    """See the clocks rise after a reset and forget them; waits half a second at most. Raises GpuError."""
    if not _rise(gpus, low_mhz):
        # A card with nothing to do may stay this low by itself. Once more costs nothing.
        for gpu in gpus:
            give_back(gpu, restore_mhz, memory=held.names_memory(gpu.uuid))
    held.discard(gpu.uuid for gpu in gpus)


def _give_back_memory(gpu: Gpu, locked_mhz: int) -> None:
    """Unless a rival has set that too. Raises GpuError."""
    if gpu.read_clocks().memory_clock_mhz <= locked_mhz:
        gpu.reset_memory_clocks()


def _restored(gpu: Gpu, restore_mhz: int) -> bool:
    if not restore_mhz:
        return False
    try:
        gpu.lock_sm_clocks(restore_mhz, restore_mhz)
    except (GpuLostError, GpuPermissionError):
        raise
    except GpuError:
        # It does not have that clock: its own are better than low ones.
        return False
    return True


def _rise(gpus: Sequence[Gpu], low_mhz: Mapping[str, int]) -> bool:
    for _ in range(round(RESTORED_WITHIN_S / LOOK_EVERY_S)):
        if all(gpu.read_clocks().sm_clock_mhz > low_mhz[gpu.uuid] for gpu in gpus):
            return True
        time.sleep(LOOK_EVERY_S)
    return False
