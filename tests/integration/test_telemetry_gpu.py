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

from integration.telemetry_rig import SOURCES, program, simulation, telemetry, wait_until


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
    for window in daemon.entries("window"):
        accounts_j = window["baseline_j"] + window["generations_j"] + window["unattributed_j"]
        assert accounts_j == pytest.approx(window["counter_last_j"] - window["counter_first_j"], abs=0.002)
