# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Run in a process of its own: calls unmodified pynvml as told on the command line, prints JSON."""

from __future__ import annotations

import ctypes
import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pynvml as nvml

CAP_SYS_ADMIN = 21
PR_CAPBSET_DROP = 24


def attempt(call: Callable[..., Any], *arguments: Any) -> Any:
    """The value, or the error's number."""
    try:
        return call(*arguments)
    except nvml.NVMLError as error:
        return {"error": error.value, "text": str(error)}


def fields(handle: Any, *numbers: int) -> list[Any]:
    """Each field's value, or its own error."""
    found = nvml.nvmlDeviceGetFieldValues(handle, list(numbers))
    return [
        {"error": one.nvmlReturn}
        if one.nvmlReturn
        else one.value.ullVal
        if one.valueType == 3
        else one.value.uiVal
        for one in found
    ]


def read_everything() -> dict[str, Any]:
    """One of each call."""
    nvml.nvmlInit()
    handle = nvml.nvmlDeviceGetHandleByIndex(0)
    uuid = nvml.nvmlDeviceGetUUID(handle)
    memory, memory_v2 = (
        nvml.nvmlDeviceGetMemoryInfo(handle),
        nvml.nvmlDeviceGetMemoryInfo(handle, nvml.nvmlMemory_v2),
    )
    rates = nvml.nvmlDeviceGetUtilizationRates(handle)
    found = {
        "driver": nvml.nvmlSystemGetDriverVersion(),
        "count": nvml.nvmlDeviceGetCount(),
        "uuid": uuid,
        "uuid again": nvml.nvmlDeviceGetUUID(nvml.nvmlDeviceGetHandleByUUID(uuid)),
        "name": nvml.nvmlDeviceGetName(handle),
        "power_mw": nvml.nvmlDeviceGetPowerUsage(handle),
        "fields": fields(handle, 185, 186, 83, 1),
        "energy_mj": nvml.nvmlDeviceGetTotalEnergyConsumption(handle),
        "utilisation": [rates.gpu, rates.memory],
        "clocks_mhz": [nvml.nvmlDeviceGetClockInfo(handle, kind) for kind in (0, 1, 2)],
        "highest_mhz": [nvml.nvmlDeviceGetMaxClockInfo(handle, kind) for kind in (0, 1, 2)],
        "memory": [memory.total, memory.free + memory.used, memory_v2.total, memory_v2.used],
        "temperature_c": [
            nvml.nvmlDeviceGetTemperature(handle, 0),
            nvml.nvmlDeviceGetTemperatureV(handle, 0),
        ],
        "limit_mw": nvml.nvmlDeviceGetEnforcedPowerLimit(handle),
        "reasons": nvml.nvmlDeviceGetCurrentClocksEventReasons(handle),
        "state": nvml.nvmlDeviceGetPerformanceState(handle),
        "persistence": nvml.nvmlDeviceGetPersistenceMode(handle),
        "memory_clocks_mhz": nvml.nvmlDeviceGetSupportedMemoryClocks(handle),
        "sm_clocks_mhz": nvml.nvmlDeviceGetSupportedGraphicsClocks(handle, 2619),
        "pids": [one.pid for one in nvml.nvmlDeviceGetComputeRunningProcesses(handle)],
        "bytes": [one.usedGpuMemory for one in nvml.nvmlDeviceGetComputeRunningProcesses(handle)],
        "worked": attempt(lambda: [one.pid for one in nvml.nvmlDeviceGetProcessUtilization(handle, 0)]),
        "no such GPU": attempt(nvml.nvmlDeviceGetHandleByIndex, 1),
        "no such UUID": attempt(nvml.nvmlDeviceGetHandleByUUID, "GPU-0"),
    }
    nvml.nvmlShutdown()
    return found


def read_errors() -> dict[str, Any]:
    """What happens before init, and then with each kind of call."""
    early = attempt(nvml._LoadNvmlLibrary) or attempt(nvml.nvmlDeviceGetCount)
    init = attempt(nvml.nvmlInit)
    handle = attempt(nvml.nvmlDeviceGetHandleByIndex, 0)
    lost = isinstance(handle, dict)
    return {
        "before init": early,
        "init": init,
        "handle": handle if lost else None,
        "energy": None if lost else attempt(nvml.nvmlDeviceGetTotalEnergyConsumption, handle),
        "instant": None if lost else attempt(fields, handle, 186),
        "lock": None if lost else attempt(nvml.nvmlDeviceSetGpuLockedClocks, handle, 345, 345),
        "reset": None if lost else attempt(nvml.nvmlDeviceResetGpuLockedClocks, handle),
    }


def set_clocks() -> dict[str, Any]:
    """Lock, read back, reset, for SM and memory."""
    nvml.nvmlInit()
    handle = nvml.nvmlDeviceGetHandleByIndex(0)
    locked = attempt(nvml.nvmlDeviceSetGpuLockedClocks, handle, 345, 345)
    memory = attempt(nvml.nvmlDeviceSetMemoryLockedClocks, handle, 1593, 1593)
    held = [nvml.nvmlDeviceGetClockInfo(handle, kind) for kind in (1, 2)]
    reset = [attempt(nvml.nvmlDeviceResetGpuLockedClocks, handle)]
    reset.append(attempt(nvml.nvmlDeviceResetMemoryLockedClocks, handle))
    return {"locked": locked, "memory": memory, "held": held, "reset": reset}


def set_clocks_as_nobody() -> dict[str, Any]:
    """The same after giving up root; the library is opened first, as nobody could not reach it."""
    nvml.nvmlInit()
    os.setuid(65534)
    return set_clocks()


def set_clocks_as_administrator_by_capability() -> dict[str, Any]:
    """Root without CAP_SYS_ADMIN is refused: the user id doesn't count."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)()
    libc.capget(header, sets)
    sets[0] &= ~(1 << CAP_SYS_ADMIN)
    libc.capset(header, sets)
    return {"uid": os.geteuid(), **set_clocks()}


def wait_for_restart() -> dict[str, Any]:
    """Read, wait for a line on the standard input, read; three times, each on the same handle."""
    nvml.nvmlInit()
    handle = nvml.nvmlDeviceGetHandleByIndex(0)
    found = []
    for _ in range(3):
        found.append(attempt(nvml.nvmlDeviceGetName, handle))
        print("read", flush=True)
        sys.stdin.readline()
    return {"names": found}


def ask_from_threads() -> dict[str, Any]:
    """Eight threads ask for different things at once; each counts answers that aren't its own."""
    nvml.nvmlInit()
    handle = nvml.nvmlDeviceGetHandleByIndex(0)
    wrong: list[Any] = []

    def ask(kind: int, expected: int) -> None:
        for _ in range(500):
            answer = nvml.nvmlDeviceGetClockInfo(handle, kind)
            if answer != expected:
                wrong.append(answer)

    expected = {1: nvml.nvmlDeviceGetClockInfo(handle, 1), 2: 2619}
    threads = [threading.Thread(target=ask, args=(kind, expected[kind])) for kind in (1, 2) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"wrong": wrong}


def open_often() -> dict[str, Any]:
    """Open and close a thousand times; nothing may be left over."""
    counts = []
    for _ in range(1000):
        nvml.nvmlInit()
        nvml.nvmlDeviceGetHandleByIndex(0)
        nvml.nvmlShutdown()
        counts.append(len(list(Path("/proc/self/fd").iterdir())))
    return {"first": counts[0], "last": counts[-1], "after": attempt(nvml.nvmlShutdown)}


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]]()))
