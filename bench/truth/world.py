# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Virtual time: the simulated machine's events and everybody's timers, one after the other."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable

from green_sim.engine.job import Event, Job, Order
from green_sim.engine.server import Settings
from green_sim.gpu.card import Card
from green_sim.gpu.curves import Curves
from green_sim.machine import Machine


class World:
    """Nothing happens but through `advance`, and nothing of the clock outside is ever looked at."""

    def __init__(self, curves: Curves, settings: Settings, *, seed: int, start_s: float) -> None:
        self.now_s = start_s
        self.card = Card(0, start_s, seed=seed, curves=curves)
        self.machine = Machine((self.card,), settings)
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    def at(self, time_s: float, act: Callable[[], None]) -> None:
        """Have something done at a time."""
        heapq.heappush(self._timers, (max(time_s, self.now_s), next(self._numbers), act))

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        self.at(self.now_s + seconds, act)

    def next_s(self) -> float | None:
        """When something happens next."""
        due_s = self.machine.server.next_event_s()
        if self._timers and (due_s is None or self._timers[0][0] < due_s):
            return self._timers[0][0]
        return due_s

    def step(self) -> None:
        """Let the next thing happen, at its own time."""
        due_s = self.machine.server.next_event_s()
        if self._timers and (due_s is None or self._timers[0][0] < due_s):
            self.now_s, _, act = heapq.heappop(self._timers)
            act()
        elif due_s is not None:
            self.now_s = max(self.now_s, due_s)
            self.machine.server.advance(due_s)

    def advance(self, until_s: float) -> None:
        """Let everything happen up to a time."""
        while (due_s := self.next_s()) is not None and due_s <= until_s:
            self.step()
        self.now_s = max(self.now_s, until_s)
        self.machine.advance(self.now_s)

    def submit(self, order: Order, emit: Callable[[Event], None]) -> Job:
        return self.machine.server.submit(self.now_s, order, emit)

    def cancel(self, job: Job) -> None:
        self.machine.server.cancel(self.now_s, job)
