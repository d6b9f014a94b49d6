# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Where the demo plays: on this machine's GPU and Ollama where both are there, else on the simulation."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from green_common.config import load_config
from green_common.errors import ConfigError
from green_common.gpu import GpuDriver, GpuError
from green_common.gpu.open import open_driver
from green_qwen.demo.scene import free_address
from green_qwen.load.models import preferred

SIMULATED_MODEL = "qwen3:32b"
NO_GROUP = "green-demo-has-no-group"


@dataclass(frozen=True, slots=True)
class Ground:
    """What the demo measures: addresses, the model, and how the daemons are told."""

    simulated: bool
    why: str
    upstream: str
    proxy: str
    model: str
    gpu_socket: str
    environ: Mapping[str, str]

    def open_driver(self) -> GpuDriver:
        return open_driver(load_config(None, dict(self.environ)).config.gpu)


def choose_ground(folder: Path, *, simulate: bool) -> Ground:
    """The simulation, unless a GPU and an Ollama with a model are both found."""
    if simulate:
        return _simulated(folder, "as asked")
    upstream = _upstream()
    model, missing = _find_model(upstream)
    missing = missing or _missing_gpu()
    if missing or model is None:
        return _simulated(folder, missing)
    environ = {**places(folder), "GREEN_PROXY_UPSTREAM": upstream}
    return _ground(folder, environ, simulated=False, why="", model=model)


def _simulated(folder: Path, why: str) -> Ground:
    environ = {
        **places(folder),
        "GREEN_PROXY_UPSTREAM": f"http://{free_address()}",
        "GREEN_GPU_DRIVER": "simulated",
        "GREEN_GPU_SIMULATED_SOCKET": str(folder / "gpu.sock"),
    }
    return _ground(folder, environ, simulated=True, why=why, model=SIMULATED_MODEL)


def _ground(folder: Path, environ: Mapping[str, str], *, simulated: bool, why: str, model: str) -> Ground:
    return Ground(
        simulated=simulated,
        why=why,
        upstream=environ["GREEN_PROXY_UPSTREAM"],
        proxy=f"http://{environ['GREEN_PROXY_LISTEN']}",
        model=model,
        gpu_socket=str(folder / "gpu.sock"),
        environ=environ,
    )


def places(folder: Path) -> dict[str, str]:
    """Everything that a daemon would put under /run goes into the demo's own folder."""
    return {
        "GREEN_PROXY_LISTEN": free_address(),
        # Its usual port may be that of the green-proxy that runs here.
        "GREEN_PROXY_GATEWAY": "",
        "GREEN_FEED_SOCKET": str(folder / "activity.sock"),
        # Where the package is installed, its group exists, and not everybody is in it.
        "GREEN_FEED_GROUP": NO_GROUP,
        "GREEN_IDLE_HELD_FILE": str(folder / "held"),
        "GREEN_TELEMETRY_WINDOW_S": "10",
        # Each receipt with its line, which the demo shows.
        "GREEN_TELEMETRY_GATHER_ABOVE_PER_S": "10000",
        "GREEN_TELEMETRY_STATE": str(folder),
        "GREEN_IDLE_STATE": str(folder),
        # A measurement takes longer than the demo, and would change what the GPU draws in it.
        "GREEN_IDLE_CALIBRATE": "false",
        "GREEN_TELEMETRY_LISTEN": "",
        "GREEN_TELEMETRY_LIVE_SOCKET": str(folder / "live.sock"),
        "GREEN_LOG_FORMAT": "json",
    }


def _upstream() -> str:
    try:
        return load_config(None, os.environ).config.proxy.upstream
    except ConfigError:
        return "http://127.0.0.1:11434"


def _find_model(upstream: str) -> tuple[str | None, str]:
    try:
        answer = httpx.get(f"{upstream}/api/tags", timeout=2.0, trust_env=False).json()
        names = [model["name"] for model in answer["models"]]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return None, f"no Ollama answers at {upstream}"
    if not names:
        return None, f"the Ollama at {upstream} has no model"
    return preferred(names), ""


def _missing_gpu() -> str:
    try:
        open_driver(load_config(None, {}).config.gpu).close()
    except (GpuError, ConfigError):
        return "no NVIDIA GPU is found"
    return ""
