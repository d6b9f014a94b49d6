# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Alternated runs of both arms: each arm is brought up, loaded, measured, left to rest and brought down."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from green_common.config import IdleConfig
from green_common.gpu import Gpu, GpuDriver, GpuError, GpuUnsupportedError
from green_qwen.bench import books, neighbours, request_fields
from green_qwen.bench.arms import Arm, Command, Serving
from green_qwen.bench.plan import Plan
from green_qwen.bench.progress import Progress
from green_qwen.bench.result import Result, Taken
from green_qwen.bench.run import Phases, run_of
from green_qwen.bench.served import Served, Wanted, ask_served
from green_qwen.bench.surroundings import Surroundings
from green_qwen.demo.scene import Scene
from green_qwen.load.clients import load_model
from green_qwen.load.figures import Rest, Window, figures_of
from green_qwen.load.measure import measure, rest
from green_qwen.load.meter import Meter

# Before the load a GPU that works this much already is somebody else's.
BUSY_PERCENT = 5
LOOKS, LOOK_EVERY_S = 4, 0.5
POWER_POINTS = 300
SERVICES = ("green-proxy.service", "green-telemetry.service", "green-idle.service")


@dataclass(frozen=True, slots=True)
class Bench:
    """What all runs share."""

    plan: Plan
    wanted: Wanted
    scene: Scene
    open_driver: Callable[[], GpuDriver]
    gpu: str
    unit: str

    def gpus(self, driver: GpuDriver) -> tuple[Gpu, ...]:
        """All of them, or the one that was chosen by number or UUID."""
        found = driver.open_gpus()
        return tuple(gpu for gpu in found if not self.gpu or self.gpu in (str(gpu.index), gpu.uuid))


async def run_pairs(bench: Bench, arms: Sequence[Arm], result: Result, progress: Progress) -> None:
    """Fill the result, run by run; cancelled, it holds those that were finished."""
    for pair in range(1, bench.plan.pairs + 1):
        for arm in arms:
            progress.begin(arm.name, pair)
            result.taken.append(await run_once(bench, arm, pair, progress))
            progress.finished(arm.name)


async def run_once(bench: Bench, arm: Arm, pair: int, progress: Progress) -> Taken:
    """One run from the server's start to its end."""
    async with up(bench, arm, progress) as ready:
        return await _measure(bench, ready, pair, progress)


@dataclass(frozen=True, slots=True)
class Ready:
    """An arm that is up with its model loaded, and the GPUs that are read."""

    arm: Arm
    serving: Serving
    served: Served
    driver: GpuDriver
    gpus: tuple[Gpu, ...]
    meter: Meter
    strange: frozenset[int]
    known: frozenset[int]
    busy: bool


@contextlib.asynccontextmanager
async def up(bench: Bench, arm: Arm, progress: Progress) -> AsyncIterator[Ready]:
    """The arm, with a meter that watches; ends what it started."""
    before = _pids_before(bench, arm)
    async with arm.serving(bench.scene) as serving:
        progress.say("loading the model")
        served = await ask_served(serving.url, bench.wanted)
        await load_model(served.server)
        driver = await asyncio.to_thread(bench.open_driver)
        try:
            gpus = bench.gpus(driver)
            meter = Meter(gpus)
            async with meter.watching():
                busy = await _is_busy(gpus)
                await meter.mark()
                known = neighbours.pids_on(meter.logs)
                strange = before | frozenset(neighbours.strangers(known, bench.unit))
                yield Ready(arm, serving, served, driver, gpus, meter, strange, known, busy)
        finally:
            driver.close()


async def _measure(bench: Bench, ready: Ready, pair: int, progress: Progress) -> Taken:
    plan, meter = bench.plan, ready.meter
    source = plan.source(ready.arm.name, pair)
    load = await measure(ready.served.server, source, plan.load_plan, meter, progress.follow)
    idle = await _rest(bench, ready, progress)
    figures = figures_of(load.record, load.window, meter.logs, plan.clients)
    run = run_of(
        ready.arm.name,
        pair,
        figures,
        idle,
        client_cpu_s=load.client_cpu_s,
        memory_bytes=memory_now(bench),
        phases=_phases(bench, ready, load.window),
        power_w=_power(meter, load.window),
    )
    return Taken(run, surroundings(bench, ready, load.window))


