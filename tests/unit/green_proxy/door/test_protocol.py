# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 with one client."""

from __future__ import annotations

import asyncio
import json

import pytest

from green_proxy.door.exchange import Exchange
from green_proxy.door.protocol import AHEAD_READ, CONTINUE
from green_proxy.door.reader import AHEAD_LIMIT
from green_proxy.door.request_body import HIGH_WATER_BYTES
from green_proxy.door.state import State
from green_proxy.door.strictness import MAX_HEAD_BYTES, MAX_HEADERS
from green_proxy.fault import ClientLeft
from unit.green_proxy.door.visitor import GET, Visitor, bodies_of, hello, nobody, settled, talk

POST = b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def test_a_request_is_answered_in_one_segment() -> None:
    """The head waits for the first bytes of the body."""
    wire = talk(hello, GET)

    assert len(wire.writes) == 1
    assert wire.written.startswith(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Green-Request-Id: ")
    assert wire.written.endswith(b"\r\n\r\n/ ")
    assert not wire.closing


def test_the_next_request_comes_on_the_same_connection() -> None:
    """Kept alive, as HTTP/1.1 is unless somebody says otherwise."""
    wire = talk(hello, GET, GET.replace(b"/ ", b"/2 "))

    assert bodies_of(wire.written) == [b"/ ", b"/2 "]


def test_requests_ahead_of_their_answers_wait_their_turn() -> None:
    """Answers leave in the order of the requests, whichever would be ready first."""
    running = []

    async def slowly(exchange: Exchange) -> None:
        running.append(exchange.target)
        await asyncio.sleep(0)
        assert len(running) == 1
        running.remove(exchange.target)
        await hello(exchange)

    wire = talk(slowly, GET.replace(b"/ ", b"/1 ") + CHUNKED + b"2\r\nab\r\n0\r\n\r\n" + GET)

    assert bodies_of(wire.written) == [b"/1 ", b"/api/chat ab", b"/ "]


def test_a_client_that_asks_ahead_is_still_seen_to_leave() -> None:
    """The few requests that wait do not stop the reading."""

    async def scene() -> bool:
        left = asyncio.Event()

        async def wait(exchange: Exchange) -> None:
            exchange.on_leave(left.set)
            await left.wait()

        visitor = Visitor(wait)
        visitor.send(GET + GET)
        await settled()
        paused = visitor.wire.paused
        visitor.leave()
        await settled()
        return left.is_set() and not paused

    assert asyncio.run(scene())


def test_many_requests_ahead_stop_the_reading() -> None:
    """Until they are answered."""

    async def scene() -> tuple[bool, bool]:
        go_on = asyncio.Event()

        async def wait(exchange: Exchange) -> None:
            await go_on.wait()
            await hello(exchange)

        visitor = Visitor(wait)
        visitor.send(GET * (AHEAD_READ + 1))
        await settled()
        paused = visitor.wire.paused
        go_on.set()
        for _ in range(AHEAD_READ):
            await settled()
        return paused, visitor.wire.paused

    assert asyncio.run(scene()) == (True, False)


def test_far_too_many_requests_ahead_end_the_connection() -> None:
    """Nobody's memory is filled with requests of a few bytes."""

    async def wait(exchange: Exchange) -> None:
        for _ in range(2):
            await asyncio.sleep(0)
        await hello(exchange)

    async def scene() -> bytes:
        visitor = Visitor(wait)
        visitor.send(GET * (AHEAD_LIMIT + 10))
        for _ in range(AHEAD_LIMIT):
            await settled()
        return visitor.wire.written

    answer = asyncio.run(scene())

    assert answer.count(b"HTTP/1.1 200 OK") == AHEAD_LIMIT
    assert answer.count(b"HTTP/1.1 429 ") == 1


@pytest.mark.parametrize(
    ("request_bytes", "closes"),
    [
        (GET.replace(b"Host", b"Connection: close\r\nHost"), True),
        (b"GET / HTTP/1.0\r\n\r\n", True),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", False),
    ],
)
def test_who_keeps_the_connection(request_bytes: bytes, closes: bool) -> None:
    """The client decides; the answer says the same, with HTTP/1.0 in both cases."""
    wire = talk(hello, request_bytes)

    assert (b"Connection: close\r\n" in wire.written) is closes
    assert (b"Connection: keep-alive\r\n" in wire.written) is not closes
    assert wire.closing is closes


def test_what_follows_a_closing_request_is_ignored() -> None:
    """It has one answer, and no error."""
    wire = talk(hello, GET.replace(b"Host", b"Connection: close\r\nHost") + GET)

    assert bodies_of(wire.written) == [b"/ "]
    assert wire.closing


def test_a_client_that_waits_to_be_asked_is_asked_once() -> None:
    """When its body is first read, and not before."""
    asked: list[bytes] = []

    async def scene() -> bytes:
        async def reads(exchange: Exchange) -> None:
            asked.append(visitor.wire.written)
            await hello(exchange)

        visitor = Visitor(reads)
        visitor.send(POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        await settled()
        asked.append(visitor.wire.written)
        visitor.send(b"a")
        visitor.send(b"b")
        return await visitor.answer()

    answer = asyncio.run(scene())

    assert asked == [b"", CONTINUE]
    assert answer.count(CONTINUE) == 1
    assert answer.endswith(b"/api/chat ab")


def test_a_client_that_is_refused_is_not_asked() -> None:
    """It learns that its body is not wanted before it sends it."""

    async def refuse(exchange: Exchange) -> None:
        exchange.refuse(403, "no")

    wire = talk(refuse, POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")

    assert wire.written.startswith(b"HTTP/1.1 403 Forbidden\r\n")
    assert b"Connection: close\r\n" in wire.written


def test_an_answer_before_the_body_is_read_out() -> None:
    """Closing at once would reset the connection, and the client would lose its answer."""

    async def scene() -> tuple[bool, bool, bool]:
        async def refuse(exchange: Exchange) -> None:
            exchange.refuse(413, "too large")

        visitor = Visitor(refuse)
        visitor.send(POST + b"Content-Length: 200000\r\n\r\nabc")
        await settled()
        lingers = visitor.wire.half_closed and not visitor.wire.closing
        visitor.send(b"x" * 100_000)
        reads_on = not visitor.wire.paused
        visitor.leave()
        return lingers, reads_on, visitor.wire.closing

    assert asyncio.run(scene()) == (True, True, True)


def test_an_upload_that_nobody_reads_waits() -> None:
    """No more of it lies in memory than a reading beyond the mark."""

    async def scene() -> tuple[bool, bool, int]:
        go_on = asyncio.Event()
        sizes = []

        async def later(exchange: Exchange) -> None:
            await go_on.wait()
            async for part in exchange.body():
                sizes.append(len(part))
            exchange.refuse(404, "no")

        visitor = Visitor(later)
        visitor.send(POST + b"Content-Length: 100000\r\n\r\n" + b"x" * 10)
        visitor.send(b"x" * HIGH_WATER_BYTES)
        await settled()
        paused = visitor.wire.paused
        go_on.set()
        await settled()
        resumed = not visitor.wire.paused
        visitor.send(b"x" * (100_000 - 10 - HIGH_WATER_BYTES))
        await settled()
        return paused, resumed, sum(sizes)

    assert asyncio.run(scene()) == (True, True, 100_000)


def test_a_client_that_reads_slowly_is_told_of() -> None:
    """Whoever listens from the middle on learns it at once."""

    async def scene() -> list[bool]:
        told: list[bool] = []
        done = asyncio.Event()

        async def stream(exchange: Exchange) -> None:
            exchange.start(200, [])
            visitor.connection.pause_writing()
            exchange.on_pressure(told.append)
            await done.wait()

        visitor = Visitor(stream)
        visitor.send(GET)
        await settled()
        visitor.connection.resume_writing()
        visitor.connection.pause_writing()
        done.set()
        await settled()
        return told

    assert asyncio.run(scene()) == [True, False, True]


@pytest.mark.parametrize("way", ["eof", "lost"])
def test_a_client_that_leaves_is_noticed_at_once(way: str) -> None:
    """In the same turn of the loop; half-closing counts as well."""

    async def scene() -> tuple[bool, bool, int]:
        told: list[str] = []
        done = asyncio.Event()
        kept: list[Exchange] = []

        async def wait(exchange: Exchange) -> None:
            kept.append(exchange)
            exchange.on_leave(lambda: told.append("left"))
            await done.wait()

        visitor = Visitor(wait)
        visitor.send(GET)
        await settled()
        if way == "eof":
            visitor.connection.eof_received()
        else:
            visitor.connection.connection_lost(ConnectionResetError())
        at_once = told == ["left"]
        visitor.wire.close()
        kept[0].on_leave(lambda: told.append("late"))
        done.set()
        await settled()
        return at_once, kept[0].left, len(told)

    assert asyncio.run(scene()) == (True, True, 2)


def test_a_client_that_leaves_while_its_body_is_read() -> None:
    """Both ways of reading end."""
    seen: list[type] = []

    async def scene() -> None:
        async def whole(exchange: Exchange) -> None:
            try:
                await exchange.read_body(limit_bytes=100, timeout_s=5)
            except ClientLeft:
                seen.append(ClientLeft)
                raise

        async def parts(exchange: Exchange) -> None:
            async for _ in exchange.body():
                pass

        for handler in (whole, parts):
            visitor = Visitor(handler)
            visitor.send(POST + b"Content-Length: 9\r\n\r\nabc")
            await settled()
            visitor.leave()
            await settled()
            assert not visitor.state.tasks
            assert not visitor.wire.writes

    asyncio.run(scene())

    assert seen == [ClientLeft]


def test_an_upgrade_is_ignored() -> None:
    """Java's client asks for h2c with each request, bodies and all."""
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    length, chunked = (
        b"Content-Length: 3\r\n\r\nabc",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    )
    one, two = POST + upgrade + length, POST + upgrade + chunked

    wire = talk(hello, one + two + GET.replace(b"Host", upgrade + b"Host") + one[:-1], one[-1:] + GET)

    chat = b"/api/chat abc"
    assert bodies_of(wire.written) == [chat, chat, b"/ ", chat, b"/ "]


def test_a_handler_that_fails_is_our_fault() -> None:
    """A 500 in the client's dialect, without the error's text."""

    async def fails(exchange: Exchange) -> None:
        raise KeyError("secret")

    wire = talk(fails, GET.replace(b"/ ", b"/v1/models "))

    assert wire.written.startswith(b"HTTP/1.1 500 ")
    assert "a fault in green-proxy" in json.loads(bodies_of(wire.written)[0])["error"]["message"]
    assert b"secret" not in wire.written


@pytest.mark.parametrize("fails", [True, False])
def test_a_handler_that_ends_in_the_middle_breaks_the_answer(fails: bool) -> None:
    """The client must not take it for whole."""

    async def half(exchange: Exchange) -> None:
        exchange.start(200, [])
        exchange.write(b"half")
        if fails:
            raise RuntimeError

    wire = talk(half, GET)

    assert wire.written.endswith(b"4\r\nhalf\r\n")
    assert wire.closing


def test_a_handler_that_says_nothing_closes() -> None:
    """There is nothing else to be said for it."""

    async def silent(exchange: Exchange) -> None:
        return

    wire = talk(silent, GET)

    assert (wire.written, wire.closing) == (b"", True)


def test_a_malformed_body_fails_whoever_reads_it() -> None:
    """It comes after the head was taken, so the handler is at work."""
    wire = talk(hello, CHUNKED, b"2\r\nab\r\n", b"Z\r\n")

    assert wire.written.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"Connection: close\r\n" in wire.written
    assert wire.half_closed


def test_a_malformed_body_beside_its_head_reaches_nobody() -> None:
    """What is known to be malformed before the handler begins never begins."""
    wire = talk(nobody, CHUNKED + b"Z\r\n")

    assert wire.written.startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_what_came_before_a_malformed_request_is_answered() -> None:
    """Each in its turn."""
    wire = talk(hello, GET + b"GET / HTTP/1.1\r\nHost : x\r\n\r\n" + GET)

    assert wire.written.startswith(b"HTTP/1.1 200 OK")
    assert wire.written.count(b"X-Green-Request-Id: ") == 2
    assert b"HTTP/1.1 400 Bad Request" in wire.written


@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions", "/v1/messages"])
def test_errors_speak_the_clients_dialect(path: str) -> None:
    """The path is known before the headers are found to be wrong."""
    wire = talk(nobody, f"POST {path} HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n".encode())

    error = json.loads(bodies_of(wire.written)[0])

    assert "exactly one Host" in str(error)
    assert (error.get("type") == "error") is (path == "/v1/messages")
    assert isinstance(error["error"], str) is path.startswith("/api")
    assert b"X-Green-Request-Id: " in wire.written


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * MAX_HEAD_BYTES,
        b"GET /" + b"x" * MAX_HEAD_BYTES + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * MAX_HEADERS + b"\r\n",
    ],
)
@pytest.mark.parametrize("size", [1000, 1 << 20])
def test_a_head_has_its_limits(head: bytes, size: int) -> None:
    """In bytes and in headers, also before it ends."""
    pieces = [head[at : at + size] for at in range(0, len(head), size)]

    wire = talk(nobody, *pieces)

    assert wire.written.startswith(b"HTTP/1.1 431 ")


def test_a_large_head_passes() -> None:
    """Almost all of the limit, in one header."""
    wire = talk(hello, GET.replace(b"Host", b"X: " + b"x" * (MAX_HEAD_BYTES - 100) + b"\r\nHost"))

    assert wire.written.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("waste", [b"1;" + b"x" * 40_000 + b"\r\n", b"0\r\nX: " + b"x" * 40_000])
def test_chunks_hold_more_body_than_framing(waste: bytes) -> None:
    """Neither extensions nor trailers go on for ever."""
    wire = talk(
        hello, CHUNKED + b"2\r\nab\r\n", *(waste[at : at + 1000] for at in range(0, len(waste), 1000))
    )

    assert wire.written.startswith(b"HTTP/1.1 400 ")
    assert b"more framing than body" in wire.written


def test_small_chunks_and_a_trailer_are_no_waste() -> None:
    """A client that sends byte by byte is slow, and nothing worse."""
    body = b"1\r\na\r\n" * 5000 + b"0\r\nX-Sum: 1\r\n\r\n"

    wire = talk(hello, CHUNKED, *(body[at : at + 6] for at in range(0, len(body), 6)), GET)

    assert bodies_of(wire.written) == [b"/api/chat " + b"a" * 5000, b"/ "]


def test_a_connection_that_says_nothing_closes_silently() -> None:
    """So does one that has had its answer."""

    async def scene() -> tuple[bytes, int]:
        state = State()
        visitors = [Visitor(hello, state), Visitor(hello, state)]
        visitors[1].send(GET)
        await settled()
        idle = len(state.idle)
        for visitor in visitors:
            visitor.wire.writes.clear()
            visitor.connection.idle_too_long()
        await settled()
        assert not state.connections
        return visitors[0].wire.written + visitors[1].wire.written, idle

    assert asyncio.run(scene()) == (b"", 2)


def test_a_busy_connection_is_not_idle() -> None:
    """Neither while a head comes, nor while an answer runs."""

    async def scene() -> list[tuple[int, int]]:
        state, done, counts = State(), asyncio.Event(), []

        async def wait(exchange: Exchange) -> None:
            await done.wait()
            await hello(exchange)

        visitor = Visitor(wait, state)
        for piece in (GET[:9], GET[9:], GET[:3]):
            visitor.send(piece)
            await settled()
            counts.append((len(state.idle), len(state.heads)))
        done.set()
        await settled()
        return [*counts, (len(state.idle), len(state.heads))]

    assert asyncio.run(scene()) == [(0, 1), (0, 0), (0, 1), (0, 1)]


def test_a_slow_head_is_answered_and_closed() -> None:
    """With a 408."""

    async def scene() -> bytes:
        visitor = Visitor(nobody)
        visitor.send(GET[:20])
        visitor.connection.head_too_slow()
        return await visitor.answer()

    assert asyncio.run(scene()).startswith(b"HTTP/1.1 408 Request Timeout\r\n")


def test_a_stop_closes_what_is_idle_and_lets_the_rest_end() -> None:
    """The last answer says that the connection closes."""

    async def scene() -> tuple[bool, bytes, bool]:
        done, state = asyncio.Event(), State()

        async def wait(exchange: Exchange) -> None:
            await done.wait()
            await hello(exchange)

        idle, busy = Visitor(hello, state), Visitor(wait, state)
        busy.send(GET + GET)
        await settled()
        for visitor in (idle, busy):
            visitor.connection.shutdown()
        done.set()
        return idle.wire.closing, await busy.answer(), busy.wire.closing

    closed, answer, ended = asyncio.run(scene())

    assert closed
    assert ended
    assert answer.count(b"HTTP/1.1 200 OK") == 1
    assert b"Connection: close\r\n" in answer


def test_a_request_knows_its_door_and_its_peer() -> None:
    """By which limits count."""
    seen = []

    async def look(exchange: Exchange) -> None:
        seen.append((exchange.door, exchange.peer, exchange.method, exchange.path, exchange.target))
        exchange.refuse(404, "no")

    talk(look, b"DELETE /a%20b?c=%20 HTTP/1.1\r\nHost: x\r\n\r\n")

    assert seen == [("gateway", "192.0.2.7", "DELETE", "/a b", b"/a%20b?c=%20")]
