# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The thread that answers; the daemon's loop never waits for it."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Mapping
from typing import Any

from green_common.process import Process
from green_telemetry.clerk import Clerk
from green_telemetry.meter import Meter
from green_telemetry.timeline import Timeline
from green_telemetry.views.board import Board, News
from green_telemetry.views.doors import Doors, open_doors
from green_telemetry.views.reading import Journal
from green_telemetry.views.routes import Routes
from green_telemetry.views.server import Exchange, Server
from green_telemetry.views.snapshot import Snapshot, decode_speed, flights_of, gpu_view
from green_telemetry.views.streams import Streams
from green_telemetry.watch import MinutePower

CLOSE_S = 2.0
# It parses requests and writes text; the usual stack is 8 MiB of address space.
STACK_BYTES = 512 * 1024


class Views:
    """Owned by the loop: `open`, then `publish` after each sample, `close` at the end."""

    def __init__(self, process: Process, board: Board, *, simulated: bool) -> None:
        self._process = process
        self._board = board
        self._simulated = simulated
        self._doors = Doors()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._thread: threading.Thread | None = None

    @property
    def watched(self) -> bool:
        """True while somebody streams."""
        return self._board.watched

    def open(self) -> None:
        """What can't be bound is said, and the rest goes on."""
        telemetry, group = self._process.config.telemetry, self._process.config.feed.group
        self._doors = open_doors(telemetry.listen, telemetry.live_socket, group, os.environ)
        for trouble in self._doors.troubles:
            self._process.log.warning("views.off", say=trouble)
        self._loop = asyncio.new_event_loop()
        before = threading.stack_size(STACK_BYTES)
        try:
            self._thread = threading.Thread(target=self._run, args=(self._loop,), name="views", daemon=True)
            self._thread.start()
        finally:
            threading.stack_size(before)

    def publish(
        self,
        meters: list[Meter],
        timeline: Timeline,
        clerk: Clerk,
        *,
        feed: bool,
        alerts: Mapping[tuple[str, str], bool] | None = None,
        power: Mapping[str, MinutePower] | None = None,
    ) -> None:
        """What is known now, for whoever asks until the next time."""
        now_s, power = time.monotonic(), power or {}
        self._board.publish(
            Snapshot(
                at_s=time.time(),
                now_s=now_s,
                simulated=self._simulated,
                feed_connected=feed,
                in_flight=timeline.in_flight,
                gpus=tuple(gpu_view(meter, power.get(meter.gpu.uuid)) for meter in meters),
                flights=flights_of(timeline, clerk.so_far_j, now_s),
                tokens_per_s=decode_speed(timeline.generations, now_s),
                alerts=dict(alerts or {}),
            )
        )
        for note in self._board.take_notes():
            self._process.log.info("views.dropped", say=note)

    def close(self) -> None:
        if self._thread is None or self._loop is None:
            return
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(CLOSE_S)
        self._doors.close()

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        # Not asyncio's own, which would log from this thread.
        loop.set_exception_handler(self._note_mishap)
        try:
            loop.run_until_complete(self._serve(loop))
        finally:
            loop.close()

    def _note_mishap(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        # Its text might hold what a client sent.
        error = context.get("exception")
        self._board.note(f"a mishap in the views: {context['message']}: {type(error).__name__}")

    async def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        streams = Streams(self._board)
        routes = Routes(self._board, streams, Journal())
        self._board.tell = lambda event, news: self._tell(loop, streams.tell, event, news)
        own_host = self._process.config.telemetry.listen.rpartition(":")[0].strip("[]")

        async def public(exchange: Exchange) -> None:
            await routes.public(exchange, own_host)

        servers = []
        for listener, answer in ((self._doors.metrics, public), (self._doors.live, routes.live)):
            if listener is not None:
                servers.append(Server(answer))
                await servers[-1].serve(listener)
        await self._stop.wait()
        self._board.tell = None
        for server in servers:
            await server.close()

    def _tell(self, loop: asyncio.AbstractEventLoop, tell: News, event: str, news: Any) -> None:
        try:
            loop.call_soon_threadsafe(tell, event, news)
        except RuntimeError:
            # The loop of the views has ended, and with it all streams.
            self._board.tell = None
