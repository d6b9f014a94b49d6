# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A calibration of a few seconds: what is measured, kept, shown, and how a request ends it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.idle_rig import LOWEST, ROOTS, SimulatedServer, World, idle_world, wait_for

LONG_S = 60.0


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """One GPU; nothing is known of the unit's processes."""
    with SimulatedServer(tmp_path) as sim, idle_world(tmp_path, sim) as made:
        made.idle.module = "integration.quick_idle"
        made.idle.environ["TEST_CGROUPS"] = str(tmp_path / "no-cgroups")
        yield made


def test_a_quiet_measures_what_saves_and_keeps_it(world: World, tmp_path: Path) -> None:
    """Own clocks, SM lock and SM and memory lock in turn; the next start knows it."""
    world.rest()
    verdict = wait_for(lambda: world.idle.events("calibration.verdict"), "a verdict", LONG_S)[-1]
    wait_for(lambda: world.idle.shown()["state"] == "resting", "it rests as found")

    assert verdict["arm"] == "sm"
    assert 45 < verdict["saving_w"] < 58
    assert verdict["simulated"] is True
    assert world.sim.gpu()["locked_sm_clocks_mhz"] == LOWEST
    assert world.sim.gpu()["locked_memory_clocks_mhz"] is None
    actions = {change["action"] for change in world.sim.gpu()["history"]}
    assert actions == {"lock_sm", "reset_sm", "lock_memory", "reset_memory"}
    assert world.idle.shown()["verdict"]["arm"] == "sm"
    kept = json.loads((tmp_path / "verdicts.json").read_text())
    assert len(kept["verdicts"]) == 1
    world.idle.stop()
    world.rest()
    assert world.idle.shown()["verdict"]["saved_w"] == pytest.approx(verdict["saving_w"], abs=0.01)


def test_a_request_ends_a_calibration_at_once_and_the_next_quiet_goes_on(world: World) -> None:
    """What was measured before counts; the process that samples is gone."""
    world.rest()
    wait_for(lambda: (world.idle.shown()["progress"] or 0) > 0.2, "some of it is done", LONG_S)
    reached = world.idle.shown()["progress"]
    world.proxy.accept()
    wait_for(lambda: world.idle.shown()["state"] == "awake", "awake")
    assert world.sim.locked() is None
    assert world.sim.gpu()["locked_memory_clocks_mhz"] is None
    assert children(world) == []
    world.proxy.finish()

    wait_for(lambda: world.idle.shown()["state"] == "calibrating", "it goes on")
    assert world.idle.shown()["progress"] >= reached


def test_a_card_without_memory_locks_is_measured_without(world: World) -> None:
    """That arm is left out once the driver has refused it."""
    world.sim.fail("not-supported:lock_memory")
    world.rest()

    verdict = wait_for(lambda: world.idle.events("calibration.verdict"), "a verdict", LONG_S)[-1]
    assert verdict["arm"] == "sm"
    assert world.idle.events("clocks.not_lowered") == []


def test_who_asks_for_it_gets_a_new_calibration(world: World, tmp_path: Path) -> None:
    """A file in the state folder; it begins with the next rest."""
    world.proxy.accept()
    world.idle.start()
    (tmp_path / "calibrate").touch()
    wait_for(lambda: not (tmp_path / "calibrate").exists(), "the request is taken")
    world.proxy.finish()

    wait_for(lambda: world.idle.shown()["state"] == "calibrating", "it is measured before it rests")
    assert world.idle.events("clocks.lowered") == []


def test_the_command_follows_it_to_the_verdict(world: World) -> None:
    """`green-qwen tune --idle`: what was found, as JSON, and the way there on stderr."""
    world.idle.start()
    ask = "import argparse, sys; from green_qwen.tune.idle import calibrate;"
    ask += "sys.exit(calibrate(argparse.Namespace(json=True)))"

    done = subprocess.run(
        [sys.executable, "-c", ask],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(ROOTS), **world.idle.environ},
        capture_output=True,
        text=True,
        timeout=LONG_S,
        check=False,
    )

    assert done.returncode == os.EX_OK, done.stderr
    found = json.loads(done.stdout)
    assert found["simulated"] is True
    assert (found["gpus"][0]["measured"], found["gpus"][0]["arm"]) == (True, "sm")
    assert "GPU 0: measuring, " in done.stderr


def children(world: World) -> list[str]:
    assert world.idle.process
    pid = world.idle.process.pid
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
