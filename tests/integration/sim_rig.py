# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A green-sim process on a free port, with its GPU socket in the test's folder."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
SOURCES = os.pathsep.join(str(ROOT / part) for part in ("shared", "sim"))
WAIT_S = 10.0


@dataclass
class Simulation:
    """A running simulation."""

    url: str
    gpu_socket: Path
    process: subprocess.Popen[str]
    ready_line: str

    def gpu(self) -> dict[str, Any]:
        """The truth about the first GPU."""
        found: dict[str, Any] = self._get("/sim/gpu")["gpus"][0]
        return found

    def requests(self) -> list[dict[str, Any]]:
        """The truth about all generations."""
        found: list[dict[str, Any]] = self._get("/sim/requests")["requests"]
        return found

    def set_faults(self, *names: str) -> None:
        """Replace the faults that are on."""
        httpx.post(f"{self.url}/sim/faults", json={"faults": list(names)}).raise_for_status()

    def _get(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(self.url + path).raise_for_status().json()
        return found


@contextlib.contextmanager
def simulation(folder: Path, *arguments: str, **environ: str) -> Iterator[Simulation]:
    """Run green-sim until the end of the block."""
    gpu_socket = folder / "gpu.sock"
    command = [sys.executable, "-m", "green_sim", "--listen", "127.0.0.1:0", "--gpu-socket", str(gpu_socket)]
    process = subprocess.Popen(
        [*command, "--load-s", "0.2", *arguments],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": SOURCES, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, line + process.stdout.read()
        yield Simulation(found[0], gpu_socket, process, line)
    finally:
        process.terminate()
        process.wait(WAIT_S)
        process.stdout.close()


def wait_for(condition: Callable[[], bool]) -> None:
    """Return when it has come true."""
    deadline_s = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline_s, "it never came true"
        time.sleep(0.01)
