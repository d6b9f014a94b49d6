# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whom top listens to, where one of them tells nonsense."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from green_common.config import load_config
from green_qwen.top.sources import GPUS, Sources

HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"


@contextlib.contextmanager
def telling(path: Path, line: bytes) -> Iterator[None]:
    """A live socket that says one line and ends."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(4)

        def answer() -> None:
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(HEAD + line + b"\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield
        thread.join(5.0)


@pytest.mark.parametrize(
    "line", [b'{"event": "snapshot"}', b"[]", b"noise", b'{"event": "snapshot", "at_s": "x"}']
)
def test_what_is_not_understood_is_said_and_the_driver_is_asked(tmp_path: Path, line: bytes) -> None:
    """Here there is none, so both troubles are noted, and the listening goes on."""
    environ = {
        "GREEN_TELEMETRY_LIVE_SOCKET": str(tmp_path / "live.sock"),
        "GREEN_GPU_DRIVER": "simulated",
        "GREEN_GPU_SIMULATED_SOCKET": str(tmp_path / "none.sock"),
        "GREEN_PROXY_LISTEN": "127.0.0.1:1",
        "GREEN_IDLE_HELD_FILE": str(tmp_path / "held"),
    }
    heard = threading.Event()

    with telling(tmp_path / "live.sock", line):
        sources = Sources(load_config(None, environ).config, heard.set)
        sources.start()
        sources.wait(5.0, GPUS)
        noted = [note for note in sources.view().notes if str(tmp_path) in note]

    assert heard.is_set()
    assert len(noted) == 2
    assert "live.sock" in noted[0] and "none.sock" in noted[1]
