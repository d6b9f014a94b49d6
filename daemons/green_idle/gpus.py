# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The GPUs of this machine: which can be used now, which were lost, and the search for those."""

from __future__ import annotations

import math

from green_common.config import GpuConfig
from green_common.gpu import Gpu, GpuDriver, GpuError, Unopened
from green_common.gpu.open import open_driver
from green_idle.worker import Call, Worker

REOPEN_EVERY_S = 5.0
# One that has not come back within a minute is looked for less often.
REOPEN_TRIES, REOPEN_LATER_EVERY_S = 12, 60.0


class Gpus:
    """`open` holds the usable ones by UUID, and changes in place as they are lost and found."""

    def __init__(self, config: GpuConfig, driver: GpuDriver) -> None:
        """Raises the first GPU's GpuError where none can be opened."""
        gpus = driver.open_gpus()
        self._config = config
        self._driver = driver
        self._fresh: tuple[GpuDriver, tuple[Gpu, ...]] | None = None
        self._worker = Worker("reopen")
        self._call: Call | None = None
        self._tries = 0
        self.open: dict[str, Gpu] = {gpu.uuid: gpu for gpu in gpus}
        self.lost: set[str] = set()
        # Index and name of each that was ever open; nothing is to be asked of it.
        self.known: dict[str, Gpu] = dict(self.open)
        self.unopened: tuple[Unopened, ...] = driver.unopened
        self._reopen_at_s = 0.0 if driver.unopened else math.inf

    @property
    def simulated(self) -> bool:
        return self._driver.simulated

    @property
    def driver_version(self) -> str:
        return self._driver.version

    @property
    def is_searching(self) -> bool:
        return self._call is not None and not self._call.is_over

    def lose(self, uuid: str, at_s: float) -> None:
        if self.open.pop(uuid, None):
            self.lost.add(uuid)
            self._tries, self._reopen_at_s = 0, at_s

    def turn(self, at_s: float) -> list[Gpu]:
        """Look for those that are missing where that is due, in a thread; returns what was found."""
        if self._call is None and at_s >= self._reopen_at_s:
            self._tries += 1
            seldom = self._tries > REOPEN_TRIES
            self._reopen_at_s = at_s + (REOPEN_LATER_EVERY_S if seldom else REOPEN_EVERY_S)
            self._call = self._worker.start(self._reopen)
        if self._call is None or not self._call.is_over:
            return []
        self._call = None
        fresh, self._fresh = self._fresh, None
        return self._take(*fresh) if fresh else []

    def close(self) -> None:
        self._driver.close()

    def _reopen(self) -> None:
        """With a fresh driver, as a reloaded one has forgotten the old handles. Raises GpuError."""
        if not self.open:
            # NVML starts anew only once nobody has it open, and no GPU can be reset while somebody has.
            self._driver.close()
        driver = open_driver(self._config)
        try:
            gpus = tuple(gpu for gpu in driver.open_gpus() if gpu.uuid not in self.lost or _answers(gpu))
        except GpuError:
            driver.close()
            raise
        self._fresh = driver, gpus

    def _take(self, driver: GpuDriver, gpus: tuple[Gpu, ...]) -> list[Gpu]:
        self._driver.close()
        self._driver = driver
        found = [gpu for gpu in gpus if gpu.uuid not in self.open]
        self.open.update({gpu.uuid: gpu for gpu in gpus})
        self.known.update(self.open)
        self.lost -= self.open.keys()
        if not self.lost and not driver.unopened:
            self._reopen_at_s, self._tries = math.inf, 0
        return found


def _answers(gpu: Gpu) -> bool:
    try:
        gpu.read_clocks()
    except GpuError:
        return False
    return True
