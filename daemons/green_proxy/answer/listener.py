# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One request that waits for an answer, its own or one that it shares."""

from __future__ import annotations

import asyncio

from green_proxy.answer.receipted import Receipted
from green_proxy.door.exchange import Exchange
from green_proxy.headers import Headers


class Listener:
    """An exchange, and what its client is to be told about its answer."""

    __slots__ = ("_over", "_waiter", "asked", "exchange", "gave_way", "notes")

    def __init__(self, asked: Exchange, receipted: Receipted | None = None) -> None:
        self.asked = asked
        # Where the answer goes.
        self.exchange = receipted or asked
        self.notes: Headers = []
        # Its answer is that to a later request of its conversation.
        self.gave_way = False
        self._over = False
        # Set where the request's task waits while another one's serves it.
        self._waiter: asyncio.Future[None] | None = None

    @property
    def id(self) -> str:
        return self.asked.id

    def note(self, name: bytes, text: str) -> None:
        """In place of what the client was to be told under this name before."""
        header = b"X-Green-" + name
        self.notes = [*(note for note in self.notes if note[0] != header), (header, text.encode())]

    def release(self) -> None:
        """It has its answer, or its client is gone: nothing more comes."""
        self._over = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def wait_over(self) -> None:
        """Return once nothing more comes, whichever flight it is on by then."""
        if not self._over:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
