# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""ASGI applications behind an exchange."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from green_proxy.door.asgi import serve_asgi
from green_proxy.door.exchange import Exchange
from unit.green_proxy.door.visitor import GET, Visitor, bodies_of, settled, talk


def behind(endpoint: object) -> Visitor:
    """A visitor of a Starlette application with this endpoint at all paths."""
    app = Starlette(routes=[Route("/{rest:path}", endpoint, methods=["GET", "POST"])])  # type: ignore[arg-type]

    async def handler(exchange: Exchange) -> None:
        await serve_asgi(app, exchange)

    return Visitor(handler)


def test_a_request_reaches_the_application_and_its_answer_the_client() -> None:
    """Path, query, headers, peer and body one way; status, headers and body the other."""

    async def echo(request: Request) -> Response:
        seen = {
            "query": request.url.query,
            "path": request.url.path,
            "x": request.headers["x"],
            "client": request.client and request.client.host,
            "body": (await request.body()).decode(),
        }
        return JSONResponse(seen, 201, {"X-Y": "z"})

    async def scene() -> bytes:
        visitor = behind(echo)
        visitor.send(b"POST /a%20b?c=d%20e HTTP/1.1\r\nHost: h:1\r\nX: y\r\nContent-Length: 4\r\n\r\nbo")
        await settled()
        visitor.send(b"dy")
        return await visitor.answer()

    answer = asyncio.run(scene())

    assert answer.startswith(b"HTTP/1.1 201 Created\r\n")
    assert b"x-y: z\r\n" in answer
    assert json.loads(bodies_of(answer)[0]) == {
        "query": "c=d%20e",
        "path": "/a b",
        "x": "y",
        "client": "192.0.2.7",
        "body": "body",
    }


def test_a_stream_ends_when_its_client_leaves() -> None:
    """The application learns it from receive()."""

    async def scene() -> bool:
        ended = asyncio.Event()

        async def forever() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"tick"
                    await asyncio.sleep(0)
            finally:
                ended.set()

        async def stream(_request: Request) -> Response:
            return StreamingResponse(forever())

        visitor = behind(stream)
        visitor.send(GET)
        await settled()
        assert b"tick" in visitor.wire.written
        visitor.leave()
        await asyncio.wait_for(ended.wait(), 5)
        await settled()
        return not visitor.state.tasks

    assert asyncio.run(scene())


def test_an_application_waits_for_a_slow_client() -> None:
    """Its memory is not where the answer piles up."""

    async def scene() -> tuple[int, int]:
        async def thrice() -> AsyncIterator[bytes]:
            for _ in range(3):
                yield b"part"

        async def stream(_request: Request) -> Response:
            visitor.connection.pause_writing()
            return StreamingResponse(thrice())

        visitor = behind(stream)
        visitor.send(GET)
        await settled()
        written = visitor.wire.written.count(b"part")
        visitor.connection.resume_writing()
        await settled()
        await settled()
        return written, visitor.wire.written.count(b"part")

    assert asyncio.run(scene()) == (1, 3)


def test_an_application_that_fails_is_our_fault() -> None:
    """As any handler."""

    async def bare(scope: object, receive: object, send: object) -> None:
        raise RuntimeError("secret")

    async def handler(exchange: Exchange) -> None:
        await serve_asgi(bare, exchange)

    wire = talk(handler, GET)

    assert wire.written.startswith(b"HTTP/1.1 500 ")
    assert b"secret" not in wire.written


def test_the_application_can_wait_for_the_end() -> None:
    """After its own last word, receive() tells it at once."""
    seen = []

    async def scene() -> None:
        async def app(scope: object, receive: object, send: object) -> None:
            await PlainTextResponse("a")(scope, receive, send)  # type: ignore[arg-type]
            seen.append((await receive())["type"])  # type: ignore[operator]
            seen.append((await receive())["type"])  # type: ignore[operator]

        async def handler(exchange: Exchange) -> None:
            await serve_asgi(app, exchange)

        visitor = Visitor(handler)
        visitor.send(GET)
        await settled()

    asyncio.run(scene())

    assert seen == ["http.request", "http.disconnect"]
