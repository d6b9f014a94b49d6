# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The demo's own tune: of the simulation's slots alone, in seconds where `green-qwen tune` takes minutes."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from green_common.config import GpuConfig
from green_qwen.tune.bounds import Bounds
from green_qwen.tune.course import Course
from green_qwen.tune.evenly import Lengths
from green_qwen.tune.ground import SIMULATION, Ground
from green_qwen.tune.memory import Room
from green_qwen.tune.plan import Plan
from green_qwen.tune.search import Findings
from green_qwen.tune.servers.simulated import MODEL, SimulatedServer
from green_qwen.tune.setting import Setting
from green_qwen.tune.state import State
from green_qwen.tune.trial import Bench, LoadShape
from green_qwen.tune.view import View

WARM_UP_S, WINDOW_S, OVERHEAD_S = 2.0, 3.0, 3.0
# The mean of prompts is that of the demo's own load (MIX), and answers are as long.
LENGTHS = Lengths(prompts=(100, 1180), answers=(32, 96))
ANY_ROOM = Room(1 << 62)
NO_LIMITS = Bounds()


async def choose_slots(folder: Path, clients: int, seed: int, budget_s: float) -> int:
    """As many as yield most tokens per joule in what can be measured in that time; says what it tries."""
    # Without the costs of other settings, as the demo itself has it.
    server = SimulatedServer(folder, card="")
    gpu = GpuConfig(driver="simulated", simulated_socket=server.gpu_socket)
    ground = Ground(SIMULATION, server, MODEL, None, gpu, "", "", "")
    try:
        findings = await _search(ground, folder, clients, seed, budget_s)
    finally:
        await asyncio.shield(server.restore())
        ground.close()
    chosen = findings.chosen or findings.default
    print(
        f"chosen: {chosen.slots}; `green-qwen tune` takes minutes, repeats, and tries all settings\n",
        flush=True,
    )
    return chosen.slots


async def _search(ground: Ground, folder: Path, clients: int, seed: int, budget_s: float) -> Findings:
    bench = Bench(ground.server, ground.open_gpus, LoadShape(clients, seed, WARM_UP_S, LENGTHS))
    plan = Plan(
        default=Setting(),
        base=Setting(),
        clients=clients,
        bounds=NO_LIMITS,
        room=ANY_ROOM,
        budget_s=budget_s,
        window_s=WINDOW_S,
        knobs=frozenset({"slots"}),
        trial_overhead_s=OVERHEAD_S + WARM_UP_S,
    )
    state = State(folder / "tune.json", {})
    view = View(sys.stdout, budget_s, NO_LIMITS)
    return await Course(plan, bench, state, view, rests=False).run([])
