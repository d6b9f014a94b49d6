# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""All GPUs of this machine: read together, lost and found one by one."""

from __future__ import annotations

import math
from collections.abc import Callable

from green_common.cgroup import UnitCgroup
from green_common.config import GpuConfig
from green_common.gpu import Gpu, GpuDriver, GpuError, GpuUnsupportedError
from green_common.gpu.open import open_driver
from green_telemetry.audit import Audit
from green_telemetry.meter import Meter, open_meter, read_instances
from green_telemetry.processes import OthersShare
from green_telemetry.sampler import Sample

REOPEN_EVERY_S = 5.0
# One that has not come back within a minute is looked for less often.
REOPEN_TRIES, REOPEN_LATER_EVERY_S = 12, 60.0


class Gpus:
    """The opened driver with a meter for each GPU that can be accounted for."""

    def __init__(self, config: GpuConfig, driver: GpuDriver, audit: Audit) -> None:
        self._config = config
        self._driver = driver
        self._audit = audit
        self._server = UnitCgroup(config.model_server_unit)
        self._reopen_at_s = math.inf
        self._tries = 0
        self._missing = False
        self._refused: set[str] = set()
        self.meters: list[Meter] = []

    def open(self) -> None:
        """Find the GPUs; raises GpuUnsupportedError where none tells energy or power."""
        refused = [error for gpu in self._driver.open_gpus() if (error := self._try_to_adopt(gpu))]
        for absent in self._driver.unopened:
            self._audit.refused(absent.error)
        if self._missing or self._driver.unopened:
            self._reopen_at_s = 0.0
        if refused and not self.meters:
            raise refused[0]

    @property
    def driver_version(self) -> str:
        return self._driver.version

    def close(self) -> None:
        self._driver.close()

    @property
    def reopen_at_s(self) -> float:
        """When to call `reopen`; infinite while every GPU is there."""
        return self._reopen_at_s

    def sample(self, is_quiet: Callable[[Sample], bool], *, with_counter: bool, regular: bool) -> list[Meter]:
        """Read every GPU into its books; returns those whose books were interrupted."""
        interrupted = []
        for meter in self.meters:
            if meter.lost_s is None and not self._sample_one(
                meter, is_quiet, with_counter=with_counter, regular=regular
            ):
                interrupted.append(meter)
        return interrupted

    def reopen(self, now_s: float) -> list[Meter]:
        """
        Look for the lost ones with a fresh driver, as a reloaded one has forgotten the old handles.

        Returns those that were found.
        """
        self._tries += 1
        self._reopen_at_s = now_s + (REOPEN_EVERY_S if self._tries <= REOPEN_TRIES else REOPEN_LATER_EVERY_S)
        if all(meter.lost_s is not None for meter in self.meters):
            # NVML starts anew only once nobody has it open, and no GPU can be reset while somebody has.
            self._driver.close()
        try:
            driver = open_driver(self._config)
        except GpuError:
            return []
        try:
            present = {gpu.uuid: gpu for gpu in driver.open_gpus()}
        except GpuError:
            driver.close()
            return []
        self._driver.close()
        self._driver = driver
        found = [
            meter
            for meter in self.meters
            if meter.gpu.uuid in present and self._take_handle(meter, present[meter.gpu.uuid])
        ]
        self._missing = False
        known = {meter.gpu.uuid for meter in self.meters}
        for uuid in present.keys() - known:
            self._try_to_adopt(present[uuid])
        found += self.meters[len(known) :]
        there = all(meter.lost_s is None for meter in self.meters)
        if there and not self._missing and not driver.unopened:
            self._reopen_at_s, self._tries = math.inf, 0
        return found

    def _try_to_adopt(self, gpu: Gpu) -> GpuError | None:
        """Follow a GPU from here on; the error, said once, where it is lost or tells nothing."""
        try:
            others = OthersShare(self._server, simulated=self._driver.simulated)
            meter, sample = open_meter(gpu, others)
        except GpuError as error:
            if gpu.uuid not in self._refused:
                self._audit.refused(error)
            self._refused.add(gpu.uuid)
            self._missing |= not isinstance(error, GpuUnsupportedError)
            return error
        meter.book(sample, quiet=False, regular=False)
        self.meters.append(meter)
        self._audit.found(meter, self._driver.version)
        return None

    def _take_handle(self, meter: Meter, gpu: Gpu) -> bool:
        """True where the GPU was lost and is found."""
        since_s, before_j = meter.lost_s, meter.lost_j
        if since_s is None:
            meter.sampler.gpu = gpu
            return False
        meter.sampler.replace_gpu(gpu)
        try:
            sample = meter.sampler.sample(with_counter=True)
        except GpuError:
            return False
        meter.find()
        meter.instances = read_instances(gpu)
        meter.book(sample, quiet=False, regular=False)
        self._audit.found(meter, self._driver.version)
        self._audit.gap(meter, since_s, before_j, sample)
        return True

    def _sample_one(
        self, meter: Meter, is_quiet: Callable[[Sample], bool], *, with_counter: bool, regular: bool
    ) -> bool:
        try:
            sample = meter.sampler.sample(with_counter=with_counter)
        except GpuError as error:
            meter.lose()
            self._reopen_at_s = 0.0
            self._audit.lost(meter, error)
            return False
        booked = meter.book(sample, quiet=is_quiet(sample), regular=regular)
        for doubt in booked.doubts:
            self._audit.nonsense(meter, doubt)
        if booked.gap is not None:
            self._audit.gap(meter, *booked.gap, sample)
        return not booked.interrupted
