# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
A look at each GPU that changes nothing: what it draws with nothing to do, and what a rest would save.

Power is told apart by clock: at the clock to rest at, or above. Where a card shows both while it is looked
at, or has shown them to a calibration, their difference is what a rest saves.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from green_common.cgroup import UnitCgroup
from green_common.gpu import Gpu, GpuError, GpuUnsupportedError
from green_common.gpu.occupants import Occupants, read_occupants
from green_idle.calibration.verdict import Verdict
from green_idle.hold import CLOCK_STEP_MHZ, Reading
from green_idle.resting import RestClocks, choose
from green_idle.watch import read

SAMPLE_EVERY_S = 0.1
# Readings a tenth of a second apart are hardly independent; a second's mean is.
LEAST_MEANS = 3


@dataclass(slots=True)
class Level:
    """The power in one state of the clocks, by the second."""

    by_second_w: dict[int, list[float]] = field(default_factory=dict)
    clocks_mhz: set[int] = field(default_factory=set)

    def add(self, reading: Reading, at_s: float) -> None:
        self.by_second_w.setdefault(int(at_s), []).append(reading.power_w)
        self.clocks_mhz.add(reading.sm_clock_mhz)

    @property
    def means_w(self) -> list[float]:
        return [statistics.fmean(watts) for watts in self.by_second_w.values()]

    @property
    def mean_w(self) -> float:
        return statistics.fmean(self.means_w)

    @property
    def noise_w(self) -> float | None:
        """Twice the standard error of the mean; None where there are too few seconds to tell."""
        means_w = self.means_w
        return (
            2 * statistics.stdev(means_w) / math.sqrt(len(means_w)) if len(means_w) >= LEAST_MEANS else None
        )


@dataclass(slots=True)
class Survey:
    """What one GPU has shown."""

    rest: RestClocks
    low: Level = field(default_factory=Level)
    high: Level = field(default_factory=Level)
    busy: int = 0

    def saw(self, reading: Reading, at_s: float) -> None:
        if reading.busy_percent:
            self.busy += 1
            return
        low = reading.sm_clock_mhz <= self.rest.sm_mhz + CLOCK_STEP_MHZ
        (self.low if low else self.high).add(reading, at_s)

    def lines(self, verdict: Verdict | None) -> Iterator[str]:
        """For a person."""
        yield f"  rests at {self.rest.sm_mhz} MHz" + (
            f", memory {self.rest.memory_mhz} MHz where that is locked too" if self.rest.memory_mhz else ""
        )
        if self.busy:
            yield f"  {self.busy} readings left out, because the GPU was at work"
        for level, name in ((self.high, "above that clock"), (self.low, "at that clock by itself")):
            if level.by_second_w:
                yield f"  {name}: {_power(level)}"
        yield f"  a rest: {self._verdict(verdict)}"

    def _verdict(self, verdict: Verdict | None) -> str:
        if self.high.by_second_w and self.low.by_second_w:
            return f"saves {self.high.mean_w - self.low.mean_w:.1f} W, by what was seen just now"
        if self.low.by_second_w:
            return "not needed, the card rests by itself"
        if verdict:
            return f"{verdict.in_words}, by its calibration"
        return "what it saves is not known yet; it is measured with clocks lowered, or without a CUDA context"


def survey(gpus: Sequence[Gpu], seconds: float, wanted_mhz: int) -> Mapping[str, Survey | GpuError]:
    """Read all of them for so long; a GPU that can't be read has its error."""
    found = {gpu.uuid: _begin(gpu, wanted_mhz) for gpu in gpus}
    until_s = time.monotonic() + seconds
    while (now_s := time.monotonic()) < until_s:
        for gpu in gpus:
            found[gpu.uuid] = _go_on(found[gpu.uuid], gpu, now_s)
        time.sleep(SAMPLE_EVERY_S)
    return found


def _begin(gpu: Gpu, wanted_mhz: int) -> Survey | GpuError:
    try:
        return Survey(choose(gpu, wanted_mhz))
    except GpuError as error:
        return error


def _go_on(one: Survey | GpuError, gpu: Gpu, at_s: float) -> Survey | GpuError:
    if isinstance(one, Survey):
        try:
            one.saw(read(gpu), at_s)
        except GpuError as error:
            return error
    return one


def describe_state(gpu: Gpu, server: UnitCgroup, *, simulated: bool) -> Iterator[str]:
    """How it stands now. Raises GpuError where it is lost."""
    clocks = gpu.read_clocks()
    state = _offered(lambda: f"P{gpu.read_performance_state()}")
    yield f"  SM {clocks.sm_clock_mhz} MHz, memory {clocks.memory_clock_mhz} MHz, state {state}"
    yield f"  power is {'of now' if gpu.power_is_instant else 'a mean of the last second'}"
    yield f"  {_contexts(gpu, read_occupants(gpu, server, time.monotonic(), simulated=simulated))}"


def _contexts(gpu: Gpu, occupants: Occupants | None) -> str:
    if occupants is None:
        count = _offered(lambda: str(len(gpu.read_compute_pids())))
        return f"processes with a CUDA context: {count}; whose they are can't be told"
    others = len(occupants.others)
    return f"processes with a CUDA context: {len(occupants.pids)}, of them not the model server's: {others}"


def _power(level: Level) -> str:
    seconds = len(level.by_second_w)
    noise = "too short to tell how exact that is" if level.noise_w is None else f"± {level.noise_w:.2f} W"
    clocks = (
        f"{min(level.clocks_mhz)} to {max(level.clocks_mhz)} MHz"
        if len(level.clocks_mhz) > 1
        else (f"{min(level.clocks_mhz)} MHz")
    )
    return f"{level.mean_w:.1f} W ({noise}), {clocks}, {seconds} s"


def _offered(ask: Callable[[], str]) -> str:
    try:
        return ask()
    except GpuUnsupportedError:
        return "not told"
