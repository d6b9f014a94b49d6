# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The proxy's own routes under /-/."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Mount, Route, Router

from green_common import __version__
from green_proxy.feed.feed import Feed
from green_proxy.upstream.server import Upstream

if TYPE_CHECKING:
    from starlette.requests import Request


def own_routes(upstream: Upstream, feed: Feed) -> Mount:
    began_s = time.monotonic()

    async def healthz(_request: Request) -> JSONResponse:
        return JSONResponse({"service": "green-proxy", "status": "ok"})

    async def readyz(_request: Request) -> JSONResponse:
        if await upstream.reachable():
            return JSONResponse({"status": "ok", "upstream": upstream.url})
        trouble = {"status": "upstream unreachable", "upstream": upstream.url, "trouble": upstream.trouble}
        return JSONResponse(trouble, 503)

    async def status(_request: Request) -> JSONResponse:
        book = feed.activity
        return JSONResponse(
            {
                "service": "green-proxy",
                "version": __version__,
                "up_s": round(time.monotonic() - began_s, 3),
                "upstream": upstream.url,
                "upstream_trouble": upstream.trouble,
                "in_flight": book.in_flight,
                "generating": book.generating,
                "held_epoch": feed.holds.epoch,
                "feed_readers": feed.readers,
                "accepted_total": book.accepted_total,
                "finished_total": book.finished_total,
                "cancelled_total": book.cancelled_total,
            }
        )

    routes = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/status", status)]
    return Mount("/-", app=Router(routes, redirect_slashes=False))
