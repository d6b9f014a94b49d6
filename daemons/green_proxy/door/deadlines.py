# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What may last so long and no longer, under one timer for all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Deadlines(Generic[T]):
    """
    Calls `expire` with whatever was put in and not taken out within the time.

    All have the same span, so the order of putting in is the order of expiry, and a timer for the oldest
    is enough: putting in and taking out cost a dictionary's entry each, and without entries nothing runs.
    """

    def __init__(self, span_s: float, expire: Callable[[T], None]) -> None:
        self.span_s = span_s
        self._expire = expire
        self._since_s: dict[T, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._since_s)

    def put(self, item: T, loop: asyncio.AbstractEventLoop) -> None:
        """Start the time, or start it anew."""
        self._since_s.pop(item, None)
        self._since_s[item] = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(self.span_s, self._sweep, loop)

    def take(self, item: T) -> None:
        self._since_s.pop(item, None)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        for item in self.overdue(loop.time()):
            self._since_s.pop(item, None)
            self._expire(item)
        if self._since_s and self._timer is None:
            oldest_s = next(iter(self._since_s.values()))
            self._timer = loop.call_at(oldest_s + self.span_s, self._sweep, loop)

    def overdue(self, now_s: float) -> list[T]:
        """The items whose time is over, oldest first."""
        over: list[T] = []
        for item, since_s in self._since_s.items():
            if since_s + self.span_s > now_s:
                break
            over.append(item)
        return over
