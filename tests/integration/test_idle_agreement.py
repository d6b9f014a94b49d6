# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A real green-idle rests the simulated GPU by agreement with the feed, and wakes it in time."""

from __future__ import annotations

import signal
from pathlib import Path

from green_common.feed.messages import Granted, Hold, Released
from integration.idle_rig import LOWEST, SimulatedServer, World, idle_world, wait_for


def test_quiet_lowers_the_clocks_and_a_request_gives_them_back(world: World) -> None:
    """After the quiet the lock is on the GPU and in the file; `accepted` ends both, clocks first."""
    world.rest()
    named = world.idle.held.read_text()
    accepted_at_s = world.proxy.accept()

    wait_for(lambda: world.proxy.said(Released), "green-idle says released")
    gpu = world.sim.gpu()
    assert gpu["uuid"] in named
    assert gpu["locked_sm_clocks_mhz"] is None
    assert world.proxy.said(Released)[-1].epoch == world.proxy.said(Hold)[-1].epoch
    assert accepted_at_s < gpu["history"][-1]["at_monotonic_s"] < world.proxy.when(Released)
    wait_for(lambda: not world.idle.held.exists(), "the held file is gone")


def test_the_wake_is_told_with_its_time(world: World) -> None:
    """The journal says why clocks went back and how long that took."""
    world.rest()
    world.proxy.accept()

    released = world.idle.await_event("clocks.released")
    assert released["cause"] == "request"
    assert 0 < released["wake_ms"] < 1000
    assert "1 in flight" in wait_for(lambda: "in flight" in world.idle.status() and world.idle.status(), "it")


def test_what_a_rest_saves_is_measured_and_told(world: World) -> None:
    """Once the power has settled, journal and status say what was saved, and that it is simulated."""
    world.rest()

    saving = world.idle.await_event("clocks.saving")
    assert 30 < saving["saving_w"] < 70
    assert saving["simulated"] is True
    wait_for(lambda: "resting: 1 GPU at 345 MHz, saves" in world.idle.status(), "the status says so")
    assert "(simulated)" in world.idle.status()
    assert world.idle.await_event("clocks.lowered")["power_before_w"] > 100


def test_a_request_in_flight_keeps_the_clocks_up(world: World) -> None:
    """Nothing is asked before it has finished and the quiet has passed."""
    world.proxy.accept()
    world.idle.start()
    wait_for(lambda: "1 in flight" in world.idle.status(), "the status says what is in flight")
    asked_before = world.proxy.said(Hold)
    world.proxy.finish()

    wait_for(lambda: world.sim.locked() == LOWEST, "clocks are lowered after the end")
    assert asked_before == []


def test_a_refusal_is_accepted_until_another_quiet(world: World) -> None:
    """Clocks stay up, and the next try has a greater epoch."""
    world.proxy.grants = False
    world.idle.start()
    wait_for(lambda: len(world.proxy.said(Hold)) > 1, "it asks again")
    locked = world.sim.locked()
    epochs = [hold.epoch for hold in world.proxy.said(Hold)]
    world.proxy.grants = True

    wait_for(lambda: world.sim.locked() == LOWEST, "clocks are lowered once granted")
    assert locked is None
    assert epochs == sorted(set(epochs))


def test_a_grant_that_nobody_asked_for_is_declined(world: World) -> None:
    """The proxy must not believe in a hold that is not there."""
    changes = world.sim.gpu()["history"]
    world.proxy.accept()
    world.idle.start()
    wait_for(world.proxy.has_reader, "green-idle reads the feed")
    world.proxy.say(Granted(7))

    wait_for(lambda: Released(7) in world.proxy.said(Released), "it declines")
    assert world.sim.gpu()["history"] == changes


def test_a_card_that_rests_by_itself_is_left_alone(world: World) -> None:
    """Without a context the clock is low already: nothing is asked, nothing is locked."""
    world.sim.hold_context(0)
    world.idle.start()

    wait_for(lambda: "rests by itself" in world.idle.status(), "the status says so")
    assert world.proxy.said(Hold) == []


def test_only_the_gpu_that_runs_high_is_lowered(tmp_path: Path) -> None:
    """Of two cards the one without a context is not touched."""
    with SimulatedServer(tmp_path, "--gpus", "2") as sim, idle_world(tmp_path, sim) as world:
        world.rest()

        assert world.sim.gpu(1)["history"] == []


def test_a_reload_changes_the_quiet(world: World, tmp_path: Path) -> None:
    """SIGHUP takes over idle_after_s without a restart."""
    config = tmp_path / "green-qwen.toml"
    config.write_text("[idle]\nidle_after_s = 3600\n")
    del world.idle.environ["GREEN_IDLE_IDLE_AFTER_S"]
    world.idle.start("--config", str(config))
    wait_for(lambda: "3600 s of quiet" in world.idle.status(), "the long quiet is in force")
    config.write_text("[idle]\nidle_after_s = 1\n")
    assert world.idle.process
    world.idle.process.send_signal(signal.SIGHUP)

    wait_for(lambda: world.sim.locked() == LOWEST, "the short quiet lowers the clocks")


def test_a_reload_to_a_clock_that_the_card_lacks_keeps_the_old_one(world: World, tmp_path: Path) -> None:
    """The mistake is told, and the rest goes on as before."""
    config = tmp_path / "green-qwen.toml"
    config.write_text("")
    world.idle.start("--config", str(config))
    config.write_text("[idle]\nrest_sm_clock_mhz = 1\n")
    assert world.idle.process
    world.idle.process.send_signal(signal.SIGHUP)

    failed = world.idle.await_event("config.reload_failed")
    assert "the nearest it has is 345" in failed["say"]
    wait_for(lambda: "OLD" in world.idle.status(), "the status says so")
    wait_for(lambda: world.sim.locked() == LOWEST, "clocks are lowered as before")


def test_a_failed_reload_lets_no_card_rest_that_could_not(world: World, tmp_path: Path) -> None:
    """There are no clocks for it to rest at; the next reload that is right finds them."""
    config = tmp_path / "green-qwen.toml"
    config.write_text("")
    world.sim.fail("not-supported:sm_clocks")
    world.idle.start("--config", str(config))
    wait_for(lambda: "cannot lower clocks" in world.idle.status(), "it is said")
    world.sim.fail()
    config.write_text("[idle]\nrest_sm_clock_mhz = 1\n")
    assert world.idle.process
    world.idle.process.send_signal(signal.SIGHUP)
    world.idle.await_event("config.reload_failed")
    wait_for(lambda: "OLD" in world.idle.status(), "the status says so")
    kept = world.idle.status()
    config.write_text("")
    world.idle.process.send_signal(signal.SIGHUP)

    wait_for(lambda: world.sim.locked() == LOWEST, "it rests")
    assert "cannot lower clocks" in kept


def test_a_configured_clock_is_in_force_after_a_rest(world: World) -> None:
    """An administrator's own lock, after a release and after a kill with nothing but the held file."""
    world.idle.environ["GREEN_IDLE_RESTORE_SM_CLOCK_MHZ"] = "1410"
    world.rest()
    world.proxy.accept()
    wait_for(lambda: world.proxy.said(Released), "green-idle says released")
    after_release = world.sim.locked()
    world.proxy.finish()
    wait_for(lambda: world.sim.locked() == LOWEST, "it rests again")
    world.idle.stop(signal.SIGKILL)
    world.idle.run("--reset-clocks", GREEN_IDLE_RESTORE_SM_CLOCK_MHZ="0")

    assert after_release == [1410, 1410]
    assert world.sim.locked() == [1410, 1410]
