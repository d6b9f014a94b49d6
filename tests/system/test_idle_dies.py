# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Every way in which a rest can end badly, on a booted Debian: the GPU itself is asked whether it is free."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from system.conftest import booted
from system.machine import wait_for
from system.server import SERVICES, Server
from system.tree import SUITES

HELD = "/run/green-idle/held"
FEED = "/run/green-proxy/activity.sock"
NOBODY_UID = 65534
LOWEST_MHZ, ADMINS_MHZ = 345, 1005
# One second of quiet, a watchdog that bites soon and a quick restart; the rest of the unit is as installed.
SOON = b"[idle]\nidle_after_s = 1\n"
SOON_UNIT = b"[Service]\nWatchdogSec=3\nRestartSec=1\n[Unit]\nStartLimitIntervalSec=0\n"
SLEEPS = b"[Service]\nExecStart=\nExecStart=/bin/sh -c 'until [ -e /run/awake ]; do sleep 0.1; done'\n"
LYING_PROXY = Path(__file__).with_name("lying_proxy.py")
LIES = b"""
[Service]
Type=exec
WatchdogSec=0
Environment=PYTHONPATH=/usr/lib/green-qwen
ExecStart=
ExecStart=/usr/bin/python3 /opt/lying_proxy.py /run/green-proxy/activity.sock
"""
CALL_DRIVER = """
import socket, sys
driver = socket.socket(socket.AF_UNIX)
driver.connect("/run/green-sim/gpu.sock")
driver.sendall(sys.argv[1].encode() + b"\\n")
print(driver.recv(4096).decode())
"""
ASK_FEED = """
import socket, sys
feed = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
feed.settimeout(5)
feed.connect("/run/green-proxy/activity.sock")
feed.send(b'{"v":1,"n":1,"t_s":1.0,"type":"hold?","epoch":7}')
while b'"epoch":7' not in (said := feed.recv(4096)):
    pass
print(said.decode())
"""
IMPOSTOR = """
import os, socket, time
feed = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
feed.bind("/run/green-proxy/activity.sock")
os.chmod("/run/green-proxy/activity.sock", 0o666)
os.setuid(65534)
feed.listen()
time.sleep(600)
"""


@pytest.fixture(scope="module")
def prepared(installed: Server, nvml: Path) -> Server:
    """The package on a simulated GPU with a model in its memory, and green-idle in a hurry."""
    installed.start_simulation(nvml)
    installed.machine.write("/run/systemd/system/green-idle.service.d/soon.conf", SOON_UNIT)
    installed.machine.write("/run/systemd/system/systemd-suspend.service.d/sleeps.conf", SLEEPS)
    installed.machine.write("/opt/lying_proxy.py", LYING_PROXY.read_bytes())
    installed.machine.run("systemctl", "daemon-reload")
    return installed


@pytest.fixture
def resting(prepared: Server, package: Path) -> Iterator[Server]:
    """All of it running, and the GPU at rest; afterwards nothing of a test is left."""
    if prepared.machine.exit_code("test", "-e", "/usr/libexec/green-qwen/green-idle") != 0:
        prepared.install(package)
    prepared.machine.write("/etc/green-qwen/green-qwen.d/soon.toml", SOON)
    prepared.enable()
    prepared.chat("The last one for a while.")
    prepared.wait_for_lowered_clocks()
    yield prepared
    # Where the package is gone there is nothing to stop.
    prepared.machine.exit_code("systemctl", "stop", *SERVICES)
    prepared.machine.exit_code("systemctl", "reset-failed", *SERVICES)
    prepared.machine.run("rm", "-rf", "/run/awake", "/etc/green-qwen/green-qwen.d", HELD)
    prepared.fail()
    call_driver(prepared, "reset_sm 0")


def call_driver(server: Server, line: str) -> None:
    """What nvidia-smi would do, say."""
    server.machine.run("/usr/bin/python3", "-c", CALL_DRIVER, line)


def kill(server: Server, service: str, signal: str) -> None:
    """To the main process."""
    server.machine.run("sh", "-c", f"kill -{signal} {server.property(service, 'MainPID')}")


def is_held(server: Server) -> bool:
    return server.machine.exit_code("test", "-e", HELD) == 0


def wait_until_active(server: Server, service: str = "green-idle") -> None:
    wait_for(f"{service} runs", lambda: server.is_active(service), 20.0)


