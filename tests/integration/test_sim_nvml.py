# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Unmodified pynvml on the simulated GPU, through the C library that this test builds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pynvml
import pytest

from integration.sim_rig import ROOT, WAIT_S, Simulation, simulation, wait_for

AT_REST_BELOW_W = 140
POWERS = ("power_instant_w", "power_average_w")
PROBE = Path(__file__).with_name("nvml_probe.py")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="drops capabilities, which wants root")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with libnvidia-ml.so.1, compiled with warnings as errors."""
    folder = tmp_path_factory.mktemp("nvml")
    subprocess.run(["make", "-s", "-C", str(ROOT / "sim/nvml"), f"OUT={folder}"], check=True)
    return folder


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulation]:
    """A simulation with its model loaded and at rest, also by what its sensors publish."""
    with simulation(tmp_path_factory.mktemp("sim")) as sim:
        httpx.post(f"{sim.url}/api/chat", json={"model": "qwen3:32b", "keep_alive": -1}).raise_for_status()
        wait_for(lambda: rests(sim.gpu()))
        yield sim


def rests(card: dict[str, Any]) -> bool:
    """The average lags behind the instant power by a second, so it is the last to know."""
    published = [float(card["published"][name]) for name in POWERS]
    return card["phase"] == "idle" and max(published) < AT_REST_BELOW_W


@pytest.fixture
def sim(running: Simulation) -> Iterator[Simulation]:
    """The simulation, mended after each test."""
    yield running
    running.set_faults()


def command(library: Path, socket: Path, task: str) -> dict[str, Any]:
    """How the probe is started."""
    environ = {
        "PATH": os.environ["PATH"],
        "LD_LIBRARY_PATH": str(library),
        "GREEN_SIM_GPU_SOCKET": str(socket),
    }
    return {"args": [sys.executable, str(PROBE), task], "env": environ, "text": True}


def probe(library: Path, socket: Path, task: str) -> dict[str, Any]:
    """What pynvml sees in a process of its own."""
    done = subprocess.run(**command(library, socket, task), capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def test_every_value_is_read(library: Path, sim: Simulation) -> None:
    """In NVML's own units and layouts."""
    seen = probe(library, sim.gpu_socket, "read_everything")

    truth = sim.gpu()
    assert seen["driver"].endswith("-simulated")
    assert seen["count"] == 1
    assert seen["uuid"] == seen["uuid again"] == truth["uuid"]
    assert seen["name"] == truth["name"]
    average_mw, instant_mw, energy_mj, unknown = seen["fields"]
    assert 110_000 < instant_mw < 140_000
    assert 110_000 < average_mw < 140_000
    assert 0 < energy_mj <= seen["energy_mj"] <= truth["energy_j"] * 1000
    assert unknown == {"error": pynvml.NVML_ERROR_NOT_SUPPORTED}
    assert seen["clocks_mhz"] == seen["highest_mhz"] == [1980, 1980, 2619]
    total, sum_of_parts, total_v2, used_v2 = seen["memory"]
    assert total == sum_of_parts == total_v2 > used_v2 == truth["memory_used_bytes"]
    assert seen["temperature_c"][0] == seen["temperature_c"][1] >= 26
    assert seen["limit_mw"] == 700_000
    assert (seen["state"], seen["persistence"]) == (0, 1)
    assert seen["memory_clocks_mhz"] == [2619, 1593]
    assert seen["sm_clocks_mhz"] == list(range(1980, 344, -15))
    assert seen["pids"] == truth["pids"] == [sim.process.pid]
    assert seen["bytes"][0] > 20 * 10**9
    assert seen["no such GPU"]["error"] == pynvml.NVML_ERROR_INVALID_ARGUMENT
    assert seen["no such UUID"]["error"] == pynvml.NVML_ERROR_NOT_FOUND


@as_root
def test_administrator_sets_clocks(library: Path, sim: Simulation) -> None:
    """SM and memory, and both go back."""
    seen = probe(library, sim.gpu_socket, "set_clocks")

    assert seen == {"locked": None, "memory": None, "held": [345, 1593], "reset": [None, None]}
    actions = [change["action"] for change in sim.gpu()["history"][-4:]]
    assert actions == ["lock_sm", "lock_memory", "reset_sm", "reset_memory"]


