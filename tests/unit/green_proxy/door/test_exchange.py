# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What a handler can say, and how it reaches the client."""

from __future__ import annotations

import asyncio
import json

import pytest

from green_proxy.door.exchange import Exchange
from green_proxy.fault import Fault
from green_proxy.headers import Headers
from unit.green_proxy.door.visitor import GET, Visitor, Wire, bodies_of, settled, talk

POST = b"POST /v1/messages HTTP/1.1\r\nHost: localhost\r\n"


def answered(status: int, headers: Headers, *chunks: bytes, request: bytes = GET) -> Wire:
    async def answer(exchange: Exchange) -> None:
        exchange.start(status, headers)
        for chunk in chunks:
            exchange.write(chunk)
        exchange.end()

    return talk(answer, request)


def test_an_answer_without_a_length_is_chunked() -> None:
    """And ends with the last chunk; nothing at all is not taken for one."""
    wire = answered(200, [], b"hello", b"", b"x" * 17)

    head, _, body = wire.written.partition(b"\r\n\r\n")
    assert b"Transfer-Encoding: chunked" in head
    assert body == b"5\r\nhello\r\n11\r\n" + b"x" * 17 + b"\r\n0\r\n\r\n"
    assert not wire.closing


def test_an_answer_without_a_length_ends_with_the_connection_in_http_1_0() -> None:
    """It knows no chunks."""
    wire = answered(200, [], b"hello", request=b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")

    assert wire.written.endswith(b"\r\n\r\nhello")
    assert b"Transfer-Encoding" not in wire.written
    assert b"Connection: close" in wire.written
    assert wire.closing


@pytest.mark.parametrize(
    ("status", "request_bytes", "has_length"),
    [(200, GET.replace(b"GET", b"HEAD"), True), (204, GET, False), (304, GET, True)],
)
def test_some_answers_have_no_body(status: int, request_bytes: bytes, has_length: bool) -> None:
    """Whatever the handler writes; only 204 has no length either (RFC 9110, section 8.6)."""
    wire = answered(status, [(b"Content-Length", b"5")], b"hello", request=request_bytes)

    assert wire.written.endswith(b"\r\n\r\n")
    assert b"hello" not in wire.written
    assert (b"Content-Length: 5" in wire.written) is has_length
    assert not wire.closing


def test_a_refusal_of_head_has_no_body() -> None:
    """But the length that it would have."""

    async def refuse(exchange: Exchange) -> None:
        exchange.refuse(404, "no")

    wire = talk(refuse, GET.replace(b"GET", b"HEAD"))

    assert wire.written.endswith(b"\r\n\r\n")
    assert b"Content-Length: 15\r\n" in wire.written


@pytest.mark.parametrize("body", [b"hell", b"hello!"])
def test_an_answer_of_another_length_is_broken_off(body: bytes) -> None:
    """Too short, the client sees the end of the connection; too long, it sees nothing of the rest."""
    wire = answered(200, [(b"Content-Length", b"5")], body)

    assert wire.closing
    assert not wire.written.endswith(b"hello!")


def test_a_head_does_not_wait_for_a_late_body() -> None:
    """Clients wait for it with a time limit."""

    async def scene() -> bytes:
        done = asyncio.Event()

        async def answer(exchange: Exchange) -> None:
            exchange.start(200, [])
            await done.wait()

        visitor = Visitor(answer)
        visitor.send(GET)
        await settled()
        written = visitor.wire.written
        done.set()
        await settled()
        return written

    assert asyncio.run(scene()).startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_refusal_speaks_the_clients_dialect() -> None:
    """With the headers that belong to it; the connection stays, if the body was whole."""

    async def refuse(exchange: Exchange) -> None:
        await exchange.read_body(limit_bytes=10, timeout_s=5)
        exchange.refuse(503, "full", [(b"Retry-After", b"3")])

    wire = talk(refuse, POST + b"Content-Length: 2\r\n\r\nab")

    assert wire.written.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"Retry-After: 3\r\n" in wire.written
    assert json.loads(bodies_of(wire.written)[0])["error"] == {"type": "overloaded_error", "message": "full"}
    assert not wire.closing


def test_a_refusal_in_mid_answer_breaks_it_off() -> None:
    """Nothing else can be said any more."""

    async def refuse(exchange: Exchange) -> None:
        exchange.start(200, [])
        exchange.write(b"half")
        exchange.refuse(502, "no")
        exchange.write(b"more")
        exchange.end()

    wire = talk(refuse, GET)

    assert wire.written.endswith(b"4\r\nhalf\r\n")
    assert wire.closing


@pytest.mark.parametrize(
    "pieces", [[b"Content-Length: 11\r\n\r\n"], [b"Content-Length: 11\r\n\r\n" + b"x" * 11]]
)
def test_a_body_that_is_announced_too_large_is_refused_at_once(pieces: list[bytes]) -> None:
    """Before it has come."""
    assert caught_in_reading(*pieces) == (413, "refused")


def test_a_chunked_body_that_is_too_large_is_refused() -> None:
    """As soon as it is."""
    pieces = [b"Transfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n", b"8\r\n1234"]

    assert caught_in_reading(*pieces) == (413, "refused")
    assert caught_in_reading(pieces[0] + b"3\r\n123\r\n0\r\n\r\n") == (413, "refused")


def test_a_body_that_is_too_slow_is_refused() -> None:
    """With the key that says how slow it may be."""
    assert caught_in_reading(b"Content-Length: 9\r\n\r\n123", timeout_s=0.0) == (408, "time limit")


def test_a_body_of_the_very_limit_is_read() -> None:
    """In pieces or whole."""
    assert caught_in_reading(b"Content-Length: 10\r\n\r\n01234", b"56789") == b"0123456789"
    assert caught_in_reading(b"Content-Length: 10\r\n\r\n0123456789") == b"0123456789"


def test_a_slow_reader_of_a_body_gets_all_of_it() -> None:
    """Piece by piece, in order."""

    async def echo(exchange: Exchange) -> None:
        exchange.start(200, [])
        async for part in exchange.body():
            exchange.write(part)
        exchange.end()

    wire = talk(echo, POST + b"Content-Length: 6\r\n\r\nab", b"cd", b"ef")

    assert wire.written.endswith(b"\r\n\r\n2\r\nab\r\n2\r\ncd\r\n2\r\nef\r\n0\r\n\r\n")
    # The answer began before the body was whole, and said so.
    assert b"Connection: close" in wire.written


def test_what_is_said_after_the_client_has_left_is_lost() -> None:
    """A handler need not ask before each word."""

    async def scene() -> bytes:
        left = asyncio.Event()

        async def answer(exchange: Exchange) -> None:
            exchange.on_leave(left.set)
            await left.wait()
            exchange.start(200, [])
            exchange.write(b"a")
            exchange.end()
            exchange.refuse(500, "no")
            exchange.abort()

        visitor = Visitor(answer)
        visitor.send(GET)
        await settled()
        visitor.leave()
        return await visitor.answer()

    assert asyncio.run(scene()) == b""


@pytest.mark.parametrize("ends", [True, False])
def test_a_cut_lets_the_application_say_a_last_word(ends: bool) -> None:
    """An answer that it does not end then is broken off."""

    async def scene() -> Wire:
        async def answer(exchange: Exchange) -> None:
            def cut() -> None:
                exchange.write(b"bye")
                if ends:
                    exchange.end()

            exchange.on_cut(cut)
            exchange.start(200, [])
            await asyncio.Event().wait()

        visitor = Visitor(answer)
        visitor.send(GET)
        await settled()
        exchange = visitor.connection.exchange
        assert exchange is not None
        exchange.cut()
        exchange.cut()
        await settled()
        for task in visitor.state.tasks:
            task.cancel()
        await settled()
        return visitor.wire

    wire = asyncio.run(scene())

    assert wire.written.endswith(b"3\r\nbye\r\n0\r\n\r\n" if ends else b"3\r\nbye\r\n")
    assert wire.closing is not ends


def test_a_cut_before_the_answer_is_a_refusal() -> None:
    """The client may ask again, there or elsewhere."""

    async def cut(exchange: Exchange) -> None:
        exchange.cut()

    wire = talk(cut, GET)

    assert wire.written.startswith(b"HTTP/1.1 503 ")
    assert b"being stopped" in wire.written


def test_the_clients_host_and_origin() -> None:
    """What the gate asks for."""
    seen = []

    async def look(exchange: Exchange) -> None:
        seen.append((exchange.host, exchange.origin, exchange.announces_body, exchange.body_bytes))
        exchange.refuse(403, "no")

    talk(look, b"GET / HTTP/1.0\r\n\r\n")
    talk(look, b"PUT / HTTP/1.1\r\nHOST: a\r\nOrigin: b\r\nContent-Length: 2\r\n\r\n")
    talk(look, b"PUT / HTTP/1.1\r\nHOST: a\r\nTransfer-Encoding: chunked\r\n\r\n")

    assert seen == [("", None, False, 0), ("a", "b", True, 2), ("a", None, True, None)]


def caught_in_reading(*pieces: bytes, timeout_s: float = 5) -> object:
    """Status and reason of the Fault, or the body."""
    caught: list[object] = []

    async def read(exchange: Exchange) -> None:
        try:
            caught.append(await exchange.read_body(limit_bytes=10, timeout_s=timeout_s))
        except Fault as fault:
            caught.append((fault.status, fault.reason))
            raise
        exchange.refuse(404, "no")

    talk(read, POST + pieces[0], *pieces[1:])
    assert len(caught) == 1
    return caught[0]
