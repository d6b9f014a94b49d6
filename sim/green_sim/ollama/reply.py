# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Runs one generation for one client: streamed or whole, and stopped when the client leaves."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any, Protocol

from starlette.types import Receive, Scope, Send

from green_sim.clockwork import Clockwork
from green_sim.engine.job import Ended, Event, Job, Order, Piece, Stage


class Shape(Protocol):
    """How one API writes a generation."""

    @property
    def media_type(self) -> bytes: ...

    def piece(self, piece: Piece) -> bytes: ...

    def last(self, job: Job) -> bytes: ...

    def whole(self, job: Job, pieces: list[Piece]) -> dict[str, Any]: ...

    def error(self, status: int, message: str) -> dict[str, Any]: ...

    def stream_error(self, status: int, message: str) -> bytes: ...


class Reply:
    """An ASGI application that answers one request with one generation."""

    def __init__(self, clockwork: Clockwork, order: Order, shape: Shape, *, stream: bool) -> None:
        self._clockwork = clockwork
        self._order = order
        self._shape = shape
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # It holds at most one answer: the engine makes no more tokens than were ordered.
        events: asyncio.Queue[Event] = asyncio.Queue()
        job = self._clockwork.submit(self._order, events.put_nowait)
        watch = asyncio.create_task(_until_gone(receive, lambda: self._clockwork.cancel(job)))
        try:
            if self._stream:
                await self._send_stream(job, events, send)
            else:
                await self._send_whole(job, events, send)
        finally:
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch
            self._clockwork.cancel(job)

    async def _send_stream(self, job: Job, events: asyncio.Queue[Event], send: Send) -> None:
        event = await events.get()
        if isinstance(event, Ended) and event.stage is not Stage.FINISHED:
            await _send_json(send, event.status, self._shape.error(event.status, event.error or ""))
            return
        await _start(send, 200, self._shape.media_type)
        while isinstance(event, Piece):
            content = self._shape.piece(event)
            if content:
                await _body(send, content, more=True)
            event = await events.get()
        if event.stage is Stage.FINISHED:
            await _body(send, self._shape.last(job), more=False)
        else:
            await _body(send, self._shape.stream_error(event.status, event.error or ""), more=False)

    async def _send_whole(self, job: Job, events: asyncio.Queue[Event], send: Send) -> None:
        pieces = []
        while isinstance(event := await events.get(), Piece):
            pieces.append(event)
        if event.stage is Stage.FINISHED:
            await _send_json(send, 200, self._shape.whole(job, pieces))
        else:
            await _send_json(send, event.status, self._shape.error(event.status, event.error or ""))


def encode(value: object) -> bytes:
    """JSON as the real server writes it: no spaces, no escapes beyond what is needed."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


async def _until_gone(receive: Receive, gone: Callable[[], None]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    gone()


async def _send_json(send: Send, status: int, value: dict[str, Any]) -> None:
    content = encode(value)
    length = (b"content-length", str(len(content)).encode())
    await _start(send, status, b"application/json; charset=utf-8", length)
    await _body(send, content, more=False)


async def _start(send: Send, status: int, media_type: bytes, *others: tuple[bytes, bytes]) -> None:
    headers = [(b"content-type", media_type), *others]
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _body(send: Send, content: bytes, *, more: bool) -> None:
    await send({"type": "http.response.body", "body": content, "more_body": more})
