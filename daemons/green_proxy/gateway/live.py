# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The stream of events that pages follow; while no page is open, nothing at all is done."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

from green_proxy.door.exchange import Exchange
from green_proxy.fault import Fault
from green_proxy.gateway.page import Page
from green_proxy.gateway.pages import MAX_PAGES, Pages
from green_proxy.gateway.telemetry import Telemetry
from green_proxy.live_socket import LiveSocket

LOOK_EVERY_S = 0.5
# A page that hears nothing for longer than that knows that its connection is dead.
REPEAT_S = 10.0
# How long a page is still told after its key was taken back, or its session ended.
ADMIT_EVERY_S = 2.0
PROXY = "proxy"


class Live:
    """`state` is what the proxy says of itself."""

    def __init__(self, state: Callable[[], dict[str, Any]], socket: LiveSocket) -> None:
        self._state = state
        self._pages = Pages()
        self._telemetry = Telemetry(socket, self._pages)
        self._work: list[asyncio.Task[None]] = []
        self._closed = False

    @property
    def pages(self) -> int:
        return len(self._pages)

    async def follow(self, exchange: Exchange, admitted: Callable[[], bool]) -> None:
        """Returns when the page is gone, or no longer admitted. Raises Fault 503 where there are too many."""
        if self._closed or self._pages.full:
            why = "green-proxy is being stopped" if self._closed else f"{MAX_PAGES} pages are open already"
            raise Fault(503, f"{why}; ask again in a moment", headers=((b"retry-after", b"10"),))
        if not self._work:
            self._begin()
        page = Page(exchange, admitted)
        self._pages.add(page)
        try:
            await page.until_gone()
        finally:
            self._pages.remove(page)
            if not self._pages:
                await self._end()

    def close(self) -> None:
        """Let all pages go, so that none holds up a stop."""
        self._closed = True
        self._pages.end()

    def _begin(self) -> None:
        self._say(self._state())
        work = (self._watch(), self._admit(), self._telemetry.follow())
        self._work = [asyncio.ensure_future(one) for one in work]

    async def _end(self) -> None:
        work, self._work = self._work, []
        # Before any wait, in which a new page may come.
        self._pages.forget_all()
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)

    async def _watch(self) -> None:
        """Say what has changed."""
        clock = asyncio.get_running_loop().time
        said, said_s = self._state(), clock()
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            state = self._state()
            if state != said or clock() - said_s >= REPEAT_S:
                said, said_s = state, clock()
                self._say(state)

    async def _admit(self) -> None:
        """Let those go who may no longer see anything."""
        while True:
            await asyncio.sleep(ADMIT_EVERY_S)
            self._pages.end_strangers()

    def _say(self, state: dict[str, Any]) -> None:
        self._pages.tell(PROXY, json.dumps({"at_s": round(time.time(), 3), **state}).encode())
