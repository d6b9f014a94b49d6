# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Those who follow what happens, line by line: none is waited for, and one that falls behind is dropped."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from green_telemetry.views.board import Board
from green_telemetry.views.request import RefusedError
from green_telemetry.views.server import Exchange
from green_telemetry.views.snapshot import receipt_fields, snapshot_fields

MAX_STREAMS = 16
# At twenty snapshots a second, the fastest there is, three seconds.
MAX_QUEUED = 64
BEHIND = f"fell {MAX_QUEUED} lines behind"


class Streams:
    """The followers; all in the loop of the views' thread."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._queues: set[asyncio.Queue[bytes | None]] = set()
        self._awaited: dict[str, set[asyncio.Future[None]]] = {}

    def tell(self, event: str, news: Any) -> None:
        """What the loop said, once for all followers."""
        if event == "receipt":
            for waiting in self._awaited.get(news.request, ()):
                if not waiting.done():
                    waiting.set_result(None)
        if self._queues:
            self._queue(json.dumps(self._fields(event, news)).encode() + b"\n")

    async def follow(self, exchange: Exchange) -> None:
        """The snapshot, then whatever comes, until one of both sides leaves."""
        if len(self._queues) >= MAX_STREAMS:
            raise RefusedError(503, f"{MAX_STREAMS} streams are open, and there are no more")
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(MAX_QUEUED)
        self._queues.add(queue)
        self._count()
        try:
            await exchange.begin_lines()
            if self._board.snapshot is not None:
                fields = self._fields("snapshot", self._board.snapshot)
                await exchange.send_line(json.dumps(fields).encode() + b"\n")
            while (line := await queue.get()) is not None:
                await exchange.send_line(line)
        except asyncio.TimeoutError:
            self._board.note("a stream of the live socket was closed: its reader took nothing for 10 s")
            raise
        else:
            await exchange.send_line(json.dumps({"event": "dropped", "reason": BEHIND}).encode() + b"\n")
            await exchange.end_lines()
        finally:
            self._queues.discard(queue)
            self._count()

    async def until_receipt(self, request: str, wait_s: float) -> None:
        """Return when the receipt is there, or the time is over."""
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._awaited.setdefault(request, set()).add(waiting)
        self._board.awaited = len(self._awaited)
        try:
            # It may have come between the look and now.
            if self._board.receipt_of(request) is None:
                await asyncio.wait([waiting], timeout=wait_s)
        finally:
            self._awaited[request].discard(waiting)
            if not self._awaited[request]:
                del self._awaited[request]
            self._board.awaited = len(self._awaited)

    def _queue(self, line: bytes) -> None:
        for queue in tuple(self._queues):
            if not queue.full():
                queue.put_nowait(line)
                continue
            self._queues.discard(queue)
            while not queue.empty():
                queue.get_nowait()
            queue.put_nowait(None)
            self._board.note(f"a stream of the live socket was closed: it {BEHIND}")

    def _count(self) -> None:
        self._board.streams = len(self._queues)

    def _fields(self, event: str, news: Any) -> dict[str, Any]:
        if event == "snapshot":
            return snapshot_fields(news, self._board.last_receipts())
        if event == "receipt":
            return receipt_fields(news)
        fields: dict[str, Any] = news
        return fields
