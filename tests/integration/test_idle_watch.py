# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What green-idle sees on the GPU while clocks are held, and what it makes of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from green_common.feed.messages import Hold, Released
from integration.idle_rig import LOWEST, SimulatedServer, World, wait_for


@pytest.fixture
def sim(tmp_path: Path) -> Iterator[SimulatedServer]:
    with SimulatedServer(tmp_path) as server:
        yield server


def test_a_client_that_bypasses_the_proxy_gets_its_clocks_within_two_seconds(world: World) -> None:
    """Work with nothing in flight on the feed releases the clocks and is told as a bypass."""
    world.rest()
    started_s = time.monotonic()
    world.sim.generate(tokens=400)

    reset_at_s = world.sim.gpu()["history"][-1]["at_monotonic_s"]
    assert world.idle.await_event("clocks.released")["cause"] == "bypass"
    assert world.idle.await_event("clocks.bypass")["level"] == "warning"
    assert reset_at_s - started_s < 2
    wait_for(lambda: world.sim.locked() == LOWEST, "after another quiet it rests again")


def test_a_rival_is_told_and_not_fought(world: World) -> None:
    """Somebody else's lock stays, green-idle forgets its own and asks no more."""
    world.rest()
    # Before it has seen the card obey, it would take it for one that does not.
    world.idle.await_event("clocks.saving")
    world.sim.call_driver("lock_sm 0 1005 1005")

    rival = world.idle.await_event("clocks.rival")
    wait_for(lambda: not world.idle.held.exists(), "the held file is gone")
    asked = len(world.proxy.said(Hold))
    time.sleep(2)
    assert "1005 MHz" in rival["say"]
    assert world.proxy.said(Released)
    assert len(world.proxy.said(Hold)) == asked
    world.idle.stop()
    assert world.sim.locked() == [1005, 1005]


def test_a_driver_that_does_not_obey_is_told(world: World) -> None:
    """Success of the call is not success of the lock: the clock is read back."""
    world.sim.fail("clocks-stuck")
    world.idle.start()

    told = world.idle.await_event("clocks.not_obeyed")
    assert "1980 MHz" in told["say"]
    assert world.idle.await_event("clocks.released")["cause"] == "not_obeyed"
    wait_for(lambda: not world.idle.held.exists(), "the held file is gone")


def test_a_rest_that_saves_nothing_is_given_up(world: World) -> None:
    """Where the power does not fall, clocks stay up from then on, and both figures are told."""
    world.idle.environ["GREEN_IDLE_CALIBRATE"] = "false"
    world.sim.fail("frozen-sensor")
    world.idle.start()

    told = world.idle.await_event("clocks.not_worth_it")
    assert told["power_before_w"] == told["power_held_w"]
    assert world.sim.locked() is None
    wait_for(lambda: "stays so" in world.idle.status(), "the status says so")


def test_without_the_right_to_lock_it_says_so_and_stays(world: World) -> None:
    """One line in the journal, one in the status, and no loop of attempts."""
    world.sim.fail("no-permission")
    world.idle.start()

    wait_for(lambda: "cannot lower clocks" in world.idle.status(), "the status says so")
    time.sleep(2)
    assert len(world.idle.events("clocks.not_lowered")) == 1
    assert len(world.proxy.said(Hold)) == len(world.proxy.said(Released)) == 1
    assert world.idle.process and world.idle.process.poll() is None


def test_a_card_without_locks_is_left_out(world: World) -> None:
    """A card that does not support the call is told once, and clocks stay as they are."""
    world.sim.fail("not-supported:lock_sm")
    world.idle.start()

    assert "lock_sm" in world.idle.await_event("clocks.not_lowered")["say"]
    wait_for(lambda: "cannot lower clocks" in world.idle.status(), "the status says so")
    wait_for(lambda: not world.idle.held.exists(), "no file claims a hold")


def test_clocks_that_stay_low_under_load_are_reset_until_they_rise(world: World) -> None:
    """The reset succeeded and changed nothing: the file stays, and every second brings another try."""
    world.rest()
    world.sim.fail("clocks-stuck")
    world.proxy.accept()
    worker = threading.Thread(target=world.sim.generate, kwargs={"tokens": 300})
    worker.start()
    try:
        stuck = world.idle.await_event("clocks.stuck")
        kept = world.idle.held.exists()
        world.sim.fail()
        wait_for(lambda: world.sim.locked() is None, "the clocks rise")
        wait_for(lambda: not world.idle.held.exists(), "the held file is gone")
    finally:
        worker.join()

    assert stuck["level"] == "error"
    assert kept
    assert len(world.idle.events("clocks.stuck")) == 1


def test_a_reading_that_fails_ends_the_rest(world: World) -> None:
    """Who can't see may not hold; the error is told, and green-idle lives on."""
    world.rest()
    world.sim.fail("not-supported:utilisation")

    released = world.idle.await_event("clocks.released")
    assert released["cause"] == "gpu_error"
    assert world.sim.locked() is None
    wait_for(lambda: "cannot lower clocks" in world.idle.status(), "the status says so")


def test_a_card_that_can_not_be_read_is_left_out_from_the_start(world: World) -> None:
    """Without utilisation a bypass would go unseen, so it is never lowered."""
    world.sim.fail("not-supported:utilisation")
    world.idle.start()

    assert "utilisation" in world.idle.await_event("clocks.not_lowered")["say"]
    wait_for(lambda: "cannot lower clocks" in world.idle.status(), "the status says so")
    assert world.proxy.said(Hold) == []
