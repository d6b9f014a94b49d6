# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The listening sockets of the views."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from green_telemetry.views import doors as module
from green_telemetry.views.doors import open_doors

NO_GROUP = "no-such-group"


def free_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return f"127.0.0.1:{probe.getsockname()[1]}"


def test_without_systemd_both_are_bound(tmp_path: Path) -> None:
    """The live one for the group alone, and gone at the end."""
    path, address = tmp_path / "live.sock", free_address()

    doors = open_doors(address, str(path), NO_GROUP, {})

    assert doors.troubles == []
    assert doors.metrics is not None and doors.live is not None
    assert doors.metrics.getsockname() == ("127.0.0.1", int(address.partition(":")[2]))
    assert path.stat().st_mode & 0o777 == 0o660
    doors.close()
    assert not path.exists()


def test_an_empty_address_opens_no_port(tmp_path: Path) -> None:
    """And is no trouble."""
    doors = open_doors("", str(tmp_path / "live.sock"), NO_GROUP, {})

    assert doors.metrics is None
    assert doors.troubles == []
    doors.close()


def test_a_taken_port_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    """The accounts don't depend on who looks at them."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"

        doors = open_doors(address, str(tmp_path / "live.sock"), NO_GROUP, {})

    (trouble,) = doors.troubles
    assert f"telemetry.listen {address}" in trouble and "in use" in trouble
    assert doors.live is not None
    doors.close()


def test_a_path_that_is_no_place_for_a_socket_is_named(tmp_path: Path) -> None:
    """Its folder is not there, say."""
    doors = open_doors("", str(tmp_path / "no" / "live.sock"), NO_GROUP, {})

    assert doors.live is None
    assert "telemetry.live_socket" in doors.troubles[0]
    doors.close()


def test_what_systemd_passes_in_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A TCP socket by its port; it is left where it is at the end."""
    passed = socket.create_server(("127.0.0.1", 0))
    port = passed.getsockname()[1]
    monkeypatch.setattr(module, "passed_sockets", lambda environ: (passed,))

    doors = open_doors(f"127.0.0.1:{port}", str(tmp_path / "live.sock"), NO_GROUP, os.environ)

    assert doors.metrics is passed
    assert doors.troubles == []
    doors.close()


def test_a_socket_of_another_port_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The unit and the configuration say different things."""
    passed = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setattr(module, "passed_sockets", lambda environ: (passed,))

    doors = open_doors(free_address(), str(tmp_path / "live.sock"), NO_GROUP, os.environ)

    assert "green-telemetry.socket" in doors.troubles[0]
    assert passed.fileno() == -1
    assert doors.metrics is not None
    doors.close()