@pytest.mark.parametrize("signal", ["TERM", "INT", "KILL", "SEGV", "ABRT"])
def test_no_signal_leaves_a_lock(resting: Server, signal: str) -> None:
    """A stop that was asked for stays one; whatever crashed is started again."""
    kill(resting, "green-idle", signal)

    resting.wait_for_free_clocks()
    wait_for("the file is gone", lambda: not is_held(resting), 5.0)
    if signal not in ("TERM", "INT"):
        wait_until_active(resting)


def test_a_process_that_hangs_is_ended_by_the_watchdog(resting: Server) -> None:
    """Stopped by a signal it can't give anything back; systemd kills it and does."""
    kill(resting, "green-idle", "STOP")
    hung = resting.gpu()

    freed = wait_for("clocks given back", lambda: resting.gpu()["locked_sm_clocks_mhz"] is None, 20.0)

    assert hung["locked_sm_clocks_mhz"] == [LOWEST_MHZ, LOWEST_MHZ]
    assert freed
    wait_until_active(resting)
    assert "watchdog" in resting.machine.run("journalctl", "-u", "green-idle", "-o", "cat").lower()


def test_a_stop_gives_the_clocks_back(resting: Server) -> None:
    """They are free when systemctl returns."""
    resting.machine.run("systemctl", "stop", "green-idle")

    assert resting.gpu()["locked_sm_clocks_mhz"] is None
    assert not is_held(resting)


def break_the_configuration(server: Server) -> str:
    server.machine.write("/etc/green-qwen/green-qwen.d/broken.toml", b"[idle]\nidle_after_s = 'soon'\n")
    return "rm /etc/green-qwen/green-qwen.d/broken.toml"


def break_the_libraries(server: Server) -> str:
    server.machine.run("mv", "/usr/lib/green-qwen/vendor", "/usr/lib/green-qwen/elsewhere")
    return "mv /usr/lib/green-qwen/elsewhere /usr/lib/green-qwen/vendor"


@pytest.mark.parametrize("wreck", [break_the_configuration, break_the_libraries])
def test_a_kill_leaves_no_lock_whatever_else_is_broken(
    resting: Server, wreck: Callable[[Server], str]
) -> None:
    """The reset asks nothing but the file and the GPU."""
    mend = wreck(resting)
    try:
        kill(resting, "green-idle", "KILL")

        resting.wait_for_free_clocks()
        wait_for("the file is gone", lambda: not is_held(resting), 5.0)
    finally:
        resting.machine.run("sh", "-c", mend)


@pytest.mark.parametrize("signal", ["TERM", "KILL"])
def test_a_lost_feed_gives_the_clocks_back(resting: Server, signal: str) -> None:
    """However green-proxy ends; green-idle lives on."""
    pid = resting.property("green-idle", "MainPID")
    kill(resting, "green-proxy", signal)

    resting.wait_for_free_clocks()
    assert resting.property("green-idle", "MainPID") == pid


def test_a_beat_that_is_late_gives_the_clocks_back(resting: Server) -> None:
    """A green-proxy that hangs is as one that is gone."""
    kill(resting, "green-proxy", "STOP")
    try:
        free = wait_for("clocks given back", lambda: resting.gpu()["locked_sm_clocks_mhz"] is None, 10.0)
    finally:
        kill(resting, "green-proxy", "CONT")

    assert free
    assert "no beat" in resting.journal("green-idle", "clocks.released")[-1]["MESSAGE"]


def test_garbage_on_the_feed_gives_the_clocks_back(resting: Server) -> None:
    """From green-proxy's own user, who granted the hold."""
    unit = "/run/systemd/system/green-proxy.service.d/lies.conf"
    resting.machine.write(unit, LIES)
    resting.machine.run("systemctl", "daemon-reload")
    try:
        resting.machine.run("systemctl", "restart", "green-proxy")
        resting.wait_for_free_clocks()
        resting.wait_for_lowered_clocks()
        kill(resting, "green-proxy", "USR1")
        resting.wait_for_free_clocks()
    finally:
        resting.machine.run("rm", unit)
        resting.machine.run("systemctl", "daemon-reload")
        resting.machine.run("systemctl", "stop", "green-proxy")

    assert "not JSON" in resting.journal("green-idle", "clocks.released")[-1]["MESSAGE"]
    assert resting.is_active("green-idle")


