# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The books of one GPU: every joule between two readings has an owner, and the sums come out."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

from green_telemetry.costs.model import Costs
from green_telemetry.lane import Lane
from green_telemetry.lanes import lanes_of
from green_telemetry.lessons import learn, learn_speed
from green_telemetry.phases import COUNTER_LAG_S, COUNTER_STEP_S, LOADING
from green_telemetry.split import Charge, Interval, split
from green_telemetry.tasks import Task, tasks_in
from green_telemetry.timeline import Generation

# How long an interval waits for the end of a generation whose part in it only the end will tell.
PATIENCE_S = 60.0
# So much work is divided at once: an edge of 100 ms matters little then, and costs hardly drift.
STRETCH_S = 3.0
# Costs are learned from less at once: the more differs from one lesson to the next, the more it tells.
LESSON_S = 1.0
MAX_GAPS = 64
ROUNDING_S = 1e-6

Worked = tuple[Interval, dict[str, Task]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One interval with its owners; baseline + others + charges + unattributed is its energy."""

    interval: Interval
    charges: tuple[Charge, ...]

    @property
    def others_j(self) -> float:
        return self.interval.others_j

    @property
    def unattributed_j(self) -> float:
        return self.interval.own_j - sum(charge.energy_j for charge in self.charges)


class Ledger:
    """
    Takes readings in, and gives settled entries out in their order.

    An interval is settled once every generation in it has ended, because the server tells only at the end
    how long it loaded and prefilled and of how many tokens; at the latest after 60 s, by guess. Intervals
    of work that follow each other are divided together, some 3 s at a time, never across a window's end.
    """

    def __init__(self, costs: Costs | None = None) -> None:
        self.costs = Costs() if costs is None else costs
        self._open: deque[Interval] = deque()
        self._last: tuple[float, float] | None = None
        self._bounds: set[float] = set()
        self._gaps: deque[tuple[float, float]] = deque(maxlen=MAX_GAPS)
        self._gap_from_s: float | None = None

    def read(
        self,
        time_s: float,
        counter_j: float,
        baseline_j: float,
        *,
        provisional: bool = False,
        others_share: float | None = None,
    ) -> bool:
        """
        Book a reading, with the baseline's joules since the last one.

        False where the counter fell, as it does when the driver was loaded anew: then `cut`. A reading that
        is not later than the last one is left out: its joules come with the next.
        """
        if self._last is not None:
            last_s, last_j = self._last
            if counter_j < last_j:
                return False
            if time_s <= last_s:
                return True
            share = min(1.0, max(0.0, others_share or 0.0))
            interval = Interval(last_s, time_s, counter_j - last_j, baseline_j, provisional, 0.0, share)
            self._open.append(interval)
        if self._gap_from_s is not None:
            self._gaps.append((self._gap_from_s, time_s))
            self._gap_from_s = None
        self._last = (time_s, counter_j)
        return True

    def bound(self) -> None:
        """A window ends with the last reading: what follows is divided for itself."""
        if self._last is not None:
            self._bounds.add(self._last[0])

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
        if self._last is not None:
            self._gap_from_s = self._last[0]
        self._last = None

    def interrupted(self, start_s: float, end_s: float) -> bool:
        """True where part of this time belongs to no account."""
        if self._gap_from_s is not None and end_s > self._gap_from_s:
            return True
        return any(gap_start_s < end_s and gap_end_s > start_s for gap_start_s, gap_end_s in self._gaps)

    def closed_for(self, generation: Generation) -> bool:
        """True once nothing more can be charged to an ended generation."""
        return generation.ended_s is not None and self.settled_s >= generation.ended_s + COUNTER_STEP_S

    def settle(self, generations: Collection[Generation], now_s: float) -> list[Entry]:
        """The entries that are certain by now, in order; all of them where `now_s` is infinite."""
        stretches = self._stretches(generations, now_s)
        if not stretches:
            return []
        first_s = stretches[0][0].start_s - COUNTER_LAG_S - COUNTER_STEP_S
        needed = [one for one in generations if one.ended_s is None or one.ended_s >= first_s]
        lanes = lanes_of(needed, self.costs.prefill_tokens_per_s, self.costs.prompt_tokens)
        due = [
            one for one in lanes if first_s <= (one.generation.ended_s or -math.inf) < stretches[-1][-1].end_s
        ]
        for lane in due:
            learn_speed(self.costs, lanes, lane)
        if due:
            # Prompts are counted by the speed that is known now.
            lanes = lanes_of(needed, self.costs.prefill_tokens_per_s, self.costs.prompt_tokens)
        # All is learned before any is divided: what comes later in a batch tells about its beginning.
        pieces = [
            piece
            for stretch in stretches
            for piece in _pieces([_study(interval, lanes) for interval in stretch], STRETCH_S)
        ]
        for piece in pieces:
            for lesson in _pieces(piece, LESSON_S):
                interval, tasks = _joined(lesson)
                learn(self.costs, interval, tasks.values())
        return [self._divide(*_joined(piece), lanes) for piece in pieces]

    def _divide(self, whole: Interval, tasks: dict[str, Task], lanes: list[Lane]) -> Entry:
        if not any(task.work for task in tasks.values()) and not whole.others_j:
            # The counter shows the last 100 ms of work late.
            late = tasks_in(
                whole.start_s - COUNTER_LAG_S - COUNTER_STEP_S, whole.end_s - COUNTER_LAG_S, lanes
            )
            tasks = late if any(task.work for task in late.values()) else tasks
        return Entry(whole, split(whole, list(tasks.values()), self.costs))

    def _stretches(self, generations: Collection[Generation], now_s: float) -> list[list[Interval]]:
        """Take out what can be divided now, in pieces that are divided together."""
        stretches: list[list[Interval]] = []
        joins = False
        for interval in self._open:
            if not _is_ready(interval, generations, now_s):
                break
            goes_on = _is_occupied(interval, generations)
            if joins and goes_on and self._continues(stretches[-1], interval):
                stretches[-1].append(interval)
            else:
                stretches.append([interval])
            joins = goes_on
        if stretches and now_s < math.inf and joins and self._may_grow(stretches[-1], generations, now_s):
            stretches.pop()
        for _ in range(sum(len(stretch) for stretch in stretches)):
            self._bounds.discard(self._open.popleft().start_s)
        return stretches

    def _continues(self, stretch: list[Interval], following: Interval) -> bool:
        end_s = stretch[-1].end_s
        short = end_s - stretch[0].start_s < STRETCH_S
        return short and following.start_s == end_s and end_s not in self._bounds

    def _may_grow(self, stretch: list[Interval], generations: Collection[Generation], now_s: float) -> bool:
        """True where what comes next belongs to it: somebody of it went on working."""
        end_s = stretch[-1].end_s
        if end_s in self._bounds or end_s - stretch[0].start_s >= STRETCH_S or now_s - end_s > PATIENCE_S:
            return False
        if self._last is None:
            return False
        return any(
            one.forwarded_s < end_s
            and (one.ended_s is None or one.ended_s > end_s - COUNTER_STEP_S + ROUNDING_S)
            for one in generations
        )


def _study(interval: Interval, lanes: list[Lane]) -> Worked:
    tasks = tasks_in(interval.start_s - COUNTER_LAG_S, interval.end_s - COUNTER_LAG_S, lanes)
    return interval.without_others(working=any(task.work for task in tasks.values())), tasks


def _pieces(stretch: list[Worked], most_s: float) -> list[list[Worked]]:
    """
    What is taken together: work of several, for so long.

    Of one alone each interval tells by itself what its phases took; and a load draws little beside work, and
    would drown in it.
    """
    pieces: list[list[Worked]] = []
    shared_before = False
    for worked in stretch:
        shared = _is_shared(worked)
        if shared and shared_before and worked[0].end_s - pieces[-1][0][0].start_s <= most_s:
            pieces[-1].append(worked)
        else:
            pieces.append([worked])
        shared_before = shared
    return pieces


def _is_shared(worked: Worked) -> bool:
    tasks = worked[1].values()
    return len(tasks) > 1 and not any(LOADING in task.work for task in tasks)


def _joined(piece: list[Worked]) -> Worked:
    whole, _ = piece[0]
    for interval, _ in piece[1:]:
        whole = whole.join(interval)
    tasks: dict[str, Task] = {}
    for _, present in piece:
        for name, task in present.items():
            tasks.setdefault(name, Task(task.generation, worked_before=task.worked_before)).join(task)
    return whole, tasks


def _is_ready(interval: Interval, generations: Collection[Generation], now_s: float) -> bool:
    if now_s - interval.end_s > PATIENCE_S:
        return True
    return not any(one.ended_s is None and one.forwarded_s < interval.end_s for one in generations)


def _is_occupied(interval: Interval, generations: Collection[Generation]) -> bool:
    """True where the counter may show somebody's work in it."""
    return any(
        one.forwarded_s < interval.end_s
        and (one.ended_s is None or one.ended_s > interval.start_s - COUNTER_STEP_S)
        for one in generations
    )
