# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The gateway's own routes: what a browser gets that no model server would answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from green_proxy.door.exchange import Exchange
from green_proxy.door.keys_file import Key
from green_proxy.fault import Fault
from green_proxy.gateway.files import PREFIX, Files
from green_proxy.gateway.live import Live
from green_proxy.gateway.passed import HISTORY, RECEIPTS, RECENT, Passed
from green_proxy.gateway.queue_view import QueueView
from green_proxy.gateway.replies import show_file
from green_proxy.gateway.sessions import Sessions
from green_proxy.gateway.sign_in import SignIn
from green_proxy.headers import Headers, text_of

DOOR = "gateway"
READ = ("GET", "HEAD")

Handler: TypeAlias = Callable[[Exchange, "Key | None"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Route:
    """What answers; `open` where no key is needed."""

    handler: Handler
    methods: tuple[str, ...] = ("GET",)
    open: bool = False


class Gateway:
    """Answers at its own door alone; what it does not know goes on to the model server."""

    def __init__(self, live: Live, passed: Passed, queue: QueueView, sign_in: SignIn) -> None:
        self.live = live
        self._files = Files()
        self._sign_in = sign_in
        self._page = Route(self._show_page, READ, open=True)
        self._exact = {
            "/-/live": Route(self._follow),
            "/-/queue": Route(queue.show),
            HISTORY: Route(lambda exchange, _: passed.history(exchange)),
            RECENT: Route(lambda exchange, _: passed.recent(exchange)),
            "/-/session": Route(sign_in.show, open=True),
            "/-/sign-in": Route(lambda exchange, _: sign_in.sign_in(exchange), ("POST",), open=True),
            "/-/sign-out": Route(lambda exchange, _: sign_in.sign_out(exchange), ("POST",), open=True),
        }
        self._below = {
            PREFIX: Route(self._show_file, READ, open=True),
            RECEIPTS: Route(lambda exchange, _: passed.receipt(exchange)),
        }

    @property
    def sessions(self) -> Sessions:
        return self._sign_in.sessions

    def route_of(self, exchange: Exchange) -> Route | None:
        """None for what is not answered here."""
        if exchange.door != DOOR:
            return None
        path = exchange.path
        if wants_page(exchange.method, path, exchange.headers):
            return self._page
        below = (route for prefix, route in self._below.items() if path.startswith(prefix))
        return self._exact.get(path) or next(below, None)

    async def serve(self, route: Route, exchange: Exchange, key: Key | None) -> None:
        """Raises Fault and ClientLeft."""
        if exchange.method not in route.methods:
            allowed = ", ".join(route.methods)
            why = f"{exchange.method} is not allowed here; only {allowed}"
            raise Fault(405, why, headers=((b"allow", allowed.encode()),))
        await route.handler(exchange, key)

    async def _follow(self, exchange: Exchange, key: Key | None) -> None:
        await self.live.follow(exchange, self._sign_in.admission(exchange, key))

    async def _show_page(self, exchange: Exchange, _key: Key | None) -> None:
        show_file(exchange, self._files.page())

    async def _show_file(self, exchange: Exchange, _key: Key | None) -> None:
        file = self._files.find(exchange.path)
        if file is None:
            raise Fault(404, f"there is no {exchange.path[:200]} here; an old page has to be loaded again")
        show_file(exchange, file)


def wants_page(method: str, path: str, headers: Headers) -> bool:
    """A browser asks for HTML; a client that probes for Ollama does not."""
    return path == "/" and method in READ and "text/html" in (text_of(headers, b"accept") or "")
