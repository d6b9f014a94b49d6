# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""green-telemetry's books over the simulated card, read as its loop reads them, in virtual time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from bench.truth.proxy import Proxy
from bench.truth.world import World
from green_common.config import TelemetryConfig
from green_common.gpu import Clocks, Memory, Utilisation
from green_sim.gpu.card import MEMORY_TOTAL_BYTES, NAME, POWER_LIMIT_W
from green_telemetry.audit import Audit
from green_telemetry.books import Books
from green_telemetry.cadence import Cadence, is_quiet
from green_telemetry.clerk import Clerk
from green_telemetry.meter import Meter
from green_telemetry.receipt import Receipt
from green_telemetry.sampler import Sample, Sampler
from green_telemetry.timeline import Timeline
from green_telemetry.window import Window


@dataclass(slots=True)
class Gauge:
    """
    The card as the driver shows it.

    Reading the counter takes `counter_s`, and its value is that after `part` of this time.
    """

    world: World
    counter_s: float
    part: float
    index: int = 0
    name: str = NAME
    power_is_instant: bool = True

    @property
    def uuid(self) -> str:
        return self.world.card.uuid

    def read_energy_j(self) -> float:
        self.world.advance(self.world.now_s + self.counter_s * self.part)
        energy_j = round(self.world.card.sensors.published.energy_j, 3)
        self.world.advance(self.world.now_s + self.counter_s * (1 - self.part))
        return energy_j

    def read_power_w(self) -> float:
        return round(self.world.card.sensors.published.power_instant_w, 3)

    def read_utilisation(self) -> Utilisation:
        published = self.world.card.sensors.published
        return Utilisation(published.gpu_percent, published.memory_percent)

    def read_clocks(self) -> Clocks:
        clock = self.world.card.clock
        return Clocks(clock.sm_mhz, clock.memory_mhz)

    def read_memory(self) -> Memory:
        return Memory(self.world.card.memory_used_bytes, MEMORY_TOTAL_BYTES)

    def read_temperature_c(self) -> int:
        return round(self.world.card.temperature_c)

    def read_power_limit_w(self) -> float:
        return POWER_LIMIT_W

    def read_clock_event_reasons(self) -> int:
        return self.world.card.clock_event_reasons


class Keeper(Audit):
    """Keeps receipts and windows where the audit writes them."""

    def __init__(self) -> None:
        self.simulated = True
        self.receipts = 0
        self.kept: list[Receipt] = []
        self.windows: list[dict[str, Any]] = []

    def receipt(self, receipt: Receipt) -> None:
        self.kept.append(receipt)

    def window(self, meter: Meter, window: Window, conditions: dict[str, Any]) -> None:
        self.windows.append(window.fields())

    def journal_full(self, folder: str, free_bytes: int) -> None:
        """What is free on this machine's disk has nothing to do with it."""


class Watch:
    """Does what green-telemetry's loop does, with its own cadence, timeline, books and clerk."""

    def __init__(self, world: World, proxy: Proxy, gauge: Gauge) -> None:
        self._world = world
        self._proxy = proxy
        sampler = Sampler(gauge, clock=lambda: world.now_s)  # type: ignore[arg-type]
        self._meter = Meter(sampler, Books(POWER_LIMIT_W, integrate=False))
        self._meter.book(sampler.sample(with_counter=True), quiet=False, regular=False)
        self._timeline = Timeline()
        self.audit = Keeper()
        self._clerk = Clerk(self.audit, self._timeline)
        self._cadence = Cadence(world.now_s, TelemetryConfig())

    def follow(self, until_s: float) -> None:
        """Let time pass, and take in what comes of it."""
        while self._world.now_s < until_s:
            self._wait(min(until_s, self._cadence.wake_at_s))
            self._follow_feed()
            self._measure()

    def finish(self) -> None:
        """The last reading, and receipts for all."""
        self._follow_feed()
        self._sample(with_counter=True, regular=False)
        self._meter.books.end_window()
        self._clerk.settle([self._meter], math.inf, feed="connected")

    def _wait(self, wake_at_s: float) -> None:
        """Until then, or until the feed has something to say."""
        world, inbox = self._world, self._proxy.inbox
        while True:
            until_s = min(wake_at_s, inbox[0][0]) if inbox else wake_at_s
            due_s = world.next_s()
            if due_s is None or due_s > until_s:
                world.advance(until_s)
                return
            world.step()

    def _follow_feed(self) -> None:
        inbox, now_s = self._proxy.inbox, self._world.now_s
        before, handed_over = self._timeline.in_flight, False
        while inbox and inbox[0][0] <= now_s:
            time_s, message = inbox.popleft()
            ended = self._timeline.ended_count
            handed_over |= self._timeline.apply(message, time_s)
            if self._timeline.ended_count > ended and not self._timeline.in_flight:
                self._cadence.note_drain(self._timeline.last_ended_s or 0.0)
        if handed_over and self._cadence.wants_edge(now_s, before, self._timeline.in_flight):
            self._sample(with_counter=True, regular=False)

    def _measure(self) -> None:
        if self._cadence.take_drain(self._world.now_s):
            self._sample(with_counter=True, regular=False)
        if self._timeline.in_flight:
            self._cadence.hurry(self._world.now_s)
        if not self._cadence.take_beat(now_s := self._world.now_s):
            return
        over = self._cadence.window_is_over(self._meter.books.window_age_s(now_s))
        owed = bool(self._timeline.in_flight or self._timeline.ended or self._meter.doubtful)
        self._sample(with_counter=over or self._cadence.wants_counter(now_s, busy=owed), regular=True)
        if over:
            self._meter.books.end_window()
        self._settle(now_s)

    def _sample(self, *, with_counter: bool, regular: bool) -> None:
        now_s = self._world.now_s
        if with_counter:
            self._cadence.note_reading(now_s)
        sample = self._meter.sampler.sample(with_counter=with_counter)
        self._meter.book(sample, quiet=self._is_quiet(sample), regular=regular)
        if with_counter and not regular:
            self._settle(now_s)

    def _is_quiet(self, sample: Sample) -> bool:
        return is_quiet(sample, self._timeline, connected=True)

    def _settle(self, now_s: float) -> None:
        self._clerk.settle([self._meter], now_s, feed="connected")
