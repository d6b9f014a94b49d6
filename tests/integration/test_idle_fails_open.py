# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""However green-idle ends, and whatever the feed says, clocks go back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from green_common.feed.messages import Hold, Released
from integration.idle_rig import World, wait_for

NOBODY_UID = 65534


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_gives_the_clocks_back(world: World, number: signal.Signals) -> None:
    """The lock and the file are gone when the process is."""
    world.rest()

    assert world.idle.stop(number) == os.EX_OK
    assert world.sim.locked() is None
    assert not world.idle.held.exists()


def test_the_start_after_a_kill_gives_the_clocks_back(world: World) -> None:
    """SIGKILL leaves the lock; the next start resets it before it needs the feed."""
    world.rest()
    world.idle.stop(signal.SIGKILL)
    world.proxy.close()
    left_behind = world.sim.locked()
    world.idle.start()

    assert left_behind is not None
    assert world.sim.locked() is None
    assert not world.idle.held.exists()
    assert world.idle.events("clocks.recovered")


@pytest.mark.parametrize("key", ["", "no_such_key = 1", "idle_after_s = -1"])
def test_reset_clocks_cleans_up_after_a_kill(world: World, tmp_path: Path, key: str) -> None:
    """As ExecStopPost= runs it, with a right configuration and with wrong ones."""
    config = tmp_path / "green-qwen.toml"
    config.write_text(f"[idle]\n{key}\n")
    world.rest()
    world.idle.stop(signal.SIGKILL)

    done = world.idle.run("--reset-clocks", "--config", str(config))

    assert done.returncode == os.EX_OK
    assert "gave back the clocks of 1 GPU" in done.stderr
    assert world.sim.locked() is None
    assert not world.idle.held.exists()


def test_reset_clocks_without_a_held_file_asks_no_driver(world: World) -> None:
    """Nothing to do is a success, even with no driver at all."""
    done = world.idle.run("--reset-clocks", GREEN_GPU_SIMULATED_SOCKET="/nonexistent")

    assert (done.returncode, done.stdout, done.stderr) == (os.EX_OK, "", "")


def test_an_administrators_lock_outlives_start_stop_and_reset(world: World) -> None:
    """Without a held file nothing is ours to give back."""
    world.sim.call_driver("lock_sm 0 1005 1005")
    world.proxy.accept()
    world.idle.start()
    world.idle.stop()
    world.idle.run("--reset-clocks")

    assert world.sim.locked() == [1005, 1005]


def _end_the_feed(world: World) -> None:
    world.proxy.close()


def _fall_silent(world: World) -> None:
    world.proxy.beats = False


def _send_garbage(world: World) -> None:
    world.proxy.say_raw(b"\xff{")


def _send_another_version(world: World) -> None:
    world.proxy.say_raw(json.dumps({"v": 2, "n": 99, "t_s": 1.0, "type": "beat"}).encode())


def _send_too_much(world: World) -> None:
    world.proxy.say_raw(b" " * 5000)


def _leave_a_gap(world: World) -> None:
    beat = {"v": 1, "n": 10_000, "t_s": 1.0, "type": "beat", "accepted": 0, "in_flight": 0}
    world.proxy.say_raw(json.dumps(beat).encode())


@pytest.mark.parametrize(
    ("trouble", "cause"),
    [
        (_end_the_feed, "feed_lost"),
        (_fall_silent, "beat_late"),
        (_send_garbage, "feed_lost"),
        (_send_another_version, "feed_lost"),
        (_send_too_much, "feed_lost"),
        (_leave_a_gap, "feed_lost"),
    ],
)
def test_a_feed_in_trouble_ends_the_rest(world: World, trouble: Callable[[World], None], cause: str) -> None:
    """Clocks are back, the reason is in the journal, and green-idle lives on."""
    world.rest()
    trouble(world)

    released = world.idle.await_event("clocks.released")
    assert released["cause"] == cause
    assert world.sim.locked() is None
    wait_for(lambda: "waiting for green-proxy's feed" in world.idle.status(), "the status says so")


def test_the_rest_comes_back_with_the_feed(world: World) -> None:
    """A restarted green-proxy is found again."""
    world.rest()
    world.proxy.close()
    world.idle.await_event("clocks.released")
    world.proxy.open()

    wait_for(world.sim.locked, "the GPU rests again")


def test_a_feed_of_another_user_is_not_believed(world: World, tmp_path: Path) -> None:
    """A socket in green-proxy's directory that another uid serves is refused, and the journal says so."""
    if os.geteuid() != 0:
        pytest.skip("needs root to become another user")
    directory = tmp_path / "own"
    directory.mkdir()
    code = (
        "import os, socket, sys, time; s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET);"
        "s.bind(sys.argv[1]); os.chmod(sys.argv[1], 0o666);"
        f"os.setuid({NOBODY_UID}); s.listen(); time.sleep(60)"
    )
    stranger = subprocess.Popen([sys.executable, "-c", code, str(directory / "activity.sock")])
    world.idle.environ["GREEN_FEED_SOCKET"] = str(directory / "activity.sock")
    try:
        wait_for((directory / "activity.sock").exists, "the stranger listens")
        world.idle.start()

        lost = world.idle.await_event("feed.lost")
        assert lost["level"] == "warning"
        assert "belongs to uid 0" in lost["say"]
        assert "waiting for green-proxy's feed" in world.idle.status()
    finally:
        stranger.kill()
        stranger.wait()


def test_a_gpu_that_is_lost_is_reset_when_it_is_back(world: World) -> None:
    """The process lives on, the file names the GPU while nothing can be reset, and then it rests again."""
    world.rest()
    world.sim.fail("gpu-lost")
    world.idle.await_event("clocks.gpu_lost")
    wait_for(lambda: world.proxy.said(Released), "the proxy is told")
    kept = world.idle.held.exists()
    world.sim.fail()

    world.idle.await_event("clocks.gpu_found")
    wait_for(lambda: world.sim.gpu()["history"][-1]["action"] == "reset_sm", "the clocks are given back")
    assert kept
    wait_for(lambda: world.sim.locked() is not None, "it rests again")
    assert world.idle.process and world.idle.process.poll() is None


def test_no_driver_is_a_clear_exit(world: World) -> None:
    """69, and the line names where the driver was looked for."""
    done = world.idle.run(GREEN_GPU_SIMULATED_SOCKET="/nonexistent/gpu.sock")

    assert done.returncode == os.EX_UNAVAILABLE
    assert "/nonexistent/gpu.sock" in done.stderr


def test_a_resting_clock_that_the_card_lacks_is_refused(world: World) -> None:
    """78, and the line names the nearest one."""
    done = world.idle.run(GREEN_IDLE_REST_SM_CLOCK_MHZ="500")

    assert done.returncode == os.EX_CONFIG
    assert "the nearest it has is 495" in done.stderr


def test_a_held_file_that_cannot_be_written_locks_nothing(world: World, tmp_path: Path) -> None:
    """Without the file a crash would leave the clocks low, so they are not lowered."""
    changes = world.sim.gpu()["history"]
    world.idle.environ["GREEN_IDLE_HELD_FILE"] = str(tmp_path / "missing" / "held")
    world.idle.start()

    wait_for(lambda: "can't be written" in world.idle.status(), "the status says so")
    assert world.proxy.said(Hold)
    assert world.sim.gpu()["history"] == changes
