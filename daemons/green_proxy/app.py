# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Where a request goes: the gate, the proxy's own routes, and the way to the model server for the rest."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from green_common.config import Config
from green_proxy.answer.relay import relay
from green_proxy.door.asgi import serve_asgi
from green_proxy.door.exchange import Exchange
from green_proxy.door.gate import Gate
from green_proxy.door.keys import CHALLENGE, Keys, refusal_text
from green_proxy.door.keys_file import Key
from green_proxy.fault import ClientLeft, Fault
from green_proxy.gateway.gateway import DOOR, Gateway
from green_proxy.gateway.sessions import without_cookie
from green_proxy.generating import Generating
from green_proxy.headers import text_of
from green_proxy.request.route import generates
from green_proxy.upstream.limits import Limits
from green_proxy.upstream.server import Upstream

if TYPE_CHECKING:
    from starlette.types import ASGIApp

OWN = "/-/"


class App:
    """Turns strangers away before anything is read or announced; what is not ours goes on."""

    def __init__(
        self,
        config: Callable[[], Config],
        upstream: Upstream,
        generating: Generating,
        *,
        gate: Gate,
        keys: Keys,
        gateway: Gateway,
        own: ASGIApp,
    ) -> None:
        self._config = config
        self._upstream = upstream
        self._generating = generating
        self._gate = gate
        self._keys = keys
        self._gateway = gateway
        self._own = own

    async def __call__(self, exchange: Exchange) -> None:
        try:
            self._refuse_strange_pages(exchange)
            route = self._gateway.route_of(exchange)
            key = self._admitted(exchange, anybody=route is not None and route.open)
            if route is not None:
                await self._gateway.serve(route, exchange, key)
            else:
                await self._serve(exchange, key)
        except ClientLeft:
            return
        except Fault as fault:
            exchange.refuse(fault.status, fault.text, fault.headers)

    def _refuse_strange_pages(self, exchange: Exchange) -> None:
        """Raises Fault 403."""
        headers = exchange.headers
        refusal = self._gate.refusal(text_of(headers, b"host") or "", text_of(headers, b"origin"))
        if refusal:
            raise Fault(403, refusal)

    def _admitted(self, exchange: Exchange, *, anybody: bool) -> Key | None:
        """The key that the client showed, or signed in with. Raises Fault 401 where it needs one."""
        now_s = time.monotonic()
        headers = exchange.headers
        key = self._keys.find(headers, now_s)
        if key is not None:
            exchange.headers = self._keys.without_key(headers)
        elif exchange.door == DOOR:
            key = self._gateway.sessions.find(exchange.method, headers, now_s)
        if key is None and not anybody and self._keys.required(exchange.method, exchange.path, now_s):
            raise Fault(401, refusal_text(headers), headers=tuple(CHALLENGE))
        return key

    async def _serve(self, exchange: Exchange, key: Key | None) -> None:
        """What both doors serve."""
        exchange.headers = without_cookie(exchange.headers)
        if generates(exchange.method, exchange.path):
            await self._generating.serve(exchange, key)
        elif exchange.path.startswith(OWN):
            await serve_asgi(self._own, exchange)
        else:
            proxy = self._config().proxy
            await relay(exchange, self._upstream, Limits(connect_s=proxy.connect_timeout_s))
