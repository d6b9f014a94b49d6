# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the GPUs do meanwhile, read by the command itself and not by the daemons that it measures."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeVar

from green_common.gpu import Gpu, GpuUnsupportedError
from green_qwen.load.counter import CounterReading
from green_qwen.load.gpu_log import GpuLog, State

_T = TypeVar("_T")

# The counter costs 4 ms of CPU a call on an H100.
EVERY_S = 0.5
UNCOUNTED_EVERY_S = 0.1


class Meter:
    """Reads all its GPUs on a beat, in a thread, so that no client waits for a slow driver."""

    def __init__(
        self, gpus: Sequence[Gpu], every_s: float = EVERY_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._gpus = tuple(gpus)
        self._every_s = every_s
        self._clock = clock
        self._reading = asyncio.Lock()
        self.logs = tuple(GpuLog(gpu.uuid, gpu.name) for gpu in self._gpus)

    @property
    def power_w(self) -> float:
        """Of all GPUs, as last read."""
        return sum(log.states[-1].power_w for log in self.logs if log.states)

    @contextlib.asynccontextmanager
    async def watching(self) -> AsyncIterator[Meter]:
        """Read until the end of the block; what goes wrong with a GPU is raised there as a GpuError."""
        stop = asyncio.Event()
        watch = asyncio.create_task(self._watch(stop))
        try:
            yield self
        finally:
            # Never cut off: the driver is closed after this, and a thread may be reading it.
            stop.set()
            await watch

    async def mark(self) -> float:
        """Read now; the time of that reading, for an edge of a window: every GPU was read around it."""
        async with self._reading:
            await asyncio.to_thread(self._read)
            edge_s = max(log.readings[-1].time_s for log in self.logs)
            await asyncio.to_thread(self._reach, edge_s)
        return edge_s

    async def _watch(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            async with self._reading:
                await asyncio.to_thread(self._read)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(stop.wait(), self._every_s)

    def _read(self) -> None:
        for gpu, log in zip(self._gpus, self.logs, strict=True):
            log.states.append(_state(gpu, self._clock()))
            log.readings.append(self._counter(gpu, log))

    def _reach(self, edge_s: float) -> None:
        """GPUs are read one after another: those that were first are read again."""
        for gpu, log in zip(self._gpus, self.logs, strict=True):
            if log.readings[-1].time_s < edge_s:
                log.readings.append(self._counter(gpu, log))

    def _counter(self, gpu: Gpu, log: GpuLog) -> CounterReading:
        before_s = self._clock()
        try:
            if log.counted:
                energy_j = gpu.read_energy_j()
                return CounterReading(before_s, self._clock(), energy_j)
        except GpuUnsupportedError:
            log.counted = False
        # Without a counter joules are the mean of two readings of power, so often that this is little off.
        self._every_s = min(self._every_s, UNCOUNTED_EVERY_S)
        last = log.readings[-1] if log.readings else CounterReading(before_s, before_s, 0.0)
        mean_w = sum(state.power_w for state in log.states[-2:]) / len(log.states[-2:])
        return CounterReading(before_s, before_s, last.energy_j + mean_w * (before_s - last.time_s))


def _state(gpu: Gpu, at_s: float) -> State:
    return State(
        at_s=at_s,
        power_w=gpu.read_power_w(),
        temperature_c=_offered(gpu.read_temperature_c),
        reasons=_offered(gpu.read_clock_event_reasons),
        used_bytes=_used_bytes(gpu),
        pids=_offered(gpu.read_compute_pids),
    )


def _used_bytes(gpu: Gpu) -> int | None:
    memory = _offered(gpu.read_memory)
    return None if memory is None else memory.used_bytes


def _offered(read: Callable[[], _T]) -> _T | None:
    try:
        return read()
    except GpuUnsupportedError:
        return None
