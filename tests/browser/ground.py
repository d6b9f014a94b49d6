# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The real daemons on the simulation, with the web gateway that a browser opens."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from integration.telemetry_rig import Program, Simulation, free_port, program, simulation, wait_until

QWEN = "qwen3:32b"
# Says what it was told.
ECHO = "echo:32b"
# A name as a stranger could give it to a model.
HOSTILE_MODEL = "<img/src=x/onerror=alert(1)>:1"
LENGTHS = ("--answer-tokens", "60", "--think-tokens", "12", "--parallel", "2", "--load-s", "0.3")


@dataclass
class Ground:
    """All daemons of one test module; those that a test ends, it starts again."""

    folder: Path
    sim: Simulation
    url: str
    environ: dict[str, str]
    _running: dict[str, contextlib.ExitStack] = field(default_factory=dict)

    def start(self, module: str) -> Program:
        stack = contextlib.ExitStack()
        running = stack.enter_context(program(module, self.folder, **self.environ))
        self._running[module] = stack
        if module == "green_proxy":
            wait_until(self._answers, f"gateway in:\n{running.text}")
        return running

    def end(self, module: str) -> None:
        self._running.pop(module).close()

    def close(self) -> None:
        for module in list(self._running):
            self.end(module)

    def _answers(self) -> bool:
        port = int(self.url.rpartition(":")[2])
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return True
        return False


@contextlib.contextmanager
def ground(folder: Path, *arguments: str, **settings: str) -> Iterator[Ground]:
    """Simulation, proxy and telemetry until the end of the block; settings are GREEN_... variables."""
    gateway = f"127.0.0.1:{free_port()}"
    models = ",".join((QWEN, ECHO, HOSTILE_MODEL))
    with simulation(folder, *LENGTHS, "--models", models, *arguments) as sim:
        environ = {
            "GREEN_PROXY_LISTEN": f"127.0.0.1:{free_port()}",
            "GREEN_PROXY_GATEWAY": gateway,
            "GREEN_PROXY_UPSTREAM": sim.url,
            "GREEN_FEED_GROUP": "green-test-has-no-group",
            "GREEN_SHAPING_SLOTS": "2",
            "GREEN_TELEMETRY_STATE": str(folder),
            **settings,
        }
        made = Ground(folder, sim, f"http://{gateway}", environ)
        try:
            made.start("green_proxy")
            made.start("green_telemetry").wait_for("daemon.ready")
            yield made
        finally:
            made.close()


def in_sandbox() -> bool:
    """Chromium's own sandbox wants another user than root."""
    return os.geteuid() != 0
