# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""A whole measurement: its runs, on what, and whether they may be compared."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise

from green_qwen.bench.quality.outcome import Quality
from green_qwen.bench.request_fields import differences, shown
from green_qwen.bench.run import AFTER, BEFORE, Run
from green_qwen.bench.surroundings import Surroundings, why_doubtful, why_not


@dataclass(frozen=True, slots=True)
class Taken:
    """One run and what it was taken on."""

    run: Run
    on: Surroundings


@dataclass(slots=True)
class Result:
    """
    What was measured so far.

    `says` tells for each arm how its clients were served. A result that is not complete was stopped early. In
    a soak `pair` counts the windows of one long run.
    """

    taken: list[Taken] = field(default_factory=list)
    says: dict[str, str] = field(default_factory=dict)
    quality: Quality | None = None
    complete: bool = False
    soak: bool = False
    began_at_s: float = 0.0

    def runs(self, arm: str) -> list[Run]:
        return [one.run for one in self.taken if one.run.arm == arm]

    @property
    def arms(self) -> tuple[str, ...]:
        return tuple(arm for arm in (BEFORE, AFTER) if self.runs(arm))

    @property
    def simulated(self) -> bool:
        return any(one.on.simulated for one in self.taken)

    def request_fields(self, arm: str) -> str | None:
        """What --fields said for its requests; None where that was not saved."""
        told = (one.on.request_fields for one in self.taken if one.run.arm == arm)
        return next((fields for fields in told if fields is not None), None)

    def pairs(self, pick: Callable[[Run], float | None]) -> list[tuple[float, float]]:
        """Before and after of each pair of which both are known."""
        before = {run.pair: pick(run) for run in self.runs(BEFORE)}
        after = {run.pair: pick(run) for run in self.runs(AFTER)}
        both = ((before[pair], after[pair]) for pair in before if pair in after)
        return [(left, right) for left, right in both if left is not None and right is not None]

    def faults(self) -> list[str]:
        """Why its runs can't be compared with each other; empty where they can."""
        return list(dict.fromkeys(_faults(self.taken)))


def together(one: Result, other: Result) -> Result:
    """Two saved results as one: what the first measured last as before, the second's as after."""
    says, taken = {}, []
    for arm, result in ((BEFORE, one), (AFTER, other)):
        chosen = result.arms[-1]
        says[arm] = result.says.get(chosen, chosen)
        taken += [_as(arm, each) for each in result.taken if each.run.arm == chosen]
    return Result(taken, says, None, one.complete and other.complete, began_at_s=one.began_at_s)


def joined(results: Sequence[Result]) -> Result:
    """Results of the same comparison, taken one after another, as one with all their pairs."""
    taken: list[Taken] = []
    for result in results:
        last = max((one.run.pair for one in taken), default=0)
        taken += [
            Taken(dataclasses.replace(one.run, pair=last + one.run.pair), one.on) for one in result.taken
        ]
    says = {arm: text for result in results for arm, text in result.says.items()}
    quality = next((result.quality for result in results if result.quality), None)
    complete = all(result.complete for result in results)
    return Result(taken, says, quality, complete, began_at_s=results[0].began_at_s)


def _as(arm: str, taken: Taken) -> Taken:
    return Taken(dataclasses.replace(taken.run, arm=arm), taken.on)


def _faults(taken: Sequence[Taken]) -> Iterator[str]:
    distinct = list(dict.fromkeys(one.on for one in taken))
    for left, right in combinations(distinct, 2):
        yield from why_not(left, right)
    for one in taken:
        yield from why_doubtful(f"{one.run.arm}, run {one.run.pair}", one.on, one.run)
    for arm in (BEFORE, AFTER):
        yield from _mixed(arm, [one for one in taken if one.run.arm == arm])


def _mixed(arm: str, taken: Sequence[Taken]) -> Iterator[str]:
    """Between arms other fields are what is compared; within one they leave its mean without a meaning."""
    known = ((one.run.pair, one.on.request_fields) for one in taken)
    told = [(pair, fields) for pair, fields in known if fields is not None]
    for (first, left), (second, right) in pairwise(told):
        for name, one, other in differences(left, right):
            values = f"{name} {shown(one)} and {shown(other)}"
            yield f"{arm}: other fields in the requests of runs {first} and {second}: {values}"
