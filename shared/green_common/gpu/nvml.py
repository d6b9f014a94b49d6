# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The NVIDIA driver through NVML; no call is made that newer drivers have announced to drop."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pynvml

from green_common.gpu.device import Clocks, Gpu, Memory, Utilisation
from green_common.gpu.errors import (
    GpuError,
    GpuLostError,
    GpuPermissionError,
    GpuUnsupportedError,
    NoDriverError,
)

T = TypeVar("T")

_ERRORS: dict[int, type[GpuError]] = {
    pynvml.NVML_ERROR_LIBRARY_NOT_FOUND: NoDriverError,
    pynvml.NVML_ERROR_DRIVER_NOT_LOADED: NoDriverError,
    pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH: NoDriverError,
    pynvml.NVML_ERROR_NO_PERMISSION: GpuPermissionError,
    pynvml.NVML_ERROR_NOT_SUPPORTED: GpuUnsupportedError,
    pynvml.NVML_ERROR_FUNCTION_NOT_FOUND: GpuUnsupportedError,
    pynvml.NVML_ERROR_DEPRECATED: GpuUnsupportedError,
    pynvml.NVML_ERROR_GPU_IS_LOST: GpuLostError,
    pynvml.NVML_ERROR_RESET_REQUIRED: GpuLostError,
    pynvml.NVML_ERROR_NOT_FOUND: GpuLostError,
    pynvml.NVML_ERROR_UNINITIALIZED: GpuLostError,
    pynvml.NVML_ERROR_UNKNOWN: GpuLostError,
}
_ADVICE: dict[type[GpuError], str] = {
    NoDriverError: "install or load the NVIDIA driver, so that nvidia-smi works; systemd tries again",
    GpuPermissionError: "this needs CAP_SYS_ADMIN; run it from its unit or as root",
    GpuLostError: "look for 'Xid' in the kernel's log; the GPU may need a restart",
}


class NvmlGpu:
    """One GPU of the driver."""

    def __init__(self, index: int) -> None:
        with _named_errors(f"GPU {index}"):
            self._handle = pynvml.nvmlDeviceGetHandleByIndex(index)
            self.uuid: str = pynvml.nvmlDeviceGetUUID(self._handle)
            self.name: str = pynvml.nvmlDeviceGetName(self._handle)
        self.index = index
        self.power_is_instant = self._offers_instant_power()

    def read_power_w(self) -> float:
        if self.power_is_instant:
            return self._field_mw(pynvml.NVML_FI_DEV_POWER_INSTANT) / 1000
        return float(self._call(pynvml.nvmlDeviceGetPowerUsage)) / 1000

    def read_energy_j(self) -> float:
        return float(self._call(pynvml.nvmlDeviceGetTotalEnergyConsumption)) / 1000

    def read_utilisation(self) -> Utilisation:
        rates = self._call(pynvml.nvmlDeviceGetUtilizationRates)
        return Utilisation(rates.gpu, rates.memory)

    def read_clocks(self) -> Clocks:
        return Clocks(
            self._call(pynvml.nvmlDeviceGetClockInfo, pynvml.NVML_CLOCK_SM),
            self._call(pynvml.nvmlDeviceGetClockInfo, pynvml.NVML_CLOCK_MEM),
        )

    def read_memory(self) -> Memory:
        memory = self._call(pynvml.nvmlDeviceGetMemoryInfo)
        return Memory(memory.used, memory.total)

    def read_temperature_c(self) -> int:
        try:
            return int(self._call(pynvml.nvmlDeviceGetTemperatureV, pynvml.NVML_TEMPERATURE_GPU))
        except GpuUnsupportedError:
            # Older drivers have only this call, which CUDA 14 will drop.
            return int(self._call(pynvml.nvmlDeviceGetTemperature, pynvml.NVML_TEMPERATURE_GPU))

    def read_power_limit_w(self) -> float:
        return float(self._call(pynvml.nvmlDeviceGetEnforcedPowerLimit)) / 1000

    def read_clock_event_reasons(self) -> int:
        return int(self._call(pynvml.nvmlDeviceGetCurrentClocksEventReasons))

    def read_supported_sm_clocks_mhz(self) -> tuple[int, ...]:
        memory_clocks = self._call(pynvml.nvmlDeviceGetSupportedMemoryClocks)
        sm_clocks = self._call(pynvml.nvmlDeviceGetSupportedGraphicsClocks, max(memory_clocks))
        return tuple(sorted(sm_clocks))

    def read_compute_pids(self) -> tuple[int, ...]:
        processes = self._call(pynvml.nvmlDeviceGetComputeRunningProcesses)
        return tuple(process.pid for process in processes)

    def lock_sm_clocks(self, low_mhz: int, high_mhz: int) -> None:
        self._call(pynvml.nvmlDeviceSetGpuLockedClocks, low_mhz, high_mhz)

    def reset_sm_clocks(self) -> None:
        self._call(pynvml.nvmlDeviceResetGpuLockedClocks)

    def _call(self, function: Callable[..., T], *arguments: Any) -> T:
        with _named_errors(f"GPU {self.index} ({self.uuid}): {function.__name__}"):
            return function(self._handle, *arguments)

    def _field_mw(self, field: int) -> int:
        value = self._call(pynvml.nvmlDeviceGetFieldValues, [field])[0]
        with _named_errors(f"GPU {self.index} ({self.uuid}): field {field}"):
            pynvml._nvmlCheckReturn(value.nvmlReturn)
        return int(value.value.uiVal)

    def _offers_instant_power(self) -> bool:
        try:
            return self._field_mw(pynvml.NVML_FI_DEV_POWER_INSTANT) > 0
        except GpuUnsupportedError:
            return False


class NvmlDriver:
    """The opened driver library."""

    def __init__(self) -> None:
        with _named_errors("NVIDIA driver"):
            pynvml.nvmlInit()
        self._is_open = True

    @property
    def simulated(self) -> bool:
        """True behind the simulation's own NVML library, which says so in its version."""
        return "simulated" in self.version

    @functools.cached_property
    def version(self) -> str:
        with _named_errors("NVIDIA driver"):
            return str(pynvml.nvmlSystemGetDriverVersion())

    def open_gpus(self) -> tuple[Gpu, ...]:
        with _named_errors("NVIDIA driver"):
            count = pynvml.nvmlDeviceGetCount()
        if not count:
            raise NoDriverError("the NVIDIA driver is loaded but sees no GPU; look at `nvidia-smi -L`")
        return tuple(NvmlGpu(index) for index in range(count))

    def close(self) -> None:
        if not self._is_open:
            # NVML only counts, and would close somebody else's.
            return
        self._is_open = False
        with contextlib.suppress(pynvml.NVMLError):
            pynvml.nvmlShutdown()


@contextlib.contextmanager
def _named_errors(what: str) -> Iterator[None]:
    try:
        yield
    except pynvml.NVMLError as error:
        kind = _ERRORS.get(error.value, GpuError)
        advice = _ADVICE.get(kind, "")
        raise kind(f"{what}: {error}" + (f"; {advice}" if advice else "")) from error
