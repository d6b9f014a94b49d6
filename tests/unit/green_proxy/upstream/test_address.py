# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Where the model server is, and how to connect to it."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl

import pytest

from green_proxy.upstream.address import Address, why
from green_proxy.upstream.connection import Connection
from green_proxy.upstream.pool import Pool
from unit.green_proxy.upstream.wire import BUFFER


@pytest.mark.parametrize(
    ("url", "hostname", "port", "host", "prefix"),
    [
        ("http://127.0.0.1:11434/", "127.0.0.1", 11434, b"127.0.0.1:11434", b""),
        ("http://gpu", "gpu", 80, b"gpu", b""),
        ("https://gpu/ollama/", "gpu", 443, b"gpu", b"/ollama"),
        ("http://me:secret@[::1]:8080/v", "::1", 8080, b"[::1]:8080", b"/v"),
    ],
)
def test_parts_of_a_url(url: str, hostname: str, port: int, host: bytes, prefix: bytes) -> None:
    """Host is what the header says: the port with it, a password not."""
    address = Address(url)

    found = (address.hostname, address.port, address.host, address.prefix)
    assert found == (hostname, port, host, prefix)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 1)"), "Connection refused"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "Name or service not known"),
        (TimeoutError(), "no answer in time"),
        (TimeoutError(errno.ETIMEDOUT, ""), "Connection timed out"),
        (OSError("Multiple exceptions: one, two"), "Multiple exceptions: one, two"),
        (ssl.SSLError(1, "[SSL] something"), "tls failed"),
    ],
)
def test_why(error: OSError, text: str) -> None:
    """In words that an administrator can look up."""
    assert text in why(error)


def test_a_connection_that_nobody_waits_for_any_more() -> None:
    """It is kept for the next, or not made at all; it never leaks."""

    async def check() -> None:
        listening = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        address = Address(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}")
        spare: list[Connection] = []
        pool = Pool()

        def make() -> Connection:
            connection = Connection(pool, lambda: 0.0, BUFFER)
            made.append(connection)
            return connection

        for steps in range(12):
            made: list[Connection] = []
            spare.clear()
            connecting = asyncio.ensure_future(address.connect(make, 5, spare.append))
            for _ in range(steps):
                await asyncio.sleep(0)
            connecting.cancel()
            outcome = (await asyncio.gather(connecting, return_exceptions=True))[0]
            others = asyncio.all_tasks() - {asyncio.current_task()}
            await asyncio.gather(*others, return_exceptions=True)
            kept = [outcome] if isinstance(outcome, Connection) else list(spare)
            assert all(connection in kept or connection.closed for connection in made)
            for connection in kept:
                assert isinstance(connection, Connection)
                connection.close()
        listening.close()

    asyncio.run(check())
