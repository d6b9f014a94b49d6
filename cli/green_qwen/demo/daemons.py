# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What the demo and bench start of green-qwen: the simulation, and the three services for themselves."""

from __future__ import annotations

from collections.abc import Mapping

from green_qwen.demo.ground import Ground
from green_qwen.demo.scene import Scene

# Ollama's default, and what the drop-in for ollama.service sets.
SLOTS_BEFORE, SLOTS_AFTER = 1, 16


async def start_simulation(scene: Scene, ground: Ground, slots: int) -> None:
    """Anew, where one runs already: then with nothing remembered."""
    await scene.stop("green-sim")
    listen = ground.upstream.removeprefix("http://")
    arguments = ("--listen", listen, "--gpu-socket", ground.gpu_socket, "--parallel", str(slots))
    await scene.start("green-sim", "green_sim", *arguments, environ={})


async def start_daemons(scene: Scene, environ: Mapping[str, str], *, rest: bool) -> None:
    """The proxy and telemetry, and with `rest` green-idle too, which writes to the GPU."""
    await scene.start("green-proxy", "green_proxy", environ=environ)
    await scene.start("green-telemetry", "green_telemetry", environ=environ)
    if rest:
        await scene.start("green-idle", "green_idle", environ=environ)


async def stop_daemons(scene: Scene) -> None:
    """Those that run, in reverse."""
    for name in ("green-idle", "green-telemetry", "green-proxy"):
        await scene.stop(name)
