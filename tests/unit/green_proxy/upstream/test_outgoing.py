# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A request as it is written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from green_proxy.fault import ClientLeft
from green_proxy.upstream.outgoing import JOINED_BYTES, Body, Outgoing
from unit.green_proxy.upstream.wire import Line

HOST = (b"host", b"gpu:11434")


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def written(method: str, headers: list[tuple[bytes, bytes]], body: Body) -> tuple[Line, bytes]:
    """What the server gets."""

    async def write() -> Line:
        line = Line()
        line.wire.written.clear()
        outgoing = Outgoing(method, b"/api/chat?a=b", headers, body)
        line.turn.feeding = outgoing.streams
        outgoing.write(line.connection, line.turn)
        if outgoing.streams:
            await outgoing.stream(line.connection, line.turn)
        return line

    line = asyncio.run(write())
    return line, bytes(line.wire.written)


def test_without_a_body() -> None:
    """Target and headers are as they were given."""
    _, data = written("GET", [HOST, (b"x-a", b"1"), (b"x-a", b"2")], None)

    assert data == b"GET /api/chat?a=b HTTP/1.1\r\nhost: gpu:11434\r\nx-a: 1\r\nx-a: 2\r\n\r\n"


@pytest.mark.parametrize("body", [b"", b"hello", b"x" * (JOINED_BYTES + 1)])
def test_a_body_that_is_here(body: bytes) -> None:
    """Its length is its own, whatever the headers said."""
    headers = [HOST, (b"content-length", b"99"), (b"transfer-encoding", b"chunked")]

    _, data = written("POST", headers, body)

    head, _, rest = data.partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[1:] == [b"host: gpu:11434", b"content-length: %d" % len(body)]
    assert rest == body


def test_a_body_that_comes_with_a_length() -> None:
    """It keeps its length, and is not chunked."""
    line, data = written("POST", [HOST, (b"content-length", b"5")], chunks(b"he", b"", b"llo"))

    assert data.endswith(b"content-length: 5\r\n\r\nhello")
    assert not line.turn.feeding


@pytest.mark.parametrize("headers", [[HOST], [HOST, (b"transfer-encoding", b"chunked")]])
def test_a_body_that_comes_without_a_length(headers: list[tuple[bytes, bytes]]) -> None:
    """It is chunked; an empty part does not end it."""
    line, data = written("POST", headers, chunks(b"he", b"", b"llo"))

    assert data.count(b"transfer-encoding") == 1
    assert data.endswith(b"chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")
    assert not line.turn.feeding


def test_a_body_that_is_cut_short() -> None:
    """The server must not take it for whole."""
    line, _ = written("POST", [HOST, (b"content-length", b"5")], chunks(b"he"))

    assert isinstance(line.error, ClientLeft)
    assert line.wire.aborted


def test_a_body_whose_client_leaves() -> None:
    """The chunked end is not written."""

    async def leaves() -> AsyncIterator[bytes]:
        yield b"he"
        raise ClientLeft

    line, data = written("POST", [HOST], leaves())

    assert isinstance(line.error, ClientLeft)
    assert data.endswith(b"2\r\nhe\r\n")


@pytest.mark.parametrize(
    ("method", "body", "safe"),
    [("GET", None, True), ("HEAD", None, True), ("POST", b"", False), ("DELETE", None, False)],
)
def test_what_may_be_sent_again(method: str, body: Body, safe: bool) -> None:
    """Only what changes nothing."""
    assert Outgoing(method, b"/", [HOST], body).safe_again == safe
