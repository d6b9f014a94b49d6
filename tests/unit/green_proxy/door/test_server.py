# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The server on real sockets: its doors, its stop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from green_proxy.door.exchange import Exchange
from green_proxy.door.server import Server
from unit.green_proxy.door.visitor import GET, hello

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class House:
    """A running server with an API and a gateway."""

    def __init__(self, handler: Callable[[Exchange], Awaitable[None]]) -> None:
        self.server = Server(handler)
        self.sockets = {name: socket.create_server(("127.0.0.1", 0)) for name in ("api", "gateway")}
        self.ports = {name: one.getsockname()[1] for name, one in self.sockets.items()}
        self.writers: list[asyncio.StreamWriter] = []

    async def enter(self, door: str = "api") -> Streams:
        streams = await asyncio.open_connection("127.0.0.1", self.ports[door])
        self.writers.append(streams[1])
        return streams

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[asyncio.Task[None]]:
        ready = asyncio.Event()
        running = asyncio.ensure_future(self.server.run_until_stopped(self.sockets.items(), ready.set))
        await asyncio.wait_for(ready.wait(), 5)
        try:
            yield running
        finally:
            self.server.stop(0)
            self.server.stop(0)
            await asyncio.wait_for(running, 5)
            for writer in self.writers:
                writer.close()


def test_each_connection_knows_its_door() -> None:
    """Also where systemd or we have opened several."""

    async def say(exchange: Exchange) -> None:
        exchange.refuse(404, f"{exchange.door} {exchange.peer}")

    async def scene() -> list[bytes]:
        house, said = House(say), []
        async with house.open():
            for door in ("gateway", "api"):
                reader, writer = await house.enter(door)
                writer.write(GET)
                said.append(await reader.readuntil(b"}"))
        return said

    gateway, api = asyncio.run(scene())

    assert b'"gateway 127.0.0.1"' in gateway
    assert b'"api 127.0.0.1"' in api


def test_answers_leave_without_delay() -> None:
    """Small segments do not wait for each other, whoever opened the socket."""

    async def scene() -> int:
        seen: list[int] = []

        async def look(exchange: Exchange) -> None:
            (connection,) = house.server.state.connections
            raw = connection.transport.get_extra_info("socket")
            seen.append(raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            await hello(exchange)

        house = House(look)
        async with house.open():
            reader, writer = await house.enter()
            writer.write(GET)
            await reader.readuntil(b"\r\n\r\n")
        return seen[0]

    assert asyncio.run(scene()) == 1


def test_a_stop_ends_idle_connections_and_waits_for_answers() -> None:
    """Nothing new is taken meanwhile."""

    async def scene() -> bytes:
        go_on, begun = asyncio.Event(), asyncio.Event()

        async def slowly(exchange: Exchange) -> None:
            begun.set()
            await go_on.wait()
            await hello(exchange)

        house = House(slowly)
        async with house.open() as running:
            idle, _ = await house.enter()
            busy, writer = await house.enter()
            writer.write(GET)
            await begun.wait()
            house.server.stop(60)
            assert await idle.read() == b""
            with pytest.raises(OSError):
                await house.enter()
            go_on.set()
            answer = await busy.read()
            await asyncio.wait_for(running, 5)
        return answer

    assert asyncio.run(scene()).endswith(b"\r\n\r\n/ ")


@pytest.mark.parametrize("hurries", [True, False])
def test_what_takes_too_long_is_cut(hurries: bool) -> None:
    """With the application's last word; at once when the stop comes twice."""

    async def scene() -> tuple[bytes, list[str]]:
        notes: list[str] = []
        begun = asyncio.Event()

        async def endless(exchange: Exchange) -> None:
            def cut() -> None:
                exchange.write(b"last")
                exchange.end()

            exchange.on_cut(cut)
            exchange.start(200, [])
            exchange.write(b"first")
            begun.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                notes.append("cancelled")
                raise

        house = House(endless)
        async with house.open() as running:
            reader, writer = await house.enter()
            writer.write(GET)
            await begun.wait()
            assert [exchange.path for exchange in house.server.exchanges()] == ["/"]
            house.server.stop(60 if hurries else 0)
            if hurries:
                house.server.stop(60)
            answer = await reader.read()
            await asyncio.wait_for(running, 5)
        return answer, notes

    answer, notes = asyncio.run(scene())

    assert answer.endswith(b"5\r\nfirst\r\n4\r\nlast\r\n0\r\n\r\n")
    assert notes == ["cancelled"]


def test_an_answer_that_ends_with_its_connection_is_reset_when_it_breaks_off() -> None:
    """HTTP/1.0 has no other way to tell half an answer from a whole one."""

    async def half(exchange: Exchange) -> None:
        exchange.start(200, [])
        exchange.write(b"half")

    async def scene() -> None:
        house = House(half)
        async with house.open():
            reader, writer = await house.enter()
            writer.write(b"GET / HTTP/1.0\r\n\r\n")
            with pytest.raises(ConnectionResetError):
                await reader.read()

    asyncio.run(scene())


def test_at_rest_there_is_no_timer_but_that_of_idle_connections() -> None:
    """Nothing ticks."""

    async def scene() -> tuple[int, int]:
        loop = asyncio.get_running_loop()
        house = House(hello)
        async with house.open():
            before = len(loop._scheduled)  # type: ignore[attr-defined]
            for _ in range(3):
                reader, writer = await house.enter()
                writer.write(GET)
                await reader.readuntil(b"\r\n\r\n/ ")
            return before, len(loop._scheduled)  # type: ignore[attr-defined]

    before, after = asyncio.run(scene())

    # The first is that of the test itself, which has been cancelled.
    assert after - before <= 1
