# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Clients as the door shows them, a feed that is written down, and requests in tasks of their own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from typing import Any

from green_proxy.answer.account import Account
from green_proxy.answer.flight import Flight
from green_proxy.answer.listener import Listener
from green_proxy.door.refusal import error_body
from green_proxy.feed.feed import Feed
from green_proxy.request.call import read_call


class Client:
    """An exchange without a connection: keeps what its client would have got."""

    path = "/api/chat"

    def __init__(self, name: str, *, left: bool = False, pressed: bool = False) -> None:
        self.id = name
        self.started = self.ended = False
        self.left = left
        self.broken = False
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.body = b""
        self._pressed = pressed
        self._leave: Callable[[], object] | None = None
        self._cut: Callable[[], None] | None = None
        self._pressure: Callable[[bool], None] | None = None

    @property
    def over(self) -> bool:
        return self.ended or self.left

    @property
    def on_its_way(self) -> bool:
        """True once somebody would hear of it if the client left."""
        return self._leave is not None

    def on_leave(self, callback: Callable[[], object] | None) -> None:
        self._leave = callback
        if callback is not None and self.left:
            callback()

    def on_cut(self, callback: Callable[[], None] | None) -> None:
        self._cut = callback

    def on_pressure(self, callback: Callable[[bool], None] | None) -> None:
        self._pressure = callback
        if callback is not None and self._pressed:
            callback(True)

    def start(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        assert not self.started
        if not self.over:
            self.started, self.status, self.headers = True, status, dict(headers)

    def write(self, chunk: bytes) -> None:
        assert self.started or self.over
        if not self.over:
            self.body += chunk

    def end(self) -> None:
        if not self.over:
            assert self.started
            self.ended = True

    def abort(self) -> None:
        if not self.over:
            self.ended = self.broken = True

    def refuse(self, status: int, text: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
        if self.started:
            self.abort()
            return
        self.start(status, headers)
        self.write(error_body(self.path, status, text))
        self.end()

    # What the connection does to it.

    def lose(self) -> None:
        if not self.over:
            self.left = True
            if self._leave is not None:
                self._leave()

    def cut(self) -> None:
        assert self._cut is not None
        self._cut()

    def press(self, *, slow: bool) -> None:
        self._pressed = slow
        if self._pressure is not None:
            self._pressure(slow)


class Flow:
    """The handle on the model server: whether it may go on sending."""

    def __init__(self) -> None:
        self.paused = False

    def pause(self) -> None:
        assert not self.paused
        self.paused = True

    def resume(self) -> None:
        self.paused = False

    def abort(self, error: Exception | None = None) -> None: ...


class WrittenFeed(Feed):
    """Keeps what the readers would be told."""

    def __init__(self) -> None:
        super().__init__(lambda *_: None)
        self.told: list[Any] = []

    def publish(self, message: Any) -> None:
        self.told.append(message)

    def of(self, kind: type) -> list[Any]:
        return [message for message in self.told if isinstance(message, kind)]


class Request:
    """A client's request, whose task goes on until its flight is given up or it is told to end."""

    def __init__(self, feed: Feed, client: Client, path: str = "/api/chat", **fields: Any) -> None:
        client.path = path
        self.client = client
        self.account = Account(client.id, path, feed)
        self.listener = Listener(client)  # type: ignore[arg-type]
        self.call = read_call(path, json.dumps({"model": "m", "messages": [], **fields}).encode())
        self.flight: Flight
        self.given_up = False
        self._end = asyncio.Event()
        self.task = asyncio.ensure_future(self._run())

    async def airborne(self) -> Request:
        await asyncio.sleep(0)
        return self

    async def landed(self) -> None:
        """End its task where it has not ended by itself."""
        self._end.set()
        await self.task

    async def _run(self) -> None:
        self.flight = Flight(self.call, self.account, self.listener)
        try:
            await self._end.wait()
        except asyncio.CancelledError:
            self.given_up = True


async def settle() -> None:
    """Let every task hear what there is to hear."""
    for _ in range(3):
        await asyncio.sleep(0)
