# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What every client is tried on: a green-proxy process before a simulation of its own."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from integration.proxy_rig import Proxy, running_proxy
from integration.sim_rig import Simulation, simulation, wait_for

QWEN = "qwen3:32b"
# A word that makes the simulated model call the first tool.
CALL = "simulated-tool-call"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city", "days"],
}
ARGUMENTS = {"city": "simulated", "days": 1}
PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n simulated image").decode()
IMAGE_TOKENS = 768
BLOB = b"GGUF simulated weights" * 50_000
# Long enough to be left in the middle, short enough for many of them.
LENGTHS = ("--answer-tokens", "24", "--think-tokens", "4", "--parallel", "4")
WORDS = "This is a simulated answer."


@dataclass
class Ground:
    """Where a client goes, and where to see what became of it."""

    proxy: Proxy
    sim: Simulation

    @property
    def url(self) -> str:
        return self.proxy.url

    def counts(self, key: str = "") -> dict[str, float]:
        """What the proxy's own steps have counted."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        counted: dict[str, float] = httpx.get(f"{self.url}/-/status", headers=headers).json()["counts"]
        return counted

    def last(self) -> dict[str, Any]:
        """The truth about the newest generation."""
        return self.sim.requests()[-1]

    def last_is_cancelled(self) -> None:
        """Wait until the newest generation has ended early, as it does where its client left."""
        wait_for(lambda: self.last()["stage"] not in ("loading", "queued", "prefill", "decode"))
        truth = self.last()
        assert (truth["stage"], truth["generated_tokens"] < 28) == ("cancelled", True), truth


@contextlib.contextmanager
def ground(folder: Path, **settings: object) -> Iterator[Ground]:
    """Simulation and proxy until the end of the block; settings are keys of [proxy]."""
    with simulation(folder, *LENGTHS) as sim, running_proxy(sim.url, **settings) as proxy:
        yield Ground(proxy, sim)
