# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One arm under load for hours, in windows that follow each other without a gap."""

from __future__ import annotations

import asyncio
import time

from green_qwen.bench.arms import Arm
from green_qwen.bench.experiment import Bench, Ready, memory_now, surroundings, up
from green_qwen.bench.progress import Progress
from green_qwen.bench.result import Result, Taken
from green_qwen.bench.run import run_of
from green_qwen.load.clients import hold_dialogues
from green_qwen.load.dialogues import Endless
from green_qwen.load.figures import Window, figures_of
from green_qwen.load.record import Record

WINDOW_S, WINDOWS_LEAST = 60.0, 20
LOOK_EVERY_S = 1.0
HOUR_S = 3600.0


async def run_soak(bench: Bench, arm: Arm, hours: float, result: Result, progress: Progress) -> None:
    """Fill the result, window by window; cancelled, it holds those that were finished."""
    length_s = min(WINDOW_S, hours * HOUR_S / WINDOWS_LEAST)
    progress.begin(arm.name, 1)
    async with up(bench, arm, progress) as ready:
        record = Record()
        source = Endless(bench.plan.author(arm.name, 1))
        talks = asyncio.create_task(hold_dialogues(ready.served.server, source, bench.plan.clients, record))
        try:
            await _warm_up(bench, talks)
            until_s = time.monotonic() + hours * HOUR_S
            soak = _Soak(bench, ready, record, talks, progress)
            while time.monotonic() + length_s / 2 < until_s:
                result.taken.append(await soak.window(len(result.taken) + 1, length_s, until_s))
        finally:
            talks.cancel()
            await asyncio.wait({talks})


async def _warm_up(bench: Bench, talks: asyncio.Task[None]) -> None:
    await asyncio.wait({talks}, timeout=bench.plan.pace.warm_up_s)


class _Soak:
    """The windows of one load."""

    def __init__(
        self, bench: Bench, ready: Ready, record: Record, talks: asyncio.Task[None], progress: Progress
    ) -> None:
        self._bench, self._ready, self._record = bench, ready, record
        self._talks, self._progress = talks, progress

    async def window(self, number: int, length_s: float, until_s: float) -> Taken:
        """Where the last one ended; raises what ended the clients, if that is what happened."""
        meter = self._ready.meter
        start_s, cpu_s = await meter.mark(), time.process_time()
        while (passed_s := time.monotonic() - start_s) < length_s:
            self._progress.soak(number, until_s - time.monotonic(), meter.power_w, len(self._record.failures))
            await asyncio.wait({self._talks}, timeout=min(LOOK_EVERY_S, length_s - passed_s))
            if self._talks.done():
                self._talks.result()
        window = Window(start_s, await meter.mark())
        taken = self._taken(number, window, time.process_time() - cpu_s)
        self._forget(window)
        return taken

    def _taken(self, number: int, window: Window, cpu_s: float) -> Taken:
        figures = figures_of(self._record, window, self._ready.meter.logs)
        memory = memory_now(self._bench)
        run = run_of(self._ready.arm.name, number, figures, None, client_cpu_s=cpu_s, memory_bytes=memory)
        return Taken(run, surroundings(self._bench, self._ready, window))

    def _forget(self, window: Window) -> None:
        """What no later window needs, or hours would fill the memory with it."""
        self._record.answers[:] = [one for one in self._record.answers if one.end_s > window.end_s]
        self._record.failures[:] = [one for one in self._record.failures if one.at_s > window.end_s]
        for log in self._ready.meter.logs:
            log.forget_before(window.end_s - 1)
