# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Who goes round the proxy."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from green_qwen.doctor.bypass import judge_alerts, judge_connections
from green_qwen.doctor.connections import Connection, read_connections, unit_in

PORT, SERVER = 11434, "ollama.service"


def client(holder: str | None) -> Connection:
    return Connection(50000, "127.0.0.1", PORT, "1", holder)


def judged(*connections: Connection) -> tuple[str, str]:
    finding = judge_connections(connections, PORT, SERVER)
    return finding.state, finding.text


def test_the_proxy_and_the_server_itself_are_no_strangers() -> None:
    """Each connection is seen from both ends."""
    served = Connection(PORT, "127.0.0.1", 50000, "2", SERVER)

    assert judged(client("green-proxy.service"), served, client(SERVER))[0] == "ok"


def test_others_are_named() -> None:
    """By unit or program here, by address elsewhere."""
    state, text = judged(
        client("chat.service"), client("python3"), Connection(PORT, "192.0.2.7", 4, "3", SERVER)
    )

    assert state == "warning"
    assert text.startswith("chat.service, python3, 192.0.2.7 talk to port 11434 themselves")


def test_what_only_root_may_know_is_not_called_well() -> None:
    """Nor a bypass."""
    assert judged(client(None))[0] == "unknown"


def test_what_green_telemetry_saw_in_the_last_day_is_counted() -> None:
    """By its alerts."""
    assert judge_alerts([]).state == "ok"
    assert "2 times in the last day" in judge_alerts([{"at_s": 1.0}, {"at_s": 2.0}]).text


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_a_connection_of_ours_is_found_with_its_holder(family: socket.AddressFamily) -> None:
    """In /proc, from both ends."""
    host = "127.0.0.1" if family == socket.AF_INET else "::1"
    with socket.socket(family) as listener:
        listener.bind((host, 0))
        listener.listen(1)
        port = listener.getsockname()[1]
        with socket.create_connection((host, port)), listener.accept()[0]:
            found = read_connections(port)

    assert [one.remote for one in found] == [host, host]
    assert sorted(port in (one.remote_port,) for one in found) == [False, True]
    assert all(one.holder for one in found)


def test_addresses_of_old_machines_in_new_clothes_are_read(tmp_path: Path) -> None:
    """IPv4 mapped into IPv6, as a server that listens on both sees it; processes that hide are not known."""
    line = (
        "0: 0000000000000000FFFF00000100007F:2CAA 0000000000000000FFFF00000702000A:C350 01 0:0 0:0 0 0 0 77 1"
    )
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "tcp6").write_text(f"head\n{line}\n")

    assert read_connections(PORT, tmp_path) == (Connection(PORT, "10.0.2.7", 50000, "77"),)


def test_the_unit_is_the_last_one_in_a_cgroup() -> None:
    """A user's services are below their session's."""
    assert unit_in("0::/system.slice/ollama.service\n") == "ollama.service"
    assert unit_in("0::/user.slice/user@0.service/app.slice/mine.service") == "mine.service"
    assert unit_in("0::/") is None
