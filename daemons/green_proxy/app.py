# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The ASGI application: the gate, the proxy's own routes, and the way to the model server for the rest."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.routing import Router

from green_common.config import ProxyConfig
from green_common.logs import get_log
from green_proxy.answer.relay import relay, request_headers, while_client_stays
from green_proxy.door.exchange import Exchange
from green_proxy.door.gate import Gate
from green_proxy.fault import ClientLeft, Fault, UpstreamLost
from green_proxy.feed.feed import Feed
from green_proxy.generating import Generating
from green_proxy.headers import Headers, text_of, value_of
from green_proxy.request.route import generates
from green_proxy.upstream.server import Body, Upstream
from green_proxy.views.own_routes import own_routes

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class Proxy:
    """What is not the proxy's own goes to the model server."""

    def __init__(
        self, settings: Callable[[], ProxyConfig], upstream: Upstream, generating: Generating
    ) -> None:
        self._settings = settings
        self._upstream = upstream
        self._generating = generating

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send)
        try:
            await self._serve(exchange)
        except ClientLeft:
            return
        except UpstreamLost:
            # Returning without the end of the answer makes the server close the connection.
            say = f"{self._upstream.url} broke an answer off"
            get_log().warning("upstream.broke_off", say=say, request=exchange.id)
        except Fault as fault:
            await exchange.refuse(fault.status, fault.text)

    async def _serve(self, exchange: Exchange) -> None:
        if generates(exchange.method, exchange.path):
            await self._generating.serve(exchange)
            return
        work = relay(
            exchange,
            self._upstream,
            self._settings().connect_timeout_s,
            headers=request_headers(exchange, self._upstream),
            body=Body(exchange.body()),
        )
        await while_client_stays(exchange, work)


class Door:
    """Turns strangers away before anything is read or announced, and answers for our own mistakes."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = malformed(scope) or self._forbidden(scope["headers"])
        if refusal:
            await Exchange(scope, receive, send).refuse(*refusal)
            return
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            # Without the error's text, which may hold what a client wrote.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            say = f"a request failed by a fault in green-proxy: {type(error).__name__}"
            get_log().error("request.failed", say=f"{say} at {frame.filename}:{frame.lineno}")
            raise

    def _forbidden(self, headers: Headers) -> tuple[int, str] | None:
        host, origin = text_of(headers, b"host"), text_of(headers, b"origin")
        refusal = self._gate.refusal(host or "", origin)
        return (403, refusal) if refusal else None


def malformed(scope: Scope) -> tuple[int, str] | None:
    """Status and text for a request that the model server might read otherwise than we do."""
    if None not in (value_of(scope["headers"], name) for name in (b"content-length", b"transfer-encoding")):
        # RFC 9112, section 6.1: this is how requests are smuggled.
        return 400, "a request has either Content-Length or Transfer-Encoding"
    if not scope["raw_path"].startswith(b"/") and scope["raw_path"] != b"*":
        return 400, "this is no forward proxy: ask for a path, as in GET /api/tags"
    return None


def build_app(
    settings: Callable[[], ProxyConfig], upstream: Upstream, feed: Feed, *, generating: Generating, gate: Gate
) -> ASGIApp:
    proxy = Proxy(settings, upstream, generating)
    router = Router([own_routes(upstream, feed)], redirect_slashes=False, default=proxy)
    return Door(router, gate)
