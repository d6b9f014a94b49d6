# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""All GPUs of this machine: read together, lost and found one by one."""

from __future__ import annotations

import math
from collections.abc import Callable

from green_common.config import GpuConfig
from green_common.gpu import Gpu, GpuDriver, GpuError, GpuUnsupportedError
from green_common.gpu.open import open_driver
from green_telemetry.audit import Audit
from green_telemetry.meter import Meter, open_meter
from green_telemetry.sampler import Sample

REOPEN_EVERY_S = 5.0


class Gpus:
    """The opened driver with a meter for each GPU that can be accounted for."""

    def __init__(self, config: GpuConfig, driver: GpuDriver, audit: Audit) -> None:
        self._config = config
        self._driver = driver
        self._audit = audit
        self._reopen_at_s = math.inf
        self.meters: list[Meter] = []

    def open(self) -> None:
        """Find the GPUs; raises GpuUnsupportedError where none tells energy or power."""
        refused: GpuError | None = None
        for gpu in self._driver.open_gpus():
            try:
                meter, sample = open_meter(gpu)
            except GpuUnsupportedError as error:
                refused = error
                self._audit.refused(error)
                continue
            meter.books.book(sample, quiet=False, regular=False)
            self.meters.append(meter)
            self._audit.found(meter, self._driver.version)
        if refused is not None and not self.meters:
            raise refused

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

    def reopen(self, now_s: float) -> None:
        """Look for the lost ones with a fresh driver, as a reloaded one has forgotten the old handles."""
        self._reopen_at_s = now_s + REOPEN_EVERY_S
        if all(meter.lost_s is not None for meter in self.meters):
            # NVML starts anew only once nobody has it open, and no GPU can be reset while somebody has.
            self._driver.close()
        try:
            driver = open_driver(self._config)
        except GpuError:
            return
        try:
            present = {gpu.uuid: gpu for gpu in driver.open_gpus()}
        except GpuError:
            driver.close()
            return
        self._driver.close()
        self._driver = driver
        for meter in self.meters:
            if meter.gpu.uuid in present:
                self._take_handle(meter, present[meter.gpu.uuid])
        if all(meter.lost_s is None for meter in self.meters):
            self._reopen_at_s = math.inf

    def _take_handle(self, meter: Meter, gpu: Gpu) -> None:
        since_s, before_j = meter.lost_s, meter.lost_j
        meter.sampler.gpu = gpu
        if since_s is None:
            return
        try:
            sample = meter.sampler.sample(with_counter=True)
        except GpuError:
            return
        meter.find()
        meter.books.book(sample, quiet=False, regular=False)
        self._audit.found(meter, self._driver.version)
        self._audit.gap(meter, since_s, before_j, sample)

    def _sample_one(
        self, meter: Meter, is_quiet: Callable[[Sample], bool], *, with_counter: bool, regular: bool
    ) -> bool:
        last = meter.books.ledger.last
        try:
            sample = meter.sampler.sample(with_counter=with_counter)
        except GpuError as error:
            meter.lose()
            self._reopen_at_s = 0.0
            self._audit.lost(meter, error)
            return False
        whole = meter.books.book(sample, quiet=is_quiet(sample), regular=regular)
        if not whole and last is not None:
            self._audit.gap(meter, last[0], last[1], sample)
        return whole
