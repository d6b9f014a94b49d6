# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What processes and the machine have used, as /proc tells it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
KIB_PER_MIB = 1024


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident set, and the same with shared pages divided among those who share them."""

    rss_mib: float
    pss_mib: float


@dataclass(frozen=True, slots=True)
class Machine:
    """CPU time since boot, of all cores: used, and stolen by the host."""

    busy_s: float
    stolen_s: float


def tree(pid: int) -> list[int]:
    """The process and all its descendants."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (parent := _parent(entry)) is not None:
            children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for member in found:
        found.extend(children.get(member, ()))
    return found


def cpu_s(pid: int) -> float:
    """Seconds of CPU used by the tree; the scheduler's own count, in nanoseconds (proc_schedstat)."""
    return sum(int(text.split()[0]) for text in _tasks(pid, "schedstat")) / 1e9


def wake_ups(pid: int) -> int:
    """How often the tree's threads went to sleep of their own accord: once for each time they were woken."""
    return sum(_number(text, "voluntary_ctxt_switches") for text in _tasks(pid, "status"))


def memory(pid: int) -> Memory:
    rss_kib = pss_kib = 0
    for member in tree(pid):
        rss_kib += _number(_read(PROC / str(member) / "status"), "VmRSS")
        pss_kib += _number(_read(PROC / str(member) / "smaps_rollup"), "Pss")
    return Memory(rss_kib / KIB_PER_MIB, pss_kib / KIB_PER_MIB)


def machine() -> Machine:
    return parse_machine((PROC / "stat").read_text(), os.sysconf("SC_CLK_TCK"))


def parse_machine(stat: str, ticks_per_s: int) -> Machine:
    """Of /proc/stat's first line: all but idle, iowait and steal is use; guests are within user."""
    user, nice, system, _, _, irq, softirq, steal = (int(word) for word in stat.split("\n")[0].split()[1:9])
    return Machine((user + nice + system + irq + softirq) / ticks_per_s, steal / ticks_per_s)


def _parent(process: Path) -> int | None:
    stat = _read(process / "stat")
    # The name before it, in brackets, may hold anything.
    return int(stat.rpartition(")")[2].split()[1]) if stat else None


def _tasks(pid: int, name: str) -> Iterator[str]:
    for member in tree(pid):
        try:
            tasks = list((PROC / str(member) / "task").iterdir())
        except OSError:
            continue
        yield from (text for task in tasks if (text := _read(task / name)))


def _read(path: Path) -> str:
    """Empty where the process is gone."""
    try:
        return path.read_text()
    except OSError:
        return ""


def _number(text: str, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+)", text, re.MULTILINE)
    return int(found[1]) if found else 0
