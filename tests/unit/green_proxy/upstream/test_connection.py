# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A connection to the model server: bytes in, answers out."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from green_proxy.fault import ClientLeft, UpstreamLost
from green_proxy.upstream.connection import MAX_SILENT_BYTES, NoAnswer
from unit.green_proxy.upstream.wire import Collected, Line

OK = b"HTTP/1.1 200 OK\r\n"
HELLO = OK + b"Content-Length: 5\r\n\r\nhello"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
LOOSE = OK + b"\r\n"
# Each with its status, its body, and whether the connection can be used again.
ANSWERS = [
    (HELLO, 200, b"hello", True),
    (b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\nno", 404, b"no", True),
    (CHUNKED + b"2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n", 200, b"hello", True),
    (CHUNKED + b"5\r\nhello\r\n0\r\nX-Trailer: a\r\n\r\n", 200, b"hello", True),
    (CHUNKED + b"0\r\n\r\n", 200, b"", True),
    (OK + b"Content-Length: 0\r\n\r\n", 200, b"", True),
    (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", True),
    (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", 304, b"", True),
    (b"HTTP/1.1 100 Continue\r\n\r\n" + HELLO, 200, b"hello", True),
    (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + HELLO, 200, b"hello", True),
    (OK + b"Connection: close\r\nContent-Length: 5\r\n\r\nhello", 200, b"hello", False),
    (b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, b"hello", False),
    (HELLO + b"more", 200, b"hello", False),
    (HELLO + HELLO, 200, b"hello", False),
]


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(cut % len(data) for cut in cuts)})
    return [data[start:end] for start, end in pairwise(edges)]


@given(st.sampled_from(ANSWERS), st.lists(st.integers(0, 999), max_size=30))
def test_any_split_gives_the_same_answer(answer: tuple[bytes, int, bytes, bool], cuts: list[int]) -> None:
    """How the network cuts an answer decides nothing."""
    data, status, body, kept = answer
    line = Line()

    line.read(*split(data, cuts))

    assert (line.answer.status, line.answer.body, line.answer.ends) == (status, body, 1)
    assert line.whole
    assert line.kept == kept


@given(st.lists(st.integers(0, 999), max_size=30))
def test_without_a_length_the_connection_s_end_is_the_answer_s(cuts: list[int]) -> None:
    """HTTP/1.0 servers stream so."""
    line = Line()

    line.read(*split(LOOSE + b"hello", cuts))
    before = line.whole
    line.eof()

    assert not before
    assert (line.answer.body, line.answer.ends, line.whole, line.kept) == (b"hello", 1, True, False)


@given(st.lists(st.binary(min_size=1, max_size=200), max_size=20), st.lists(st.integers(0, 9999)))
def test_any_chunks_give_the_same_body(chunks: list[bytes], cuts: list[int]) -> None:
    """Chunks are the server's affair: the body is what is in them."""
    framed = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    line = Line()

    line.read(*split(CHUNKED + framed + b"0\r\n\r\n", cuts))

    assert line.answer.body == b"".join(chunks)
    assert line.kept


def test_headers_are_as_the_server_wrote_them() -> None:
    """Order, doubles and case stay; those of interim answers and trailers are not among them."""
    line = Line()

    line.read(b"HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n" + OK + b"X-B: 1\r\nx-a: 2\r\nX-B: 3\r\n")
    line.read(b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-Trailer: 4\r\n\r\n")

    names = [(b"X-B", b"1"), (b"x-a", b"2"), (b"X-B", b"3"), (b"Transfer-Encoding", b"chunked")]
    assert line.answer.headers == names


def test_one_read_is_one_call() -> None:
    """However many chunks are in it."""
    line = Line()

    line.read(CHUNKED + b"2\r\nab\r\n2\r\ncd\r\n2\r\nef\r\n")
    line.read(b"1\r\ng\r\n")

    assert line.answer.chunks == [b"abcdef", b"g"]


def test_an_answer_to_head_has_no_body() -> None:
    """Whatever length it announces, and the next answer is read aright."""
    line = Line(head_only=True)

    line.read(OK + b"Content-Length: 5\r\n\r\n")
    first = (line.whole, line.kept, line.answer.body)
    line.ask()
    line.read(HELLO)

    assert first == (True, True, b"")
    assert (line.answer.status, line.answer.body, line.kept) == (200, b"hello", True)


def test_an_answer_to_head_with_a_body() -> None:
    """Its bytes are dropped, and so is the connection."""
    line = Line(head_only=True)

    line.read(HELLO)

    assert (line.whole, line.kept, line.answer.chunks) == (True, False, [])


def test_one_connection_carries_many_requests() -> None:
    """One after the other, and nothing of one shows in the next."""
    line = Line()

    for _ in range(3):
        line.read(CHUNKED + b"5\r\nhello\r\n0\r\nX-Trailer: a\r\n\r\n")
        assert line.whole
        line.ask()
    line.read(HELLO)

    assert line.answer.headers == [(b"Content-Length", b"5")]
    assert bytes(line.wire.written) == b"a request" * 4


@pytest.mark.parametrize("data", [OK + b"Content-Length: 6\r\n\r\nhello", CHUNKED + b"5\r\nhello\r\n"])
def test_a_truncated_answer(data: bytes) -> None:
    """It must not pass for a whole one."""
    line = Line()

    line.read(data)
    line.eof()

    assert line.answer.body == b"hello"
    assert (line.answer.ends, line.wire.aborted) == (0, True)
    assert isinstance(line.error, UpstreamLost)


def test_an_answer_without_a_length_that_is_reset() -> None:
    """A reset is no proper end."""
    line = Line()

    line.read(LOOSE + b"hello")
    line.connection.connection_lost(ConnectionResetError())

    assert isinstance(line.error, UpstreamLost)


@pytest.mark.parametrize(("data", "silent"), [(b"", True), (b"HTTP/1.1 200 OK\r\nA", False)])
def test_a_connection_that_closes_without_a_head(data: bytes, silent: bool) -> None:
    """Whether a byte had come decides whether it may be tried again."""
    line = Line()

    if data:
        line.read(data)
    line.eof()

    assert isinstance(line.error, NoAnswer)
    assert line.error.silent == silent


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9\r\n",
        b"\x15\x03\x01\x00\x02\x02\x16",
        b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
        OK + b"Content-Length: -1\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 099 What\r\n\r\n",
    ],
)
def test_what_is_no_answer(data: bytes) -> None:
    """Nothing of it is passed on, and the connection is closed."""
    line = Line()

    line.read(data)

    assert isinstance(line.error, NoAnswer)
    assert not line.error.silent
    assert line.answer.status is None
    assert line.wire.aborted