@pytest.mark.parametrize("fault", ["gpu-lost", "driver-gone"])
def test_a_gpu_that_went_away_is_reset_when_it_is_back(resting: Server, fault: str) -> None:
    """As with a driver that is loaded anew: the file stays while nothing can be reset."""
    resting.fail(fault)
    wait_for("the loss is seen", lambda: sees_no_gpu(resting), 20.0)
    kept = is_held(resting)
    resting.machine.run("systemctl", "stop", "green-proxy")
    resting.fail()

    free = wait_for("free clocks", lambda: resting.gpu()["locked_sm_clocks_mhz"] is None, 20.0)
    assert kept
    assert free
    wait_for("the file is gone", lambda: not is_held(resting), 5.0)
    wait_until_active(resting)


def test_what_was_left_is_given_back_before_anything_else(resting: Server) -> None:
    """With a file from an earlier life and no green-proxy: free once the start is through."""
    resting.machine.run("systemctl", "stop", *SERVICES)
    call_driver(resting, f"lock_sm 0 {LOWEST_MHZ} {LOWEST_MHZ}")
    resting.machine.write(HELD, json.dumps({"gpus": [resting.gpu()["uuid"]]}).encode())

    resting.machine.run("systemctl", "start", "green-idle")

    assert resting.gpu()["locked_sm_clocks_mhz"] is None
    assert not is_held(resting)


def test_an_administrators_lock_survives_start_stop_and_kill(resting: Server) -> None:
    """Where no file says that we held, nothing is reset."""
    resting.machine.run("systemctl", "stop", *SERVICES)
    call_driver(resting, f"lock_sm 0 {ADMINS_MHZ} {ADMINS_MHZ}")

    resting.machine.run("systemctl", "start", "green-idle")
    kill(resting, "green-idle", "KILL")
    wait_for("a restart", lambda: resting.property("green-idle", "NRestarts") != "0", 20.0)
    wait_until_active(resting)
    resting.machine.run("systemctl", "stop", "green-idle")

    assert resting.gpu()["locked_sm_clocks_mhz"] == [ADMINS_MHZ, ADMINS_MHZ]


def test_a_machine_that_sleeps_holds_nothing(resting: Server) -> None:
    """Clocks are back before the sleep begins, and are lowered again only after it."""
    resting.machine.run("systemctl", "start", "--no-block", "suspend.target")
    wait_for("the sleep", lambda: is_asleep(resting), 10.0)
    asleep = resting.gpu()
    time.sleep(3)
    still = resting.gpu()
    resting.machine.run("touch", "/run/awake")

    wait_until_active(resting)
    assert asleep["locked_sm_clocks_mhz"] is None
    assert still["history"] == asleep["history"]
    resting.wait_for_lowered_clocks()


def test_what_was_stopped_stays_so_over_a_sleep(resting: Server) -> None:
    """Waking starts only what sleeping has stopped."""
    resting.machine.run("systemctl", "stop", "green-idle")
    resting.machine.run("touch", "/run/awake")
    resting.machine.run("systemctl", "start", "suspend.target")
    wait_for("the end of the sleep", lambda: not resting.is_active("sleep.target"), 10.0)

    assert resting.property("green-idle", "ActiveState") == "inactive"


def test_the_unit_for_sleep_is_enabled_with_green_idle(resting: Server) -> None:
    """And goes with it."""
    enabled = resting.property("green-idle-sleep", "UnitFileState")
    resting.machine.run("systemctl", "disable", "green-idle")

    assert enabled == "enabled"
    assert resting.property("green-idle-sleep", "UnitFileState") == "disabled"


def test_an_upgrade_gives_the_clocks_back_between(resting: Server, newer_package: Path) -> None:
    """The old process resets, the new one rests anew."""
    before = resting.gpu()["history"]
    pid = resting.property("green-idle", "MainPID")
    resting.install(newer_package)
    wait_until_active(resting)
    resting.wait_for_lowered_clocks()

    since = [change["action"] for change in resting.gpu()["history"][len(before) :]]
    try:
        assert since[0] == "reset_sm"
        assert since[-1] == "lock_sm"
        assert resting.property("green-idle", "MainPID") != pid
    finally:
        resting.machine.run("systemctl", "stop", *SERVICES)
        resting.remove()


@pytest.mark.parametrize("purge", [False, True])
def test_who_goes_leaves_the_gpu_free(resting: Server, *, purge: bool) -> None:
    """Removed or purged, in the midst of a rest."""
    resting.remove(purge=purge)

    assert resting.gpu()["locked_sm_clocks_mhz"] is None
    assert not is_held(resting)
    links = resting.machine.run("find", "/etc/systemd/system", "-name", "green-idle*").split()
    assert bool(links) != purge


