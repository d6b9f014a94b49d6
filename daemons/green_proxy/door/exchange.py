# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One request of a client, and what has been said to it so far."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING

from green_proxy.door import refusal
from green_proxy.fault import ClientLeft
from green_proxy.headers import REQUEST_ID, Headers, text_of, to_client, value_of
from green_proxy.request_id import new_id

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


class Exchange:
    """The ASGI triple with the request's id; reads the body once, and says when the client leaves."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.id = new_id(time.time())
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers: Headers = scope["headers"]
        self.started = False
        self.ended = False
        # Set once nobody reads the body any more, so that receive() can be listened to for the end.
        self.body_read = asyncio.Event()
        self._scope = scope
        self._receive = receive
        self._send = send
        if not self.announces_body:
            self.body_read.set()

    @property
    def target(self) -> bytes:
        """Path and query as the client wrote them."""
        query = self._scope["query_string"]
        raw_path: bytes = self._scope["raw_path"]
        return raw_path + b"?" + query if query else raw_path

    @property
    def host(self) -> str:
        return text_of(self.headers, b"host") or ""

    @property
    def origin(self) -> str | None:
        return text_of(self.headers, b"origin")

    @property
    def body_bytes(self) -> int | None:
        """The length that the client announced, if it did."""
        value = value_of(self.headers, b"content-length")
        return int(value) if value is not None and value.isdigit() else None

    @property
    def announces_body(self) -> bool:
        return bool(self.body_bytes) or value_of(self.headers, b"transfer-encoding") is not None

    async def body(self) -> AsyncIterator[bytes]:
        """The body's bytes as they come. Raises ClientLeft."""
        more = self.announces_body
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientLeft
            more = message.get("more_body", False)
            if message.get("body"):
                yield message["body"]
        self.body_read.set()

    async def client_leaves(self) -> None:
        """Return when the client has closed its connection; begins to listen when the body is read."""
        await self.body_read.wait()
        while (await self._receive())["type"] != "http.disconnect":
            continue

    async def start(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        self.started = True
        passed = to_client(headers, request_id=self.id)
        await self._send({"type": "http.response.start", "status": status, "headers": passed})

    async def write(self, chunk: bytes) -> None:
        await self._send({"type": "http.response.body", "body": chunk, "more_body": True})

    async def end(self) -> None:
        self.ended = True
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    async def refuse(self, status: int, text: str) -> None:
        """Answer with an error in the client's dialect, and close: its body may not have been read."""
        body = refusal.error_body(self.path, status, text)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (REQUEST_ID, self.id.encode()),
        ]
        if not self.body_read.is_set():
            headers.append((b"connection", b"close"))
        self.started = self.ended = True
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body, "more_body": False})
