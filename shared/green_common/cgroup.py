# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The processes of a systemd unit, by its control group."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
SEARCH_EVERY_S = 60.0


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
