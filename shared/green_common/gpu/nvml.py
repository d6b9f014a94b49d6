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

from green_common.gpu.device import Clocks, Gpu, Instance, Memory, ProcessWork, Unopened, Utilisation
from green_common.gpu.errors import (
    GpuError,
    GpuLostError,
    GpuPermissionError,
    GpuUnsupportedError,
    NoDriverError,
)
from green_common.gpu.opening import open_each

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
    NoDriverError: "install or load the NVIDIA driver, so that nvidia-smi works",
    GpuPermissionError: "this needs CAP_SYS_ADMIN; run it from its unit or as root",
    GpuLostError: "look for 'Xid' in the kernel's log; the GPU may need a restart",
}
# nvmlDeviceGetPowerUsage: the mean of a second from Ampere on, but for its largest chip; else instant.
_AVERAGED_FROM_ARCHITECTURE = pynvml.NVML_DEVICE_ARCH_AMPERE
_INSTANT_AMPERE_NAMES = ("A100", "A800", "A30")


class NvmlGpu:
    """One GPU of the driver."""

    def __init__(self, index: int) -> None:
        with _named_errors(f"GPU {index}"):
            self._handle = pynvml.nvmlDeviceGetHandleByIndex(index)
            self.uuid: str = pynvml.nvmlDeviceGetUUID(self._handle)
            self.name: str = pynvml.nvmlDeviceGetName(self._handle)
        self.index = index
        self.recheck_power()

    def recheck_power(self) -> None:
        self._has_instant_field = self._offers_instant_field()
        self.power_is_instant = self._has_instant_field or self._usage_is_instant()

    def read_power_w(self) -> float:
        if self._has_instant_field:
            try:
                return self._field_mw(pynvml.NVML_FI_DEV_POWER_INSTANT) / 1000
            except GpuUnsupportedError:
                self._has_instant_field = False
                self.power_is_instant = self._usage_is_instant()
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
        return _memory(self._call(pynvml.nvmlDeviceGetMemoryInfo))

    def read_temperature_c(self) -> int:
        try:
            return int(self._call(pynvml.nvmlDeviceGetTemperatureV, pynvml.NVML_TEMPERATURE_GPU))
        except GpuUnsupportedError:
            # Older drivers have only this call, which CUDA 14 will drop.
            return int(self._call(pynvml.nvmlDeviceGetTemperature, pynvml.NVML_TEMPERATURE_GPU))

    def read_power_limit_w(self) -> float:
        return float(self._call(pynvml.nvmlDeviceGetEnforcedPowerLimit)) / 1000

    def read_clock_event_reasons(self) -> int:
        try:
            return int(self._call(pynvml.nvmlDeviceGetCurrentClocksEventReasons))
        except GpuUnsupportedError:
            # Its name before driver 535.
            return int(self._call(pynvml.nvmlDeviceGetCurrentClocksThrottleReasons))

    def read_supported_sm_clocks_mhz(self) -> tuple[int, ...]:
        memory_clocks = self._call(pynvml.nvmlDeviceGetSupportedMemoryClocks)
        sm_clocks = self._call(pynvml.nvmlDeviceGetSupportedGraphicsClocks, max(memory_clocks))
        return tuple(sorted(sm_clocks))

    def read_supported_memory_clocks_mhz(self) -> tuple[int, ...]:
        return tuple(sorted(self._call(pynvml.nvmlDeviceGetSupportedMemoryClocks)))

    def read_performance_state(self) -> int:
        return int(self._call(pynvml.nvmlDeviceGetPerformanceState))

    def read_compute_pids(self) -> tuple[int, ...]:
        return _pids(self._call(pynvml.nvmlDeviceGetComputeRunningProcesses))

    def read_process_work(self, since_unix_us: int) -> tuple[ProcessWork, ...]:
        try:
            with self._named(pynvml.nvmlDeviceGetProcessUtilization.__name__):
                samples = pynvml.nvmlDeviceGetProcessUtilization(self._handle, since_unix_us)
        except GpuLostError as error:
            # Here alone 'not found' is an answer: nothing ran.
            if error.code == pynvml.NVML_ERROR_NOT_FOUND:
                return ()
            raise
        return tuple(ProcessWork(one.pid, one.smUtil, one.timeStamp) for one in samples)

    def read_instances(self) -> tuple[Instance, ...]:
        try:
            current, _pending = self._call(pynvml.nvmlDeviceGetMigMode)
            most = self._call(pynvml.nvmlDeviceGetMaxMigDeviceCount) if current else 0
        except GpuUnsupportedError:
            return ()
        found = (self._instance(index) for index in range(most))
        return tuple(instance for instance in found if instance is not None)

    def lock_sm_clocks(self, low_mhz: int, high_mhz: int) -> None:
        self._call(pynvml.nvmlDeviceSetGpuLockedClocks, low_mhz, high_mhz)

    def reset_sm_clocks(self) -> None:
        self._call(pynvml.nvmlDeviceResetGpuLockedClocks)

    def lock_memory_clocks(self, low_mhz: int, high_mhz: int) -> None:
        self._call(pynvml.nvmlDeviceSetMemoryLockedClocks, low_mhz, high_mhz)

    def reset_memory_clocks(self) -> None:
        self._call(pynvml.nvmlDeviceResetMemoryLockedClocks)

    def _call(self, function: Callable[..., T], *arguments: Any) -> T:
        with self._named(function.__name__):
            return function(self._handle, *arguments)

    def _named(self, what: str) -> contextlib.AbstractContextManager[None]:
        return _named_errors(f"GPU {self.index} ({self.uuid}): {what}")

    def _instance(self, index: int) -> Instance | None:
        """None where this place is empty: the indices of instances have holes."""
        try:
            handle = pynvml.nvmlDeviceGetMigDeviceHandleByIndex(self._handle, index)
            uuid, name = pynvml.nvmlDeviceGetUUID(handle), pynvml.nvmlDeviceGetName(handle)
        except pynvml.NVMLError:
            return None
        memory: Memory | None = None
        pids: tuple[int, ...] = ()
        with contextlib.suppress(pynvml.NVMLError):
            memory = _memory(pynvml.nvmlDeviceGetMemoryInfo(handle))
            pids = _pids(pynvml.nvmlDeviceGetComputeRunningProcesses(handle))
        return Instance(uuid, name, memory, pids)

    def _field_mw(self, field: int) -> int:
        value = self._call(pynvml.nvmlDeviceGetFieldValues, [field])[0]
        with self._named(f"field {field}"):
            pynvml._nvmlCheckReturn(value.nvmlReturn)
        return int(value.value.uiVal)

    def _usage_is_instant(self) -> bool:
        try:
            architecture = self._call(pynvml.nvmlDeviceGetArchitecture)
        except GpuUnsupportedError:
            return False
        if architecture == _AVERAGED_FROM_ARCHITECTURE:
            return any(name in self.name.replace("-", " ").split() for name in _INSTANT_AMPERE_NAMES)
        return bool(architecture < _AVERAGED_FROM_ARCHITECTURE)

    def _offers_instant_field(self) -> bool:
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
        self.unopened: tuple[Unopened, ...] = ()

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
        gpus, self.unopened = open_each(count, NvmlGpu)
        return gpus

    def close(self) -> None:
        if not self._is_open:
            # NVML only counts, and would close somebody else's.
            return
        self._is_open = False
        with contextlib.suppress(pynvml.NVMLError):
            pynvml.nvmlShutdown()


def _memory(memory: Any) -> Memory:
    return Memory(memory.used, memory.total)


def _pids(processes: Any) -> tuple[int, ...]:
    return tuple(process.pid for process in processes)


@contextlib.contextmanager
def _named_errors(what: str) -> Iterator[None]:
    try:
        yield
    except pynvml.NVMLError as error:
        kind = _ERRORS.get(error.value, GpuError)
        advice = _ADVICE.get(kind, "")
        named = kind(f"{what}: {error}" + (f"; {advice}" if advice else ""))
        named.code = error.value
        raise named from error
