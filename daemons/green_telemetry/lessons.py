# SPDX-FileCopyrightText: 2026 The green-qwen authors
#
# SPDX-License-Identifier: Apache-2.0
"""Which intervals teach something about costs, and how sure they are."""

from __future__ import annotations

from collections.abc import Collection

from green_telemetry.costs import prior
from green_telemetry.costs.estimate import Parts
from green_telemetry.costs.model import CostModel, Costs, Observation
from green_telemetry.lane import Lane
from green_telemetry.phases import COUNTER_STEP_S, PREFILL
from green_telemetry.split import Interval
from green_telemetry.tasks import Task

# A reading shows the energy up to some moment in the last step: evenly spread, so step / sqrt(12) off.
EDGE_ERROR_S = COUNTER_STEP_S / 12**0.5
# What costs of so few kinds can't tell apart, and what the counter itself adds.
WORK_ERROR, READING_ERROR_J = 0.08, 1.0
PROVISIONAL_ERROR = 0.25
# Prompts go by steps of some 512 tokens, and nobody says how far they are at an edge.
STEP_TOKENS, STEP_ERROR = 512.0, 0.3
# No GPU is this fast; counts beyond come from a feed that lies.
MOST_PREFILLED_PER_S, MOST_TOKENS_PER_S = 200_000.0, 20_000.0


def learn(costs: Costs, interval: Interval, tasks: Collection[Task]) -> None:
    """Fit the costs to an interval, where it holds known work of one model and nobody else's."""
    duration_s = interval.end_s - interval.start_s
    if interval.others_j or not _is_plain(tasks, duration_s):
        return
    model = costs[next(iter(tasks)).generation.model]
    parts: Parts = {}
    for task in tasks:
        for kind, joules in task.parts.items():
            parts[kind] = parts.get(kind, 0.0) + joules
    model.learn((interval.start_s, interval.end_s), parts, _observe(interval, tasks, parts, model))


def _is_plain(tasks: Collection[Task], duration_s: float) -> bool:
    if len({task.generation.model for task in tasks}) != 1 or any(task.guessed for task in tasks):
        return False
    # One that only waited, as far as anybody knows, may have worked all the same.
    if any(not task.work and PREFILL in task.waited_s and not task.told for task in tasks):
        return False
    prefilled = sum(task.prefilled for task in tasks)
    decoded = sum(task.tokens for task in tasks)
    return prefilled <= MOST_PREFILLED_PER_S * duration_s and decoded <= MOST_TOKENS_PER_S * duration_s


def _observe(interval: Interval, tasks: Collection[Task], parts: Parts, model: CostModel) -> Observation:
    energy_j = interval.own_j
    modelled_j = model.estimate.joules(parts)
    most_j = max(abs(energy_j), modelled_j)
    variance = (WORK_ERROR * most_j) ** 2 + READING_ERROR_J**2
    if interval.provisional:
        variance += (PROVISIONAL_ERROR * interval.baseline_j) ** 2
    power_w = most_j / (interval.end_s - interval.start_s)
    edge = (EDGE_ERROR_S * power_w) ** 2
    begins = edge if any(task.worked_before for task in tasks) else READING_ERROR_J**2
    step_j = STEP_ERROR * sum(
        min(STEP_TOKENS, task.prefilled) * prior.OTHERS_J[prior.PREFILL] for task in tasks if task.prefills_on
    )
    step_j *= model.estimate.multiples[prior.PREFILL]
    ends = edge if any(task.works_on for task in tasks) else READING_ERROR_J**2
    return Observation(energy_j, variance, begins, ends + step_j**2)


def learn_speed(costs: Costs, lanes: Collection[Lane], lane: Lane) -> None:
    """Take the speed of prompts from one, best while nobody else was there."""
    finished, size_bytes = lane.generation.finished, lane.generation.prompt_bytes
    if finished is not None and finished.prompt_tokens and size_bytes:
        costs[lane.generation.model].size.observe(finished.prompt_tokens, size_bytes)
    if finished is None or finished.prefill_s is None or not lane.prefill:
        return
    start_s, end_s = lane.prefill[0][0], lane.prefill[-1][1]
    tokens, speed = (
        int(lane.prompt_tokens) - (finished.cached_tokens or 0),
        costs[lane.generation.model].speed,
    )
    if any(other is not lane and other.works_between(start_s, end_s) for other in lanes):
        speed.observe_in_company(tokens, lane.prefill_s)
    else:
        speed.observe(tokens, finished.prefill_s)
