# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""What each generation did in an interval: its work by kind, and its presence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from green_telemetry.costs import prior
from green_telemetry.costs.estimate import Parts
from green_telemetry.lane import Lane
from green_telemetry.phases import COUNTER_LAG_S, DECODE, LOADING, PREFILL
from green_telemetry.timeline import Generation

_COSTS_J = prior.costs_j()
_KNOTS = {batch: prior.knots(batch) for batch in range(1, 65)}
# Work grows with the square of what begins and ends in one interval; beyond this, edges are left out.
MOST_EDGES, MOST_VISITS = 256, 16384


@dataclass(slots=True)
class Task:
    """One generation's part in an interval; work in believed joules, by phase and kind."""

    generation: Generation
    work: dict[str, Parts] = field(default_factory=dict)
    waited_s: dict[str, float] = field(default_factory=dict)
    baseline_part_s: float = 0.0
    tokens: float = 0.0
    prefilled: float = 0.0
    others: int = 0
    guessed: bool = False
    # Of the interval's edges: its work began before it, goes on after it, and is a prompt then.
    worked_before: bool = False
    works_on: bool = False
    prefills_on: bool = False

    @property
    def told(self) -> bool:
        """True where the server has said how long its prompt took."""
        finished = self.generation.finished
        return finished is not None and finished.prefill_s is not None

    def add(self, phase: str, kind: int, amount: float) -> None:
        parts = self.work.setdefault(phase, {})
        parts[kind] = parts.get(kind, 0.0) + amount * _COSTS_J[kind]

    def join(self, later: Task) -> None:
        """Take in what the same generation did in the interval after."""
        for phase, parts in later.work.items():
            mine = self.work.setdefault(phase, {})
            for kind, joules in parts.items():
                mine[kind] = mine.get(kind, 0.0) + joules
        for phase, waited_s in later.waited_s.items():
            self.waited_s[phase] = self.waited_s.get(phase, 0.0) + waited_s
        self.baseline_part_s += later.baseline_part_s
        self.others = max(self.others, later.others)
        self.guessed |= later.guessed
        self.tokens += later.tokens
        self.prefilled += later.prefilled
        self.works_on, self.prefills_on = later.works_on, later.prefills_on

    @property
    def parts(self) -> Parts:
        """All its work by kind."""
        whole: Parts = {}
        for parts in self.work.values():
            for kind, joules in parts.items():
                whole[kind] = whole.get(kind, 0.0) + joules
        return whole


def tasks_in(start_s: float, end_s: float, lanes: Sequence[Lane]) -> dict[str, Task]:
    """By generation, all that were there."""
    present = [
        lane for lane in lanes if any(one.start_s < end_s and one.end_s > start_s for one in lane.spans)
    ]
    tasks = {lane.generation.id: _task(start_s, end_s, lane) for lane in present}
    for left_s, right_s in pairwise(_edges(start_s, end_s, present)):
        _work(left_s, right_s, present, tasks)
    return tasks


def _task(start_s: float, end_s: float, lane: Lane) -> Task:
    task = Task(lane.generation)
    task.worked_before = lane.works_between(start_s - COUNTER_LAG_S, start_s)
    task.works_on = lane.works_between(end_s, end_s + COUNTER_LAG_S)
    task.prefills_on = any(first_s < end_s < last_s for first_s, last_s in lane.prefill)
    for span in lane.spans:
        within_s = min(end_s, span.end_s) - max(start_s, span.start_s)
        if within_s > 0:
            task.waited_s[span.phase] = task.waited_s.get(span.phase, 0.0) + within_s
            task.guessed |= span.guessed
    return task


def _edges(start_s: float, end_s: float, present: list[Lane]) -> list[float]:
    edges = {start_s, end_s}
    for lane in present:
        for window in (*lane.prefill, *lane.loading, *((lane.decode,) if lane.decode else ())):
            edges.update(edge_s for edge_s in window if start_s < edge_s < end_s)
    most = max(2, min(MOST_EDGES, MOST_VISITS // max(1, len(present))))
    ordered = sorted(edges)
    step = -(-len(ordered) // most)
    return [*ordered[:-1:step], ordered[-1]]


def _work(left_s: float, right_s: float, present: list[Lane], tasks: dict[str, Task]) -> None:
    """One stretch in which the same generations do the same, as far as edges were kept."""
    middle_s, length_s = (left_s + right_s) / 2, right_s - left_s
    decoding: defaultdict[str, list[Lane]] = defaultdict(list)
    working: dict[str, Task] = {}
    for lane in present:
        task = tasks[lane.generation.id]
        if lane.decode is not None and lane.decode[0] <= middle_s <= lane.decode[1]:
            decoding[lane.generation.model].append(lane)
            working[lane.generation.id] = task
        elif any(start_s <= middle_s <= end_s for start_s, end_s in lane.prefill):
            _prefill(task, lane, left_s, length_s)
            working[lane.generation.id] = task
        elif any(start_s <= middle_s <= end_s for start_s, end_s in lane.loading):
            task.add(LOADING, prior.LOADING, length_s)
            working[lane.generation.id] = task
    for lanes in decoding.values():
        for lane in lanes:
            _decode(tasks[lane.generation.id], lane, left_s, right_s, len(lanes))
    for task in working.values():
        task.baseline_part_s += length_s / len(working)
        task.others = max(task.others, len(working) - 1)


def _prefill(task: Task, lane: Lane, left_s: float, length_s: float) -> None:
    done_s = sum(max(0.0, min(left_s, end_s) - start_s) for start_s, end_s in lane.prefill)
    share, before = length_s / lane.prefill_s, (done_s + length_s / 2) / lane.prefill_s
    tokens = lane.prefill_tokens * share
    task.prefilled += tokens
    task.add(PREFILL, prior.PREFILL, tokens)
    task.add(PREFILL, prior.PREFILL_CONTEXT, tokens * (lane.cached_tokens + lane.prefill_tokens * before))


def _decode(task: Task, lane: Lane, left_s: float, right_s: float, batch: int) -> None:
    assert lane.curve is not None
    first, last = lane.curve.at(left_s), lane.curve.at(right_s)
    tokens = last - first
    if tokens <= 0:
        return
    task.tokens += tokens
    for kind, part in _KNOTS.get(batch) or prior.knots(batch):
        task.add(DECODE, kind, tokens * part)
    task.add(DECODE, prior.DECODE_CONTEXT, tokens * (lane.prompt_tokens + (first + last) / 2))
