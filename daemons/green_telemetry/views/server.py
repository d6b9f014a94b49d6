# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""
Connections of those who ask: HTTP/1.1, few at a time, each within its deadlines.

Whoever is slow loses the connection; whoever only holds one open loses it when another one comes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from green_telemetry.views.request import MAX_HEAD_BYTES, RefusedError, Request, read_request

MAX_CONNECTIONS = 32
HEAD_S, IDLE_S, WRITE_S = 10.0, 75.0, 10.0
JSON_TYPE = "application/json"
LINES_TYPE = "application/x-ndjson"


@dataclass(slots=True)
class Exchange:
    """One request and the way back to who sent it."""

    request: Request
    writer: asyncio.StreamWriter
    chunked: bool = False
    began: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    async def answer(self, status: int, content_type: str, body: bytes) -> None:
        """The whole answer."""
        self._begin(status, content_type, {"Content-Length": str(len(body))})
        if self.request.method != "HEAD":
            self.writer.write(body)
        await self._drain()

    async def answer_json(self, content: Any, status: int = 200) -> None:
        await self.answer(status, JSON_TYPE, json.dumps(content).encode() + b"\n")

    async def begin_lines(self) -> None:
        """An answer whose lines come one by one: then `send_line`, and `end_lines`."""
        if self.request.method == "HEAD":
            raise RefusedError(405, "HEAD is not allowed here; only GET")
        self.chunked = self.request.version != "1.0"
        self._begin(200, LINES_TYPE, {"Transfer-Encoding": "chunked"} if self.chunked else {})
        await self._drain()

    async def send_line(self, line: bytes) -> None:
        size = f"{len(line):x}\r\n".encode()
        self.writer.write(size + line + b"\r\n" if self.chunked else line)
        await self._drain()

    async def end_lines(self) -> None:
        if self.chunked:
            self.writer.write(b"0\r\n\r\n")
        await self._drain()

    @property
    def reusable(self) -> bool:
        """True where the next request may come on the same connection."""
        return self.request.keep_alive and self.request.version != "1.0"

    def _begin(self, status: int, content_type: str, more: dict[str, str]) -> None:
        self.began = True
        headers = {"Content-Type": content_type, **more, **self.headers}
        self.writer.write(_head(status, headers, close=not self.reusable))

    async def _drain(self) -> None:
        await asyncio.wait_for(self.writer.drain(), WRITE_S)


Answer = Callable[[Exchange], Awaitable[None]]


class Server:
    """Serves the connections of one listening socket."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._server: asyncio.Server | None = None
        # In the order of their last request; True while one is being answered.
        self._connections: dict[asyncio.StreamWriter, bool] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, listener: socket.socket) -> None:
        self._server = await asyncio.start_server(self._connected, sock=listener, limit=MAX_HEAD_BYTES)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._connections) >= MAX_CONNECTIONS and not self._drop_idle():
            writer.write(_plain(503, f"{MAX_CONNECTIONS} connections are busy; try again"))
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._connections[writer] = False
        try:
            await self._converse(reader, writer)
        # Gone, or slower than it may be: asyncio's TimeoutError is an own one before Python 3.11.
        except (OSError, EOFError, asyncio.TimeoutError):
            writer.transport.abort()
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            self._connections.pop(writer, None)
            self._tasks.discard(task)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        within_s = HEAD_S
        while True:
            try:
                raw = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), within_s)
            except asyncio.LimitOverrunError:
                await self._refuse(writer, RefusedError(431, f"more than {MAX_HEAD_BYTES} bytes of headers"))
                return
            self._connections.pop(writer, None)
            self._connections[writer] = True
            if not await self._exchange(raw, writer):
                return
            self._connections[writer] = False
            within_s = IDLE_S

    async def _exchange(self, raw: bytes, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; False where the connection ends with it."""
        try:
            exchange = Exchange(read_request(raw), writer)
        except RefusedError as refused:
            await self._refuse(writer, refused)
            return False
        try:
            await self._answer(exchange)
        except RefusedError as refused:
            if exchange.began:
                return False
            await exchange.answer_json({"error": str(refused)}, refused.status)
        return exchange.reusable

    async def _refuse(self, writer: asyncio.StreamWriter, refused: RefusedError) -> None:
        writer.write(_plain(refused.status, str(refused)))
        await asyncio.wait_for(writer.drain(), WRITE_S)

    def _drop_idle(self) -> bool:
        idle = next((one for one, busy in self._connections.items() if not busy), None)
        if idle is None:
            return False
        del self._connections[idle]
        with contextlib.suppress(OSError):
            idle.transport.abort()
        return True


def _plain(status: int, text: str) -> bytes:
    body = json.dumps({"error": text}).encode() + b"\n"
    headers = {"Content-Type": JSON_TYPE, "Content-Length": str(len(body))}
    return _head(status, headers, close=True) + body


def _head(status: int, headers: dict[str, str], *, close: bool) -> bytes:
    always = {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Connection": "close" if close else "keep-alive",
    }
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        always["Allow"] = "GET, HEAD"
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in {**headers, **always}.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