def test_garbage_within_a_body() -> None:
    """What came before it is passed on; then the answer is broken off."""
    line = Line()

    line.read(CHUNKED + b"2\r\nab\r\nzz\r\n")

    assert line.answer.body == b"ab"
    assert isinstance(line.error, UpstreamLost)
    assert line.wire.aborted


@pytest.mark.parametrize("start", [OK, CHUNKED + b"1\r\na\r\n0\r\n"])
def test_headers_without_an_end(start: bytes) -> None:
    """They are not collected for ever, as trailers neither."""
    line = Line()

    line.read(start)
    for _ in range(MAX_SILENT_BYTES // 1000 + 2):
        if line.error is None:
            line.read(b"X-More: %b\r\n" % (b"y" * 988))

    assert isinstance(line.error, NoAnswer | UpstreamLost)
    assert line.wire.aborted


def test_bytes_while_idle() -> None:
    """Nobody can tell what they belong to."""
    line = Line()
    line.read(HELLO)

    line.read(HELLO)

    assert line.wire.aborted
    assert len(line.pool) == 0


@pytest.mark.parametrize("politely", [True, False])
def test_closed_while_idle(politely: bool) -> None:
    """It is not offered again."""
    line = Line()
    line.read(HELLO)

    if politely:
        line.connection.eof_received()
    line.connection.connection_lost(None)

    assert len(line.pool) == 0
    assert line.connection.closed


def test_a_slow_reader_holds_the_server() -> None:
    """Nothing is read while the flow is paused, and an idle connection is never left so."""
    line = Line()
    line.read(OK + b"Content-Length: 5\r\n\r\nhe")

    line.turn.pause()
    paused = line.wire.paused
    line.turn.resume()
    resumed = not line.wire.paused
    line.turn.pause()
    line.read(b"llo")

    assert (paused, resumed, line.wire.paused, line.kept) == (True, True, False, True)


def test_the_flow_of_a_whole_answer_does_nothing() -> None:
    """The connection is somebody else's by then."""
    line = Line()
    line.read(HELLO)
    first = line.turn
    line.ask()

    first.pause()
    first.abort()

    assert not line.wire.paused
    assert not line.wire.aborted
    assert line.error is None


def test_abort_closes_at_once() -> None:
    """And what comes after it goes nowhere."""
    line = Line()
    line.read(CHUNKED + b"1\r\na\r\n")

    line.turn.abort()
    closed = line.wire.aborted
    line.read(b"1\r\nb\r\n0\r\n\r\n")
    line.connection.connection_lost(None)

    assert closed
    assert isinstance(line.error, ClientLeft)
    assert (line.answer.body, line.answer.ends) == (b"a", 0)


class Leaving(Collected):
    """An answer whose client goes while it is told something."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where = where
        self.line: Line

    def head(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        super().head(status, headers)
        if self.where == "head":
            self.line.turn.abort()

    def chunk(self, data: bytes) -> None:
        super().chunk(data)
        if self.where == "chunk":
            self.line.turn.abort()


@pytest.mark.parametrize(("where", "body"), [("head", b""), ("chunk", b"hello")])
def test_abort_from_within_a_call(where: str, body: bytes) -> None:
    """A write to the client may be what tells that it is gone."""
    answer = Leaving(where)
    answer.line = line = Line(answer)

    line.read(HELLO)

    assert isinstance(line.error, ClientLeft)
    assert (answer.body, answer.ends, line.kept) == (body, 0, False)


class Failing(Collected):
    """An answer with a fault of its own."""

    def chunk(self, data: bytes) -> None:
        raise RuntimeError("no room")


def test_an_answer_that_fails() -> None:
    """Whoever waits gets to know; the event loop is spared."""
    line = Line(Failing())

    line.read(HELLO)

    assert isinstance(line.error, RuntimeError)
    assert not line.kept


def test_an_answer_before_the_request_is_whole() -> None:
    """It counts; the connection does not, since the server may still wait for the rest."""
    line = Line()
    line.turn.feeding = True

    line.read(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")

    assert (line.answer.status, line.whole, line.kept) == (413, True, False)


def test_writing_waits_for_the_server() -> None:
    """And goes on when the connection is lost, where there is nothing to wait for."""

    async def fill() -> None:
        line = Line()
        line.connection.pause_writing()
        waiting = asyncio.ensure_future(line.connection.drained())
        await asyncio.sleep(0)
        blocked = not waiting.done()
        line.connection.connection_lost(None)
        await waiting
        assert blocked
        assert isinstance(line.error, NoAnswer)

    asyncio.run(fill())
