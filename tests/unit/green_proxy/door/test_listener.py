# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What is said about an address that can't be had."""

from __future__ import annotations

import errno
import os
import socket

import pytest

from green_common.errors import UnavailableError
from green_proxy.door.listener import bind_api, refusal


def test_a_taken_port_names_the_key_and_the_rival() -> None:
    """18789 has another common owner, which has a key of its own."""
    said = str(refusal("127.0.0.1:18789", 18789, OSError(errno.EADDRINUSE, "taken")))

    assert "proxy.listen 127.0.0.1:18789: the port is taken by" in said
    assert "Clawdbot's gateway" in said
    assert "gateway.port" in said
    assert "in [proxy] of green-qwen.toml" in said


def test_the_port_that_is_suggested_is_another_one() -> None:
    """Also to whom has followed the suggestion before."""
    said = str(refusal("127.0.0.1:18790", 18790, OSError(errno.EADDRINUSE, "taken")))

    assert 'set listen = "127.0.0.1:18791"' in said
    assert "sport = :18790" in said


def test_a_low_port_is_a_matter_of_permission() -> None:
    """The exit code tells systemd not to try again."""
    error = refusal("127.0.0.1:80", 80, OSError(errno.EACCES, "denied"))

    assert error.exit_code == os.EX_NOPERM


def test_an_address_of_another_machine_is_unavailable() -> None:
    """It may come with the network, so trying again makes sense."""
    with pytest.raises(UnavailableError, match="can't listen there"):
        bind_api("192.0.2.1:18789")


def test_the_socket_is_bound_and_does_not_block() -> None:
    """IPv6 addresses stand in brackets."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as probe:
        port = probe.getsockname()[1]

    with bind_api(f"[::1]:{port}") as listener:
        assert listener.getsockname()[:2] == ("::1", port)
        assert not listener.getblocking()
