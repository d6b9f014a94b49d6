# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""One timer for all that may not last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from green_proxy.door.deadlines import Deadlines


class Clock:
    """As much of an event loop as has to do with time."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now_s

    def call_at(self, at_s: float, callback: Callable[..., None], *arguments: Any) -> object:
        self.timers.append((at_s, lambda: callback(*arguments)))
        return object()

    def call_later(self, wait_s: float, callback: Callable[..., None], *arguments: Any) -> object:
        return self.call_at(self.now_s + wait_s, callback, *arguments)

    def until(self, at_s: float) -> None:
        while self.timers and min(at for at, _ in self.timers) <= at_s:
            timer = min(self.timers, key=lambda one: one[0])
            self.timers.remove(timer)
            self.now_s = timer[0]
            timer[1]()
        self.now_s = at_s


def make() -> tuple[Clock, Deadlines[str], list[tuple[str, float]], asyncio.AbstractEventLoop]:
    clock = Clock()
    over: list[tuple[str, float]] = []
    deadlines: Deadlines[str] = Deadlines(10, lambda item: over.append((item, clock.now_s)))
    return clock, deadlines, over, cast("asyncio.AbstractEventLoop", clock)


def test_each_expires_in_its_time() -> None:
    """With one timer at a time, and none when all are gone."""
    clock, deadlines, over, loop = make()

    deadlines.put("a", loop)
    clock.until(3)
    deadlines.put("b", loop)
    assert len(clock.timers) == 1
    clock.until(100)

    assert over == [("a", 10.0), ("b", 13.0)]
    assert clock.timers == []
    assert len(deadlines) == 0


def test_what_is_taken_out_does_not_expire() -> None:
    """Taking out what is not there is no error."""
    clock, deadlines, over, loop = make()

    deadlines.put("a", loop)
    deadlines.take("a")
    deadlines.take("a")
    clock.until(100)

    assert over == []
    assert clock.timers == []


def test_what_is_put_in_again_starts_anew() -> None:
    """Thousands of times a second, under the first timer."""
    clock, deadlines, over, loop = make()

    for _ in range(3):
        deadlines.put("a", loop)
        clock.until(clock.now_s + 4)
    assert len(clock.timers) == 1
    clock.until(100)

    assert over == [("a", 18.0)]


def test_what_expires_may_be_put_in_again() -> None:
    """A connection whose client still reads is not idle yet."""
    clock = Clock()
    loop = cast("asyncio.AbstractEventLoop", clock)
    over: list[float] = []

    def again(item: str) -> None:
        over.append(clock.now_s)
        if len(over) < 3:
            deadlines.put(item, loop)

    deadlines: Deadlines[str] = Deadlines(10, again)
    deadlines.put("a", loop)
    clock.until(100)

    assert over == [10.0, 20.0, 30.0]
