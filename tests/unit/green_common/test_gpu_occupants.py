# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Who computes on a GPU."""

from __future__ import annotations

from pathlib import Path

import pytest

from green_common.cgroup import UnitCgroup
from green_common.gpu import Gpu, GpuLostError
from green_common.gpu.occupants import Occupants, read_occupants
from unit.green_idle.cards import Card

UNIT = "ollama.service"


@pytest.fixture
def server(tmp_path: Path) -> UnitCgroup:
    """A unit with two processes."""
    folder = tmp_path / "system.slice" / UNIT
    folder.mkdir(parents=True)
    (folder / "cgroup.procs").write_text("100\n101\n")
    return UnitCgroup(UNIT, tmp_path)


def look(card: Gpu, server: UnitCgroup, *, simulated: bool = False) -> Occupants | None:
    return read_occupants(card, server, 0.0, simulated=simulated)


def test_the_servers_processes_and_others_are_told_apart(server: UnitCgroup) -> None:
    """By the unit's cgroup."""
    found = look(Card(pids=(101, 900)), server)

    assert found is not None
    assert (found.served, found.others) == (True, frozenset({900}))


def test_an_empty_gpu_has_neither(tmp_path: Path) -> None:
    """Whether the unit is known or not."""
    assert look(Card(), UnitCgroup(UNIT, tmp_path)) == Occupants(frozenset(), frozenset())


def test_without_the_unit_nothing_is_told(tmp_path: Path) -> None:
    """Whose process it is can't be known."""
    assert look(Card(pids=(900,)), UnitCgroup(UNIT, tmp_path)) is None


def test_a_simulated_process_outside_the_unit_is_nobodys(server: UnitCgroup) -> None:
    """Beside a real model server the simulation's own process is no stranger's."""
    assert look(Card(pids=(900,)), server, simulated=True) is None


def test_a_lost_gpu_raises(server: UnitCgroup) -> None:
    """Its caller has to know."""
    with pytest.raises(GpuLostError):
        look(Card(failing={"read_compute_pids": GpuLostError("gone")}), server)
