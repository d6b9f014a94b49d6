# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The sockets of the two doors, and what is said about an address that can't be had."""

from __future__ import annotations

import errno
import os
import socket

import pytest

from green_common.errors import ConfigError, NotPermittedError, UnavailableError
from green_proxy.door import listener
from green_proxy.door.listener import API, GATEWAY, Doors, bind, open_doors, refusal


def free_address() -> str:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return f"127.0.0.1:{probe.getsockname()[1]}"


def port_of(one: socket.socket) -> int:
    return int(one.getsockname()[1])


def test_a_taken_port_names_the_key_and_the_rival() -> None:
    """18789 has another common owner, which has a key of its own."""
    said = str(refusal("127.0.0.1:18789", "listen", OSError(errno.EADDRINUSE, "taken")))

    assert "proxy.listen 127.0.0.1:18789: the port is taken by" in said
    assert "Clawdbot's gateway" in said
    assert "gateway.port" in said
    assert "in [proxy] of green-qwen.toml" in said


@pytest.mark.parametrize(
    ("address", "key", "other"),
    [
        ("127.0.0.1:18790", "listen", 'listen = "127.0.0.1:18791"'),
        ("127.0.0.1:8080", "gateway", 'gateway = "127.0.0.1:8081", or "" for none,'),
        ("127.0.0.1:8081", "gateway", 'gateway = "127.0.0.1:8080", or "" for none,'),
    ],
)
def test_the_port_that_is_suggested_is_another_one(address: str, key: str, other: str) -> None:
    """Also to whom has followed the suggestion before."""
    said = str(refusal(address, key, OSError(errno.EADDRINUSE, "taken")))

    assert f"or set {other} in [proxy]" in said
    assert f"sport = :{address[10:]}" in said


def test_a_low_port_is_a_matter_of_permission() -> None:
    """The exit code tells systemd not to try again."""
    error = refusal("127.0.0.1:80", "gateway", OSError(errno.EACCES, "denied"))

    assert isinstance(error, NotPermittedError)
    assert "proxy.gateway 127.0.0.1:80" in str(error)


def test_an_address_of_another_machine_is_unavailable() -> None:
    """It may come with the network, so trying again makes sense."""
    with pytest.raises(UnavailableError, match="can't listen there"):
        bind("192.0.2.1:18789", "listen")


def test_the_socket_is_bound_and_does_not_block() -> None:
    """IPv6 addresses stand in brackets."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as probe:
        port = port_of(probe)

    with bind(f"[::1]:{port}", "listen") as found:
        assert found.getsockname()[:2] == ("::1", port)
        assert not found.getblocking()


def test_both_doors_are_bound() -> None:
    """Each socket knows its door."""
    listen, gateway = free_address(), free_address()

    doors = open_doors(listen, gateway, {})

    names = {name: f"127.0.0.1:{port_of(one)}" for name, one in doors.sockets}
    doors.close()
    assert {API: listen, GATEWAY: gateway} == names
    assert doors.trouble is None


def test_no_gateway_is_no_trouble() -> None:
    """An empty address means that none is wanted."""
    doors = open_doors(free_address(), "", {})

    doors.close()
    assert [name for name, _ in doors.sockets] == [API]
    assert doors.trouble is None


def test_a_gateway_whose_port_is_taken_leaves_the_api_at_work() -> None:
    """8080 is everybody's."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        doors = open_doors(free_address(), f"127.0.0.1:{port_of(taken)}", {})
        doors.close()

    assert [name for name, _ in doors.sockets] == [API]
    assert "proxy.gateway" in (doors.trouble or "")
    assert f"process {os.getpid()}" in (doors.trouble or "")


def test_an_api_whose_port_is_taken_is_the_end() -> None:
    """With the exit code that says: try again."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UnavailableError) as caught:
        open_doors(f"127.0.0.1:{port_of(taken)}", "", {})

    assert caught.value.exit_code == os.EX_UNAVAILABLE


def test_sockets_of_systemd_are_matched_by_their_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """One for each door, and a second one of the API's port on another address."""
    api, gateway = socket.create_server(("127.0.0.1", 0)), socket.create_server(("127.0.0.1", 0))
    again = socket.create_server(("127.0.0.2", port_of(api)))
    monkeypatch.setattr(listener, "passed_sockets", lambda _environ: (gateway, api, again))

    with api, gateway, again:
        doors = open_doors(f"127.0.0.1:{port_of(api)}", f"127.0.0.1:{port_of(gateway)}", {})

    assert doors.sockets == ((GATEWAY, gateway), (API, api), (API, again))


def test_what_systemd_does_not_pass_is_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket unit for the gateway alone is enough for the gateway."""
    listen = free_address()
    gateway = socket.create_server(("127.0.0.1", 0))
    monkeypatch.setattr(listener, "passed_sockets", lambda _environ: (gateway,))

    doors = open_doors(listen, f"127.0.0.1:{port_of(gateway)}", {})

    names = [name for name, _ in doors.sockets]
    doors.close()
    assert names == [GATEWAY, API]


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_UNIX])
def test_a_strange_socket_of_systemd_names_both_addresses(
    monkeypatch: pytest.MonkeyPatch, family: socket.AddressFamily
) -> None:
    """The socket unit and the configuration are two files that have to agree."""
    strange = socket.socket(family)
    strange.bind(("127.0.0.1", 0) if family == socket.AF_INET else "\0green-proxy-test")
    monkeypatch.setattr(listener, "passed_sockets", lambda _environ: (strange,))

    with strange, pytest.raises(ConfigError) as caught:
        open_doors("127.0.0.1:1", "127.0.0.1:2", {})

    assert "neither proxy.listen 127.0.0.1:1 nor proxy.gateway 127.0.0.1:2" in str(caught.value)


@pytest.mark.parametrize(("host", "exposed"), [("127.0.0.1", False), ("127.0.0.9", False), ("0.0.0.0", True)])
def test_an_exposed_door_is_found_by_its_socket(host: str, exposed: bool) -> None:
    """Whatever the configuration says, the socket tells who can come."""
    with socket.create_server((host, 0)) as one:
        found = Doors(((API, one),)).exposed()

        assert found == (f"{host}:{port_of(one)}" if exposed else None)