def memory_now(bench: Bench) -> dict[str, int]:
    """Of what was started for this, and of the services that run here."""
    ours = {name: (actor.process.pid,) for name, actor in bench.scene.actors.items()}
    services = neighbours.pids_of_units((*SERVICES, bench.unit))
    return neighbours.memory_of({**services, **ours})


def surroundings(bench: Bench, ready: Ready, window: Window) -> Surroundings:
    """With those who computed on the GPU in that window and should not have."""
    others = ready.strange | neighbours.newcomers(ready.meter.logs, window, ready.known)
    return Surroundings(
        simulated=ready.driver.simulated,
        driver=ready.driver.version,
        gpus=tuple(gpu.name for gpu in ready.gpus),
        gpu_uuids=tuple(gpu.uuid for gpu in ready.gpus),
        power_limits_w=tuple(_limit_w(gpu) for gpu in ready.gpus),
        model=ready.served.server.model,
        digest=ready.served.digest,
        server=ready.served.version,
        load=bench.plan.load,
        others=neighbours.named(others),
        busy=ready.busy,
        request_fields=request_fields.text_of(ready.served.server.fields),
    )


async def _rest(bench: Bench, ready: Ready, progress: Progress) -> Rest:
    pace = bench.plan.pace
    # green-idle lowers clocks after its quiet only.
    settle_s = pace.settle_s + (IdleConfig().idle_after_s if ready.serving.rests else 0)
    progress.say("resting", settle_s + pace.rest_s)
    await asyncio.sleep(settle_s)
    return await rest(ready.meter, pace.rest_s)


def _phases(bench: Bench, ready: Ready, window: Window) -> Phases | None:
    """The receipts' times are the wall clock's."""
    if not ready.serving.in_front:
        return None
    offset_s = time.time() - time.monotonic()
    since_s, until_s = window.start_s + offset_s, window.end_s + offset_s
    if ready.serving.receipts_in_journal:
        return books.phases_of(books.receipts_in_journal(since_s, until_s), since_s, until_s)
    log = bench.scene.actors["green-telemetry"].log
    return books.phases_of(books.receipts_in_log(log), since_s, until_s)


async def _is_busy(gpus: Sequence[Gpu]) -> bool:
    """Only where it works each time that one looks: the model was loaded a moment ago."""
    for _ in range(LOOKS):
        await asyncio.sleep(LOOK_EVERY_S)
        if max((_utilisation(gpu) for gpu in gpus), default=0) < BUSY_PERCENT:
            return False
    return True


def _pids_before(bench: Bench, arm: Arm) -> frozenset[int]:
    """Who computes there before a server of our own is started: nobody that belongs to it."""
    if not isinstance(arm.backend, Command):
        return frozenset()
    # One that comes with the server has nobody on it before; whatever else is wrong shows itself soon.
    with contextlib.suppress(GpuError):
        driver = bench.open_driver()
        try:
            return frozenset(pid for gpu in bench.gpus(driver) for pid in gpu.read_compute_pids())
        finally:
            driver.close()
    return frozenset()


def _utilisation(gpu: Gpu) -> int:
    try:
        return gpu.read_utilisation().gpu_percent
    except GpuUnsupportedError:
        return 0


def _limit_w(gpu: Gpu) -> float:
    try:
        return gpu.read_power_limit_w()
    except GpuUnsupportedError:
        return 0.0


def _power(meter: Meter, window: Window) -> tuple[tuple[float, float], ...]:
    """Seconds from the window's start, and the watts of all GPUs; few enough to be saved and drawn."""
    beats = list(zip(*(log.states for log in meter.logs), strict=False))
    every = max(1, len(beats) // POWER_POINTS)
    return tuple(
        (round(states[0].at_s - window.start_s, 2), round(sum(state.power_w for state in states), 1))
        for states in beats[::every]
    )
