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
from typing import Any

import httpx

from integration.telemetry_rig import Program, free_port, program, wait_until

SIMULATION, PROXY, TELEMETRY = "green_sim", "green_proxy", "green_telemetry"
QWEN = "qwen3:32b"
# Says what it was told.
ECHO = "echo:32b"
# A name as a stranger could give it to a model.
HOSTILE_MODEL = "<img/src=x/onerror=alert(1)>:1"
LENGTHS = ("--answer-tokens", "60", "--think-tokens", "40", "--parallel", "2", "--load-s", "0.3")


@dataclass
class Ground:
    """All processes of one test module; those that a test ends, it starts again."""

    folder: Path
    url: str
    upstream: str
    arguments: tuple[str, ...]
    environ: dict[str, str]
    _running: dict[str, contextlib.ExitStack] = field(default_factory=dict)

    def start(self, module: str) -> None:
        """Until it does its work."""
        stack = contextlib.ExitStack()
        arguments = self.arguments if module == SIMULATION else ()
        running = stack.enter_context(program(module, self.folder, *arguments, **self.environ))
        self._running[module] = stack
        wait_until(lambda: self._works(module, running), f"{module} in:\n{running.text}")

    def end(self, module: str) -> None:
        self._running.pop(module).close()

    def close(self) -> None:
        for module in reversed(list(self._running)):
            self.end(module)

    def truth(self) -> list[dict[str, Any]]:
        """All generations that began in the simulation, oldest first; a mere load has no slot."""
        found: list[dict[str, Any]] = httpx.get(f"{self.upstream}/sim/requests").json()["requests"]
        return [one for one in found if one["slot_monotonic_s"] is not None]

    def _works(self, module: str, running: Program) -> bool:
        if module == TELEMETRY:
            return bool(running.entries("daemon.ready"))
        port = int((self.upstream if module == SIMULATION else self.url).rpartition(":")[2])
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return True
        return False


@contextlib.contextmanager
def ground(folder: Path, *arguments: str, **settings: str) -> Iterator[Ground]:
    """Simulation, proxy and telemetry until the end of the block; settings are GREEN_... variables."""
    upstream, gateway = (f"127.0.0.1:{free_port()}" for _ in range(2))
    models = ",".join((QWEN, ECHO, HOSTILE_MODEL))
    own = ("--listen", upstream, "--gpu-socket", str(folder / "gpu.sock"), "--models", models)
    environ = {
        "GREEN_PROXY_LISTEN": f"127.0.0.1:{free_port()}",
        "GREEN_PROXY_GATEWAY": gateway,
        "GREEN_PROXY_UPSTREAM": f"http://{upstream}",
        "GREEN_FEED_GROUP": "green-test-has-no-group",
        "GREEN_SHAPING_SLOTS": "2",
        "GREEN_TELEMETRY_STATE": str(folder),
        **settings,
    }
    made = Ground(folder, f"http://{gateway}", f"http://{upstream}", (*own, *LENGTHS, *arguments), environ)
    try:
        for module in (SIMULATION, PROXY, TELEMETRY):
            made.start(module)
        yield made
    finally:
        made.close()


def in_sandbox() -> bool:
    """Chromium's own sandbox wants another user than root."""
    return os.geteuid() != 0
