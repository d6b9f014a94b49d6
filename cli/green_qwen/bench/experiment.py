# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Alternated runs of both arms: each arm is brought up, loaded, measured, left to rest and brought down."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from green_common.config import IdleConfig
from green_common.gpu import Gpu, GpuDriver, GpuUnsupportedError
from green_qwen.bench import books, neighbours
from green_qwen.bench.arms import Arm, Command, Serving
from green_qwen.bench.plan import Plan
from green_qwen.bench.progress import Progress
from green_qwen.bench.result import Result, Taken
from green_qwen.bench.run import Phases, Run, run_of
from green_qwen.bench.served import Served, Wanted, ask_served
from green_qwen.bench.surroundings import Surroundings
from green_qwen.demo.scene import Scene
from green_qwen.load.clients import load_model
from green_qwen.load.figures import Rest, Window, figures_of
from green_qwen.load.measure import Measured, measure, rest
from green_qwen.load.meter import Meter

# Before the load a GPU that works this much already is somebody else's.
BUSY_PERCENT = 5
LOOKS, LOOK_EVERY_S = 4, 0.5
POWER_POINTS = 300


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
    before = _pids_before(bench, arm)
    async with arm.serving(bench.scene) as serving:
        progress.say("loading the model")
        served = await ask_served(serving.url, bench.wanted)
        await load_model(served.server)
        driver = await asyncio.to_thread(bench.open_driver)
        try:
            return await _Run(bench, arm, pair, progress).measure(driver, serving, served, before)
        finally:
            driver.close()


class _Run:
    """One arm while it is up."""

    def __init__(self, bench: Bench, arm: Arm, pair: int, progress: Progress) -> None:
        self._bench, self._arm, self._pair, self._progress = bench, arm, pair, progress

    async def measure(
        self, driver: GpuDriver, serving: Serving, served: Served, before: frozenset[int]
    ) -> Taken:
        gpus = self._bench.gpus(driver)
        meter = Meter(gpus)
        async with meter.watching():
            busy = await self._is_busy(gpus)
            await meter.mark()
            known = neighbours.pids_on(meter.logs)
            plan = self._bench.plan
            source = plan.source(self._arm.name, self._pair)
            load = await measure(served.server, source, plan.load_plan, meter, self._progress.follow)
            idle = await self._rest(meter, serving)
        strange = before | set(neighbours.strangers(known, self._bench.unit))
        others = strange | neighbours.newcomers(meter.logs, load.window, known)
        run = self._figures(load, meter, idle, serving)
        on = self._surroundings(driver, gpus, served)
        return Taken(run, dataclasses.replace(on, others=neighbours.named(others), busy=busy))

    async def _is_busy(self, gpus: Sequence[Gpu]) -> bool:
        """Only where it works each time that one looks: the model was loaded a moment ago."""
        for _ in range(LOOKS):
            await asyncio.sleep(LOOK_EVERY_S)
            if max((_utilisation(gpu) for gpu in gpus), default=0) < BUSY_PERCENT:
                return False
        return True

    async def _rest(self, meter: Meter, serving: Serving) -> Rest:
        pace = self._bench.plan.pace
        # green-idle lowers clocks after its quiet only.
        settle_s = pace.settle_s + (IdleConfig().idle_after_s if serving.in_front else 0)
        self._progress.say("resting", settle_s + pace.rest_s)
        await asyncio.sleep(settle_s)
        return await rest(meter, pace.rest_s)

    def _figures(self, load: Measured, meter: Meter, idle: Rest, serving: Serving) -> Run:
        figures = figures_of(load.record, load.window, meter.logs, self._bench.plan.clients)
        return run_of(
            self._arm.name,
            self._pair,
            figures,
            idle,
            client_cpu_s=load.client_cpu_s,
            memory_bytes=neighbours.memory_of(self._pids()),
            phases=self._phases(load.window, serving),
            power_w=_power(meter, load.window),
        )

    def _pids(self) -> dict[str, int]:
        return {name: actor.process.pid for name, actor in self._bench.scene.actors.items()}

    def _phases(self, window: Window, serving: Serving) -> Phases | None:
        """The receipts' times are the wall clock's."""
        if not serving.in_front:
            return None
        offset_s = time.time() - time.monotonic()
        since_s, until_s = window.start_s + offset_s, window.end_s + offset_s
        if serving.receipts_in_journal:
            return books.phases_of(books.receipts_in_journal(since_s, until_s), since_s, until_s)
        log = self._bench.scene.actors["green-telemetry"].log
        return books.phases_of(books.receipts_in_log(log), since_s, until_s)

    def _surroundings(self, driver: GpuDriver, gpus: Sequence[Gpu], served: Served) -> Surroundings:
        return Surroundings(
            simulated=driver.simulated,
            driver=driver.version,
            gpus=tuple(gpu.name for gpu in gpus),
            gpu_uuids=tuple(gpu.uuid for gpu in gpus),
            power_limits_w=tuple(_limit_w(gpu) for gpu in gpus),
            model=served.server.model,
            digest=served.digest,
            server=served.version,
            load=self._bench.plan.load,
        )


def _pids_before(bench: Bench, arm: Arm) -> frozenset[int]:
    """Who computes there before a server of our own is started: nobody that belongs to it."""
    if not isinstance(arm.backend, Command):
        return frozenset()
    driver = bench.open_driver()
    try:
        with contextlib.suppress(GpuUnsupportedError):
            return frozenset(pid for gpu in bench.gpus(driver) for pid in gpu.read_compute_pids())
        return frozenset()
    finally:
        driver.close()


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
