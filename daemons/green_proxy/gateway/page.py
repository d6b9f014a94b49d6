# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One page that follows what happens: nothing is waited for, and one that falls behind is dropped."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from green_proxy.door.exchange import Exchange
from green_proxy.gateway.replies import NO_STORE, PAGE
from green_proxy.headers import Headers

# Beside what its socket holds; at two snapshots a second more than half a minute.
MAX_WAITING = 64
# A proxy before us must not gather what is meant for now.
STREAM: Headers = [*PAGE, NO_STORE, (b"content-type", b"text/event-stream"), (b"x-accel-buffering", b"no")]


class Page:
    """The events of one open page; `admitted` says whether it may still have them."""

    def __init__(self, exchange: Exchange, admitted: Callable[[], bool] = lambda: True) -> None:
        self.admitted = admitted
        self._exchange = exchange
        self._waiting: deque[bytes] = deque()
        self._pressed = False
        self._gone = asyncio.Event()
        exchange.on_leave(self._gone.set)
        exchange.on_pressure(self._press)
        exchange.on_cut(self.end)
        exchange.start(200, STREAM)

    async def until_gone(self) -> None:
        await self._gone.wait()

    def tell(self, event: bytes) -> bool:
        """False where the page was dropped: it took nothing for too long."""
        if not self._pressed:
            self._exchange.write(event)
        elif len(self._waiting) < MAX_WAITING:
            self._waiting.append(event)
        else:
            self._exchange.abort()
            self._gone.set()
            return False
        return True

    def end(self) -> None:
        """No more comes; the page will ask again."""
        self._exchange.end()
        self._gone.set()

    def _press(self, pressed: bool) -> None:
        self._pressed = pressed
        while self._waiting and not self._pressed:
            self._exchange.write(self._waiting.popleft())


def encode_event(name: str, data: bytes) -> bytes:
    """`data` has to be one line, as JSON is where nobody indents it."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), data)
