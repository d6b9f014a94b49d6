# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The GPUs' clocks on their way down and back: what is locked, what is given back, and whether it rises."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Mapping, Sequence

from green_common.errors import UnavailableError
from green_common.gpu import Gpu, GpuError
from green_idle.actions import Cause, Raise, Release
from green_idle.clocks import ClockLock, confirm_reset, give_back
from green_idle.giving_back import GivingBack
from green_idle.held import HeldFile
from green_idle.hold import Reading
from green_idle.report import Reporter
from green_idle.resting import RestClocks
from green_idle.restore import Restoration, Restored
from green_idle.worker import RESERVE, GpuSlowError

# Between two looks at a call that is late.
LATE_EVERY_S = 0.05
# A process that begins anew gets through to the driver, or nobody does.
PATIENCE_S = 20.0


class Levers:
    """`gpus` may change meanwhile."""

    def __init__(
        self, gpus: Mapping[str, Gpu], held: HeldFile, reporter: Reporter, reserve: int = RESERVE
    ) -> None:
        self._gpus = gpus
        self._held = held
        self._report = reporter
        self._lock = ClockLock(gpus, held, reserve)
        self._late: list[GivingBack] = []
        self._restorations: dict[str, Restoration] = {}

    @property
    def locked(self) -> Mapping[str, RestClocks]:
        return self._lock.locked

    @property
    def due_in_s(self) -> float:
        """When to look after calls that are late."""
        return LATE_EVERY_S if self._late else math.inf

    @property
    def restored(self) -> set[str]:
        """The GPUs whose clocks have not been seen to rise yet."""
        return set(self._restorations)

    @property
    def rises(self) -> bool:
        """True while clocks are expected to rise at any moment."""
        return any(restoration.state is not Restored.STUCK for restoration in self._restorations.values())

    def configure(self, restore_mhz: int) -> None:
        self._lock.restore_mhz = self._held.restore_mhz = restore_mhz

    def lock(self, wanted: Mapping[str, RestClocks], *, only_above: bool) -> dict[str, GpuError]:
        """
        Lock these, or those that run faster than that; returns the errors.

        Raises UnavailableError where the held file can't be written; then nothing was locked.
        """
        failed = self._lock.lower(wanted) if only_above else self._lock.set(wanted)
        for uuid in self.locked:
            self._restorations.pop(uuid, None)
        # If that fails the file names more than is held, which costs a reset too many.
        with contextlib.suppress(UnavailableError):
            self._held.discard(failed.keys() - self.locked.keys() - self.restored)
        return failed

    def give_back(self, wish: Release | Raise, at_s: float, wait_ms: int) -> GivingBack | None:
        """Returned once the driver is through with it; None while it takes longer than a request waits."""
        low = dict(self._lock.locked)
        if isinstance(wish, Release):
            calls, left = self._lock.reset(leave=wish.leave), wish.leave
            # The word 'released' is for all clocks, also for those that are late already.
            for giving in self._late:
                calls = {**giving.calls, **calls}
        else:
            left = wish.gpu if wish.leave else None
            calls = self._lock.reset([wish.gpu], leave=left)
        low_mhz = {uuid: low[uuid].sm_mhz for uuid in calls if uuid in low and uuid != left}
        giving = GivingBack(wish, low_mhz, calls, at_s, (left,) if left else ())
        if giving.wait(wait_ms / 1000):
            return giving
        self._late.append(giving)
        self._report.slow(sorted(calls), wait_ms)
        return None

    def late(self, now_s: float) -> list[GivingBack]:
        """Those that were late and are through now. Raises GpuSlowError where one will hardly ever be."""
        done = [giving for giving in self._late if giving.wait(0)]
        self._late = [giving for giving in self._late if giving not in done]
        for giving in self._late:
            if now_s - giving.received_at_s > PATIENCE_S:
                raise GpuSlowError(
                    f"{', '.join(giving.calls)}: the driver has not given clocks back within {PATIENCE_S:g} s"
                )
        return done

    def follow(self, giving: GivingBack, now_s: float) -> None:
        """The driver is through: watch the clocks rise, and then forget them."""
        if giving.calls or giving.left:
            self._report.released(giving.wish, giving.took_ms, sorted({*giving.calls, *giving.left}))
        self._held.discard(uuid for uuid in giving.left if uuid not in giving.lost)
        low_mhz = {uuid: mhz for uuid, mhz in giving.low_mhz.items() if uuid not in giving.lost}
        if low_mhz:
            self._restore(low_mhz, now_s)

    def unlock(self, uuid: str, wait_s: float) -> GpuError | None:
        """For a measurement at its own clocks; the held file goes on naming it."""
        low_mhz = {uuid: rest.sm_mhz for uuid, rest in self._lock.locked.items()}
        call = self._lock.reset([uuid]).get(uuid)
        if call is None:
            return None
        if call.wait(time.monotonic() + wait_s) and call.error is None:
            self._restore({uuid: low_mhz[uuid]}, time.monotonic())
            return None
        error = call.error or GpuSlowError(f"{uuid}: the driver has not given the clocks back in time")
        # Clocks that may be low yet: the word 'released' has to wait for them, and is not said if that fails.
        wish = Raise(uuid, Cause.GPU_ERROR, str(error))
        self._late.append(GivingBack(wish, {uuid: low_mhz[uuid]}, {uuid: call}, time.monotonic()))
        return error

    def forget(self, uuid: str) -> None:
        self._lock.forget(uuid)
        self._restorations.pop(uuid, None)

    def take_back(self, gpu: Gpu, now_s: float) -> None:
        """A GPU is there again that may have been lost while we held it. Raises GpuError."""
        if not self._held.names(gpu.uuid):
            return
        low_mhz = gpu.read_clocks().sm_clock_mhz
        give_back(gpu, self._lock.restore_mhz, memory=self._held.names_memory(gpu.uuid))
        self._restore({gpu.uuid: low_mhz}, now_s)

    def check(self, readings: Sequence[Reading], now_s: float) -> None:
        """Raises GpuError where a second reset fails; the others are seen to all the same."""
        failed: list[GpuError] = []
        for reading in readings:
            if restoration := self._restorations.get(reading.uuid):
                try:
                    self._check(restoration, reading, now_s)
                except GpuError as error:
                    failed.append(error)
        if failed:
            raise failed[0]

    def finish(self) -> None:
        """Before the end: don't wait for readings. Raises GpuError."""
        low_mhz = {uuid: restoration.low_mhz for uuid, restoration in self._restorations.items()}
        confirm_reset([self._gpus[uuid] for uuid in low_mhz], low_mhz, self._held, self._lock.restore_mhz)

    def _check(self, restoration: Restoration, reading: Reading, now_s: float) -> None:
        was, state = restoration.state, restoration.check(self._gpus[reading.uuid], reading, now_s)
        if state is Restored.STUCK and was is not Restored.STUCK:
            self._report.stuck(reading.uuid)
        if restoration.is_over:
            del self._restorations[reading.uuid]

    def _restore(self, low_mhz: Mapping[str, int], now_s: float) -> None:
        for uuid, mhz in low_mhz.items():
            # One that was lost meanwhile is not waited for; the file goes on naming it.
            if uuid in self._gpus:
                self._restorations[uuid] = Restoration(mhz, self._held, self._lock.restore_mhz, now_s)
