# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What is answered where: /metrics and /-/healthz at both doors, the rest on the live socket alone."""

from __future__ import annotations

import contextlib
import json
import math
import re
import time

from green_common.errors import UnavailableError
from green_common.history import Query, query_of_receipt
from green_telemetry.views.board import Board
from green_telemetry.views.exposition import OPENMETRICS_TYPE, TEXT_TYPE, wants_openmetrics
from green_telemetry.views.reading import Journal
from green_telemetry.views.request import RefusedError, refuse_strange_host
from green_telemetry.views.server import Exchange
from green_telemetry.views.snapshot import snapshot_fields
from green_telemetry.views.streams import Streams

RECEIPT = "/v1/receipts/"
MAX_WAIT_S = 60.0
# The watchdog's time: then systemd ends a loop that hangs.
STUCK_S = 30.0
MOST_ENTRIES = 100_000
_ID = re.compile(r"[\w.:-]{1,128}", re.ASCII)
_KIND = re.compile(r"[a-z_.]{1,40}")


class Routes:
    """Answers from the board, and from the journal."""

    def __init__(self, board: Board, streams: Streams, journal: Journal) -> None:
        self._board = board
        self._streams = streams
        self._journal = journal

    async def public(self, exchange: Exchange, own_host: str) -> None:
        """What may be asked over TCP."""
        refuse_strange_host(exchange.request.host, own_host)
        match exchange.request.path:
            case "/metrics":
                await self._metrics(exchange)
            case "/-/healthz":
                await self._health(exchange)
            case path:
                raise RefusedError(404, f"there is no {path[:80]} here; /metrics and /-/healthz are")

    async def live(self, exchange: Exchange) -> None:
        """What may be asked on the live socket."""
        match exchange.request.path:
            case "/metrics":
                await self._metrics(exchange)
            case "/-/healthz":
                await self._health(exchange)
            case "/v1/snapshot":
                await self._snapshot(exchange)
            case "/v1/recent":
                await exchange.answer_json(self._board.recent())
            case "/v1/stream":
                await self._streams.follow(exchange)
            case "/v1/history":
                await self._history(exchange)
            case path if path.startswith(RECEIPT):
                await self._receipt(exchange, path[len(RECEIPT) :])
            case path:
                raise RefusedError(404, f"there is no {path[:80]} here; see docs/monitoring.md")

    async def _metrics(self, exchange: Exchange) -> None:
        openmetrics = wants_openmetrics(exchange.request.accept)
        text = self._board.metrics_text(openmetrics=openmetrics)
        if text is None:
            raise RefusedError(503, "no GPU was read yet")
        await exchange.answer(200, OPENMETRICS_TYPE if openmetrics else TEXT_TYPE, text)

    async def _health(self, exchange: Exchange) -> None:
        snapshot = self._board.snapshot
        age_s = math.inf if snapshot is None else time.monotonic() - snapshot.now_s
        well = age_s < STUCK_S
        content = {"service": "green-telemetry", "status": "ok" if well else "no reading for 30 s"}
        await exchange.answer_json(content, 200 if well else 503)

    async def _snapshot(self, exchange: Exchange) -> None:
        snapshot = self._board.snapshot
        if snapshot is None:
            raise RefusedError(503, "no GPU was read yet")
        await exchange.answer_json(snapshot_fields(snapshot, self._board.last_receipts()))

    async def _receipt(self, exchange: Exchange, request: str) -> None:
        """From memory or from the journal; who waits for one that is to come starts no process."""
        if not _ID.fullmatch(request):
            raise RefusedError(400, "this is no request id")
        wait_s = _number(exchange.request.query, "wait_s", 0.0, MAX_WAIT_S)
        if wait_s and self._board.receipt_of(request) is None:
            await self._streams.until_receipt(request, wait_s)
        found = self._board.receipt_of(request)
        if found is None and not wait_s:
            found = await self._written_receipt(request)
        if found is None:
            raise RefusedError(404, f"there is no receipt of request {request}")
        await exchange.answer_json(found)

    async def _written_receipt(self, request: str) -> dict[str, object] | None:
        with contextlib.suppress(UnavailableError):
            async with contextlib.aclosing(self._journal.read(query_of_receipt(request))) as entries:
                async for entry in entries:
                    return entry
        return None

    async def _history(self, exchange: Exchange) -> None:
        query = history_query(exchange.request.query)
        try:
            async with contextlib.aclosing(self._journal.read(query)) as entries:
                async for entry in entries:
                    if not exchange.began:
                        await exchange.begin_lines()
                    await exchange.send_line(json.dumps(entry).encode() + b"\n")
        except UnavailableError as error:
            raise RefusedError(503, str(error)) from error
        if not exchange.began:
            await exchange.begin_lines()
        await exchange.end_lines()


def history_query(parameters: dict[str, str]) -> Query:
    """Raises RefusedError where a parameter is none that there is."""
    strange = sorted(set(parameters) - {"since", "until", "kind", "limit"})
    if strange:
        raise RefusedError(400, f"{strange[0][:40]}: not known; there are since, until, kind and limit")
    kinds = tuple(filter(None, parameters.get("kind", "").split("|")))
    if len(kinds) > 8 or not all(_KIND.fullmatch(kind) for kind in kinds):
        raise RefusedError(400, "kind: up to eight names of events, with | between them, as receipt|window")
    return Query(
        kinds=kinds,
        since_s=_optional(parameters, "since"),
        until_s=_optional(parameters, "until"),
        limit=int(_number(parameters, "limit", MOST_ENTRIES, MOST_ENTRIES)),
    )


def _optional(parameters: dict[str, str], name: str) -> float | None:
    return _number(parameters, name, 0.0, 1e11) if name in parameters else None


def _number(parameters: dict[str, str], name: str, default: float, most: float) -> float:
    try:
        value = float(parameters.get(name, default))
    except ValueError:
        value = -1.0
    # Not a number (nan) is neither above nor below, and so refused here too.
    if 0 <= value <= most:
        return value
    raise RefusedError(400, f"{name}: has to be a number from 0 to {most:g}; times are Unix times in seconds")
