# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""uvicorn's server, started and stopped by us, with our own protocol on several listening sockets."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import socket
from collections.abc import Callable, Iterable, Iterator
from typing import cast

import uvicorn

from green_proxy.door.exchange import Exchange
from green_proxy.door.listener import BACKLOG
from green_proxy.door.protocol import Connection, Handler
from green_proxy.door.state import State

CUT_WAIT_S = 2.0


class Server(uvicorn.Server):
    """Leaves signals to the daemon, and waits for its stop instead of asking ten times a second."""

    def __init__(self, handler: Handler) -> None:
        # uvicorn hands its application on to the protocol; ours takes an exchange instead of ASGI's triple.
        app = cast("uvicorn._types.ASGI3Application", handler)
        super().__init__(
            uvicorn.Config(
                app,
                interface="asgi3",
                http=cast("type[asyncio.Protocol]", Connection),
                ws="none",
                lifespan="off",
                access_log=False,
                log_config=None,
                proxy_headers=False,
            )
        )
        # What matters of its lines is logged by us; the rest would let strangers fill the journal.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)
        self.state = State()
        self.server_state = self.state
        self._doors: tuple[tuple[str, socket.socket], ...] = ()
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()
        self._drain_s = 0.0
        self._ready: Callable[[], None] = lambda: None

    async def run_until_stopped(
        self, doors: Iterable[tuple[str, socket.socket]], ready: Callable[[], None]
    ) -> None:
        """Serve these sockets, each with its door's name; `ready` is called once connections are taken."""
        self._doors, self._ready = tuple(doors), ready
        await self.serve()

    def stop(self, drain_s: float) -> None:
        """Take no more connections, let running answers end within the time; a second call cuts them."""
        if self._stopping.is_set():
            self._hurry.set()
        self._drain_s = drain_s
        self._stopping.set()

    def exchanges(self) -> Iterator[Exchange]:
        """Those whose answers are not whole."""
        for connection in tuple(self._connections()):
            if connection.exchange is not None:
                yield connection.exchange

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        loop = asyncio.get_running_loop()
        self.servers = []
        for door, listener in self._doors:
            make = functools.partial(Connection, self.config, self.state, {}, loop, door=door)
            self.servers.append(await loop.create_server(make, sock=listener, backlog=BACKLOG))
        self.started = True

    async def main_loop(self) -> None:
        self._ready()
        await self._stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain, then cut what still runs."""
        for server in self.servers:
            server.close()
        for connection in tuple(self._connections()):
            connection.shutdown()
        await self._until_quiet(self._drain_s, self._hurry)
        for exchange in tuple(self.exchanges()):
            exchange.cut()
        for task in tuple(self.state.tasks):
            task.cancel()
        await self._until_quiet(CUT_WAIT_S, asyncio.Event())
        for connection in tuple(self._connections()):
            connection.give_up()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def _connections(self) -> Iterable[Connection]:
        # uvicorn's type names its own protocols only.
        return cast("Iterable[Connection]", self.state.connections)

    async def _until_quiet(self, wait_s: float, hurry: asyncio.Event) -> None:
        """Return when no connection and no task is left, or the time is over, or it hurries."""
        quiet = asyncio.Event()

        def look() -> None:
            if not self.state.connections and not self.state.tasks:
                quiet.set()

        self.state.on_change = look
        look()
        waiting = [asyncio.ensure_future(event.wait()) for event in (quiet, hurry)]
        await asyncio.wait(waiting, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
        for one in waiting:
            one.cancel()
        self.state.on_change = None
