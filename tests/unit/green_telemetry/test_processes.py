# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whose work the GPU does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from green_common.cgroup import UnitCgroup
from green_common.gpu import GpuPermissionError, GpuUnsupportedError, Instance, ProcessWork
from green_telemetry.processes import OthersShare, share_of_others

UNIT = "ollama.service"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The second version of cgroups, with the unit's server and its runner in a group below."""
    (tmp_path / "cgroup.controllers").write_text("cpu memory\n")
    fill(tmp_path / "system.slice" / UNIT, 100)
    fill(tmp_path / "system.slice" / UNIT / "runner", 101, 102)
    return tmp_path


def fill(folder: Path, *pids: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cgroup.procs").write_text("".join(f"{pid}\n" for pid in pids))


def others(root: Path, *, simulated: bool = False) -> OthersShare:
    return OthersShare(UnitCgroup(UNIT, root), simulated=simulated, wall_clock=lambda: 1000.0)


def work(pid: int, sm_percent: int, at_us: int = 999_900_000) -> ProcessWork:
    return ProcessWork(pid, sm_percent, at_us)


@pytest.mark.parametrize("pids", [(), (101,)])
def test_without_others_on_the_card_their_share_is_nothing(
    gpu: Any, root: Path, pids: tuple[int, ...]
) -> None:
    """Also where the driver can't divide the work."""
    gpu.pids = pids
    gpu.errors = {"work": GpuUnsupportedError("no")}

    assert others(root).read(gpu, 0.0) == 0.0


def test_the_share_of_others_is_theirs_of_all_work(gpu: Any, root: Path) -> None:
    """A quarter."""
    gpu.pids, gpu.work = (101, 900), (work(101, 60), work(900, 20))

    assert others(root).read(gpu, 0.0) == pytest.approx(0.25)


def test_a_card_that_can_not_divide_the_work_says_nothing(gpu: Any, root: Path) -> None:
    """Never a guess."""
    gpu.pids = (101, 900)
    gpu.errors = {"work": GpuUnsupportedError("no")}

    assert others(root).read(gpu, 0.0) is None


def test_a_unit_that_is_not_known_makes_the_share_unknown(gpu: Any, tmp_path: Path) -> None:
    """Whose processes they are can't be told."""
    gpu.pids, gpu.work = (101,), (work(101, 60),)

    assert others(tmp_path).read(gpu, 0.0) is None


def test_a_simulated_gpu_may_have_processes_of_no_unit(gpu: Any, root: Path) -> None:
    """Beside a real model server the simulation's own process is no stranger's."""
    gpu.pids, gpu.work = (4711,), (work(4711, 60),)

    assert others(root, simulated=True).read(gpu, 0.0) is None
    assert others(root).read(gpu, 0.0) == 1.0


def test_processes_are_looked_at_every_other_second(gpu: Any, root: Path) -> None:
    """They come and go slowly."""
    gpu.pids, gpu.work = (101,), (work(101, 60), work(900, 60))
    share = others(root)
    share.read(gpu, 0.0)
    gpu.pids = (101, 900)

    assert [share.read(gpu, 1.0), share.read(gpu, 2.0)] == [0.0, 0.5]


def test_a_split_card_tells_the_processes_of_each_instance(
    gpu: Any, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the whole card may be the administrator's to see."""
    instances = (Instance("MIG-1", "half", None, (101,)), Instance("MIG-2", "half", None, ()))

    def refuse() -> None:
        raise GpuPermissionError("no")

    monkeypatch.setattr(gpu, "read_compute_pids", refuse)
    monkeypatch.setattr(gpu, "read_instances", lambda: instances)

    assert others(root).read(gpu, 0.0) == 0.0


def test_only_what_a_process_did_last_counts() -> None:
    """The driver may hand out several samples of one."""
    samples = [work(900, 80, at_us=1), work(900, 20, at_us=2), work(100, 60, at_us=2)]

    assert share_of_others(samples, frozenset({100})) == pytest.approx(0.25)


@pytest.mark.parametrize("samples", [[], [work(900, 0)], [work(900, 4_000_000_000)]])
def test_where_nothing_ran_others_did_nothing(samples: list[ProcessWork]) -> None:
    """And nonsense is no work."""
    assert share_of_others(samples, frozenset()) == 0.0
