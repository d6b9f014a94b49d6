# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What polls instead of being told: the proxy's state every few seconds, or the GPU's utilisation."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from green_common.gpu.simulated import SimulatedDriver

UTILISATION_EVERY_S = 0.1


class Poller:
    """Looks every so often; remembers when it found what."""

    def __init__(self, every_s: float, look: Callable[[], int]) -> None:
        self.found: list[tuple[float, int]] = []
        self._every_s, self._look = every_s, look
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def first(self, after_s: float, least: int) -> float | None:
        """When it first found so much, not before that time; None where it never did."""
        return next((at_s for at_s, value in self.found if at_s > after_s and value >= least), None)

    def _run(self) -> None:
        due_s = time.monotonic()
        while not self._over.wait(max(0.0, due_s - time.monotonic())):
            value = self._look()
            self.found.append((time.monotonic(), value))
            due_s += self._every_s


def accepted_total(port: int) -> Callable[[], int]:
    """How many requests green-proxy has accepted since its start."""

    def look() -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/status", timeout=10) as answer:
            return int(json.load(answer)["accepted_total"])

    return look


def utilisation(gpu_socket: Path) -> Callable[[], int]:
    """The percent of the last sample period in which the GPU was busy."""
    gpu = SimulatedDriver(str(gpu_socket)).open_gpus()[0]
    return lambda: gpu.read_utilisation().gpu_percent
