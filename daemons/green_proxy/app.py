# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The ASGI application: the gate, the proxy's own routes, and the way to the model server for the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.routing import Router

from green_common.config import ProxyConfig
from green_common.logs import get_log
from green_proxy.exchange import Exchange
from green_proxy.fault import ClientLeft, Fault, UpstreamLost
from green_proxy.feed import Feed
from green_proxy.gate import Gate
from green_proxy.generating import Generating
from green_proxy.headers import value_of
from green_proxy.own_routes import own_routes
from green_proxy.relay import relay, request_headers, while_client_stays
from green_proxy.route import generates
from green_proxy.upstream import Body, Upstream

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
            get_log().warning("upstream.broke_off", say=f"{self._upstream.url} broke an answer off")
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


class Gated:
    """Turns away strangers before anything is read or announced."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, send)
        both = [value_of(exchange.headers, name) for name in (b"content-length", b"transfer-encoding")]
        if None not in both:
            # Two lengths are how requests are smuggled (RFC 9112, section 6.1).
            await exchange.refuse(400, "a request with both Content-Length and Transfer-Encoding")
            return
        refusal = self._gate.refusal(exchange.host, exchange.origin)
        if refusal:
            await exchange.refuse(403, refusal)
            return
        await self._app(scope, receive, send)


def build_app(
    settings: Callable[[], ProxyConfig], upstream: Upstream, feed: Feed, *, generating: Generating, gate: Gate
) -> ASGIApp:
    proxy = Proxy(settings, upstream, generating)
    router = Router([own_routes(upstream, feed)], redirect_slashes=False, default=proxy)
    return Gated(router, gate)
