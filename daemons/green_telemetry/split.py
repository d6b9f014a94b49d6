# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""The joules of one interval, divided among the generations that were there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from green_telemetry.costs.estimate import Parts
from green_telemetry.costs.model import Costs
from green_telemetry.phases import PREFILL
from green_telemetry.tasks import Task

# The way of dividing, by name and version; a receipt says by which it was written.
SPLIT = "tokens-1"
# A model that is known this well is believed where it says that nobody here can have drawn so much.
KNOWN_ERROR, MOST_SCALE = 0.2, 3.0
# So far a model may be off, before somebody of whom nobody knows what he did is held to have worked.
SLACK = 0.1
# What no model of costs knows: sequences that join in the middle of a step, a card that grows hot.
UNMODELLED_ERROR = 0.05
# A guessed phase beside others can turn the split upside down.
GUESSED_ERROR = 0.5


@dataclass(frozen=True, slots=True)
class Interval:
    """The time between two readings of the counter; energy is signed and holds the baseline."""

    start_s: float
    end_s: float
    energy_j: float
    baseline_j: float
    provisional: bool = False
    others_j: float = 0.0
    others_share: float = 0.0

    @property
    def own_j(self) -> float:
        """Above the baseline and what other processes have used."""
        return self.energy_j - self.baseline_j - self.others_j

    def without_others(self, *, working: bool) -> Interval:
        """Give other processes their part: their share of the work, or all where nobody else worked."""
        if not self.others_share:
            return self
        above_j = max(0.0, self.energy_j - self.baseline_j)
        return replace(self, others_j=above_j * (self.others_share if working else 1.0))

    def join(self, later: Interval) -> Interval:
        return Interval(
            self.start_s,
            later.end_s,
            self.energy_j + later.energy_j,
            self.baseline_j + later.baseline_j,
            self.provisional or later.provisional,
            self.others_j + later.others_j,
        )


@dataclass(frozen=True, slots=True)
class Charge:
    """
    Joules above the baseline that one generation answers for.

    `baseline_share_j` is its part of the baseline of that time, for information. `others` is how many
    others worked beside it; `error_j` is how far the division among them may be off.
    """

    generation: str
    phase: str
    start_s: float
    end_s: float
    energy_j: float
    baseline_share_j: float
    others: int
    guessed: bool
    error_j: float = 0.0


@dataclass(frozen=True, slots=True)
class Claim:
    """What one generation claims by the model of costs, or by its presence where nobody is known to work."""

    task: Task
    by_phase: dict[str, float]
    error_j: float
    suspect_s: float = 0.0

    @property
    def whole(self) -> float:
        return sum(self.by_phase.values())


def split(interval: Interval, tasks: Sequence[Task], costs: Costs) -> tuple[Charge, ...]:
    """
    Divide an interval's joules above the baseline in proportion to what the work should have cost.

    All of it finds an owner where anybody was there, nothing where nobody was: that is then unattributed.
    So is what goes far beyond a model that is well known.
    """
    claims = _claims(tasks, costs)
    whole = sum(claim.whole for claim in claims)
    if whole <= 0:
        return ()
    excess_j = interval.own_j - (1 + SLACK) * whole
    if excess_j > 0 and any(claim.suspect_s for claim in claims) and _is_known(tasks, costs):
        claims = _suspected(claims, excess_j)
        whole += excess_j
    scale = interval.own_j / whole
    if scale > MOST_SCALE and _is_known(tasks, costs):
        scale = MOST_SCALE
    baseline_w = interval.baseline_j / (interval.end_s - interval.start_s)
    return tuple(charge for claim in claims for charge in _charges(interval, claim, scale, baseline_w))


def _claims(tasks: Sequence[Task], costs: Costs) -> list[Claim]:
    workers = [task for task in tasks if task.work]
    if not workers:
        return [Claim(task, task.waited_s, 0.0) for task in tasks if task.waited_s]
    joules = [costs[task.generation.model].estimate.joules(task.parts) for task in workers]
    whole = sum(joules)
    everything = _together(workers)
    # Who only waited is named too: it was there, and was measured.
    claims = [
        Claim(
            task,
            dict.fromkeys(task.waited_s, 0.0),
            0.0,
            0.0 if task.told else task.waited_s.get(PREFILL, 0.0),
        )
        for task in tasks
        if not task.work
    ]
    for task, claim_j in zip(workers, joules, strict=True):
        estimate = costs[task.generation.model].estimate
        by_phase = {phase: estimate.joules(parts) for phase, parts in task.work.items()}
        error_j = estimate.error_j(_beyond(task, everything[task.generation.model], claim_j / whole))
        claims.append(Claim(task, by_phase, error_j))
    return claims


def _suspected(claims: list[Claim], excess_j: float) -> list[Claim]:
    """What nobody else can have drawn was drawn by those of whom nobody knows what they did."""
    whole_s = sum(claim.suspect_s for claim in claims)
    suspected = []
    for claim in claims:
        claimed_j = excess_j * claim.suspect_s / whole_s
        by_phase = {**claim.by_phase, PREFILL: claimed_j} if claimed_j else claim.by_phase
        suspected.append(replace(claim, by_phase=by_phase, error_j=claim.error_j + claimed_j / 2))
    return suspected


def _beyond(task: Task, everything: Parts, share: float) -> Parts:
    """By which costs its share would grow, and by which it would shrink."""
    parts = {kind: -share * joules for kind, joules in everything.items()}
    for kind, joules in task.parts.items():
        parts[kind] += joules
    return parts


def _together(tasks: Sequence[Task]) -> dict[str, Parts]:
    by_model: dict[str, Parts] = {}
    for task in tasks:
        whole = by_model.setdefault(task.generation.model, {})
        for kind, joules in task.parts.items():
            whole[kind] = whole.get(kind, 0.0) + joules
    return by_model


def _is_known(tasks: Sequence[Task], costs: Costs) -> bool:
    return all(
        costs[name].estimate.error_j(parts) < KNOWN_ERROR * costs[name].estimate.joules(parts)
        for name, parts in _together(tasks).items()
    )


def _charges(interval: Interval, claim: Claim, scale: float, baseline_w: float) -> list[Charge]:
    whole = claim.whole
    task, charges = claim.task, []
    for phase, claimed in claim.by_phase.items():
        part = claimed / whole if whole > 0 else 1 / len(claim.by_phase)
        energy_j = claimed * scale
        charges.append(
            Charge(
                generation=task.generation.id,
                phase=phase,
                start_s=interval.start_s,
                end_s=interval.end_s,
                energy_j=energy_j,
                baseline_share_j=baseline_w * task.baseline_part_s * part,
                others=task.others,
                guessed=task.guessed,
                error_j=_error_j(claim, energy_j, part, scale),
            )
        )
    return charges


def _error_j(claim: Claim, energy_j: float, part: float, scale: float) -> float:
    if not claim.task.others:
        return 0.0
    guess_j = GUESSED_ERROR * abs(energy_j) if claim.task.guessed else 0.0
    return abs(scale) * claim.error_j * part + UNMODELLED_ERROR * abs(energy_j) + guess_j
