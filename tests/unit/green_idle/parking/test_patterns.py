# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Parking over days of virtual time, beside never, the break-even, and whoever knows what comes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings, strategies as st

from green_common.feed.messages import Accepted, Beat, Forwarded, Hello, Park, Parked
from green_idle.parking.attendant import Attendant
from green_idle.parking.learned import Learned
from green_idle.parking.prices import MeasuredLoad
from green_idle.parking.quiet import When
from green_idle.parking.tariff import Tariff

# Simulated: a load of 40 s at 165 W on a card that rests at 124 W with a model and at 72.4 W without.
ABSENT_W, RESIDENT_W = 72.4, 124.0
LOAD = MeasuredLoad(165.0 * 40, 40.0)
TARIFF = Tariff(LOAD.energy_j - ABSENT_W * LOAD.took_s, RESIDENT_W - ABSENT_W)
HOUR_S, DAY_S = 3600.0, 86_400.0
# A quiet's length, from the hour in which it begins and from how long it will be before the model leaves.
Next = Callable[[int, float], float]


@dataclass
class Account:
    """Joules above those of an empty card, in quiets and loads."""

    parking_j: float = 0.0
    never_j: float = 0.0
    break_even_j: float = 0.0
    least_j: float = 0.0

    def add(self, quiet_s: float, park_after_s: float, least_s: float) -> None:
        self.parking_j += TARIFF.cost_j(quiet_s, park_after_s)
        self.never_j += TARIFF.resident_w * quiet_s
        self.break_even_j += TARIFF.cost_j(quiet_s, max(TARIFF.break_even_s, least_s))
        self.least_j += TARIFF.least_j(quiet_s, least_s)

    def __str__(self) -> str:
        parts = {"parking": self.parking_j, "never": self.never_j, "break-even": self.break_even_j}
        shares = [f"{name} {joules / self.least_j:.2f}" for name, joules in parts.items()]
        return f"{', '.join(shares)} of the least, {self.least_j / 3600:.0f} Wh (simulated)"


class World:
    """A proxy that grants everything, and a clock that jumps from event to event."""

    def __init__(self, least_s: float) -> None:
        learned = Learned()
        learned.parking.least_s = least_s
        learned.prices.loaded("m", LOAD)
        learned.prices.rested(RESIDENT_W, resident=True)
        learned.prices.rested(ABSENT_W, resident=False)
        self.attendant = Attendant(learned, park=True, idle_after_s=10.0)
        self.now_s = 0.0
        self.requests = 0
        self.account = Account()
        self.attendant.connected(0.0)
        self.attendant.heard(Hello(0, 0), 0.0)

    def live(self, days: float, next_quiet: Next) -> Account:
        while self.now_s < days * DAY_S:
            self._request()
            self._quiet(next_quiet)
        return self.account

    def _request(self) -> None:
        self.requests += 1
        self.attendant.heard(Accepted(f"r{self.requests}", "/api/chat"), self.now_s)
        self.attendant.heard(Forwarded(f"g{self.requests}", (f"r{self.requests}",), "m"), self.now_s)

    def _quiet(self, next_quiet: Next) -> None:
        began_s = self.now_s
        assert self._tick() is None
        quiet = self.attendant.quiet
        assert quiet
        quiet_s = next_quiet(quiet.when.hour, quiet.park_after_s)
        parked_after_s = float("inf")
        if quiet_s > quiet.park_after_s:
            self.now_s = began_s + quiet.park_after_s + 1e-9
            assert self._tick() == Park("m")
            self.attendant.heard(Parked("m"), self.now_s)
            parked_after_s = self.now_s - began_s
        self.account.add(quiet_s, parked_after_s, self.attendant.learned.parking.least_s)
        self.now_s = began_s + quiet_s

    def _tick(self) -> Park | object | None:
        hour = int(self.now_s % DAY_S // HOUR_S)
        self.attendant.heard(Beat(self.requests, 0), self.now_s)
        return self.attendant.tick(self.now_s, When(hour, "2026-01-01"))


def steady(gap_s: float) -> Next:
    return lambda _hour, _park_after_s: gap_s


def bursts(chance: random.Random) -> Next:
    def lengths() -> Iterator[float]:
        while True:
            yield from (chance.uniform(1, 10) for _ in range(20))
            yield chance.expovariate(1 / 1800)

    left = lengths()
    return lambda _hour, _park_after_s: next(left)


def day_and_night(chance: random.Random) -> Next:
    """Questions every two minutes or so in office hours, one an hour or so in the others."""

    def next_quiet(hour: int, _park_after_s: float) -> float:
        return chance.gammavariate(4, 30) if 8 <= hour < 18 else chance.expovariate(1 / 3600)

    return next_quiet


def adversary(_hour: int, park_after_s: float) -> float:
    """The next request comes just after the model was unloaded."""
    return park_after_s + 0.01


def spiteful(chance: random.Random) -> Next:
    """Teaches a habit, and breaks it where that hurts."""

    def next_quiet(_hour: int, park_after_s: float) -> float:
        return chance.choice((20.0, 7200.0, park_after_s + 0.01, max(park_after_s - 0.01, 0.5)))

    return next_quiet


PATTERNS: dict[str, Callable[[random.Random], Next]] = {
    "every 30 s": lambda _: steady(30.0),
    "every 10 min": lambda _: steady(600.0),
    "exponential, 15 min": lambda chance: lambda _hour, _after: chance.expovariate(1 / 900),
    "bursts": bursts,
    "day and night": day_and_night,
    "adversary": lambda _: adversary,
    "spiteful": spiteful,
}


@pytest.mark.parametrize("least_s", [1.0, 60.0, 600.0])
@pytest.mark.parametrize("name", PATTERNS)
def test_at_most_twice_the_optimum(name: str, least_s: float) -> None:
    """On every pattern, with any least quiet."""
    account = World(least_s).live(4, PATTERNS[name](random.Random(7)))

    print(f"{name}, least quiet {least_s:g} s: {account}")
    assert account.parking_j <= 2 * account.least_j * (1 + 1e-6)


def test_day_and_night_cost_less_than_never_and_than_always_the_break_even() -> None:
    """By day the model stays longer than the break-even, by night it goes sooner."""
    account = World(10.0).live(14, day_and_night(random.Random(7)))

    print(f"day and night, 14 days: {account}")
    assert account.parking_j < account.break_even_j
    assert account.parking_j < account.never_j


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32), st.floats(1.0, 1000.0))
def test_at_most_twice_on_patterns_nobody_thought_of(seed: int, least_s: float) -> None:
    """Lengths over four orders of magnitude, some of them at the worst time."""
    chance = random.Random(seed)

    def next_quiet(_hour: int, park_after_s: float) -> float:
        if chance.random() < 0.3:
            return park_after_s + 0.01
        return float(10 ** chance.uniform(0, 4))

    account = World(least_s).live(1, next_quiet)

    assert account.parking_j <= 2 * account.least_j * (1 + 1e-6)
