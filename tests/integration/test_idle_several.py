# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Several GPUs under one lease: the trouble of one is not that of the others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from green_common.feed.messages import Hold, Released
from integration.idle_rig import LOWEST, SimulatedServer, World, idle_world, wait_for

MODEL_PIDS, FOREIGN_PID = (4242, 4243), 900


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two GPUs with a process of ollama.service on each, by the cgroups of a folder."""
    unit = tmp_path / "cgroups" / "system.slice" / "ollama.service"
    unit.mkdir(parents=True)
    (unit / "cgroup.procs").write_text("".join(f"{pid}\n" for pid in MODEL_PIDS))
    with SimulatedServer(tmp_path, "--gpus", "2") as sim, idle_world(tmp_path, sim) as made:
        sim.hold_context(20 << 30, pid=MODEL_PIDS[1], index=1)
        made.idle.module = "integration.quick_idle"
        made.idle.environ |= {"TEST_CGROUPS": str(tmp_path / "cgroups"), "GREEN_IDLE_CALIBRATE": "false"}
        yield made


def both_rest(world: World) -> None:
    world.idle.start()
    wait_for(lambda: [world.sim.locked(0), world.sim.locked(1)] == [LOWEST, LOWEST], "both rest")


def test_a_foreign_process_wakes_its_gpu_alone(world: World) -> None:
    """The lease and the other GPU's rest go on; once it has gone, both rest again."""
    both_rest(world)
    world.sim.hold_context(1 << 30, pid=FOREIGN_PID, index=1)

    foreign = world.idle.await_event("clocks.foreign")
    wait_for(lambda: world.sim.locked(1) is None, "its clocks are back")
    assert f"process {FOREIGN_PID}" in foreign["say"]
    assert world.sim.locked(0) == LOWEST
    assert world.proxy.said(Released) == []
    wait_for(lambda: world.idle.shown(1)["cause"] == "foreign", "it is shown")
    assert world.idle.shown(0)["state"] == "resting"
    world.sim.hold_context(0, pid=FOREIGN_PID, index=1)
    wait_for(lambda: world.sim.locked(1) == LOWEST, "it rests again")
    assert len(world.proxy.said(Hold)) == 1


def test_a_rival_on_one_gpu_keeps_it_and_no_other(world: World) -> None:
    """A later release leaves the rival's clocks alone too."""
    both_rest(world)
    # Before it has seen the card obey, it would take it for one that does not.
    wait_for(lambda: len(world.idle.events("clocks.saving")) == 2, "both are seen to save")
    world.sim.call_driver("lock_sm 1 1005 1005")
    world.idle.await_event("clocks.rival")
    world.proxy.accept()

    wait_for(lambda: world.proxy.said(Released), "the lease is given back")
    assert [world.sim.locked(0), world.sim.locked(1)] == [None, [1005, 1005]]


def test_a_lost_gpu_is_left_out_and_found_again(world: World) -> None:
    """Its clocks are given back when it is there, and it rests again under the same lease."""
    both_rest(world)
    world.sim.fail("gpu-lost:1")
    world.idle.await_event("clocks.gpu_lost")
    kept = world.idle.held.read_text()
    wait_for(lambda: world.idle.shown(1)["state"] == "lost", "it is shown")
    world.sim.fail()

    world.idle.await_event("clocks.gpu_found")
    assert world.sim.gpu(1)["uuid"] in kept
    assert world.sim.locked(0) == LOWEST
    wait_for(lambda: world.sim.locked(1) == LOWEST, "it rests again")
    actions = [change["action"] for change in world.sim.gpu(1)["history"]]
    assert actions == ["lock_sm", "reset_sm", "lock_sm"]


def test_a_slow_driver_holds_up_neither_the_feed_nor_the_truth(world: World) -> None:
    """`released` comes once the clocks are back, the delay is told, and messages are heard meanwhile."""
    both_rest(world)
    world.sim.fail("clocks-slow")
    accepted_s = world.proxy.accept()

    world.idle.await_event("clocks.slow")
    early = list(world.proxy.said(Released))
    wait_for(lambda: "1 in flight" in world.idle.status(), "the feed is heard")
    wait_for(lambda: world.proxy.said(Released), "the clocks are back")
    assert early == []
    assert world.sim.locked(0) is None and world.sim.locked(1) is None
    assert world.proxy.when(Released) - accepted_s >= 0.5
    assert world.idle.await_event("clocks.released")["wake_ms"] >= 500
