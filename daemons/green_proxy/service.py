# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The running proxy: its parts in one event loop, its pulse, its stop."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from green_common.config import Config
from green_common.feed.publisher import Publisher
from green_common.process import Process
from green_proxy.answer.receipts import Receipts
from green_proxy.app import App
from green_proxy.door.gate import Gate
from green_proxy.door.keys import Keys
from green_proxy.door.listener import Doors
from green_proxy.door.server import Server
from green_proxy.feed.feed import Feed
from green_proxy.gateway.gateway import Gateway
from green_proxy.gateway.idle_file import IdleFile
from green_proxy.gateway.live import Live
from green_proxy.gateway.passed import Passed
from green_proxy.gateway.proxy_state import state_of
from green_proxy.gateway.queue_view import QueueView
from green_proxy.gateway.sign_in import SignIn
from green_proxy.gateway.whereabouts import Whereabouts
from green_proxy.generating import Generating
from green_proxy.live_socket import LiveSocket
from green_proxy.models.parks import Parks
from green_proxy.shaping.steps import Steps
from green_proxy.upstream.server import Upstream
from green_proxy.views.own_routes import own_routes

TICK_S = 1.0
LOOK_AGAIN_TICKS = 5
# For what comes after drain_s: cutting what is left, and ending.
END_S = 20.0
# Beside the file that tells of held clocks.
IDLE_FILE = "state.json"


class Service:
    """Made inside the event loop that it lives in."""

    def __init__(self, process: Process, doors: Doors, keys: Keys) -> None:
        self._process = process
        self._doors = doors
        self._keys = keys
        self._upstream = Upstream(process.config.proxy.upstream)
        self._feed = Feed(lambda model, tell: self._start(self._unload(model, tell)))
        self._steps = Steps(self._config, self._upstream, self._feed)
        self._parks = Parks(self._upstream, self._steps.models, lambda: self._feed.activity.in_flight)
        self._live_socket = LiveSocket(lambda: self._config().telemetry.live_socket)
        whereabouts = Whereabouts()
        self._gateway = self._make_gateway(whereabouts)
        app = App(
            self._config,
            self._upstream,
            self._make_generating(whereabouts),
            gate=Gate(os.environ, exposed=doors.exposed() is not None),
            keys=keys,
            gateway=self._gateway,
            own=own_routes(self._upstream, self._feed, self._steps, lambda: self._server.state.counts),
        )
        self._server = Server(app)
        self._tasks: set[asyncio.Task[Any]] = set()

    async def serve(self, feed: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        self._feed.serve(Publisher(feed, self._feed))
        loop.add_reader(self._process.signals.fileno(), self._on_signal)
        self._start(self._pulse())
        try:
            await self._server.run_until_stopped(
                self._doors.sockets, lambda: self._process.ready(self.status())
            )
        finally:
            loop.remove_reader(self._process.signals.fileno())
            await self._end_tasks()
            await self._live_socket.close()
            await self._steps.close()
            self._feed.close()
            await self._upstream.close()

    def status(self) -> str:
        """One line for `systemctl status`."""
        proxy = self._process.config.proxy
        line = f"{proxy.listen} -> {self._upstream.url}, {self._feed.activity.in_flight} in flight"
        if waiting := self._steps.waiting.room.waiting:
            line += f", {waiting} waiting"
        if self._feed.holds.held:
            line += ", clocks held"
        slots, told = self._process.config.shaping.slots, self._steps.models.contexts.slots
        if told is not None and told != slots:
            line += f", shaping.slots is {slots} but the model server has {told}"
        if self._upstream.trouble:
            line += f"; DEGRADED: the model server can't be reached: {self._upstream.trouble}"
        if self._doors.trouble:
            line += f"; DEGRADED: no web gateway: {self._doors.trouble}"
        if self._keys.trouble:
            line += f"; DEGRADED: {self._keys.trouble}"
        return line

    def _make_generating(self, whereabouts: Whereabouts) -> Generating:
        return Generating(
            self._config,
            self._upstream,
            self._feed,
            self._steps,
            receipts=Receipts(self._live_socket),
            whereabouts=whereabouts,
        )

    def _make_gateway(self, whereabouts: Whereabouts) -> Gateway:
        idle = IdleFile(lambda: Path(self._config().idle.held_file).with_name(IDLE_FILE))
        state = state_of(self._upstream, self._feed, self._steps, idle)
        return Gateway(
            Live(state, self._live_socket),
            Passed(self._live_socket),
            QueueView(self._config, whereabouts, self._steps.waiting, self._feed.activity),
            SignIn(self._keys),
        )

    async def _unload(self, model: str, tell: Callable[[str], None]) -> None:
        tell(await self._parks.park(model))

    def _config(self) -> Config:
        return self._process.config

    def _on_signal(self) -> None:
        if self._process.should_stop():
            drain_s = self._process.config.proxy.drain_s
            self._process.notifier.extend(drain_s + END_S)
            self._gateway.live.close()
            self._server.stop(drain_s)
        else:
            self._steps.waiting.configure(self._process.config.shaping)

    async def _pulse(self) -> None:
        """What has to happen every second; the watchdog hears from the loop that does the work."""
        self._start(self._steps.models.contexts.learn())
        ticks = 0
        while True:
            # At the start too, so that a missing model server shows before the first request.
            if ticks == 0 or (self._upstream.trouble and ticks % LOOK_AGAIN_TICKS == 0):
                self._start(self._upstream.reachable())
            ticks += 1
            await asyncio.sleep(TICK_S)
            self._upstream.sweep(time.monotonic())
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
