# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Whatever bytes come, and however they are cut."""

from __future__ import annotations

import asyncio
import itertools

from hypothesis import given, settings, strategies as st

from green_proxy.door.exchange import Exchange
from unit.green_proxy.door.visitor import Visitor, Wire, hello, settled

Seen = tuple[str, bytes, tuple[tuple[bytes, bytes], ...], bytes]
NAMES = st.from_regex(rb"[A-Za-z][A-Za-z0-9-]{0,12}", fullmatch=True).filter(
    lambda name: (
        name.lower()
        not in (b"host", b"content-length", b"transfer-encoding", b"expect", b"connection", b"upgrade")
    )
)
VALUES = st.from_regex(rb"([!-~\x80-\xff]([ -~\t\x80-\xff]{0,20}[!-~\x80-\xff])?)?", fullmatch=True)
TARGETS = st.from_regex(rb"/[A-Za-z0-9/._~%-]{0,20}(\?[a-z0-9=&]{0,10})?", fullmatch=True)
PADDING = st.sampled_from([b"", b" ", b"  ", b"\t"])
EXTENSIONS = st.sampled_from([b"", b";a", b";a=b", b';a="b;c"'])


@st.composite
def bodies(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """The end of a head with its body, and what the body says."""
    parts = draw(st.lists(st.binary(min_size=1, max_size=40), max_size=4))
    whole = b"".join(parts)
    if draw(st.booleans()):
        return b"Content-Length: %d\r\n\r\n%b" % (len(whole), whole), whole
    chunks = [b"%x%b\r\n%b\r\n" % (len(part), draw(EXTENSIONS), part) for part in parts]
    trailer = draw(st.sampled_from([b"", b"X-Sum: 1\r\n"]))
    return b"Transfer-Encoding: chunked\r\n\r\n%b0\r\n%b\r\n" % (b"".join(chunks), trailer), whole


@st.composite
def requests(draw: st.DrawFn) -> tuple[bytes, Seen]:
    """A valid request, and how a handler has to see it."""
    method, target = draw(st.sampled_from(["GET", "POST", "PUT"])), draw(TARGETS)
    headers = draw(st.lists(st.tuples(NAMES, VALUES), max_size=5))
    lines = [name + b":" + draw(PADDING) + value + draw(PADDING) for name, value in headers]
    upgrade = b"Connection: Upgrade\r\nUpgrade: h2c\r\n" if draw(st.integers(0, 4)) == 0 else b""
    end, body = draw(bodies())
    head = b"".join((b"%b %b HTTP/1.1\r\nHost: x\r\n" % (method.encode(), target), upgrade))
    seen = tuple((name.lower(), value) for name, value in headers)
    return head + b"".join(line + b"\r\n" for line in lines) + end, (method, target, seen, body)


async def visit(seen: list[Seen], pieces: list[bytes]) -> Wire:
    async def note(exchange: Exchange) -> None:
        passed = tuple(
            header
            for header in exchange.headers
            if header[0] not in (b"host", b"content-length", b"transfer-encoding", b"connection", b"upgrade")
        )
        body = await exchange.read_body(limit_bytes=1 << 20, timeout_s=5)
        seen.append((exchange.method, exchange.target, passed, body))
        exchange.start(200, [(b"Content-Length", b"0")])
        exchange.end()

    visitor = Visitor(note)
    for piece in pieces:
        visitor.send(piece)
        await asyncio.sleep(0)
    for _ in range(4):
        await settled()
    return visitor.wire


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[begin:end] for begin, end in itertools.pairwise(edges)]


@settings(deadline=None)
@given(st.lists(requests(), min_size=1, max_size=4), st.lists(st.integers(0, 10_000), max_size=8))
def test_any_cut_gives_the_same_requests(sent: list[tuple[bytes, Seen]], places: list[int]) -> None:
    """Where TCP cuts them is chance; a handler sees what was sent."""
    data, seen = b"".join(request for request, _ in sent), []  # type: tuple[bytes, list[Seen]]

    wire = asyncio.run(visit(seen, cut(data, places)))

    assert [expected for _, expected in sent] == seen
    assert wire.written.count(b"HTTP/1.1 200 OK\r\n") == len(sent)
    assert not wire.closing


@settings(deadline=None)
@given(requests())
def test_byte_by_byte(sent: tuple[bytes, Seen]) -> None:
    """The finest cut of all."""
    seen: list[Seen] = []

    asyncio.run(visit(seen, [sent[0][at : at + 1] for at in range(len(sent[0]))]))

    assert [sent[1]] == seen


TOKENS = st.sampled_from(
    b"GET|POST| |/|HTTP/1.1|HTTP/1.0|\r\n|\n|\r|Host: x|:|\0|-|;|\t|\xff|abc|3\r\nabc\r\n|0\r\n\r\n|"
    b"Content-Length: 3|Transfer-Encoding: chunked|Connection: upgrade|Upgrade: h2c|Connection: close|"
    b"Expect: 100-continue".split(b"|")
)


@settings(deadline=None)
@given(
    st.lists(st.one_of(TOKENS, st.binary(max_size=8)), max_size=30), st.lists(st.integers(0, 500), max_size=4)
)
def test_garbage_harms_nobody(parts: list[bytes], places: list[int]) -> None:
    """Nothing is raised, and each answer is one of ours."""
    wire = asyncio.run(scene(cut(b"".join(parts), places)))

    for answer in wire.written.split(b"HTTP/1.1 ")[1:]:
        assert answer[:3] in (b"200", b"400", b"417", b"100", b"505", b"405")


@settings(deadline=None)
@given(requests(), st.integers(0, 400), st.integers(0, 255))
def test_one_changed_byte_harms_nobody(sent: tuple[bytes, Seen], place: int, byte: int) -> None:
    """The server lives, and closes what it can't understand."""
    data = bytearray(sent[0])
    data[place % len(data)] = byte

    wire = asyncio.run(scene([bytes(data)]))

    assert b"HTTP/1.1 500" not in wire.written


async def scene(pieces: list[bytes]) -> Wire:
    visitor = Visitor(hello)
    for piece in pieces:
        visitor.send(piece)
        await asyncio.sleep(0)
    await settled()
    visitor.leave()
    await settled()
    assert not visitor.state.connections
    assert not visitor.state.tasks
    return visitor.wire
