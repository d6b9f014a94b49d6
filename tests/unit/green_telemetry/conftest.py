# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A GPU whose power the test sets, and generations without a feed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from green_common.feed.messages import Finished
from green_common.gpu import Clocks, GpuError, Instance, Memory, ProcessWork, Utilisation
from green_telemetry.timeline import Generation

STEP_S = 0.1


@dataclass
class FakeGpu:
    """One GPU whose counter and power step every 100 ms, like those of an H100."""

    index: int = 0
    uuid: str = "GPU-fake"
    name: str = "Fake"
    power_is_instant: bool = True
    now_s: float = 0.0
    power_w: float = 100.0
    gpu_percent: int = 0
    sm_clock_mhz: int = 1980
    pids: tuple[int, ...] = ()
    work: tuple[ProcessWork, ...] = ()
    errors: dict[str, GpuError] = field(default_factory=dict)
    _energy_j: float = 0.0
    _shown_j: float = 0.0
    _shown_w: float = 100.0

    def pass_time(self, seconds: float) -> None:
        """Let time pass at the present power."""
        until_s = self.now_s + seconds
        while self.now_s < until_s - 1e-9:
            edge_s = (int(self.now_s / STEP_S + 1e-6) + 1) * STEP_S
            stop_s = min(edge_s, until_s)
            self._energy_j += self.power_w * (stop_s - self.now_s)
            self.now_s = stop_s
            if stop_s == edge_s:
                self._shown_j, self._shown_w = self._energy_j, self.power_w

    def read_energy_j(self) -> float:
        return self._value("energy", self._shown_j)

    def read_power_w(self) -> float:
        return self._value("power", self._shown_w)

    def read_utilisation(self) -> Utilisation:
        self._value("utilisation", 0.0)
        return Utilisation(self.gpu_percent, self.gpu_percent // 2)

    def read_clocks(self) -> Clocks:
        return Clocks(self.sm_clock_mhz, 2619)

    def read_memory(self) -> Memory:
        return Memory(20 * 1024**3, 80 * 1024**3)

    def read_temperature_c(self) -> int:
        return 40

    def read_power_limit_w(self) -> float:
        return self._value("limit", 700.0)

    def read_clock_event_reasons(self) -> int:
        return 0

    def read_compute_pids(self) -> tuple[int, ...]:
        return self.pids

    def read_process_work(self, since_unix_us: int) -> tuple[ProcessWork, ...]:
        self._value("work", 0.0)
        return self.work

    def read_instances(self) -> tuple[Instance, ...]:
        return ()

    def recheck_power(self) -> None:
        self.power_is_instant = True

    def forget_energy(self) -> None:
        """The driver was loaded anew: its counter starts at zero."""
        self._energy_j = self._shown_j = 0.0

    def _value(self, what: str, value: float) -> float:
        if "all" in self.errors:
            raise self.errors["all"]
        if what in self.errors:
            raise self.errors[what]
        return value


@pytest.fixture
def gpu() -> FakeGpu:
    return FakeGpu()


MakeGeneration = Callable[..., Generation]


@pytest.fixture
def make_generation() -> MakeGeneration:
    """A generation from its edges; the server's word about it where durations or counts are given."""

    def make(
        name: str,
        forwarded_s: float,
        first_s: float | None = None,
        ended_s: float | None = None,
        **said: float | int | bool | None,
    ) -> Generation:
        generation = Generation(name, (f"request-{name}",), "qwen3:32b", forwarded_s)
        generation.first_token_s, generation.ended_s = first_s, ended_s
        if ended_s is not None:
            generation.outcome = "finished"
            generation.finished = Finished(name, generation.requests, "qwen3:32b", 200, **said)  # type: ignore[arg-type]
        return generation

    return make
