# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""green-telemetry and a GPU that offers less, goes away, or is not there."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from green_common.feed.messages import Finished, FirstToken, Forwarded
from integration.telemetry_rig import SOURCES, Program, feed, program, simulation, telemetry, wait_until


def run_once(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    places = {"PYTHONPATH": SOURCES, "GREEN_GPU_SIMULATED_SOCKET": str(folder / "gpu.sock")}
    return subprocess.run(
        [sys.executable, "-m", "green_telemetry", *arguments],
        env=os.environ | {"GREEN_GPU_DRIVER": "simulated"} | places | environ,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def test_one_sample_on_demand(tmp_path: Path) -> None:
    """A line of JSON with what the GPU says, marked as simulated."""
    with simulation(tmp_path):
        result = run_once(tmp_path, "--once")

    sample = json.loads(result.stdout)
    assert (sample["gpu"], sample["simulated"], sample["sm_clock_mhz"]) == (0, True, 345)
    assert 60 < sample["power_w"] < 90
    assert sample["counter_j"] >= 0


@pytest.mark.parametrize("driver", ["simulated", "nvml"])
def test_without_a_driver_it_ends_and_says_what_to_do(tmp_path: Path, driver: str) -> None:
    """EX_UNAVAILABLE, so that the unit tries again."""
    if driver == "nvml" and Path("/proc/driver/nvidia").exists():
        pytest.skip("this machine has an NVIDIA driver")
    result = run_once(tmp_path, GREEN_GPU_DRIVER=driver)

    assert result.returncode == os.EX_UNAVAILABLE
    assert "driver" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_gpu_without_a_counter_is_integrated(tmp_path: Path) -> None:
    """The method says so, and what the card doesn't tell is named."""
    with simulation(tmp_path, "--fault", "not-supported:energy"), telemetry(tmp_path) as daemon:
        time.sleep(1.2)
        daemon.stop()

    (found,) = daemon.entries("gpu.found")
    (window,) = daemon.entries("window")
    assert found["missing"] == ["energy counter"]
    assert window["method"] == "integrated"


def test_work_that_nobody_announced_is_unattributed(tmp_path: Path) -> None:
    """A client that goes round the proxy shows in the books, and in nobody's receipt."""
    with simulation(tmp_path, "--load-s", "0.1") as sim:
        sim.chat("load the model")
        with telemetry(tmp_path) as daemon:
            time.sleep(2.0)
            sim.chat("word " * 300)
            daemon.stop()

    (window,) = daemon.entries("window")
    assert window["generations_j"] == 0.0
    assert window["unattributed_j"] > 200.0


def test_a_gpu_that_tells_neither_energy_nor_power_is_refused(tmp_path: Path) -> None:
    """Printing zero would be a lie."""
    power = ("--fault", "not-supported:power_instant", "--fault", "not-supported:power_average")
    with (
        simulation(tmp_path, "--fault", "not-supported:energy", *power),
        program("green_telemetry", tmp_path) as daemon,
    ):
        status = daemon.process.wait(20)

    assert status == os.EX_UNAVAILABLE
    assert "can't be accounted for" in daemon.text


def test_a_lost_gpu_is_said_and_found_again(tmp_path: Path) -> None:
    """The status names it, the gap is stated, and each window balances for itself."""
    notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notified.bind(str(tmp_path / "notify.sock"))
    notified.setblocking(False)
    statuses: list[bytes] = []

    def status_has(text: bytes) -> bool:
        try:
            while True:
                statuses.append(notified.recv(4096))
        except BlockingIOError:
            return any(text in status for status in statuses)

    notify = str(tmp_path / "notify.sock")
    with notified, simulation(tmp_path) as sim, telemetry(tmp_path, NOTIFY_SOCKET=notify) as daemon:
        sim.set_faults("gpu-lost")
        daemon.wait_for("gpu.lost")
        wait_until(lambda: status_has(b"GPU 0: LOST"), "status that names the loss")
        sim.set_faults()
        (gap,) = daemon.wait_for("gpu.gap")
        daemon.stop()

    assert gap["duration_s"] > 0
    assert gap["counter_after_j"] > gap["counter_before_j"]
    assert_balanced(daemon)


def assert_balanced(daemon: Program) -> None:
    """Each window for itself; of `others_j` only where it is told."""
    for window in daemon.entries("window"):
        accounts_j = window["baseline_j"] + window["generations_j"] + window["unattributed_j"]
        accounts_j += window.get("others_j", 0.0)
        assert accounts_j == pytest.approx(window["counter_last_j"] - window["counter_first_j"], abs=0.002)


def test_a_gpu_that_is_lost_at_the_start_leaves_the_other(tmp_path: Path) -> None:
    """It is said, looked for, and taken in when it is there."""
    both = ("--gpus", "2", "--fault", "gpu-lost:0")
    with simulation(tmp_path, *both) as sim, telemetry(tmp_path) as daemon:
        (refused,) = daemon.wait_for("gpu.refused")
        (found,) = daemon.wait_for("gpu.found")
        sim.set_faults()
        found_later = daemon.wait_for("gpu.found", count=2)[1]

    assert "simulated GPU 0 fell off the bus" in refused["say"]
    assert (found["gpu"], found_later["gpu"]) == (1, 0)


@pytest.mark.parametrize("fault", ["saturated-counter", "jumped-counter"])
def test_a_counter_that_says_nonsense_is_a_gap(tmp_path: Path, fault: str) -> None:
    """Said once; the gap is stated and each window balances."""
    with simulation(tmp_path) as sim, telemetry(tmp_path, GREEN_TELEMETRY_SAMPLE_EVERY_MS="100") as daemon:
        sim.set_faults(fault)
        (said,) = daemon.wait_for("gpu.nonsense")
        daemon.wait_for("window")
        sim.set_faults()
        (gap,) = daemon.wait_for("gpu.gap")[:1]
        daemon.stop()

    assert said["doubt"] == fault.split("-")[0]
    assert gap["counter_before_j"] < 1e6
    assert all(window["energy_j"] < 1e5 for window in daemon.entries("window"))
    assert len(daemon.entries("gpu.nonsense")) == 1
    assert_balanced(daemon)


def test_what_ran_while_the_gpu_was_lost_is_partial(tmp_path: Path) -> None:
    """Also where it began after the loss and ended before the return."""
    with simulation(tmp_path) as sim, feed(tmp_path) as proxy, telemetry(tmp_path) as daemon:
        wait_until(lambda: proxy.readers, "reader of the feed")
        sim.set_faults("gpu-lost")
        daemon.wait_for("gpu.lost")
        proxy.say(
            Forwarded("g1", ("r1",), "qwen3:32b"),
            FirstToken("g1"),
            Finished("g1", ("r1",), "qwen3:32b", 200),
        )
        (receipt,) = daemon.wait_for("receipt")
        daemon.stop()

    assert receipt["partial"] is True


def test_a_split_card_is_metered_as_a_whole(tmp_path: Path) -> None:
    """Its instances are named; they have no power of their own."""
    with simulation(tmp_path, "--fault", "mig"), telemetry(tmp_path) as daemon:
        (found,) = daemon.wait_for("gpu.found")

    assert [uuid[:4] for uuid in found["instances"]] == ["MIG-", "MIG-"]
    assert found["missing"] == ["utilisation"]


def test_without_the_cpus_energy_the_rest_goes_on(tmp_path: Path) -> None:
    """One line says what is missing."""
    if Path("/sys/class/powercap/intel-rapl:0").exists():
        pytest.skip("this machine tells the energy of its CPU")
    with simulation(tmp_path), telemetry(tmp_path, GREEN_TELEMETRY_CPU_ENERGY="true") as daemon:
        daemon.stop()

    (refused,) = daemon.entries("cpu.refused")
    assert "telemetry.cpu_energy" in refused["say"]
    assert len(daemon.entries("window")) == 1
