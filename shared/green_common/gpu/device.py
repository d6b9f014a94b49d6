# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The seam between the daemons and a GPU: what can be read, and the one thing that is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Utilisation:
    """Share of the last sample period (1/6 to 1 s) in which the GPU or its memory worked."""

    gpu_percent: int
    memory_percent: int


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks that the GPU runs at now."""

    sm_clock_mhz: int
    memory_clock_mhz: int


@dataclass(frozen=True, slots=True)
class Memory:
    """The GPU's own memory."""

    used_bytes: int
    total_bytes: int


class Gpu(Protocol):
    """
    One GPU, addressed by its UUID.

    Every call raises a `green_common.gpu.errors.GpuError`: `GpuUnsupportedError` where the card
    does not offer the value, `GpuLostError` where the GPU or the driver went away.
    """

    @property
    def index(self) -> int: ...

    @property
    def uuid(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def power_is_instant(self) -> bool:
        """True where `read_power_w` is NVML's instant field, False where it is the lagging average."""

    def read_power_w(self) -> float: ...

    def read_energy_j(self) -> float:
        """Joules since the driver was loaded; costs 4 ms a call on an H100, so call it sparingly."""

    def read_utilisation(self) -> Utilisation: ...

    def read_clocks(self) -> Clocks: ...

    def read_memory(self) -> Memory: ...

    def read_temperature_c(self) -> int: ...

    def read_power_limit_w(self) -> float: ...

    def read_clock_event_reasons(self) -> int:
        """NVML's bit mask nvmlClocksEventReasons: why the clocks are what they are."""

    def read_supported_sm_clocks_mhz(self) -> tuple[int, ...]:
        """All SM clocks at the highest memory clock, ascending."""

    def read_compute_pids(self) -> tuple[int, ...]: ...

    def lock_sm_clocks(self, low_mhz: int, high_mhz: int) -> None:
        """Ask the driver to hold the SM clock; it may obey late, so read the clock back."""

    def reset_sm_clocks(self) -> None: ...


class GpuDriver(Protocol):
    """An open driver library with its GPUs; a context manager that closes the library."""

    @property
    def version(self) -> str: ...

    @property
    def simulated(self) -> bool: ...

    def open_gpus(self) -> tuple[Gpu, ...]: ...

    def close(self) -> None: ...
