# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Connections: slow ones, many, hostile ones."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from green_telemetry.views import server as module
from green_telemetry.views.request import RefusedError
from green_telemetry.views.server import MAX_CONNECTIONS, Exchange, Server

Visitor = tuple[asyncio.StreamReader, asyncio.StreamWriter]
GET = b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"


class Place:
    """A server on a Unix socket, and its visitors."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.visitors: list[Visitor] = []

    async def visit(self, said: bytes = b"") -> Visitor:
        visitor = await asyncio.open_unix_connection(str(self.path))
        self.visitors.append(visitor)
        visitor[1].write(said)
        return visitor


async def echo(exchange: Exchange) -> None:
    if exchange.request.path == "/refuse":
        raise RefusedError(404, "no such thing")
    if exchange.request.path == "/lines":
        await exchange.begin_lines()
        await exchange.send_line(b"one\n")
        await exchange.end_lines()
        return
    if exchange.request.path == "/flood":
        await exchange.begin_lines()
        while True:
            await exchange.send_line(b"x" * 60_000)
    await exchange.answer(200, "text/plain", b"hello")


def play(path: Path, scene: Callable[[Place], Awaitable[None]]) -> None:
    """The scene with a server."""

    async def run() -> None:
        serving, place = Server(echo), Place(path / "socket")
        listener = socket.socket(socket.AF_UNIX)
        listener.setblocking(False)
        listener.bind(str(place.path))
        listener.listen(64)
        await serving.serve(listener)
        try:
            await asyncio.wait_for(scene(place), 20)
        finally:
            for _, writer in place.visitors:
                writer.close()
            await serving.close()
            listener.close()

    asyncio.run(run())


async def answer_of(visitor: Visitor) -> tuple[int, bytes]:
    """Status and body of an answer with a length."""
    head = (await visitor[0].readuntil(b"\r\n\r\n")).decode()
    (length,) = (line for line in head.splitlines() if line.startswith("Content-Length:"))
    return int(head.split()[1]), await visitor[0].readexactly(int(length.partition(":")[2]))


def test_a_connection_serves_one_question_after_the_other(tmp_path: Path) -> None:
    """Also those that came before the answer."""

    async def scene(place: Place) -> None:
        visitor = await place.visit(GET + GET)

        assert await answer_of(visitor) == (200, b"hello")
        assert await answer_of(visitor) == (200, b"hello")

    play(tmp_path, scene)


def test_a_refusal_leaves_the_connection_open(tmp_path: Path) -> None:
    """What was asked is wrong, not who asks."""

    async def scene(place: Place) -> None:
        visitor = await place.visit(b"GET /refuse HTTP/1.1\r\nHost: x\r\n\r\n" + GET)

        assert await answer_of(visitor) == (404, b'{"error": "no such thing"}\n')
        assert await answer_of(visitor) == (200, b"hello")

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("said", "status"),
    [(b"\0" * 10 + b"\r\n\r\n", 400), (b"GET / HTTP/1.1\r\nX: " + b"x" * 9000, 431)],
)
def test_what_is_no_request_ends_the_connection(tmp_path: Path, said: bytes, status: int) -> None:
    """After a word on why."""

    async def scene(place: Place) -> None:
        visitor = await place.visit(said)

        assert (await answer_of(visitor))[0] == status
        assert await visitor[0].read() == b""

    play(tmp_path, scene)


def test_who_says_nothing_is_sent_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection without a request costs nothing for long."""
    monkeypatch.setattr(module, "HEAD_S", 0.05)

    async def scene(place: Place) -> None:
        visitor = await place.visit(b"GET / HT")

        with pytest.raises(ConnectionResetError):
            assert await visitor[0].read() == b""
            raise ConnectionResetError

    play(tmp_path, scene)


def test_who_reads_nothing_is_sent_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for a reader is bounded, in memory and in time."""
    monkeypatch.setattr(module, "WRITE_S", 0.2)

    async def scene(place: Place) -> None:
        reader, _ = await place.visit(b"GET /flood HTTP/1.1\r\nHost: x\r\n\r\n")
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        other = await place.visit()
        await asyncio.sleep(0.5)
        reader._transport.resume_reading()  # type: ignore[attr-defined]

        other[1].write(GET)
        assert await answer_of(other) == (200, b"hello")
        with pytest.raises((ConnectionError, EOFError)):
            while await reader.readexactly(1 << 16):
                pass

    play(tmp_path, scene)


def test_idle_connections_make_room_for_new_ones(tmp_path: Path) -> None:
    """The one that has been silent longest goes, so that nobody shuts the others out."""

    async def scene(place: Place) -> None:
        crowd = [await place.visit(GET) for _ in range(MAX_CONNECTIONS)]
        for visitor in crowd:
            await answer_of(visitor)

        late = await place.visit(GET)

        assert await answer_of(late) == (200, b"hello")
        gone = await asyncio.gather(
            *(asyncio.wait_for(one[0].read(1), 0.2) for one in crowd), return_exceptions=True
        )
        assert sum(not isinstance(one, asyncio.TimeoutError) for one in gone) == 1

    play(tmp_path, scene)


def test_lines_come_in_chunks(tmp_path: Path) -> None:
    """So that the end is no accident."""

    async def scene(place: Place) -> None:
        visitor = await place.visit(b"GET /lines HTTP/1.1\r\nHost: x\r\n\r\n")

        head = await visitor[0].readuntil(b"\r\n\r\n")
        assert b"Transfer-Encoding: chunked" in head
        assert await visitor[0].readexactly(14) == b"4\r\none\n\r\n0\r\n\r\n"

    play(tmp_path, scene)


def test_an_old_client_gets_lines_until_the_connection_ends(tmp_path: Path) -> None:
    """HTTP/1.0 has no chunks."""

    async def scene(place: Place) -> None:
        visitor = await place.visit(b"GET /lines HTTP/1.0\r\n\r\n")

        said = await visitor[0].read()
        assert said.endswith(b"\r\n\r\none\n")
        assert b"chunked" not in said

    play(tmp_path, scene)


def test_a_head_has_no_body(tmp_path: Path) -> None:
    """And a stream has no head."""

    async def scene(place: Place) -> None:
        visitor = await place.visit(b"HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n" + GET)
        head = await visitor[0].readuntil(b"\r\n\r\n")

        assert b"Content-Length: 5" in head
        assert await answer_of(visitor) == (200, b"hello")

    play(tmp_path, scene)
