# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The running proxy: its parts in one event loop, its pulse, its stop."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Coroutine
from typing import Any

from green_common.config import ProxyConfig, split_address
from green_common.feed.publisher import Publisher
from green_common.process import Process
from green_proxy.app import build_app
from green_proxy.door.gate import Gate
from green_proxy.door.server import Server
from green_proxy.feed.feed import Feed
from green_proxy.generating import Generating
from green_proxy.models.residency import Models
from green_proxy.upstream.server import Upstream

TICK_S = 1.0
LOOK_AGAIN_TICKS = 5


class Service:
    """Made inside the event loop that it lives in."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._listen = process.config.proxy.listen
        self._upstream = Upstream(process.config.proxy.upstream)
        self._models = Models(self._upstream)
        self._feed = Feed(lambda model: self._start(self._models.unload(model)))
        generating = Generating(self._settings, self._upstream, self._feed, self._models)
        gate = Gate(split_address(self._listen)[0], os.environ)
        app = build_app(self._settings, self._upstream, self._feed, generating=generating, gate=gate)
        self._server = Server(app)
        self._tasks: set[asyncio.Task[Any]] = set()

    async def serve(self, api: socket.socket, feed: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        self._feed.serve(Publisher(feed, self._feed))
        loop.add_reader(self._process.signals.fileno(), self._on_signal)
        self._start(self._pulse())
        try:
            await self._server.run_until_stopped(api, lambda: self._process.ready(self.status()))
        finally:
            loop.remove_reader(self._process.signals.fileno())
            await self._end_tasks()
            self._feed.close()
            await self._upstream.close()

    def status(self) -> str:
        """One line for `systemctl status`."""
        line = f"{self._listen} -> {self._upstream.url}, {self._feed.activity.in_flight} in flight"
        if self._feed.holds.held:
            line += ", clocks held"
        if self._upstream.trouble:
            line += f"; DEGRADED: the model server can't be reached: {self._upstream.trouble}"
        return line

    def _settings(self) -> ProxyConfig:
        return self._process.config.proxy

    def _on_signal(self) -> None:
        if self._process.should_stop():
            self._server.stop(self._settings().drain_s)

    async def _pulse(self) -> None:
        """What has to happen every second; the watchdog hears from the loop that does the work."""
        ticks = 0
        while True:
            # At the start too, so that a missing model server shows before the first request.
            if ticks == 0 or (self._upstream.trouble and ticks % LOOK_AGAIN_TICKS == 0):
                self._start(self._upstream.reachable())
            ticks += 1
            await asyncio.sleep(TICK_S)
            self._feed.beat()
            self._process.notifier.status(self.status())
            if self._process.notifier.alive_every_s is not None:
                self._process.notifier.alive()

    def _start(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _end_tasks(self) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
