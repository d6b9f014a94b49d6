# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""green-proxy.socket, where an administrator enabled it: no refused connection while green-proxy is away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from system.server import SERVICES, SOCKET, Server

CLIENT = Path(__file__).with_name("client.py")
DOORS = ("http://127.0.0.1:18789", "http://127.0.0.1:8080")


@pytest.fixture
def held_open(installed: Server) -> Iterator[Server]:
    """The commands of the manual, on a machine where green-proxy ran without the socket."""
    installed.machine.run("systemctl", "enable", "--now", "green-proxy")
    installed.machine.run("systemctl", "stop", "green-proxy")
    installed.machine.run("systemctl", "enable", "--now", SOCKET, "green-proxy")
    yield installed
    installed.machine.run("systemctl", "disable", "--now", SOCKET, "green-proxy")


@pytest.mark.parametrize("door", DOORS)
def test_a_door_answers_a_client_that_came_while_the_proxy_was_stopped(held_open: Server, door: str) -> None:
    """systemd holds the connection and starts green-proxy for it."""
    held_open.machine.run("systemctl", "stop", "green-proxy")

    status = held_open.get(f"{door}/-/status")

    assert "version" in status
    assert held_open.is_active("green-proxy")


def test_no_connection_is_refused_while_the_proxy_restarts(held_open: Server) -> None:
    """A client that keeps knocking for three seconds finds every door open."""
    with ThreadPoolExecutor() as pool:
        knocking = pool.submit(held_open.machine.run_host_python, CLIENT, "knock", f"{DOORS[0]}/-/healthz")
        held_open.machine.run("systemctl", "restart", "green-proxy")
        knocked = json.loads(knocking.result())

    assert knocked["answered"] > 10
    assert knocked["refused"] == 0


def test_the_doors_stay_open_over_an_upgrade(bare: Server, package: Path, newer_package: Path) -> None:
    """The socket unit is left alone, whatever happens to the service."""
    bare.install(package)
    bare.machine.run("systemctl", "enable", "--now", SOCKET)
    opened = bare.property(SOCKET, "InvocationID")

    bare.install(newer_package)

    assert bare.is_active(SOCKET)
    assert bare.property(SOCKET, "InvocationID") == opened


def test_a_removal_closes_the_doors(bare: Server, package: Path) -> None:
    """No client can start a service whose files are gone."""
    bare.install(package)
    bare.machine.run("systemctl", "enable", "--now", SOCKET)

    bare.remove()

    assert bare.machine.exit_code("systemctl", "is-active", SOCKET, "green-proxy") != 0


def test_who_enables_the_services_alone_gets_no_socket(bare: Server, package: Path) -> None:
    """Then green-proxy opens its doors itself."""
    bare.install(package)

    bare.machine.exit_code("systemctl", "enable", "--now", *SERVICES)

    assert bare.property(SOCKET, "UnitFileState") == "disabled"
    assert bare.property(SOCKET, "ActiveState") == "inactive"
    assert bare.is_active("green-proxy")
