# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Who else computes on the GPU."""

from __future__ import annotations

from pathlib import Path

from green_qwen.bench.neighbours import memory_of, newcomers, pids_of_units, strangers
from green_qwen.load.figures import Window
from green_qwen.load.gpu_log import GpuLog, State


def process(proc: Path, pid: int, group: str, resident_kib: int = 1024) -> None:
    (folder := proc / str(pid)).mkdir(parents=True)
    (folder / "cgroup").write_text(f"0::{group}\n")
    (folder / "status").write_text(f"Name:\tx\nVmRSS:\t{resident_kib} kB\n")


def test_who_is_outside_of_the_model_servers_unit_is_a_stranger(tmp_path: Path) -> None:
    """By control group."""
    process(tmp_path, 10, "/system.slice/ollama.service")
    process(tmp_path, 11, "/user.slice/user-1000.slice/session-3.scope")

    assert list(strangers([10, 11], "ollama.service", tmp_path)) == [11]


def test_where_nobody_is_inside_nobody_can_tell(tmp_path: Path) -> None:
    """A model server that somebody started by hand is none."""
    process(tmp_path, 11, "/user.slice/user-1000.slice/session-3.scope")

    assert not list(strangers([11], "ollama.service", tmp_path))


def test_who_comes_in_the_midst_is_a_newcomer() -> None:
    """Within the window, and not known from before."""
    states = [
        State(at_s, 100.0, 50, 0, 0, pids) for at_s, pids in ((5.0, (1, 7)), (15.0, (1, 9)), (25.0, (8,)))
    ]

    assert newcomers([GpuLog("GPU-1", "x", states=states)], Window(10.0, 20.0), frozenset({1})) == {9}


def test_memory_of_a_service_is_that_of_all_its_processes(tmp_path: Path) -> None:
    """One that has gone meanwhile takes none."""
    process(tmp_path / "proc", 10, "/", 1024)
    process(tmp_path / "proc", 12, "/", 2048)
    (tmp_path / "groups" / "ollama.service").mkdir(parents=True)
    (tmp_path / "groups" / "ollama.service" / "cgroup.procs").write_text("10\n12\n13\n")

    pids = pids_of_units(("ollama.service", "absent.service"), tmp_path / "groups")

    assert memory_of(pids, tmp_path / "proc") == {"ollama.service": 3 << 20}
