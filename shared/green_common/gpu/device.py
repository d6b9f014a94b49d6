# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The seam between the daemons and a GPU: what can be read, and the one thing that is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from green_common.gpu.errors import GpuError


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


@dataclass(frozen=True, slots=True)
class ProcessWork:
    """What one process did lately: the share of the SMs' time, and when that was measured."""

    pid: int
    sm_percent: int
    at_unix_us: int


@dataclass(frozen=True, slots=True)
class Instance:
    """A MIG instance; NVML tells power and energy of its parent alone."""

    uuid: str
    name: str
    memory: Memory | None
    compute_pids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unopened:
    """A GPU that the driver counts and that can't be opened, with the reason."""

    index: int
    error: GpuError


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
        """True where `read_power_w` is the power of now, False where it is the mean of the last second."""

    def recheck_power(self) -> None:
        """Look again whether the card offers its instant power, as it may after an update."""

    def read_power_w(self) -> float:
        """The instant power; where the card has offered it and refuses it now, the average from here on."""

    def read_energy_j(self) -> float:
        """Joules since the driver was loaded; costs 4 ms of CPU a call on an H100, so call it sparingly."""

    def read_utilisation(self) -> Utilisation: ...

    def read_clocks(self) -> Clocks: ...

    def read_memory(self) -> Memory: ...

    def read_temperature_c(self) -> int: ...

    def read_power_limit_w(self) -> float: ...

    def read_clock_event_reasons(self) -> int:
        """NVML's bit mask nvmlClocksEventReasons: why the clocks are what they are."""

    def read_supported_sm_clocks_mhz(self) -> tuple[int, ...]:
        """All SM clocks at the highest memory clock, ascending."""

    def read_supported_memory_clocks_mhz(self) -> tuple[int, ...]:
        """Ascending."""

    def read_performance_state(self) -> int:
        """0 is the highest, P0; a card with nothing to do may be in P8 or lower."""

    def read_compute_pids(self) -> tuple[int, ...]: ...

    def read_process_work(self, since_unix_us: int) -> tuple[ProcessWork, ...]:
        """What processes did since then; nothing where none worked."""

    def read_instances(self) -> tuple[Instance, ...]:
        """The MIG instances; none where MIG is off or unknown. Costs 0.15 ms of CPU on an H100."""

    def lock_sm_clocks(self, low_mhz: int, high_mhz: int) -> None:
        """Ask the driver to hold the SM clock; it may obey late, so read the clock back."""

    def reset_sm_clocks(self) -> None: ...

    def lock_memory_clocks(self, low_mhz: int, high_mhz: int) -> None:
        """As `lock_sm_clocks`; unsupported on many cards."""

    def reset_memory_clocks(self) -> None: ...


class GpuDriver(Protocol):
    """An open driver library with its GPUs; a context manager that closes the library."""

    @property
    def version(self) -> str: ...

    @property
    def simulated(self) -> bool: ...

    @property
    def unopened(self) -> tuple[Unopened, ...]:
        """Those that the last `open_gpus` had to leave out."""

    def open_gpus(self) -> tuple[Gpu, ...]:
        """All GPUs that can be opened; raises the first one's GpuError where none can."""

    def close(self) -> None: ...
