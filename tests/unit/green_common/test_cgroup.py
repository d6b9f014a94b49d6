# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The processes of a systemd unit."""

from __future__ import annotations

from pathlib import Path

import pytest

from green_common.cgroup import SEARCH_EVERY_S, UnitCgroup

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


def test_a_unit_has_the_processes_of_its_cgroup_and_below(root: Path) -> None:
    """The runner is a child of the server."""
    assert UnitCgroup(UNIT, root).pids(0.0) == frozenset({100, 101, 102})


def test_a_unit_in_a_slice_of_its_own_is_found(root: Path) -> None:
    """Wherever it is."""
    fill(root / "models.slice" / "models-gpu.slice" / "mine.service", 7)

    assert UnitCgroup("mine.service", root).pids(0.0) == frozenset({7})


def test_a_unit_that_is_not_there_is_looked_for_now_and_then(root: Path) -> None:
    """The tree is large."""
    unit = UnitCgroup("late.service", root)
    assert unit.pids(0.0) is None
    fill(root / "late.slice" / "late.service", 7)

    assert unit.pids(1.0) is None
    assert unit.pids(SEARCH_EVERY_S) == frozenset({7})


def test_a_unit_that_was_restarted_is_found_anew(root: Path) -> None:
    """Its folder is another one, in its usual place."""
    unit = UnitCgroup(UNIT, root)
    unit.pids(0.0)
    (root / "system.slice" / UNIT).rename(root / "old")
    fill(root / "system.slice" / UNIT, 500)

    assert unit.pids(1.0) == frozenset({500})


def test_the_first_version_of_cgroups_is_not_known(tmp_path: Path) -> None:
    """There the folder of a unit is in each of a dozen trees."""
    fill(tmp_path / "systemd" / "elsewhere.slice" / UNIT, 100)

    assert UnitCgroup(UNIT, tmp_path).pids(0.0) is None


def test_processes_that_can_not_be_listed_are_passed_over(root: Path) -> None:
    """A group of threads has no list of processes."""
    (root / "system.slice" / UNIT / "runner" / "cgroup.procs").write_bytes(b"\xff")

    assert UnitCgroup(UNIT, root).pids(0.0) == frozenset({100})
