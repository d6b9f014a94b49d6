# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Sockets that systemd passes in."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from green_common.activation import passed_sockets
from green_common.errors import ConfigError

# Beyond what a test run has open.
FIRST = 200


@pytest.fixture
def descriptors() -> Iterator[list[int]]:
    """Descriptors that the test has put to FIRST and after; closed if nobody has taken them over."""
    taken: list[int] = []
    yield taken
    for one in taken:
        os.close(one)


def environment(count: str = "1", pid: str = "") -> dict[str, str]:
    return {"LISTEN_FDS": count, "LISTEN_PID": pid or str(os.getpid()), "LISTEN_FDNAMES": "x", "HOME": "/"}


def test_sockets_are_taken_over() -> None:
    """In their order, and no child inherits them."""
    environ = environment("2")
    for place in range(2):
        with socket.create_server(("127.0.0.1", 0)) as one:
            os.dup2(one.fileno(), FIRST + place, inheritable=True)

    sockets = passed_sockets(environ, FIRST)

    numbers = [one.fileno() for one in sockets]
    inheritable = [one.get_inheritable() for one in sockets]
    blocking = [one.getblocking() for one in sockets]
    for one in sockets:
        one.close()
    assert numbers == [FIRST, FIRST + 1]
    assert not any(inheritable + blocking)
    assert environ == {"HOME": "/"}


@pytest.mark.parametrize("environ", [{}, environment(pid="1")])
def test_sockets_of_another_process_are_not_ours(environ: dict[str, str]) -> None:
    """A parent's variables are no promise; a child of ours doesn't inherit them."""
    assert passed_sockets(environ, FIRST) == ()
    assert "LISTEN_FDS" not in environ


@pytest.mark.parametrize("count", ["", "-1", "x", "65", "²"])
def test_a_strange_count_is_an_error(count: str) -> None:
    """It names the variable."""
    with pytest.raises(ConfigError, match="LISTEN_FDS"):
        passed_sockets(environment(count), FIRST)


def test_what_is_no_socket_is_an_error(descriptors: list[int]) -> None:
    """A file, say."""
    file = os.open("/dev/null", os.O_RDONLY)
    descriptors.append(os.dup2(file, FIRST))
    os.close(file)

    with pytest.raises(ConfigError, match="is no socket"):
        passed_sockets(environment(), FIRST)


def test_a_socket_that_does_not_listen_is_an_error() -> None:
    """A connection of Accept=yes, or a datagram socket."""
    with socket.socket() as one:
        os.dup2(one.fileno(), FIRST)

    with pytest.raises(ConfigError, match="ListenStream="):
        passed_sockets(environment(), FIRST)
