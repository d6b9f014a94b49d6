# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Who computes on the GPU beside the model server, and what memory the services take."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from green_qwen.load.figures import Window
from green_qwen.load.gpu_log import GpuLog

PROC = Path("/proc")
GROUPS = Path("/sys/fs/cgroup/system.slice")


def newcomers(logs: Iterable[GpuLog], window: Window, known: frozenset[int]) -> set[int]:
    """
    Processes that computed there in the window and were not known when the model had just been loaded.

    Whoever came later is not the model server: that had its runner by then.
    """
    states = (state for log in logs for state in log.states if window.holds(state.at_s))
    return {pid for state in states for pid in state.pids or ()} - known


def pids_on(logs: Iterable[GpuLog]) -> frozenset[int]:
    """As last read."""
    return frozenset(pid for log in logs if log.states for pid in log.states[-1].pids or ())


def strangers(pids: Iterable[int], unit: str, proc: Path = PROC) -> Iterator[int]:
    """Those outside of the model server's unit; none where no one is inside: then nobody can tell."""
    inside = {pid: f"/{unit}" in _control_group(pid, proc) for pid in pids}
    if any(inside.values()):
        yield from (pid for pid, is_inside in inside.items() if not is_inside)


def pids_of_units(units: Iterable[str], groups: Path = GROUPS) -> dict[str, tuple[int, ...]]:
    """The processes of services that run, by the service's name."""
    found = {}
    for unit in units:
        with contextlib.suppress(OSError, ValueError):
            found[unit] = tuple(map(int, (groups / unit / "cgroup.procs").read_text().split()))
    return {unit: pids for unit, pids in found.items() if pids}


def memory_of(pids: Mapping[str, Sequence[int]], proc: Path = PROC) -> dict[str, int]:
    """Resident bytes by name, those that share one added up; without those that have gone."""
    sizes = {name: [_resident_bytes(pid, proc) for pid in each] for name, each in pids.items()}
    known = {name: [size for size in each if size is not None] for name, each in sizes.items()}
    return {name: sum(each) for name, each in known.items() if each}


def named(pids: Iterable[int]) -> tuple[str, ...]:
    """For people."""
    return tuple(f"process {pid} ({name_of(pid)})" for pid in sorted(pids))


def name_of(pid: int, proc: Path = PROC) -> str:
    try:
        return (proc / str(pid) / "comm").read_text().strip()
    except OSError:
        return "of a name that can't be read"


def _control_group(pid: int, proc: Path) -> str:
    try:
        return (proc / str(pid) / "cgroup").read_text()
    except OSError:
        return ""


def _resident_bytes(pid: int, proc: Path) -> int | None:
    try:
        lines = (proc / str(pid) / "status").read_text().splitlines()
    except OSError:
        return None
    line = next((line for line in lines if line.startswith("VmRSS:")), None)
    return int(line.split()[1]) * 1024 if line else None
