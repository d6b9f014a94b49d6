# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What tune measures: which server, on which GPUs, with which model."""

from __future__ import annotations

import os
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path

from green_common.config import GpuConfig, ShapingConfig, load_config
from green_common.errors import UnavailableError, UsageError
from green_common.gpu import Gpu, GpuDriver, NoDriverError
from green_common.gpu.open import open_driver
from green_qwen.load.models import is_green, preferred
from green_qwen.tune.memory import ModelShape
from green_qwen.tune.others import in_unit, refuse_others
from green_qwen.tune.servers import ModelServer
from green_qwen.tune.servers.command import CommandServer
from green_qwen.tune.servers.ollama import OllamaServer
from green_qwen.tune.servers.ollama_api import models_in_ollama, shape_in_ollama, thinks_in_ollama
from green_qwen.tune.servers.simulated import MODEL, SHAPE, SimulatedServer
from green_qwen.tune.servers.systemd import require_root
from green_qwen.tune.servers.template import Template

OLLAMA, COMMAND, SIMULATION = "ollama", "command", "simulation"


@dataclass(slots=True)
class Ground:
    """
    The server and its GPUs.

    `thinks` where its model is known to think, and the server can be told to leave it; `why` says why it is
    the simulation where it is.
    """

    kind: str
    server: ModelServer
    model: str
    shape: ModelShape | None
    gpu_config: GpuConfig
    wanted_gpu: str
    unit: str
    url: str
    thinks: bool = False
    why: str = ""
    _driver: GpuDriver | None = None

    def open_gpus(self) -> tuple[Gpu, ...]:
        """Those that are measured; a simulated one is there only while the simulation runs."""
        if self._driver is None:
            self._driver = open_driver(self.gpu_config)
        gpus = self._driver.open_gpus()
        chosen = tuple(gpu for gpu in gpus if self.wanted_gpu in ("", gpu.uuid, str(gpu.index)))
        if not chosen:
            names = ", ".join(f"{gpu.index} ({gpu.uuid})" for gpu in gpus)
            raise UsageError(f"--gpu {self.wanted_gpu}: there is no such GPU; there are {names}")
        return chosen

    @property
    def simulated_figures(self) -> bool:
        """Whether any figure comes from a simulation, be it the driver's."""
        return self.kind == SIMULATION or self.gpu_config.driver == "simulated"

    def refuse_others(self) -> None:
        """Raises UnavailableError where somebody else computes on these GPUs."""
        if self.kind != SIMULATION:
            is_ours = in_unit(self.unit) if self.kind == OLLAMA else lambda pid: False
            refuse_others(self.open_gpus(), is_ours)

    def memory_bytes(self) -> int | None:
        """Of all these GPUs; nothing where none can be asked yet."""
        if self.kind == SIMULATION:
            return None
        return sum(gpu.read_memory().total_bytes for gpu in self.open_gpus())

    def close(self) -> None:
        if self._driver is not None:
            self._driver.close()


async def choose_ground(arguments: Namespace, logs: Path, folder: Path) -> Ground:
    """As asked for; else Ollama where it has a model and a GPU is there; else the simulation."""
    config = load_config(None, os.environ).config
    unit, url = config.gpu.model_server_unit, config.proxy.upstream
    if arguments.server_command:
        return _command(arguments, logs, config.gpu)
    why = "as asked" if arguments.simulate else await _missing(arguments.model, url, config.gpu)
    if why:
        return _simulation(arguments, folder, why)
    model = arguments.model or preferred(await models_in_ollama(url))
    if is_green(model):
        raise UsageError(f"--model {model}: tune has made it; name the one that it was made from")
    shape = await shape_in_ollama(url, model)
    thinks = _may_think(config.shaping, model) and await thinks_in_ollama(url, model)
    require_root(unit)
    server = OllamaServer(unit, url, model)
    return Ground(OLLAMA, server, model, shape, config.gpu, arguments.gpu, unit, url, thinks)


def _may_think(shaping: ShapingConfig, model: str) -> bool:
    return shaping.thinking != "off" and model not in shaping.thinking_off_models


async def _missing(model: str, url: str, gpu: GpuConfig) -> str:
    """Why it has to be the simulation; a model that was named has to be there."""
    try:
        open_driver(gpu).close()
    except NoDriverError as error:
        if model:
            raise UnavailableError(f"no GPU to measure {model} on: {error}") from error
        return "no NVIDIA GPU is found"
    return "" if model or await models_in_ollama(url) else f"no Ollama with a model answers at {url}"


def _command(arguments: Namespace, logs: Path, gpu: GpuConfig) -> Ground:
    template = Template(arguments.server_command)
    server = CommandServer(template, logs, arguments.extra_fields, arguments.model, arguments.ready_within_s)
    return Ground(COMMAND, server, arguments.model or template.program, None, gpu, arguments.gpu, "", "")


def _simulation(arguments: Namespace, folder: Path, why: str) -> Ground:
    server = SimulatedServer(folder, arguments.simulated_card)
    gpu = GpuConfig(driver="simulated", simulated_socket=server.gpu_socket)
    return Ground(SIMULATION, server, MODEL, SHAPE, gpu, arguments.gpu, "", "", thinks=True, why=why)
