# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One load from its first request to its last, with the steady stretch in the middle marked."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from green_common.errors import UnavailableError
from green_qwen.load.clients import Server, hold_dialogues
from green_qwen.load.dialogues import Source
from green_qwen.load.figures import Rest, Window, drawn_in
from green_qwen.load.meter import Meter
from green_qwen.load.record import Record

LOOK_EVERY_S = 0.25
# With nothing but failures a load is given up after so many for each client.
FAILURES_EACH = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """
    How a load runs.

    Its window begins after `warm_up_s`, and not before every client has had an answer, or `warm_up_most_s` is
    over: clients that all come at once find a server that is less busy than it will be. It lasts `window_s`,
    or with None until the source has no more dialogues. What is open then is cut off, or with `finish`
    answered, outside of the window.
    """

    clients: int
    warm_up_s: float = 8.0
    warm_up_most_s: float = 120.0
    window_s: float | None = 90.0
    finish: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a load is now, for who shows it: 'warm-up', 'window' or 'cool-down', and for how long."""

    stage: str
    passed_s: float
    window_s: float | None
    record: Record
    power_w: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A load that is over; `client_cpu_s` is what this process took of the machine within the window."""

    record: Record
    window: Window
    client_cpu_s: float


Watch = Callable[[Moment], None]


async def measure(
    server: Server, source: Source, plan: Plan, meter: Meter, watch: Watch = lambda moment: None
) -> Measured:
    """
    Run the load; the meter has to be watching.

    Raises UnavailableError where the server answers nobody. Cancelled, it leaves no request open.
    """
    load = _Load(server, source, plan, meter, watch)
    try:
        return await load.run()
    finally:
        await load.end()


async def rest(meter: Meter, duration_s: float) -> Rest:
    """What the GPUs draw with nothing to do; the meter has to be watching."""
    start_s = await meter.mark()
    await asyncio.sleep(duration_s)
    return drawn_in(Window(start_s, await meter.mark()), meter.logs)


class _Load:
    """The clients' task, and looking at it until it is time."""

    def __init__(self, server: Server, source: Source, plan: Plan, meter: Meter, watch: Watch) -> None:
        self._plan, self._meter, self._watch, self._url = plan, meter, watch, server.url
        self.record = Record()
        self._talks = asyncio.create_task(hold_dialogues(server, source, plan.clients, self.record))

    async def run(self) -> Measured:
        await self._until("warm-up", self._is_warm)
        start_s, cpu_s = await self._meter.mark(), time.process_time()
        await self._until("window", self._is_over)
        end_s, cpu_s = await self._meter.mark(), time.process_time() - cpu_s
        if self._plan.finish:
            await self._until("cool-down", lambda passed_s: False)
        # One that is only slow has begun to answer somebody.
        if not self.record.answers and (self.record.failures or not self.record.pieces):
            raise UnavailableError(self._nobody())
        return Measured(self.record, Window(start_s, end_s), cpu_s)

    async def end(self) -> None:
        self._talks.cancel()
        await asyncio.wait({self._talks})

    async def _until(self, stage: str, arrived: Callable[[float], bool]) -> None:
        """Until it is true of the seconds that have passed, or all clients have gone."""
        began_s = time.monotonic()
        while not arrived(passed_s := time.monotonic() - began_s) and not self._talks.done():
            window_s = self._plan.window_s if stage == "window" else None
            self._watch(Moment(stage, passed_s, window_s, self.record, self._meter.power_w))
            self._give_up_on_failures()
            await asyncio.wait({self._talks}, timeout=LOOK_EVERY_S)
        if self._talks.done():
            self._talks.result()

    def _is_warm(self, passed_s: float) -> bool:
        plan = self._plan
        everybody = len(self.record.answered_clients) >= plan.clients
        return passed_s >= plan.warm_up_most_s or (passed_s >= plan.warm_up_s and everybody)

    def _is_over(self, passed_s: float) -> bool:
        if self.record.ran_out_s is not None:
            return True
        return self._plan.window_s is not None and passed_s >= self._plan.window_s

    def _give_up_on_failures(self) -> None:
        if not self.record.answers and len(self.record.failures) >= FAILURES_EACH * self._plan.clients:
            raise UnavailableError(self._nobody())

    def _nobody(self) -> str:
        last = self.record.failures[-1] if self.record.failures else None
        why = f"{last.kind}: {last.said}" if last else "no request was answered in time"
        return f"{self._url} answered nobody; the last failure was {why}"
