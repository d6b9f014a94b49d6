# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The proxy's own routes under /-/."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, Router

from green_common import __version__
from green_proxy.door.protocol import COUNTED as DOOR_COUNTED
from green_proxy.feed.feed import Feed
from green_proxy.shaping.steps import COUNTED, Steps
from green_proxy.upstream.server import Upstream

if TYPE_CHECKING:
    from starlette.requests import Request

_BOOK = {
    "in_flight": "Requests that were accepted and have not ended, and the proxy's own loads.",
    "generating": "Generations in flight.",
    "accepted_total": "Requests to generating routes that were accepted.",
    "finished_total": "Requests that were answered.",
    "cancelled_total": "Requests that ended without an answer.",
    "feed_readers": "Readers of the activity feed.",
}


def own_routes(
    upstream: Upstream, feed: Feed, steps: Steps, door: Callable[[], Mapping[str, float]]
) -> Router:
    began_s = time.monotonic()

    async def healthz(_request: Request) -> JSONResponse:
        return JSONResponse({"service": "green-proxy", "status": "ok"})

    async def readyz(_request: Request) -> JSONResponse:
        if await upstream.reachable():
            return JSONResponse({"status": "ok", "upstream": upstream.url})
        trouble = {"status": "upstream unreachable", "upstream": upstream.url, "trouble": upstream.trouble}
        return JSONResponse(trouble, 503)

    async def status(_request: Request) -> JSONResponse:
        return JSONResponse(
            {
                "service": "green-proxy",
                "version": __version__,
                "up_s": round(time.monotonic() - began_s, 3),
                "upstream": upstream.url,
                "upstream_trouble": upstream.trouble,
                "held_epoch": feed.holds.epoch,
                "expected_wait_s": round(steps.waiting.room.expected_wait_s(time.monotonic()), 3),
                "slots": steps.slots,
                **_book(feed),
                "counts": {**door(), **steps.counts},
            }
        )

    async def metrics(_request: Request) -> Response:
        # Only who has a Prometheus pays for its library.
        from green_proxy.views.metrics import CONTENT_TYPE, metrics_text

        meanings = {**_BOOK, **DOOR_COUNTED, **COUNTED}
        text = metrics_text(meanings, lambda: {**_book(feed), **door(), **steps.counts})
        return Response(text, headers={"content-type": CONTENT_TYPE})

    routes = [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/status", status),
        Route("/metrics", metrics),
    ]
    return Router([Mount("/-", app=Router(routes, redirect_slashes=False))], redirect_slashes=False)


def _book(feed: Feed) -> Mapping[str, float]:
    book = feed.activity
    return {
        "in_flight": book.in_flight,
        "generating": book.generating,
        "accepted_total": book.accepted_total,
        "finished_total": book.finished_total,
        "cancelled_total": book.cancelled_total,
        "feed_readers": feed.readers,
    }
