# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One trial from the server's start to its end, with what the GPU drew on the way."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from green_common.errors import UnavailableError
from green_common.gpu import Gpu
from green_qwen.load.clients import Server, hold_dialogues
from green_qwen.load.figures import Window, drawn_in, figures_of
from green_qwen.load.measure import rest
from green_qwen.load.meter import Meter
from green_qwen.load.record import Record
from green_qwen.tune.evenly import Evenly, Lengths
from green_qwen.tune.measured import Measured, Outcome, Trial
from green_qwen.tune.servers import ModelServer
from green_qwen.tune.steadiness import Steadiness
from green_qwen.tune.view import Moment

# The power that a GPU falls to after work takes a moment to be reached.
SETTLE_S = 2.5
REST_S = 3.0
LOOK_EVERY_S = 0.25
# With nothing but failures a load is given up after so many.
FAILURES_MOST = 20
# Of a window's requests that many may fail before its figures count as those of a server in trouble.
FAILED_MOST = 0.05


@dataclass(frozen=True, slots=True)
class LoadShape:
    """The load of all trials: who asks, what, and how long before the window opens."""

    clients: int
    seed: int
    warm_up_s: float
    lengths: Lengths
    characters: bool = False


@dataclass(frozen=True, slots=True)
class Load:
    """A load that is over, and its steady stretch."""

    record: Record
    window: Window
    settled: bool


@dataclass(frozen=True, slots=True)
class Rests:
    """Which powers at rest a trial is to measure beside its load."""

    bare: bool
    idle: bool


Watch = Callable[[str, Moment | None], None]


class Bench:
    """Carries trials out, one after another."""

    def __init__(
        self, server: ModelServer, open_gpus: Callable[[], tuple[Gpu, ...]], load: LoadShape
    ) -> None:
        self._server, self._open_gpus, self._load = server, open_gpus, load
        self._runs = 0

    async def run(self, trial: Trial, rests: Rests, watch: Watch) -> Outcome:
        """A failure of the server is an outcome; what is wrong with the GPU itself is raised."""
        began_s = time.monotonic()
        try:
            measured = await self._measure(trial, rests, watch)
        except UnavailableError as error:
            return Outcome(time.monotonic() - began_s, failure=str(error))
        finally:
            await asyncio.shield(self._server.end())
        return Outcome(time.monotonic() - began_s, measured)

    async def _measure(self, trial: Trial, rests: Rests, watch: Watch) -> Measured:
        watch("starting the server", None)
        await self._server.begin(trial.setting)
        meter = Meter(self._open_gpus())
        async with meter.watching():
            bare_w = await self._rest_w(meter, watch, "resting without a model") if rests.bare else None
            watch("loading the model", None)
            load_from_s = await meter.mark()
            server = await self._server.load(trial.setting)
            loaded = Window(load_from_s, await meter.mark())
            idle_w = await self._rest_w(meter, watch, "resting with the model") if rests.idle else None
            load = await self._under_load(server, trial, meter, watch)
        load_j = drawn_in(loaded, meter.logs).energy.energy_j
        return _measured(load, meter, Powers(bare_w, idle_w, load_j))

    async def _rest_w(self, meter: Meter, watch: Watch, what: str) -> float:
        watch(what, None)
        await asyncio.sleep(SETTLE_S)
        return (await rest(meter, REST_S)).mean_power_w

    async def _under_load(self, server: Server, trial: Trial, meter: Meter, watch: Watch) -> Load:
        self._runs += 1
        load = self._load
        slots = min(trial.setting.slots, load.clients)
        source = Evenly(load.seed, load.lengths, slots, self._runs, characters=load.characters)
        steadiness = Steadiness(slots, load.warm_up_s, trial.window_s)
        record = Record()
        talks = asyncio.create_task(hold_dialogues(server, source, load.clients, record))
        try:
            return await _steady_load(talks, record, steadiness, meter, watch)
        finally:
            talks.cancel()
            await asyncio.wait({talks})


async def _steady_load(
    talks: asyncio.Task[None], record: Record, steadiness: Steadiness, meter: Meter, watch: Watch
) -> Load:
    await _until(
        talks, record, steadiness.is_warm, lambda s: watch("warming up", Moment(s, meter.power_w, record))
    )
    start_s, before = await meter.mark(), len(record.answers)
    await _until(
        talks, record, steadiness.is_over, lambda s: watch("measuring", Moment(s, meter.power_w, record))
    )
    settled = steadiness.has_turned_over(before, len(record.answers) - before)
    return Load(record, Window(start_s, await meter.mark()), settled)


async def _until(
    talks: asyncio.Task[None],
    record: Record,
    arrived: Callable[[float, int], bool],
    watch: Callable[[float], None],
) -> None:
    """Look now and then; raises UnavailableError where the server does nothing but refuse."""
    began_s, before = time.monotonic(), len(record.answers)
    while not arrived(passed_s := time.monotonic() - began_s, len(record.answers) - before):
        watch(passed_s)
        if talks.done():
            talks.result()
        if not record.pieces and len(record.failures) >= FAILURES_MOST:
            last = record.failures[-1]
            raise UnavailableError(f"it answers nobody; the last failure was {last.kind}: {last.said}")
        await asyncio.wait({talks}, timeout=LOOK_EVERY_S)


@dataclass(frozen=True, slots=True)
class Powers:
    """What was measured beside the load."""

    bare_w: float | None
    idle_w: float | None
    load_j: float


def _measured(load: Load, meter: Meter, powers: Powers) -> Measured:
    figures = figures_of(load.record, load.window, meter.logs)
    failures = sum(figures.failures.values())
    if failures > FAILED_MOST * (figures.answered + failures):
        last = load.record.failures[-1]
        raise UnavailableError(f"{failures} requests failed, the last one with {last.kind}: {last.said}")
    return Measured(
        window_s=figures.drawn.duration_s,
        output_tokens=round(figures.tokens),
        energy_j=figures.drawn.energy.energy_j,
        first_token_p95_s=figures.first_token_p95.value_s,
        between_tokens_p95_ms=figures.gap_p95_s * 1000,
        answered=figures.answered,
        failures=failures,
        idle_w=powers.idle_w,
        load_j=powers.load_j,
        bare_w=powers.bare_w,
        settled=load.settled,
    )
