# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whose work the GPU does: the model server's share of it, and that of all others."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable

from green_common.cgroup import UnitCgroup
from green_common.gpu import Gpu, GpuUnsupportedError, ProcessWork
from green_common.gpu.occupants import Occupants, read_occupants

# A process comes and goes in seconds; asking costs two calls and a few files.
LOOK_EVERY_S = 2.0
# The driver publishes utilisation a few times a second.
WORK_OF_LAST_US = 1_000_000


class OthersShare:
    """The share of one GPU's work that is not the model server's."""

    def __init__(
        self, server: UnitCgroup, *, simulated: bool = False, wall_clock: Callable[[], float] = time.time
    ) -> None:
        self._server = server
        self._simulated = simulated
        self._wall_clock = wall_clock
        self._look_at_s = -math.inf
        self._occupants: Occupants | None = None

    def read(self, gpu: Gpu, now_s: float) -> float | None:
        """From 0 to 1; None where it can't be told. Raises a GpuError where the GPU is lost."""
        if now_s >= self._look_at_s:
            self._look_at_s = now_s + LOOK_EVERY_S
            self._occupants = read_occupants(gpu, self._server, now_s, simulated=self._simulated)
        if self._occupants is None:
            return None
        if not self._occupants.others:
            return 0.0
        try:
            work = gpu.read_process_work(int(self._wall_clock() * 1e6) - WORK_OF_LAST_US)
        except GpuUnsupportedError:
            return None
        return share_of_others(work, self._occupants.own)


def share_of_others(work: Iterable[ProcessWork], own: frozenset[int]) -> float:
    """By what each process did last; 0 where nothing ran."""
    latest: dict[int, ProcessWork] = {}
    for done in work:
        before = latest.get(done.pid)
        if before is None or done.at_unix_us > before.at_unix_us:
            latest[done.pid] = done
    percents = {pid: done.sm_percent for pid, done in latest.items() if 0 <= done.sm_percent <= 100}
    whole = sum(percents.values())
    return sum(percents[pid] for pid in percents if pid not in own) / whole if whole else 0.0
