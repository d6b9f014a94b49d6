# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The simulated Ollama and GPU, started anew for each trial."""

from __future__ import annotations

from pathlib import Path

from green_common.errors import UnavailableError
from green_qwen.demo.scene import Scene, free_address
from green_qwen.load.clients import Server
from green_qwen.tune.memory import ModelShape
from green_qwen.tune.servers.environment import ollama_environment, ollama_options
from green_qwen.tune.servers.model_server import ServerFailedError
from green_qwen.tune.servers.ollama_api import load_in_ollama
from green_qwen.tune.setting import Setting

MODEL = "qwen3:32b"
# Qwen3-32B's, as the simulation has it.
SHAPE = ModelShape(
    layers=64,
    kv_heads=8,
    key_length=128,
    value_length=128,
    weights_bytes=20_201_253_588,
    trained_context_tokens=40960,
)
KNOBS = frozenset(
    (
        *("slots", "context_tokens", "kv_cache", "flash_attention", "batch_tokens", "threads", "mmap"),
        *("perf_boost", "gpu_sampling"),
    )
)


class SimulatedServer:
    """green-sim; with `card` settings cost what they cost on that one."""

    name = "the simulated Ollama"
    simulated = True
    knobs = KNOBS

    def __init__(self, folder: Path, card: str, load_s: float = 1.0) -> None:
        self._scene = Scene(folder)
        self._card, self._load_s = card, load_s
        self.gpu_socket = str(folder / "gpu.sock")
        self._url = ""

    async def begin(self, setting: Setting) -> None:
        address = free_address()
        arguments = ["--listen", address, "--gpu-socket", self.gpu_socket, "--load-s", f"{self._load_s:g}"]
        arguments += ["--costs", self._card] if self._card else []
        environ = {"OLLAMA_KEEP_ALIVE": "-1", **ollama_environment(setting)}
        try:
            await self._scene.start("green-sim", "green_sim", *arguments, environ=environ)
        except UnavailableError as error:
            raise ServerFailedError(str(error)) from error
        self._url = f"http://{address}"

    async def load(self, setting: Setting) -> Server:
        return await load_in_ollama(self._url, MODEL, ollama_options(setting))

    async def end(self) -> None:
        await self._scene.stop_all()

    async def restore(self) -> None:
        await self._scene.stop_all()
