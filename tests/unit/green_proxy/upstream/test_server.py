# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Requests to a model server, over real sockets and with a clock of our own."""

from __future__ import annotations

import asyncio
import gc
import socket
import weakref
from collections.abc import AsyncIterator

import pytest

from green_proxy.fault import ClientLeft, Fault, UpstreamLost
from green_proxy.headers import Headers
from green_proxy.upstream.breaker import OPENS_AFTER, PROBE_EVERY_S
from green_proxy.upstream.limits import Limits
from green_proxy.upstream.outgoing import Body
from green_proxy.upstream.server import BUSY_RETRIES, PAUSES_S, Upstream
from unit.green_proxy.upstream.loopback import Clock, Peer, always, served
from unit.green_proxy.upstream.wire import Collected

LIMITS = Limits(connect_s=5, first_byte_s=30, between_s=10)


async def sent(
    upstream: Upstream,
    method: str = "POST",
    body: Body = b"you",
    *,
    answer: Collected | None = None,
    retry_busy: bool = False,
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> Collected:
    """Send one request, and return its answer."""
    answer = answer or Collected()
    all_headers = [(b"host", upstream.host), *headers]
    await upstream.send(method, b"/api/chat?a=%20b", all_headers, body, answer, LIMITS, retry_busy=retry_busy)
    return answer


def nowhere() -> tuple[Upstream, Clock]:
    """A model server that is not there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    clock = Clock()
    return Upstream(f"http://127.0.0.1:{port}", clock=clock, pause=clock.pause), clock


async def refused(upstream: Upstream) -> Fault:
    with pytest.raises(Fault) as raised:
        await sent(upstream)
    return raised.value


def test_a_request_and_its_answer() -> None:
    """The target passes byte for byte, below the path of the model server."""

    async def check() -> None:
        async with served(always, "/below") as (server, upstream, _):
            answer = await sent(upstream)

        assert (answer.status, answer.body, answer.ends) == (200, b"hello you", 1)
        assert server.requests[0].startswith(b"POST /below/api/chat?a=%20b HTTP/1.1\r\n")

    asyncio.run(check())


def test_connections_are_used_again() -> None:
    """One after the other needs one, two at a time need two."""

    async def check() -> None:
        async with served(always) as (server, upstream, _):
            for _ in range(3):
                await sent(upstream)
            alone = server.connections
            await asyncio.gather(sent(upstream), sent(upstream))

        assert (alone, server.connections) == (1, 2)

    asyncio.run(check())


def test_idle_connections_are_closed() -> None:
    """Two seconds after their last use, at the next sweep."""

    async def once(peer: Peer) -> None:
        await peer.answer(await peer.request())
        await peer.gone()
        gone.set()

    async def check() -> None:
        async with served(once) as (_, upstream, _):
            await sent(upstream)
            upstream.sweep(2.0)
            await gone.wait()

    gone = asyncio.Event()
    asyncio.run(check())


def test_a_server_that_goes_without_an_answer() -> None:
    """502, and no second try: the first may have been generated."""

    async def goes(peer: Peer) -> None:
        await peer.request()

    async def check() -> None:
        async with served(goes) as (server, upstream, _):
            fault = await refused(upstream)

        assert (fault.status, fault.reason) == (502, "model server failed")
        assert "closed the connection without an answer" in fault.text
        assert len(server.requests) == 1

    asyncio.run(check())


@pytest.mark.parametrize(("method", "body", "tries"), [("GET", None, 3), ("POST", b"", 2)])
def test_a_kept_connection_that_the_server_closes(method: str, body: Body, tries: int) -> None:
    """What changes nothing is asked again over a new one; all else may have been done."""

    async def closes(peer: Peer) -> None:
        await peer.request()
        await peer.answer(b"")
        if peer.server.connections == 1:
            await peer.request()
            return
        await always(peer)

    async def check() -> None:
        async with served(closes) as (server, upstream, _):
            await sent(upstream, method, body)
            again = (await asyncio.gather(sent(upstream, method, body), return_exceptions=True))[0]

        assert len(server.requests) == tries
        assert isinstance(again, Collected if tries == 3 else Fault)

    asyncio.run(check())


def test_what_does_not_speak_http() -> None:
    """The client is told, without a byte of what was said."""

    async def greets(peer: Peer) -> None:
        await peer.request()
        await peer.say(b"220 secret.example ESMTP\r\n")
        await peer.gone()

    async def check() -> None:
        async with served(greets) as (_, upstream, _):
            fault = await refused(upstream)

        assert fault.status == 502
        assert "gave no proper answer" in fault.text
        assert "secret" not in fault.text

    asyncio.run(check())


def test_nobody_there() -> None:
    """A few tries with short pauses, then a text that names address, trouble and key."""

    async def check() -> None:
        upstream, clock = nowhere()
        fault = await refused(upstream)
        await upstream.close()

        assert clock.pauses_s == list(PAUSES_S)
        assert (fault.status, fault.reason) == (503, "model server failed")
        assert f"{upstream.url} can't be reached (Connection refused)" in fault.text
        assert "proxy.upstream" in fault.text
        assert upstream.trouble == "Connection refused"

    asyncio.run(check())


def test_known_trouble_is_not_tried_again_and_again() -> None:
    """One try a request, and none once the circuit is open; then the client hears when to come back."""

    async def check() -> None:
        upstream, clock = nowhere()
        faults = [await refused(upstream) for _ in range(OPENS_AFTER + 1)]
        await upstream.close()

        assert clock.pauses_s == list(PAUSES_S)
        assert [fault.headers for fault in faults[:-1]] == [()] * OPENS_AFTER
        assert faults[-1].headers == ((b"retry-after", b"%d" % PROBE_EVERY_S),)
        assert {fault.status for fault in faults} == {503}
        assert {fault.text for fault in faults} == {faults[0].text}

    asyncio.run(check())


def test_a_server_that_comes_back() -> None:
    """Looking for it closes the circuit, and ends the trouble."""

    async def check() -> None:
        async with served(always) as (server, upstream, _):
            upstream.trouble = "Connection refused"
            for _ in range(OPENS_AFTER):
                upstream._breaker.failed(0.0)
            fault = await refused(upstream)
            found = await upstream.reachable()
            answer = await sent(upstream)

        assert fault.status == 503
        assert found
        assert not upstream.trouble
        assert answer.status == 200
        assert server.connections == 1

    asyncio.run(check())


def test_looking_for_nobody() -> None:
    """The trouble is noted."""

    async def check() -> None:
        upstream, _ = nowhere()
        found = await upstream.reachable()
        await upstream.close()

        assert not found
        assert upstream.trouble == "Connection refused"

    asyncio.run(check())


def test_a_connection_that_is_never_made() -> None:
    """The text names the limit."""

    async def silence(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    async def check() -> None:
        upstream, _ = nowhere()
        asyncio.get_running_loop().create_connection = silence  # type: ignore[method-assign,assignment]
        with pytest.raises(Fault) as raised:
            await upstream.send("GET", b"/", [], None, Collected(), Limits(connect_s=0.02))
        await upstream.close()

        assert raised.value.status == 503
        assert "no answer in time, proxy.connect_timeout_s is 0.02" in raised.value.text

    asyncio.run(check())


async def busy_once(peer: Peer) -> None:
    await peer.request()
    await peer.answer(b"busy", "503 Service Unavailable", "Retry-After: 1")
    await always(peer)


async def busy(peer: Peer) -> None:
    while True:
        await peer.request()
        await peer.answer(b"busy", "503 Service Unavailable")


def test_a_busy_server_is_asked_again() -> None:
    """After the time that it asks for; the client sees the answer alone."""

    async def check() -> None:
        async with served(busy_once) as (server, upstream, clock):
            answer = await sent(upstream, retry_busy=True)

        assert (answer.status, answer.body) == (200, b"hello you")
        assert clock.pauses_s == [1]
        assert len(server.requests) == 2

    asyncio.run(check())


def test_a_server_that_stays_busy() -> None:
    """Its own refusal passes in the end."""

    async def check() -> None:
        async with served(busy) as (server, upstream, clock):
            answer = await sent(upstream, retry_busy=True)

        assert (answer.status, answer.body, answer.ends) == (503, b"busy", 1)
        assert clock.pauses_s == [0.5] * BUSY_RETRIES
        assert len(server.requests) == 1 + BUSY_RETRIES

    asyncio.run(check())


async def parts(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


@pytest.mark.parametrize(("retry", "body"), [(False, b"you"), (True, parts(b"you"))])
def test_a_refusal_that_passes_at_once(retry: bool, body: Body) -> None:
    """Where it was not asked for, or where the body is gone."""

    async def check() -> None:
        async with served(busy) as (server, upstream, _):
            answer = await sent(upstream, body=body, retry_busy=retry, headers=((b"content-length", b"3"),))

        assert answer.status == 503
        assert len(server.requests) == 1

    asyncio.run(check())


async def silent(peer: Peer) -> None:
    """Take a request, and say nothing until the other side closes."""
    await peer.request()
    await peer.gone()
    raise ConnectionAbortedError


def test_cancelling_closes_the_connection() -> None:
    """The server sees it, and stops its work."""

    async def check() -> None:
        asked, gone = asyncio.Event(), asyncio.Event()

        async def waits(peer: Peer) -> None:
            await peer.request()
            asked.set()
            await peer.gone()
            gone.set()

        async with served(waits) as (_, upstream, _):
            sending = asyncio.ensure_future(sent(upstream))
            await asked.wait()
            sending.cancel()
            await gone.wait()
            with pytest.raises(asyncio.CancelledError):
                await sending

    asyncio.run(check())


def test_abort_ends_the_request() -> None:
    """With the error that it was given."""

    async def check() -> None:
        async with served(silent) as (server, upstream, _):
            answer = Collected()
            sending = asyncio.ensure_future(sent(upstream, answer=answer))
            await server.asked.wait()
            assert answer.flow is not None
            answer.flow.abort(RuntimeError("superseded"))
            with pytest.raises(RuntimeError, match="superseded"):
                await sending

    asyncio.run(check())


def test_close_ends_what_is_under_way() -> None:
    """Nobody is left waiting."""

    async def check() -> None:
        async with served(silent) as (server, upstream, _):
            sending = asyncio.ensure_future(sent(upstream))
            await server.asked.wait()
            await upstream.close()
            with pytest.raises(UpstreamLost, match="stopped"):
                await sending

    asyncio.run(check())


def test_a_request_leaves_no_cycle() -> None:
    """At thousands of requests a second the collector would have too much to do."""

    async def check() -> None:
        async with served(always) as (_, upstream, _):
            answer = await sent(upstream)
            seen = weakref.ref(answer)
            gc.disable()
            del answer
            try:
                assert seen() is None
            finally:
                gc.enable()

    asyncio.run(check())


@pytest.mark.parametrize("headers", [(), ((b"content-length", b"6"),)])
def test_a_body_that_comes(headers: tuple[tuple[bytes, bytes], ...]) -> None:
    """The answer waits for all of it, and the connection is used again."""

    async def check() -> None:
        async def reads(peer: Peer) -> None:
            if headers:
                await always(peer)
            peer.server.requests.append(await peer.reader.readuntil(b"0\r\n\r\n"))
            await peer.answer(b"thanks")
            await always(peer)

        async with served(reads) as (server, upstream, _):
            first = await sent(upstream, body=parts(b"one", b"two"), headers=headers)
            await sent(upstream)

        assert first.status == 200
        assert server.connections == 1

    asyncio.run(check())


def test_an_answer_before_the_body_is_whole() -> None:
    """It ends the request, and nobody waits for the rest."""

    async def check() -> None:
        ended = asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            try:
                yield b"x"
                await asyncio.Event().wait()
            finally:
                ended.set()

        async def refuses(peer: Peer) -> None:
            await peer.reader.readuntil(b"\r\n\r\n")
            await peer.answer(b"too large", "413 Payload Too Large")
            await peer.gone()

        async with served(refuses) as (_, upstream, _):
            answer = await sent(upstream, body=endless())
            await ended.wait()

        assert (answer.status, answer.body) == (413, b"too large")

    asyncio.run(check())


def test_a_client_that_leaves_while_it_sends() -> None:
    """The server sees a broken request."""

    async def leaves() -> AsyncIterator[bytes]:
        yield b"x"
        raise ClientLeft

    async def check() -> None:
        async with served(silent) as (_, upstream, _):
            with pytest.raises(ClientLeft):
                await sent(upstream, body=leaves())

    asyncio.run(check())


class Told(Collected):
    """An answer whose head can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.told = asyncio.Event()

    def head(self, status: int, headers: Headers) -> None:
        super().head(status, headers)
        self.told.set()


def test_limits_end_a_request() -> None:
    """Before the head with a status, after it with a broken answer."""

    async def starts(peer: Peer) -> None:
        await peer.request()
        await peer.say(b"HTTP/1.1 200 OK\r\n\r\n")
        await peer.gone()

    async def check() -> None:
        async with served(silent) as (server, upstream, _):
            waiting = asyncio.ensure_future(sent(upstream))
            await server.asked.wait()
            upstream.sweep(30.0)
            with pytest.raises(Fault, match=r"proxy.first_token_timeout_s") as raised:
                await waiting
        assert raised.value.status == 504

        async with served(starts) as (_, upstream, _):
            answer = Told()
            waiting = asyncio.ensure_future(sent(upstream, answer=answer))
            await answer.told.wait()
            upstream.sweep(1.0)
            upstream.sweep(11.0)
            with pytest.raises(UpstreamLost, match=r"proxy.token_timeout_s"):
                await waiting

    asyncio.run(check())
