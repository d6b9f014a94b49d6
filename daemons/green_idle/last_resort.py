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
from collections.abc import Iterable, Sequence

from green_common.errors import GreenError
from green_idle.held import HeldFile

# idle.held_file as installed; systemd hands on what the environment says instead.
HELD_FILE = "/run/green-idle/held"
LIBRARY = "libnvidia-ml.so.1"
SUCCESS, NOT_SUPPORTED, CLOCK_SM = 0, 3, 1
UUID_BYTES = 96
RESTORED_WITHIN_S = 0.5
LOOK_EVERY_S = 0.05
Device = ctypes.c_void_p


class NvmlError(Exception):
    """NVML is not there, or refuses."""


class NotSupportedError(NvmlError):
    """This card does not offer the call."""


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
            kind = NotSupportedError if code == NOT_SUPPORTED else NvmlError
            raise kind(f"{name}: {explain(code).decode(errors='replace')}")

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

    def give_back_sm_clocks(self, device: Device, restore_mhz: int) -> None:
        """The clock that an administrator wants, where the card takes it, else the card's own."""
        if restore_mhz:
            clock = ctypes.c_uint(restore_mhz)
            with contextlib.suppress(NvmlError):
                self.call("nvmlDeviceSetGpuLockedClocks", device, clock, clock)
                return
        self.call("nvmlDeviceResetGpuLockedClocks", device)

    def reset_memory_clocks(self, device: Device) -> None:
        """A card that takes no lock of its memory clock has none to give back."""
        with contextlib.suppress(NotSupportedError):
            self.call("nvmlDeviceResetMemoryLockedClocks", device)

    def uuid(self, device: Device) -> str:
        text = ctypes.create_string_buffer(UUID_BYTES)
        self.call("nvmlDeviceGetUUID", device, text, ctypes.c_uint(UUID_BYTES))
        return text.value.decode(errors="replace")


def give_back(held: HeldFile) -> int:
    """
    Reset what the file names, see it rise, and remove the file; returns how many GPUs that were.

    Raises NvmlError where one can't be reset, once all others are; the file then stays.
    """
    nvml, restore_mhz = Nvml(), held.restored_mhz()
    devices, failed = _find(nvml, held.uuids())
    low_mhz = []
    for device in devices:
        try:
            low_mhz.append(nvml.sm_clock_mhz(device))
            nvml.give_back_sm_clocks(device, restore_mhz)
            if held.names_memory(nvml.uuid(device)):
                nvml.reset_memory_clocks(device)
        except NvmlError as error:
            failed.append(error)
    if failed:
        raise failed[0]
    _verify(nvml, devices, low_mhz, restore_mhz)
    held.remove()
    return len(devices)


def _find(nvml: Nvml, uuids: Iterable[object] | None) -> tuple[list[Device], list[NvmlError]]:
    """A file that can't be understood names every GPU: giving back too much is the safe mistake."""
    if uuids is None:
        return nvml.all_devices(), []
    devices, failed = [], []
    for uuid in uuids:
        try:
            devices.append(nvml.device(str(uuid)))
        except NvmlError as error:
            failed.append(error)
    return devices, failed


def _verify(nvml: Nvml, devices: Sequence[Device], low_mhz: Sequence[int], restore_mhz: int) -> None:
    for _ in range(round(RESTORED_WITHIN_S / LOOK_EVERY_S)):
        if all(nvml.sm_clock_mhz(device) > mhz for device, mhz in zip(devices, low_mhz, strict=True)):
            return
        time.sleep(LOOK_EVERY_S)
    # A card with nothing to do may stay this low by itself. Once more costs nothing.
    for device in devices:
        nvml.give_back_sm_clocks(device, restore_mhz)


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
