# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The demo from curtain to curtain."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from green_common.config import IdleConfig
from green_common.errors import NotPermittedError
from green_qwen.demo.books import books_lines
from green_qwen.demo.choice import choose_slots
from green_qwen.demo.daemons import SLOTS_AFTER, SLOTS_BEFORE, start_daemons, start_simulation
from green_qwen.demo.ground import Ground, choose_ground
from green_qwen.demo.progress import Progress
from green_qwen.demo.scene import Scene
from green_qwen.demo.table import Outcome, outcome_fields, table_lines
from green_qwen.load.clients import Server, load_model
from green_qwen.load.dialogues import Endless, Mix, MixedAuthor
from green_qwen.load.figures import figures_of
from green_qwen.load.measure import Plan as LoadPlan, measure, rest
from green_qwen.load.meter import Meter

IDLE_WATCH_S = 5.0
SETTLE_S = 3.0
SEED, MIX = 7, Mix(answers=(32, 96))


@dataclass(frozen=True, slots=True)
class Plan:
    """What the user asked for."""

    clients: int
    load_s: float
    simulate: bool
    lower_clocks: bool
    tune_s: float
    as_json: bool = False


async def play(plan: Plan) -> None:
    """Run both halves and print the table, or one JSON object with all else on standard error."""
    if not plan.as_json:
        await _play(plan)
        return
    with contextlib.redirect_stdout(sys.stderr):
        shown = await _play(plan)
    print(json.dumps(shown))


async def _play(plan: Plan) -> dict[str, Any]:
    """Ends all its processes whatever happens; returns what the table has."""
    if plan.lower_clocks and os.geteuid() != 0:
        raise NotPermittedError("--lower-clocks changes a real GPU's clocks and so has to be run as root")
    with tempfile.TemporaryDirectory(prefix="green-demo-") as name:
        ground = choose_ground(Path(name), simulate=plan.simulate)
        scene = Scene(Path(name))
        try:
            _announce(ground, plan)
            slots = await _slots(ground, scene, plan)
            before = await _half(scene, ground, plan, slots=SLOTS_BEFORE, green=False)
            after = await _half(scene, ground, plan, slots=slots, green=True)
        finally:
            await scene.stop_all()
        _conclude(ground, plan, before, after, slots)
        print("\n".join(books_lines(scene.folder / "green-telemetry.log")))
        halves = {"before": outcome_fields(before), "after": outcome_fields(after)}
        return {"simulated": ground.simulated, "model": ground.model, "slots_after": slots, **halves}


def _announce(ground: Ground, plan: Plan) -> None:
    where = (
        f"the simulation ({ground.why})" if ground.simulated else f"this machine's GPU and {ground.upstream}"
    )
    print(f"green-qwen demo on {where}: {plan.clients} clients, {ground.model}")
    if ground.simulated:
        print("All figures below are simulated, from curves measured on an H100. Assumed: a GPU")
        print("whose clocks are lowered rests as one that runs at that clock by itself.")
    print()


async def _slots(ground: Ground, scene: Scene, plan: Plan) -> int:
    """What a tune of the simulation has found; a real server would have to be restarted for that."""
    if not ground.simulated or not plan.tune_s:
        return SLOTS_AFTER
    print("tune: how many sequences are best decoded together?")
    folder = Path(tempfile.mkdtemp(prefix="tune-", dir=scene.folder))
    return await choose_slots(folder, plan.clients, SEED, plan.tune_s)


async def _half(scene: Scene, ground: Ground, plan: Plan, *, slots: int, green: bool) -> Outcome:
    label = "after" if green else "before"
    if ground.simulated:
        await start_simulation(scene, ground, slots)
    if green:
        environ = {**ground.environ, "GREEN_SHAPING_SLOTS": str(slots)}
        await start_daemons(scene, environ, rest=ground.simulated or plan.lower_clocks)
    address = ground.proxy if green else ground.upstream
    driver = ground.open_driver()
    if driver.simulated and not ground.simulated and not green:
        print("This machine's GPU driver is a simulation, and so are all figures below.")
    try:
        await load_model(Server(address, ground.model))
        return await _measure(Meter(driver.open_gpus()), address, ground, plan, label)
    finally:
        driver.close()


async def _measure(meter: Meter, address: str, ground: Ground, plan: Plan, label: str) -> Outcome:
    progress = Progress(label)
    # Measured from the first request on: the demo is too short to wait for a steady state.
    load_plan = LoadPlan(plan.clients, warm_up_s=0.0, warm_up_most_s=0.0, window_s=plan.load_s)
    source = Endless(MixedAuthor(SEED, MIX, salt=label))
    async with meter.watching():
        server = Server(address, ground.model)
        load = await measure(server, source, load_plan, meter, progress.follow)
        figures = figures_of(load.record, load.window, meter.logs)
        await progress.rest(_quiet_s(label), meter)
        idle = asyncio.create_task(rest(meter, IDLE_WATCH_S))
        await progress.rest(IDLE_WATCH_S, meter)
        idle_power_w = (await idle).mean_power_w
    progress.done()
    return Outcome(
        mean_power_w=figures.drawn.mean_power_w,
        tokens_per_s=figures.tokens_per_s,
        p95_latency_s=figures.latency_p95.value_s,
        idle_power_w=idle_power_w,
        temperature_alerts=figures.drawn.temperature_alerts,
        watched_s=figures.drawn.duration_s,
        answered=figures.answered,
    )


def _quiet_s(label: str) -> float:
    """How long to wait before idle power is read: before, until the load has faded; after, until it rests."""
    return SETTLE_S if label == "before" else SETTLE_S + IdleConfig().idle_after_s


def _conclude(ground: Ground, plan: Plan, before: Outcome, after: Outcome, slots: int) -> None:
    print("\n".join(table_lines(before, after)))
    print()
    if ground.simulated:
        print("before: clients talk to Ollama itself, one slot (its default)")
        print("after: through green-proxy, with green-telemetry and green-idle,")
        why = "which the tune above has chosen" if plan.tune_s else "as the drop-in for ollama.service sets"
        print(f"  {slots} slots, {why}")
        return
    print("before: clients talk to Ollama itself")
    if plan.lower_clocks:
        print("after: through green-proxy, with green-telemetry and green-idle")
    else:
        print("after: through green-proxy, with green-telemetry; green-idle was left out, since it lowers")
        print("  a real GPU's clocks: only as root with --lower-clocks")