def test_a_client_that_bypasses_the_proxy_has_full_clocks_within_two_seconds(resting: Server) -> None:
    """It talks to the model server itself, so that nothing of it is on the feed."""
    body = {"model": "qwen3:32b", "prompt": "x", "stream": False, "options": {"num_predict": 300}}
    resting.post("http://127.0.0.1:11434/api/generate", body)

    generation = resting.last_generation()
    reset = [change for change in resting.gpu()["history"] if change["action"] == "reset_sm"][-1]
    assert generation["sm_locked_at_arrival"]
    assert 0 < reset["at_monotonic_s"] - generation["arrived_monotonic_s"] < 2
    assert resting.journal("green-idle", "clocks.bypass")


def test_a_user_outside_the_group_gets_nothing_from_the_feed(resting: Server) -> None:
    """The socket can't even be opened."""
    stranger = ("setpriv", f"--reuid={NOBODY_UID}", f"--regid={NOBODY_UID}", "--clear-groups")

    with pytest.raises(RuntimeError, match="PermissionError"):
        resting.machine.run(*stranger, "/usr/bin/python3", "-c", ASK_FEED)


def test_a_reader_that_is_not_root_holds_nothing(resting: Server) -> None:
    """In the group it may read; its 'hold?' is refused."""
    reader = ("setpriv", f"--reuid={NOBODY_UID}", f"--regid={NOBODY_UID}", "--groups=green-qwen")

    said = json.loads(resting.machine.run(*reader, "/usr/bin/python3", "-c", ASK_FEED).splitlines()[-1])

    assert said["type"] == "refused"
    assert "only root" in said["reason"]


def test_a_feed_of_another_user_is_not_believed(resting: Server) -> None:
    """A socket in green-proxy's place that it does not serve."""
    resting.machine.run("systemctl", "stop", "green-proxy")
    resting.machine.run("mkdir", "--mode=755", "/run/green-proxy")
    resting.machine.run(
        "systemd-run", "--unit=impostor", "--service-type=exec", "/usr/bin/python3", "-c", IMPOSTOR
    )
    try:
        wait_for("the word", lambda: is_refused(resting), 10.0)
    finally:
        resting.machine.run("systemctl", "stop", "impostor")
        resting.machine.run("rm", "-r", "/run/green-proxy")

    assert resting.gpu()["locked_sm_clocks_mhz"] is None


def test_only_the_waking_thread_has_real_time_priority(resting: Server) -> None:
    """Small, bounded in time, and not handed on to what it starts."""
    pid = resting.property("green-idle", "MainPID")

    policy = resting.machine.run("chrt", "--pid", pid)
    limits = resting.machine.run("grep", "realtime timeout", f"/proc/{pid}/limits").split()

    assert "SCHED_FIFO|SCHED_RESET_ON_FORK" in policy
    assert "priority: 5" in policy
    assert limits[3:5] == ["1000000", "2000000"]


@pytest.fixture(params=SUITES)
def strict(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A container that forbids real-time priority, as most do."""
    forbidden = "--drop-capability=CAP_SYS_NICE"
    with booted(request.param, tmp_path / "console.log", forbidden) as server:
        yield server


def test_where_real_time_priority_is_forbidden_it_runs_without(
    strict: Server, package: Path, nvml: Path
) -> None:
    """The journal says so, and the service is none the worse."""
    strict.install(package)
    strict.start_simulation(nvml)

    strict.machine.run("systemctl", "start", "green-idle")

    pid = strict.property("green-idle", "MainPID")
    assert "SCHED_OTHER" in strict.machine.run("chrt", "--pid", pid)
    assert "chrt: failed to set" in strict.machine.run("journalctl", "-u", "green-idle", "-o", "cat")
    assert strict.is_active("green-idle")


def is_asleep(server: Server) -> bool:
    return server.property("systemd-suspend", "ActiveState") == "activating"


def sees_no_gpu(server: Server) -> bool:
    said = server.machine.run("journalctl", "-u", "green-idle", "-o", "cat", "-p", "warning")
    return "lost" in said or "not loaded" in said


def is_refused(server: Server) -> bool:
    lost = server.journal("green-idle", "feed.lost")
    return bool(lost) and "another user's process sits on the feed" in lost[-1]["MESSAGE"]