@as_root
@pytest.mark.parametrize("task", ["set_clocks_as_nobody", "set_clocks_as_administrator_by_capability"])
def test_without_the_capability_clocks_are_refused(library: Path, sim: Simulation, task: str) -> None:
    """CAP_SYS_ADMIN decides, as in the real driver; reading stays allowed."""
    seen = probe(library, sim.gpu_socket, task)

    assert seen["locked"]["error"] == pynvml.NVML_ERROR_NO_PERMISSION
    assert seen["locked"]["text"] == "Insufficient Permissions"
    assert seen["reset"][0]["error"] == pynvml.NVML_ERROR_NO_PERMISSION
    assert seen["held"] == [1980, 2619]


@pytest.mark.parametrize(
    ("fault", "call", "code"),
    [
        ("driver-gone", "init", pynvml.NVML_ERROR_DRIVER_NOT_LOADED),
        ("gpu-lost", "handle", pynvml.NVML_ERROR_GPU_IS_LOST),
        ("not-supported:energy", "energy", pynvml.NVML_ERROR_NOT_SUPPORTED),
        ("no-permission", "lock", pynvml.NVML_ERROR_NO_PERMISSION),
        ("no-permission", "reset", pynvml.NVML_ERROR_NO_PERMISSION),
    ],
)
def test_faults_have_nvmls_codes(library: Path, sim: Simulation, fault: str, call: str, code: int) -> None:
    """A daemon tells them apart as it would with the real driver."""
    sim.set_faults(fault)

    assert probe(library, sim.gpu_socket, "read_errors")[call]["error"] == code


def test_unsupported_field_says_so_itself(library: Path, sim: Simulation) -> None:
    """The call succeeds, the field carries the error."""
    sim.set_faults("not-supported:power_instant")

    seen = probe(library, sim.gpu_socket, "read_errors")

    assert seen["instant"] == [{"error": pynvml.NVML_ERROR_NOT_SUPPORTED}]


def test_calls_before_init_are_refused(library: Path, sim: Simulation) -> None:
    """As the real library does."""
    seen = probe(library, sim.gpu_socket, "read_errors")

    assert seen["before init"]["error"] == pynvml.NVML_ERROR_UNINITIALIZED


def test_missing_simulation_is_a_missing_driver(library: Path, tmp_path: Path) -> None:
    """The library is there, the driver isn't."""
    seen = probe(library, tmp_path / "nowhere.sock", "read_errors")

    assert seen["init"] == {"error": pynvml.NVML_ERROR_DRIVER_NOT_LOADED, "text": "Driver Not Loaded"}


def test_missing_library_is_named(tmp_path: Path, sim: Simulation) -> None:
    """Without the C library pynvml says what is missing."""
    seen = probe(tmp_path, sim.gpu_socket, "read_errors")

    assert seen["init"]["error"] == pynvml.NVML_ERROR_LIBRARY_NOT_FOUND


def test_handle_outlives_a_restart(library: Path, tmp_path: Path) -> None:
    """While the simulation is down the GPU is lost; then the same handle works again."""
    with simulation(tmp_path) as first:
        process = subprocess.Popen(
            **command(library, first.gpu_socket, "wait_for_restart"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
    _go_on(process)
    with simulation(tmp_path):
        _go_on(process)
        names = json.loads(process.communicate("\n", WAIT_S)[0].splitlines()[-1])["names"]

    assert names[0] == names[2] == "Simulated H100 80GB HBM3"
    assert names[1]["error"] == pynvml.NVML_ERROR_GPU_IS_LOST


def test_threads_share_the_library(library: Path, sim: Simulation) -> None:
    """Each gets the answer to its own question."""
    assert probe(library, sim.gpu_socket, "ask_from_threads")["wrong"] == []


def test_nothing_is_left_open(library: Path, sim: Simulation) -> None:
    """A thousand times opened and closed, and one close too many is refused."""
    seen = probe(library, sim.gpu_socket, "open_often")

    assert seen["first"] == seen["last"]
    assert seen["after"]["error"] == pynvml.NVML_ERROR_UNINITIALIZED


def _go_on(process: subprocess.Popen[str]) -> None:
    """Let the probe take its next reading, and wait until it has."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.stdout.readline() == "read\n"
