# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""GPUs in memory for the tests of green-idle's rim, and readings for its policy."""

from __future__ import annotations

from dataclasses import dataclass, field

from green_common.gpu import Clocks, GpuError, Instance, Memory, ProcessWork, Utilisation
from green_idle.hold import Reading

REST_MHZ = 345
TOP_MHZ = 1980


def reading(
    sm_clock_mhz: int = TOP_MHZ, power_w: float = 120.0, busy_percent: int = 0, uuid: str = "GPU-a"
) -> Reading:
    return Reading(uuid, sm_clock_mhz, power_w, busy_percent)


@dataclass
class Card:
    """A GPU that runs at its top clock unless locked; `failing` calls raise, and `calls` are kept."""

    uuid: str = "GPU-a"
    index: int = 0
    name: str = "a card"
    power_is_instant: bool = True
    natural_mhz: int = TOP_MHZ
    has_mhz: tuple[int, ...] = (345, 360, 1980)
    memory_mhz: tuple[int, ...] = (1593, 2619)
    busy_percent: int = 0
    pids: tuple[int, ...] = ()
    failing: dict[str, GpuError] = field(default_factory=dict)
    obeys: bool = True
    locked_mhz: int | None = None
    locked_memory_mhz: int | None = None
    calls: list[str] = field(default_factory=list)

    def read_power_w(self) -> float:
        self._call("read_power_w")
        return 120.0 if self.read_clocks().sm_clock_mhz > REST_MHZ else 72.0

    def read_energy_j(self) -> float:
        return 0.0

    def read_utilisation(self) -> Utilisation:
        self._call("read_utilisation")
        return Utilisation(self.busy_percent, 0)

    def read_clocks(self) -> Clocks:
        self._call("read_clocks")
        memory_mhz = self.memory_mhz[-1] if self.locked_memory_mhz is None else self.locked_memory_mhz
        return Clocks(self.natural_mhz if self.locked_mhz is None else self.locked_mhz, memory_mhz)

    def read_memory(self) -> Memory:
        return Memory(0, 1)

    def read_temperature_c(self) -> int:
        return 30

    def read_power_limit_w(self) -> float:
        return 700.0

    def read_clock_event_reasons(self) -> int:
        return 0

    def read_supported_sm_clocks_mhz(self) -> tuple[int, ...]:
        self._call("read_supported_sm_clocks_mhz")
        return self.has_mhz

    def read_supported_memory_clocks_mhz(self) -> tuple[int, ...]:
        self._call("read_supported_memory_clocks_mhz")
        return self.memory_mhz

    def read_performance_state(self) -> int:
        return 0

    def read_compute_pids(self) -> tuple[int, ...]:
        self._call("read_compute_pids")
        return self.pids

    def read_process_work(self, since_unix_us: int) -> tuple[ProcessWork, ...]:
        return ()

    def read_instances(self) -> tuple[Instance, ...]:
        return ()

    def recheck_power(self) -> None:
        pass

    def lock_sm_clocks(self, low_mhz: int, high_mhz: int) -> None:
        self._call("lock_sm_clocks")
        if self.obeys:
            self.locked_mhz = low_mhz

    def reset_sm_clocks(self) -> None:
        self._call("reset_sm_clocks")
        if self.obeys:
            self.locked_mhz = None

    def lock_memory_clocks(self, low_mhz: int, high_mhz: int) -> None:
        self._call("lock_memory_clocks")
        if self.obeys:
            self.locked_memory_mhz = low_mhz

    def reset_memory_clocks(self) -> None:
        self._call("reset_memory_clocks")
        if self.obeys:
            self.locked_memory_mhz = None

    def said(self, call: str) -> int:
        return self.calls.count(call)

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if name in self.failing:
            raise self.failing[name]
