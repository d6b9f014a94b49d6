# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The green-sim process: how it starts, says that it is ready, and ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from integration.sim_rig import SOURCES, WAIT_S, simulation


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A start that fails."""
    return subprocess.run(
        [sys.executable, "-m", "green_sim", *arguments],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": SOURCES},
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )


def test_ready_line_says_simulated(tmp_path: Path) -> None:
    """One line, with where to find what."""
    with simulation(tmp_path, "--parallel", "7") as sim:
        assert "simulated Ollama" in sim.ready_line
        assert "slots: 7" in sim.ready_line
        assert str(sim.gpu_socket) in sim.ready_line


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    """Status 0, no traceback, no socket left; also with a client in the middle of an answer."""
    with simulation(tmp_path, "--answer-tokens", "4000") as sim:
        host, port = sim.url.removeprefix("http://").split(":")
        body = b'{"model":"qwen3:32b","prompt":"x"}'
        with socket.create_connection((host, int(port))) as client:
            client.sendall(
                b"POST /api/generate HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            )
            client.recv(100)
            sim.process.send_signal(number)

            assert sim.process.wait(WAIT_S) == 0
        assert sim.process.stdout is not None
        assert sim.process.stdout.read() == ""
        assert not sim.gpu_socket.exists()


def test_service_manager_is_told_when_it_is_ready(tmp_path: Path) -> None:
    """So that it can run as a Type=notify unit."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(WAIT_S)
        with simulation(tmp_path, NOTIFY_SOCKET=str(tmp_path / "notify")):
            assert manager.recv(100) == b"READY=1"
            assert b"simulated" in manager.recv(100)


def test_port_in_use_is_named(tmp_path: Path) -> None:
    """With what to do."""
    with simulation(tmp_path) as sim:
        address = sim.url.removeprefix("http://")

        failed = run("--listen", address, "--gpu-socket", str(tmp_path / "other.sock"))

    assert failed.returncode == os.EX_UNAVAILABLE
    assert address in failed.stderr
    assert "--listen" in failed.stderr


def test_socket_in_use_is_named(tmp_path: Path) -> None:
    """The running simulation keeps it."""
    with simulation(tmp_path) as sim:
        failed = run("--listen", "127.0.0.1:0", "--gpu-socket", str(sim.gpu_socket))

        assert failed.returncode == os.EX_UNAVAILABLE
        assert str(sim.gpu_socket) in failed.stderr
        assert sim.gpu()["index"] == 0


def test_wrong_option_ends_with_usage() -> None:
    """A sysexits code and one line."""
    failed = run("--parallel", "many")

    assert failed.returncode == os.EX_USAGE
    assert failed.stderr == "green-sim: --parallel: 'many' is not a whole number from 0 to 1024\n"


def test_boost_is_switched_off_as_on_the_real_card(tmp_path: Path) -> None:
    """The variable that the real server hands down to CUDA."""
    with simulation(tmp_path, CUDA_DISABLE_PERF_BOOST="1") as sim:
        httpx.post(f"{sim.url}/api/chat", json={"model": "qwen3:32b"}, timeout=WAIT_S).raise_for_status()

        assert sim.gpu()["pids"]
        assert sim.gpu()["sm_clock_mhz"] == 345
