# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Gives clocks back once green-idle has ended, however it ended: systemd runs it as `ExecStopPost=`.

It needs the held file and NVML, and nothing else: no configuration and no library of the package's, since
what is wrong with those may be why green-idle ended.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import time
from collections.abc import Sequence

from green_common.errors import GreenError
from green_idle.held import HeldFile

# idle.held_file as installed; systemd hands on what the environment says instead.
HELD_FILE = "/run/green-idle/held"
LIBRARY = "libnvidia-ml.so.1"
SUCCESS, NOT_SUPPORTED = 0, 3
CLOCK_SM = 1
RESTORED_WITHIN_S = 0.5
LOOK_EVERY_S = 0.05
Device = ctypes.c_void_p


class NvmlError(Exception):
    """NVML is not there, or refuses."""

    code = SUCCESS


class Nvml:
    """The few calls that it takes."""

    def __init__(self) -> None:
        try:
            self._library = ctypes.CDLL(LIBRARY)
        except OSError as error:
            raise NvmlError(str(error)) from error
        self.call("nvmlInit_v2")

    def call(self, name: str, *arguments: object) -> None:
        """Raises NvmlError unless the call succeeds."""
        code = getattr(self._library, name)(*arguments)
        if code != SUCCESS:
            explain = self._library.nvmlErrorString
            explain.restype = ctypes.c_char_p
            error = NvmlError(f"{name}: {explain(code).decode(errors='replace')}")
            error.code = code
            raise error

    def device(self, uuid: str) -> Device:
        device = Device()
        self.call("nvmlDeviceGetHandleByUUID", uuid.encode(), ctypes.byref(device))
        return device

    def all_devices(self) -> list[Device]:
        count = ctypes.c_uint()
        self.call("nvmlDeviceGetCount_v2", ctypes.byref(count))
        devices = [Device() for _ in range(count.value)]
        for index, device in enumerate(devices):
            self.call("nvmlDeviceGetHandleByIndex_v2", ctypes.c_uint(index), ctypes.byref(device))
        return devices

    def sm_clock_mhz(self, device: Device) -> int:
        mhz = ctypes.c_uint()
        self.call("nvmlDeviceGetClockInfo", device, CLOCK_SM, ctypes.byref(mhz))
        return mhz.value

    def restore_sm_clocks(self, device: Device, mhz: int) -> None:
        """The card's own with 0, or where it does not take that clock: low ones are worse."""
        if mhz:
            with contextlib.suppress(NvmlError):
                self.call("nvmlDeviceSetGpuLockedClocks", device, ctypes.c_uint(mhz), ctypes.c_uint(mhz))
                return
        self.call("nvmlDeviceResetGpuLockedClocks", device)

    def reset_memory_clocks(self, device: Device) -> None:
        """A card that can't lock them has none to reset."""
        try:
            self.call("nvmlDeviceResetMemoryLockedClocks", device)
        except NvmlError as error:
            if error.code != NOT_SUPPORTED:
                raise


def give_back(held: HeldFile) -> int:
    """
    Reset what the file names, see it rise, and remove the file; returns how many GPUs that were.

    Raises NvmlError where one can't be reset, once all others are; the file then stays.
    """
    nvml = Nvml()
    devices, failed = _find(nvml, held)
    low_mhz = []
    for device, memory in devices:
        try:
            low_mhz.append(nvml.sm_clock_mhz(device))
            nvml.restore_sm_clocks(device, held.restore_mhz())
            if memory:
                nvml.reset_memory_clocks(device)
        except NvmlError as error:
            failed.append(error)
    if failed:
        raise failed[0]
    if not _rise(nvml, [device for device, _ in devices], low_mhz):
        # A card with nothing to do may stay this low by itself. Once more costs nothing.
        for device, _ in devices:
            nvml.restore_sm_clocks(device, held.restore_mhz())
    held.remove()
    return len(devices)


def _find(nvml: Nvml, held: HeldFile) -> tuple[list[tuple[Device, bool]], list[NvmlError]]:
    """Each with whether its memory clock is held too; those that can't be found come as errors."""
    uuids = held.uuids()
    if uuids is None:
        # A file that can't be understood names all: giving back too much is the safe mistake.
        return [(device, True) for device in nvml.all_devices()], []
    devices, failed = [], []
    for uuid in map(str, uuids):
        try:
            devices.append((nvml.device(uuid), held.names_memory(uuid)))
        except NvmlError as error:
            failed.append(error)
    return devices, failed


def _rise(nvml: Nvml, devices: Sequence[Device], low_mhz: Sequence[int]) -> bool:
    for _ in range(round(RESTORED_WITHIN_S / LOOK_EVERY_S)):
        if all(nvml.sm_clock_mhz(device) > mhz for device, mhz in zip(devices, low_mhz, strict=True)):
            return True
        time.sleep(LOOK_EVERY_S)
    return False


def main() -> int:
    """The return value is the exit code; without a held file nothing is done, and NVML is not asked."""
    path = os.environ.get("GREEN_IDLE_HELD_FILE") or HELD_FILE
    held = HeldFile(path)
    if not held.exists():
        return os.EX_OK
    try:
        count = give_back(held)
    except (NvmlError, GreenError) as error:
        _say(f"clocks could not be given back, and {path} stays for the next start: {error}")
        return os.EX_UNAVAILABLE
    _say(f"gave back the clocks of {count} GPU{'s' * (count != 1)} after the end of green-idle")
    return os.EX_OK


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
