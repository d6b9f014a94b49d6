# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The GPUs without green-telemetry: read by ourselves, in the words of its snapshots."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from green_common.config import Config
from green_common.gpu import Gpu, GpuDriver, GpuError
from green_common.gpu.open import open_driver

# One reading of the counter takes 4 ms of CPU on an H100.
COUNTER_EVERY_S = 5.0

T = TypeVar("T")


class BareGpus:
    """Opened when first read; a driver that fails is opened anew the next time."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._driver: GpuDriver | None = None
        self._gpus: tuple[Gpu, ...] = ()
        self._counters_j: dict[str, float | None] = {}
        self._counted_s: float | None = None

    def read(self) -> dict[str, Any]:
        """What a snapshot would tell. Raises a GpuError where there is nothing to read."""
        try:
            if self._driver is None:
                self._driver = open_driver(self._config.gpu)
                self._gpus = self._driver.open_gpus()
            self._count()
            return {
                "at_s": time.time(),
                "simulated": self._driver.simulated,
                "gpus": [self._fields(gpu) for gpu in self._gpus],
            }
        except GpuError:
            self.close()
            raise

    def close(self) -> None:
        if self._driver is not None:
            self._driver.close()
        self._driver, self._gpus, self._counted_s = None, (), None

    def _count(self) -> None:
        now_s = time.monotonic()
        if self._counted_s is None or now_s - self._counted_s >= COUNTER_EVERY_S:
            self._counted_s = now_s
            self._counters_j = {gpu.uuid: _told(gpu.read_energy_j) for gpu in self._gpus}

    def _fields(self, gpu: Gpu) -> dict[str, Any]:
        clocks, memory = _told(gpu.read_clocks), _told(gpu.read_memory)
        work = _told(gpu.read_utilisation)
        power_w = _told(gpu.read_power_w)
        fields = {
            "gpu": gpu.index,
            "gpu_uuid": gpu.uuid,
            "name": gpu.name,
            "present": power_w is not None or clocks is not None,
            "power_w": power_w,
            "power_limit_w": _told(gpu.read_power_limit_w),
            "power_alert_w": self._alert_w(gpu) or None,
            "memory_used_bytes": memory.used_bytes if memory else None,
            "memory_total_bytes": memory.total_bytes if memory else None,
            "sm_clock_mhz": clocks.sm_clock_mhz if clocks else None,
            "temperature_c": _told(gpu.read_temperature_c),
            "gpu_percent": work.gpu_percent if work else None,
            "reasons": _told(gpu.read_clock_event_reasons),
            "counter_j": self._counters_j.get(gpu.uuid),
        }
        return {name: value for name, value in fields.items() if value is not None}

    def _alert_w(self, gpu: Gpu) -> float:
        """By green-telemetry's own rule."""
        from green_telemetry.alerts.power import power_limit_w

        telemetry = self._config.telemetry
        return power_limit_w(telemetry.power_alert_w, telemetry.power_alert_models, gpu.name)


def _told(read: Callable[[], T]) -> T | None:
    """What the card refuses is not known."""
    try:
        return read()
    except GpuError:
        return None
