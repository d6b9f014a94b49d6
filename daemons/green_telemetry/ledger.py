# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The books of one GPU: every joule between two readings has an owner, and the sums come out."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

from green_telemetry.phases import COUNTER_LAG_S, COUNTER_STEP_S
from green_telemetry.split import Charge, Interval, split
from green_telemetry.timeline import Generation

# How long an interval waits for the end of a generation whose phase in it only the end will tell.
PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One interval with its owners; baseline + charges + unattributed is its energy."""

    interval: Interval
    charges: tuple[Charge, ...]

    @property
    def unattributed_j(self) -> float:
        charged_j = sum(charge.energy_j for charge in self.charges)
        return self.interval.energy_j - self.interval.baseline_j - charged_j


class Ledger:
    """
    Takes readings in, and gives settled entries out in their order.

    An interval is settled once every generation in it has ended or was decoding all the time, because
    the server tells how long it loaded and prefilled only at the end; at the latest after 30 s, by guess.
    """

    def __init__(self) -> None:
        self._open: deque[Interval] = deque()
        self._last: tuple[float, float] | None = None

    def read(self, time_s: float, counter_j: float, baseline_j: float, *, provisional: bool = False) -> bool:
        """
        Book a reading, with the baseline's joules since the last one.

        False where the counter fell, as it does when the driver was loaded anew: then `cut`.
        """
        if self._last is not None:
            last_s, last_j = self._last
            if counter_j < last_j:
                return False
            self._open.append(Interval(last_s, time_s, counter_j - last_j, baseline_j, provisional))
        self._last = (time_s, counter_j)
        return True

    @property
    def settled_s(self) -> float:
        """All that was read before this time is settled; infinite where nothing can follow."""
        if self._open:
            return self._open[0].start_s
        return math.inf if self._last is None else self._last[0]

    @property
    def last(self) -> tuple[float, float] | None:
        """Time and joules of the last reading."""
        return self._last

    def cut(self) -> None:
        """What happens from here to the next reading is not known and belongs to no account."""
        self._last = None

    def settle(self, generations: Collection[Generation], now_s: float) -> list[Entry]:
        """The entries that are certain by now, in order; all of them where `now_s` is infinite."""
        entries = []
        while self._open and _is_ready(self._open[0], generations, now_s):
            interval = self._open.popleft()
            entries.append(Entry(interval, split(interval, generations)))
        return entries

    def closed_for(self, generation: Generation) -> bool:
        """True once nothing more can be charged to an ended generation."""
        return generation.ended_s is not None and self.settled_s >= generation.ended_s + COUNTER_STEP_S


def _is_ready(interval: Interval, generations: Collection[Generation], now_s: float) -> bool:
    if now_s - interval.end_s > PATIENCE_S:
        return True
    start_s, end_s = interval.start_s - COUNTER_LAG_S, interval.end_s - COUNTER_LAG_S
    return not any(
        generation.ended_s is None
        and generation.forwarded_s < end_s
        and (generation.first_token_s is None or generation.first_token_s > start_s)
        for generation in generations
    )
