# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The driver's socket survives whatever is sent, and takes its place only from the dead."""

from __future__ import annotations

import asyncio
import socket
import stat
from pathlib import Path

import pytest

from green_common.errors import UnavailableError
from green_sim.gpu.socket_server import MAX_CONNECTIONS, GpuSocket
from unit.green_sim.driver_thread import driver_thread


def converse(path: Path, content: bytes) -> bytes:
    """Send everything, hang up one way, and read what comes."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        client.connect(str(path))
        client.sendall(content)
        client.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while part := client.recv(4096):
                answer += part
        except ConnectionResetError:
            return answer
        return answer


def test_lines_are_answered_in_order(tmp_path: Path) -> None:
    """Several calls may be sent at once."""
    path = tmp_path / "gpu.sock"
    with driver_thread(path):
        answer = converse(path, b"gpu_count\nclock 0 memory\n")

    assert answer == b"ok 1\nok 2619\n"


@pytest.mark.parametrize(
    "content", [b"x" * 100_000, b"\xff\x00\n", b"\n\n\n", b"gpu_count", b"clock 0 " + b"9" * 400]
)
def test_bad_input_harms_nobody_else(tmp_path: Path, content: bytes) -> None:
    """After it, the next client is served as ever."""
    path = tmp_path / "gpu.sock"
    with driver_thread(path):
        converse(path, content)

        assert converse(path, b"gpu_count\n") == b"ok 1\n"


def test_long_line_is_refused(tmp_path: Path) -> None:
    """It is never kept in memory whole."""
    path = tmp_path / "gpu.sock"
    with driver_thread(path):
        assert converse(path, b"x" * 600 + b"\n").startswith(b"error bad_request")


def test_everybody_may_connect(tmp_path: Path) -> None:
    """The socket stands for a device node that everybody may open."""
    path = tmp_path / "gpu.sock"
    with driver_thread(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o666


def test_connections_are_bounded(tmp_path: Path) -> None:
    """One too many is hung up on."""
    path = tmp_path / "gpu.sock"
    with driver_thread(path):
        clients = [socket.socket(socket.AF_UNIX) for _ in range(MAX_CONNECTIONS)]
        for client in clients:
            client.connect(str(path))
            client.sendall(b"gpu_count\n")
            client.recv(16)

        assert converse(path, b"gpu_count\n") == b""
        for client in clients:
            client.close()


def test_left_over_socket_is_replaced(tmp_path: Path) -> None:
    """A simulation that was killed leaves its socket behind."""
    path = tmp_path / "gpu.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))

    with driver_thread(path):
        assert converse(path, b"gpu_count\n") == b"ok 1\n"
    assert not path.exists()


def test_socket_of_a_running_simulation_is_left_alone(tmp_path: Path) -> None:
    """Two simulations don't fight over one path."""
    path = tmp_path / "gpu.sock"
    with driver_thread(path):
        second = GpuSocket(path, str)
        with pytest.raises(UnavailableError, match="another simulation"):
            asyncio.run(second.open())

        assert converse(path, b"gpu_count\n") == b"ok 1\n"


def test_ordinary_file_is_left_alone(tmp_path: Path) -> None:
    """Only sockets are ever removed."""
    path = tmp_path / "gpu.sock"
    path.write_text("precious")

    with pytest.raises(UnavailableError, match=r"gpu\.sock"):
        asyncio.run(GpuSocket(path, str).open())

    assert path.read_text() == "precious"
