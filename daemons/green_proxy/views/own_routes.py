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
from green_proxy.door.state import COUNTED as DOOR_COUNTED
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
    views = _Views(upstream, feed, steps, door)
    routes = [
        Route("/healthz", views.healthz),
        Route("/readyz", views.readyz),
        Route("/status", views.status),
        Route("/metrics", views.metrics),
    ]
    return Router([Mount("/-", app=Router(routes, redirect_slashes=False))], redirect_slashes=False)


class _Views:
    """What each route tells; `door` has the counts of the connections."""

    def __init__(
        self, upstream: Upstream, feed: Feed, steps: Steps, door: Callable[[], Mapping[str, float]]
    ) -> None:
        self._upstream, self._feed, self._steps, self._door = upstream, feed, steps, door
        self._began_s = time.monotonic()

    async def healthz(self, _request: Request) -> JSONResponse:
        return JSONResponse({"service": "green-proxy", "status": "ok"})

    async def readyz(self, _request: Request) -> JSONResponse:
        upstream = self._upstream
        if await upstream.reachable():
            return JSONResponse({"status": "ok", "upstream": upstream.url})
        trouble = {"status": "upstream unreachable", "upstream": upstream.url, "trouble": upstream.trouble}
        return JSONResponse(trouble, 503)

    async def status(self, _request: Request) -> JSONResponse:
        now_s, steps = time.monotonic(), self._steps
        return JSONResponse(
            {
                "service": "green-proxy",
                "version": __version__,
                "up_s": round(now_s - self._began_s, 3),
                "upstream": self._upstream.url,
                "upstream_trouble": self._upstream.trouble,
                "held_epoch": self._feed.holds.epoch,
                "expected_wait_s": round(steps.waiting.room.expected_wait_s(now_s), 3),
                "slots": steps.slots,
                **self._book(),
                "counts": self._counts(),
            }
        )

    async def metrics(self, _request: Request) -> Response:
        # Only who has a Prometheus pays for its library.
        from green_proxy.views.metrics import CONTENT_TYPE, metrics_text

        meanings = {**_BOOK, **DOOR_COUNTED, **COUNTED}
        text = metrics_text(meanings, lambda: {**self._book(), **self._counts()})
        return Response(text, headers={"content-type": CONTENT_TYPE})

    def _counts(self) -> dict[str, float]:
        return {**self._door(), **self._steps.counts}

    def _book(self) -> Mapping[str, float]:
        book = self._feed.activity
        return {
            "in_flight": book.in_flight,
            "generating": book.generating,
            "accepted_total": book.accepted_total,
            "finished_total": book.finished_total,
            "cancelled_total": book.cancelled_total,
            "feed_readers": self._feed.readers,
        }
