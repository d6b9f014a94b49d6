# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whose work the GPU does: processes in the model server's cgroup, and all others."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from green_common.gpu import Gpu, GpuPermissionError, GpuUnsupportedError, ProcessWork

CGROUPS = Path("/sys/fs/cgroup")
SEARCH_EVERY_S = 60.0
# A process comes and goes in seconds; asking costs two calls and a few files.
LOOK_EVERY_S = 2.0
# The driver publishes utilisation a few times a second.
WORK_OF_LAST_US = 1_000_000


class UnitCgroup:
    """The processes of a systemd unit, by its folder in the second version of cgroups."""

    def __init__(self, unit: str, root: Path = CGROUPS) -> None:
        self._unit = unit
        self._root = root
        self._folder: tuple[Path, int] | None = None
        self._search_at_s = -math.inf

    def pids(self, now_s: float) -> frozenset[int] | None:
        """All of them, children included; None where the unit does not run or its cgroup is not known."""
        folder = self._find(now_s)
        if folder is None:
            return None
        found: set[int] = set()
        for place, _, files in os.walk(folder):
            if "cgroup.procs" in files:
                found.update(_read_pids(Path(place, "cgroup.procs")))
        return frozenset(found)

    def _find(self, now_s: float) -> Path | None:
        if self._folder is not None and _inode(self._folder[0]) == self._folder[1]:
            return self._folder[0]
        usual = self._root / "system.slice" / self._unit
        folder = usual if usual.is_dir() else self._search(now_s)
        inode = folder and _inode(folder)
        self._folder = (folder, inode) if folder and inode else None
        return folder

    def _search(self, now_s: float) -> Path | None:
        """Somebody may run it in a slice of its own; the tree is large, so look only now and then."""
        if now_s < self._search_at_s or not (self._root / "cgroup.controllers").exists():
            return None
        self._search_at_s = now_s + SEARCH_EVERY_S
        for place, folders, _ in os.walk(self._root):
            if self._unit in folders:
                return Path(place, self._unit)
        return None


class OthersShare:
    """The share of one GPU's work that is not the model server's."""

    def __init__(
        self, server: UnitCgroup, *, simulated: bool = False, wall_clock: Callable[[], float] = time.time
    ) -> None:
        self._server = server
        self._simulated = simulated
        self._wall_clock = wall_clock
        self._look_at_s = -math.inf
        self._own: frozenset[int] | None = None
        self._others: frozenset[int] | None = None

    def read(self, gpu: Gpu, now_s: float) -> float | None:
        """From 0 to 1; None where it can't be told. Raises a GpuError where the GPU is lost."""
        if now_s >= self._look_at_s:
            self._look_at_s = now_s + LOOK_EVERY_S
            self._look(gpu, now_s)
        if self._others is None or self._own is None:
            return None
        if not self._others:
            return 0.0
        try:
            work = gpu.read_process_work(int(self._wall_clock() * 1e6) - WORK_OF_LAST_US)
        except GpuUnsupportedError:
            return None
        return share_of_others(work, self._own)

    def _look(self, gpu: Gpu, now_s: float) -> None:
        pids = _compute_pids(gpu)
        self._own = self._server.pids(now_s) if pids else frozenset()
        if self._simulated and pids and self._own and not self._own & pids:
            # A simulated GPU has the simulation's processes, which need not be in the unit.
            self._own = None
        self._others = None if pids is None or self._own is None else pids - self._own


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


def _compute_pids(gpu: Gpu) -> frozenset[int] | None:
    """Of a split card the driver may tell only an administrator all, and everybody each instance's."""
    try:
        return frozenset(gpu.read_compute_pids())
    except GpuUnsupportedError:
        return None
    except GpuPermissionError:
        pids = [instance.compute_pids for instance in gpu.read_instances()]
        return frozenset().union(*pids) if pids else None


def _read_pids(file: Path) -> Iterable[int]:
    try:
        return [int(line) for line in file.read_text().split()]
    except (OSError, ValueError):
        # It ended meanwhile, or is one of threads, which has no list of processes.
        return ()


def _inode(folder: Path) -> int | None:
    try:
        return folder.stat().st_ino
    except OSError:
        return None
